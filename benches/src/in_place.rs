//! [`context`]: a task's surroundings that cost nothing.

use std::{
    sync::{Arc, atomic::AtomicU64},
    time::{Duration, SystemTime},
};

use connect_api::{Error, Host, Origin, Result, TaskContext};
use futures::future::{BoxFuture, pending, ready};

/// Builds what a task is handed.
///
/// Blocking work is done where it is asked for, so that one core is measured.
#[must_use]
pub fn context() -> TaskContext {
    TaskContext::new(Arc::new(InPlace), "bench", 0)
}

#[derive(Debug)]
struct InPlace;

impl Host for InPlace {
    fn now(&self) -> SystemTime {
        SystemTime::now()
    }

    fn counter(&self, _: &'static str) -> Arc<AtomicU64> {
        Arc::default()
    }

    fn wanted(&self) -> BoxFuture<'_, ()> {
        Box::pin(pending())
    }

    fn spawn(&self, _: &'static str, _: BoxFuture<'static, Result<()>>) {}

    fn blocking(&self, work: Box<dyn FnOnce() + Send>) -> BoxFuture<'_, ()> {
        work();
        Box::pin(ready(()))
    }

    fn wake_after(&self, _: Duration) {}

    fn request_flush(&self) {}

    fn reject(&self, _: Vec<(Origin, Error)>) -> BoxFuture<'_, Result<()>> {
        Box::pin(ready(Ok(())))
    }
}
