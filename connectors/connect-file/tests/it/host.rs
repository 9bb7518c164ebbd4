//! The least that a task needs around it: a clock that is set by hand, and blocking work done at once.

use std::{
    sync::{Arc, Mutex, atomic::AtomicU64},
    time::{Duration, SystemTime},
};

use connect_api::{Error, Host, Origin, Result, TaskContext};
use futures::future::{BoxFuture, pending, ready};

/// A host whose clock stands until it is moved.
#[derive(Debug)]
pub(crate) struct StillHost {
    start: SystemTime,
    passed: Mutex<Duration>,
    pub(crate) woken_after: Mutex<Option<Duration>>,
    pub(crate) rejected: Mutex<Vec<(Origin, Error)>>,
}

impl StillHost {
    pub(crate) fn new() -> Arc<Self> {
        Arc::new(Self {
            start: SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000),
            passed: Mutex::default(),
            woken_after: Mutex::default(),
            rejected: Mutex::default(),
        })
    }

    pub(crate) fn pass(&self, time: Duration) {
        *self.passed.lock().unwrap() += time;
    }

    pub(crate) fn context(self: &Arc<Self>) -> TaskContext {
        let host: Arc<Self> = Arc::clone(self);
        TaskContext::new(host, "files", 0)
    }
}

impl Host for StillHost {
    fn now(&self) -> SystemTime {
        self.start + *self.passed.lock().unwrap()
    }

    fn counter(&self, _: &'static str) -> Arc<AtomicU64> {
        Arc::default()
    }

    fn wanted(&self) -> BoxFuture<'_, ()> {
        Box::pin(pending())
    }

    fn spawn(&self, _: &'static str, _: BoxFuture<'static, Result<()>>) {
        unimplemented!("the file connectors spawn nothing")
    }

    fn blocking(&self, work: Box<dyn FnOnce() + Send>) -> BoxFuture<'_, ()> {
        work();
        Box::pin(ready(()))
    }

    fn wake_after(&self, delay: Duration) {
        *self.woken_after.lock().unwrap() = Some(delay);
    }

    fn request_flush(&self) {
        unimplemented!("the file sink stores by itself")
    }

    fn reject(&self, rejected: Vec<(Origin, Error)>) -> BoxFuture<'_, Result<()>> {
        self.rejected.lock().unwrap().extend(rejected);
        Box::pin(ready(Ok(())))
    }
}
