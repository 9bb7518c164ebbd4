//! [`Hooked`]: an environment in which a test hears of milestones.

use std::{
    fmt,
    sync::Arc,
    time::{Duration, SystemTime},
};

use connect_api::Result;
use connect_runtime::{Environment, Milestone, System};
use futures::future::BoxFuture;

/// The system's environment, in which a test does something at milestones.
pub(crate) struct Hooked<H> {
    inner: System,
    hook: H,
}

impl<H: Fn(Milestone) + Send + Sync + 'static> Hooked<H> {
    pub(crate) fn new(hook: H) -> Arc<Self> {
        let inner = System::current();
        Arc::new(Self { inner, hook })
    }
}

impl<H: Fn(Milestone) + Send + Sync + 'static> Environment for Hooked<H> {
    fn wall(&self) -> SystemTime {
        self.inner.wall()
    }

    fn elapsed(&self) -> Duration {
        self.inner.elapsed()
    }

    fn random(&self) -> u64 {
        self.inner.random()
    }

    fn spawn(
        &self,
        name: &str,
        work: BoxFuture<'static, ()>,
    ) -> BoxFuture<'static, Result<(), String>> {
        self.inner.spawn(name, work)
    }

    fn drive(&self, name: &str, work: BoxFuture<'static, ()>) -> Result<()> {
        self.inner.drive(name, work)
    }

    fn alarm(&self, moment: Duration) -> BoxFuture<'static, ()> {
        self.inner.alarm(moment)
    }

    fn blocking(&self, work: Box<dyn FnOnce() + Send>) -> BoxFuture<'static, Result<(), String>> {
        self.inner.blocking(work)
    }

    fn reached(&self, milestone: Milestone) {
        (self.hook)(milestone);
        self.inner.reached(milestone);
    }
}

impl<H> fmt::Debug for Hooked<H> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Hooked({:?})", self.inner)
    }
}
