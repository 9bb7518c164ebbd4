//! [`PreviewHost`]: the runtime's side of the context of a source that is only looked at.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError, atomic::AtomicU64},
    time::{Duration, SystemTime},
};

use connect_api::{Error, Host, Origin, Result};
use futures::future::BoxFuture;

use crate::{
    Environment,
    task::{Background, Signals},
};

/// The runtime's side of the context of a source that is only looked at: there is no metric and no dead letter queue.
#[derive(Debug)]
pub(super) struct PreviewHost {
    environment: Arc<dyn Environment>,
    signals: Signals,
    pub(super) background: Arc<Background>,
    counters: Mutex<BTreeMap<&'static str, Arc<AtomicU64>>>,
}

impl PreviewHost {
    pub(super) fn new(environment: Arc<dyn Environment>) -> Arc<Self> {
        Arc::new(Self {
            background: Background::new(Arc::clone(&environment)),
            environment,
            signals: Signals::new(),
            counters: Mutex::default(),
        })
    }
}

impl Host for PreviewHost {
    fn now(&self) -> SystemTime {
        self.environment.wall()
    }

    fn counter(&self, name: &'static str) -> Arc<AtomicU64> {
        let mut counters = self.counters.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(counters.entry(name).or_default())
    }

    fn wanted(&self) -> BoxFuture<'_, ()> {
        Box::pin(self.signals.wanted())
    }

    fn spawn(&self, name: &'static str, work: BoxFuture<'static, Result<()>>) {
        self.background.spawn(name, work);
    }

    fn blocking(&self, work: Box<dyn FnOnce() + Send>) -> BoxFuture<'_, ()> {
        let done = self.environment.blocking(work);
        Box::pin(async move {
            if let Err(panic) = done.await {
                tracing::error!(%panic, "blocking work panicked");
            }
        })
    }

    fn wake_after(&self, delay: Duration) {
        self.signals.wake_after(delay);
    }

    fn request_flush(&self) {
        self.signals.request_flush();
    }

    fn reject(&self, _: Vec<(Origin, Error)>) -> BoxFuture<'_, Result<()>> {
        Box::pin(async { Ok(()) })
    }
}
