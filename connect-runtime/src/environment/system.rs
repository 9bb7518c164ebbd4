//! [`System`]: real clocks, threads and random numbers.

use std::{
    any::Any,
    hash::{BuildHasher, RandomState},
    panic::{AssertUnwindSafe, catch_unwind},
    sync::LazyLock,
    thread,
    time::{Duration, Instant, SystemTime},
};

use connect_api::{Classify, Result};
use futures::{
    FutureExt,
    future::{BoxFuture, ready},
};
use tokio::runtime::Handle;

use super::{
    Environment, Milestone,
    driver::{Alarm, drive},
};

/// Real clocks, threads and random numbers, on the tokio runtime that it was made in.
#[derive(Clone, Debug)]
pub struct System {
    executor: Handle,
}

impl System {
    /// Uses the tokio runtime of the caller.
    ///
    /// # Panics
    ///
    /// The caller is not inside a tokio runtime.
    #[must_use]
    pub fn current() -> Self {
        Self::on(Handle::current())
    }

    /// Uses the tokio runtime behind `executor`.
    #[must_use]
    pub fn on(executor: Handle) -> Self {
        Self { executor }
    }
}

/// The moment that [`System::elapsed`] counts from; the same for all, so it is no state.
static START: LazyLock<Instant> = LazyLock::new(Instant::now);

impl Environment for System {
    fn wall(&self) -> SystemTime {
        SystemTime::now()
    }

    fn elapsed(&self) -> Duration {
        START.elapsed()
    }

    fn random(&self) -> u64 {
        RandomState::new().hash_one(0)
    }

    fn spawn(
        &self,
        _name: &str,
        work: BoxFuture<'static, ()>,
    ) -> BoxFuture<'static, Result<(), String>> {
        let work = AssertUnwindSafe(work).catch_unwind();
        let handle = self.executor.spawn(work);
        Box::pin(async move {
            match handle.await {
                Ok(ended) => ended.map_err(|panic| panic_message(&*panic)),
                Err(error) => Err(error.to_string()),
            }
        })
    }

    fn drive(&self, name: &str, work: BoxFuture<'static, ()>) -> Result<()> {
        let thread = thread::Builder::new().name(name.to_owned());
        let started = thread.spawn(move || drive(work)).map(drop);
        started.unavailable(&format!("starting the thread `{name}`"))
    }

    fn alarm(&self, moment: Duration) -> BoxFuture<'static, ()> {
        Box::pin(Alarm::at(START.checked_add(moment)))
    }

    fn blocking(&self, work: Box<dyn FnOnce() + Send>) -> BoxFuture<'static, Result<(), String>> {
        let caught =
            move || catch_unwind(AssertUnwindSafe(work)).map_err(|panic| panic_message(&*panic));
        let handle = self.executor.spawn_blocking(caught);
        Box::pin(async move {
            match handle.await {
                Ok(ended) => ended,
                Err(error) => ready(Err(error.to_string())).await,
            }
        })
    }

    fn reached(&self, _milestone: Milestone) {}
}

/// Returns what `panic!` was given, where that is text.
pub(crate) fn panic_message(panic: &(dyn Any + Send)) -> String {
    match (panic.downcast_ref::<&str>(), panic.downcast_ref::<String>()) {
        (Some(text), _) => (*text).to_owned(),
        (_, Some(text)) => text.clone(),
        _ => "a panic without a message".to_owned(),
    }
}
