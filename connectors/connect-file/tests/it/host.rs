//! The least that a task needs around it: a clock that is set by hand, and blocking work done at once.

use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::{Duration, SystemTime},
};

use connect_api::{Error, Host, Origin, Result, TaskContext};
use futures::future::{BoxFuture, pending, ready};

/// A host whose clock stands until it is moved.
#[derive(Debug)]
pub(crate) struct StillHost {
    now: Mutex<SystemTime>,
    is_wanted: AtomicBool,
    pub(crate) woken_after: Mutex<Option<Duration>>,
    pub(crate) rejected: Mutex<Vec<(Origin, Error)>>,
    counters: Mutex<BTreeMap<&'static str, Arc<AtomicU64>>>,
}

impl StillHost {
    pub(crate) fn new() -> Arc<Self> {
        Arc::new(Self {
            now: Mutex::new(SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000)),
            is_wanted: AtomicBool::new(false),
            woken_after: Mutex::default(),
            rejected: Mutex::default(),
            counters: Mutex::default(),
        })
    }

    /// Returns how far a counter has come.
    pub(crate) fn count(&self, name: &'static str) -> u64 {
        self.counter(name).load(Ordering::Relaxed)
    }

    pub(crate) fn pass(&self, time: Duration) {
        *self.now.lock().unwrap() += time;
    }

    pub(crate) fn set_back(&self, time: Duration) {
        *self.now.lock().unwrap() -= time;
    }

    /// Asks for the task from now on, as a runtime does that wants to stop it.
    pub(crate) fn want(&self) {
        self.is_wanted.store(true, Ordering::Relaxed);
    }

    pub(crate) fn context(self: &Arc<Self>) -> TaskContext {
        let host: Arc<Self> = Arc::clone(self);
        TaskContext::new(host, "files", 0)
    }
}

impl Host for StillHost {
    fn now(&self) -> SystemTime {
        *self.now.lock().unwrap()
    }

    fn counter(&self, name: &'static str) -> Arc<AtomicU64> {
        let mut counters = self.counters.lock().unwrap();
        Arc::clone(counters.entry(name).or_default())
    }

    fn wanted(&self) -> BoxFuture<'_, ()> {
        if self.is_wanted.load(Ordering::Relaxed) {
            Box::pin(ready(()))
        } else {
            Box::pin(pending())
        }
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
