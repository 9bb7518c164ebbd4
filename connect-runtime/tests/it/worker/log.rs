//! [`Log`]: what is logged, for tests that wait for it.

use std::{
    fmt::{self, Write as _},
    sync::Arc,
    time::{Duration, SystemTime},
};

use connect_api::Result;
use connect_runtime::{Environment, Milestone};
use futures::future::BoxFuture;
use tokio::sync::watch;
use tracing::{
    Dispatch, Event, Metadata, Subscriber,
    field::{Field, Visit},
    instrument::WithSubscriber,
    span,
};

/// Remembers the events that are logged where it listens; clones are the same log.
#[derive(Clone, Default)]
pub(crate) struct Log(Arc<watch::Sender<Vec<String>>>);

impl Log {
    /// Does `work`, and listens to everything that its thread logs meanwhile.
    pub(crate) fn listen<T>(&self, work: impl FnOnce() -> T) -> T {
        tracing::subscriber::with_default(self.clone(), work)
    }

    /// Listens to everything that an environment runs.
    pub(crate) fn of(&self, environment: impl Environment) -> Arc<dyn Environment> {
        Arc::new(Listening {
            environment: Box::new(environment),
            log: Dispatch::new(self.clone()),
        })
    }

    /// Returns everything that was logged.
    pub(crate) fn events(&self) -> Vec<String> {
        self.0.borrow().clone()
    }

    /// Waits for an event that contains all of `texts`, and returns it.
    pub(crate) async fn says(&self, texts: &[&str]) -> String {
        let found = |events: &Vec<String>| {
            let fits = |event: &&String| texts.iter().all(|text| event.contains(text));
            events.iter().find(fits).cloned()
        };
        let mut events = self.0.subscribe();
        let events = events.wait_for(|events| found(events).is_some()).await;
        found(&events.unwrap()).unwrap()
    }
}

impl Subscriber for Log {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, _: &span::Attributes<'_>) -> span::Id {
        span::Id::from_u64(1)
    }

    fn record(&self, _: &span::Id, _: &span::Record<'_>) {}

    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}

    fn event(&self, event: &Event<'_>) {
        let mut text = Text(event.metadata().level().to_string());
        event.record(&mut text);
        self.0.send_modify(|events| events.push(text.0));
    }

    fn enter(&self, _: &span::Id) {}

    fn exit(&self, _: &span::Id) {}
}

struct Text(String);

impl Visit for Text {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        write!(self.0, " {field}={value:?}").unwrap();
    }
}

/// An environment that a [`Log`] listens to.
#[derive(Debug)]
struct Listening {
    environment: Box<dyn Environment>,
    log: Dispatch,
}

impl Environment for Listening {
    fn wall(&self) -> SystemTime {
        self.environment.wall()
    }

    fn elapsed(&self) -> Duration {
        self.environment.elapsed()
    }

    fn random(&self) -> u64 {
        self.environment.random()
    }

    fn spawn(
        &self,
        name: &str,
        work: BoxFuture<'static, ()>,
    ) -> BoxFuture<'static, Result<(), String>> {
        let work = work.with_subscriber(self.log.clone());
        self.environment.spawn(name, Box::pin(work))
    }

    fn drive(&self, name: &str, work: BoxFuture<'static, ()>) -> Result<()> {
        let work = work.with_subscriber(self.log.clone());
        self.environment.drive(name, Box::pin(work))
    }

    fn alarm(&self, moment: Duration) -> BoxFuture<'static, ()> {
        self.environment.alarm(moment)
    }

    fn blocking(&self, work: Box<dyn FnOnce() + Send>) -> BoxFuture<'static, Result<(), String>> {
        self.environment.blocking(work)
    }

    fn reached(&self, milestone: Milestone) {
        self.environment.reached(milestone);
    }
}
