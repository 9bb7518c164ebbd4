//! [`TestHost`]: the runtime's side of a task, without a runtime.

use std::{
    collections::BTreeMap,
    panic::AssertUnwindSafe,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, SystemTime},
};

use connect_api::{
    Error, Host, Origin, Result, SinkContext, SourceContext, SourceOffset, SourcePartition,
    TaskConfig, TaskContext,
};
use futures::{FutureExt, future::BoxFuture};
use tokio::{
    sync::watch,
    task::{JoinSet, spawn_blocking},
    time::Instant,
};

use crate::environment::panic_message;

/// The runtime's side of a task, for driving plugins without a worker.
///
/// It does what the test says: [`want`](Self::want) makes [`TaskContext::wait`] give up,
/// [`reject_with`](Self::reject_with) decides about rejected records. What a plugin asks for can be looked at. Dropping
/// it ends the task's background work where it stands, as a crash does. Clones are the same host.
///
/// ```
/// # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
/// let host = connect_testkit::TestHost::new();
/// let cx = host.task_context("orders");
/// host.want();
/// assert!(cx.wait(std::future::pending::<()>()).await.is_none());
/// # });
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct TestHost(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    start: (SystemTime, Instant),
    wanted: watch::Sender<Wanted>,
    counters: Mutex<BTreeMap<&'static str, Arc<AtomicU64>>>,
    background: Mutex<JoinSet<()>>,
    failures: Arc<Mutex<Vec<Error>>>,
    asked: Mutex<Asked>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Wanted {
    Yes,
    No,
}

/// What the plugin asked for.
#[derive(Debug)]
struct Asked {
    rejects: Rejects,
    rejected: Vec<(Origin, Error)>,
    wake_after: Option<Duration>,
    flushes: u32,
}

/// What a [`TestHost`] does about records that a sink rejects.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(
    clippy::exhaustive_enums,
    reason = "a dead letter queue takes them, refuses them or is out of reach"
)]
pub enum Rejects {
    /// They are durable in the dead letter queue.
    Stored,
    /// They are not tolerated: `errors.tolerance=none`.
    Intolerable,
    /// The dead letter queue does not answer.
    Unavailable,
}

impl TestHost {
    /// Builds a host that wants nothing and stores what is rejected.
    #[must_use]
    pub fn new() -> Self {
        let asked = Asked {
            rejects: Rejects::Stored,
            rejected: Vec::new(),
            wake_after: None,
            flushes: 0,
        };
        Self(Arc::new(Inner {
            start: (SystemTime::now(), Instant::now()),
            wanted: watch::Sender::new(Wanted::No),
            counters: Mutex::default(),
            background: Mutex::default(),
            failures: Arc::default(),
            asked: Mutex::new(asked),
        }))
    }

    /// Builds what all tasks are handed, for task 0 of `connector`.
    #[must_use]
    pub fn task_context(&self, connector: &str) -> TaskContext {
        let host: Arc<dyn Host> = Arc::<Inner>::clone(&self.0);
        TaskContext::new(host, connector, 0)
    }

    /// Builds what a source task is opened with.
    #[must_use]
    pub fn source_context(
        &self,
        connector: &str,
        config: TaskConfig,
        offsets: BTreeMap<SourcePartition, SourceOffset>,
    ) -> SourceContext {
        SourceContext::new(self.task_context(connector), config, offsets)
    }

    /// Builds what a sink task is opened with.
    #[must_use]
    pub fn sink_context(&self, connector: &str) -> SinkContext {
        SinkContext::new(self.task_context(connector))
    }

    /// Wants the task back: [`TaskContext::wait`] gives up, now and until [`release`](Self::release).
    pub fn want(&self) {
        self.0.wanted.send_replace(Wanted::Yes);
    }

    /// Wants the task no more.
    pub fn release(&self) {
        self.0.wanted.send_replace(Wanted::No);
    }

    /// Says what happens to records that the sink rejects from now on.
    pub fn reject_with(&self, rejects: Rejects) {
        lock(&self.0.asked).rejects = rejects;
    }

    /// Takes the records that were rejected and stored.
    #[must_use]
    pub fn take_rejected(&self) -> Vec<(Origin, Error)> {
        std::mem::take(&mut lock(&self.0.asked).rejected)
    }

    /// Takes the delay that [`SinkContext::wake_after`] asked for last.
    #[must_use]
    pub fn take_wake_after(&self) -> Option<Duration> {
        lock(&self.0.asked).wake_after.take()
    }

    /// Takes how often [`SinkContext::request_flush`] was called.
    #[must_use]
    pub fn take_flush_requests(&self) -> u32 {
        std::mem::take(&mut lock(&self.0.asked).flushes)
    }

    /// Returns the value of a counter; 0 if nobody asked for it.
    #[must_use]
    pub fn counter(&self, name: &str) -> u64 {
        let counters = lock(&self.0.counters);
        counters
            .get(name)
            .map_or(0, |counter| counter.load(Ordering::Relaxed))
    }

    /// Takes the errors and panics of background work: they are the task's.
    #[must_use]
    pub fn take_failures(&self) -> Vec<Error> {
        std::mem::take(&mut lock(&self.0.failures))
    }

    /// Ends background work where it stands, as a crash does.
    pub fn crash(&self) {
        lock(&self.0.background).abort_all();
    }
}

impl Default for TestHost {
    fn default() -> Self {
        Self::new()
    }
}

impl Host for Inner {
    fn now(&self) -> SystemTime {
        let (wall, instant) = self.start;
        wall + instant.elapsed()
    }

    fn counter(&self, name: &'static str) -> Arc<AtomicU64> {
        Arc::clone(lock(&self.counters).entry(name).or_default())
    }

    fn wanted(&self) -> BoxFuture<'_, ()> {
        let mut wanted = self.wanted.subscribe();
        Box::pin(async move {
            // Fails when the host is gone, and with it whoever could want something.
            let asked = wanted
                .wait_for(|wanted| *wanted == Wanted::Yes)
                .await
                .is_ok();
            if !asked {
                std::future::pending().await
            }
        })
    }

    fn spawn(&self, name: &'static str, work: BoxFuture<'static, Result<()>>) {
        let failures = Arc::clone(&self.failures);
        let watched = async move {
            let ended = AssertUnwindSafe(work).catch_unwind().await;
            let failure = match ended {
                Ok(Ok(())) => return,
                Ok(Err(error)) => error.context(name),
                Err(panic) => Error::fatal(format!("{name} panicked: {}", panic_message(&*panic))),
            };
            lock(&failures).push(failure);
        };
        lock(&self.background).spawn(watched);
    }

    fn blocking(&self, work: Box<dyn FnOnce() + Send>) -> BoxFuture<'_, ()> {
        let work = spawn_blocking(work);
        // A panic shows in the answer that is missing.
        Box::pin(async move { drop(work.await) })
    }

    fn wake_after(&self, delay: Duration) {
        lock(&self.asked).wake_after = Some(delay);
    }

    fn request_flush(&self) {
        lock(&self.asked).flushes += 1;
    }

    fn reject(&self, rejected: Vec<(Origin, Error)>) -> BoxFuture<'_, Result<()>> {
        let mut asked = lock(&self.asked);
        let answer = match asked.rejects {
            Rejects::Stored => {
                asked.rejected.extend(rejected);
                Ok(())
            }
            Rejects::Intolerable => match rejected.into_iter().next() {
                Some((origin, error)) => Err(error.at(&origin).context("not tolerated")),
                None => Ok(()),
            },
            Rejects::Unavailable => Err(Error::unavailable("the dead letter queue is away")),
        };
        Box::pin(std::future::ready(answer))
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
