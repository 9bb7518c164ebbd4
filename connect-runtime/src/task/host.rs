//! [`TaskHost`]: the runtime's side of a plugin's context.

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex, PoisonError, atomic::AtomicU64},
    time::{Duration, SystemTime},
};

use connect_api::{Error, Host, Origin, Result, TaskContext, TopicPartition};
use futures::future::BoxFuture;

use super::{Background, DeadLetters, ErrorPolicy, Failure, Setup, Signals, StageName};

/// The runtime's side of a plugin's context.
#[derive(Debug)]
pub(crate) struct TaskHost {
    setup: Setup,
    pub(crate) signals: Signals,
    pub(crate) background: Arc<Background>,
    pub(crate) policy: ErrorPolicy,
    /// Sinks only: where rejected records go.
    pub(crate) dead_letters: Option<DeadLetters>,
    /// The partitions a sink owns now: rejects of others are discarded, their new owner decides.
    owned: Mutex<BTreeSet<TopicPartition>>,
}

impl TaskHost {
    pub(crate) fn new(setup: &Setup) -> Arc<Self> {
        Arc::new(Self {
            signals: Signals::new(),
            background: Background::new(Arc::clone(&setup.site.environment)),
            policy: ErrorPolicy::new(&setup.id, &setup.options, &setup.pulse),
            dead_letters: DeadLetters::for_sink(setup),
            owned: Mutex::default(),
            setup: setup.clone(),
        })
    }

    /// Makes the context that the plugin gets.
    pub(crate) fn context(self: &Arc<Self>) -> TaskContext {
        let host = Arc::clone(self) as Arc<dyn Host>;
        TaskContext::new(host, self.setup.id.connector.clone(), self.setup.id.task)
    }

    /// Remembers which partitions a sink owns.
    pub(crate) fn own(&self, partitions: &[TopicPartition]) {
        self.owned
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .extend(partitions.iter().cloned());
    }

    /// Forgets partitions that are gone.
    pub(crate) fn disown(&self, partitions: &[TopicPartition]) {
        let mut owned = self.owned.lock().unwrap_or_else(PoisonError::into_inner);
        partitions.iter().for_each(|partition| {
            owned.remove(partition);
        });
    }

    fn owns(&self, partition: &TopicPartition) -> bool {
        self.owned
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .contains(partition)
    }

    /// Counts records that a sink or the runtime condemned, and decides whether they are tolerated.
    ///
    /// # Errors
    ///
    /// Not tolerated, or no longer ours.
    pub(crate) fn judge(&self, condemned: &[(Origin, Failure)]) -> Result<()> {
        for (origin, failure) in condemned {
            if !self.owns(origin.partition()) {
                return Err(Error::fenced(format!(
                    "record {origin} is of a partition that is no longer assigned"
                )));
            }
            self.policy.judge(failure, origin)?;
        }
        Ok(())
    }

    /// Makes records that were judged durable in the dead letter queue, if there is one.
    ///
    /// # Errors
    ///
    /// The queue could not be written.
    pub(crate) async fn store(&self, condemned: &[(Origin, Failure)]) -> Result<()> {
        match &self.dead_letters {
            Some(letters) => letters.store(condemned).await,
            None => Ok(()),
        }
    }
}

impl Host for TaskHost {
    fn now(&self) -> SystemTime {
        self.setup.site.environment.wall()
    }

    fn counter(&self, name: &'static str) -> Arc<AtomicU64> {
        self.setup.pulse.own(name, &self.setup.plugin)
    }

    fn wanted(&self) -> BoxFuture<'_, ()> {
        Box::pin(self.signals.wanted())
    }

    fn spawn(&self, name: &'static str, work: BoxFuture<'static, Result<()>>) {
        self.background.spawn(name, work);
    }

    fn blocking(&self, work: Box<dyn FnOnce() + Send>) -> BoxFuture<'_, ()> {
        let done = self.setup.site.environment.blocking(work);
        Box::pin(async move {
            // The panic of `work` shows as a missing result, which is the caller's to report; say why here.
            if let Err(panic) = done.await {
                tracing::error!(
                    connector = %self.setup.id.connector, task = self.setup.id.task, %panic, "blocking work panicked"
                );
            }
        })
    }

    fn wake_after(&self, delay: Duration) {
        self.signals.wake_after(delay);
    }

    fn request_flush(&self) {
        self.signals.request_flush();
    }

    fn reject(&self, rejected: Vec<(Origin, Error)>) -> BoxFuture<'_, Result<()>> {
        let condemned: Vec<_> = rejected
            .into_iter()
            .map(|(origin, error)| {
                (
                    origin,
                    Failure::new(StageName::Put, &self.setup.plugin, error),
                )
            })
            .collect();
        Box::pin(async move {
            self.judge(&condemned)?;
            self.store(&condemned).await
        })
    }
}
