//! [`ClusterStore`]: who runs what, and what is asked of the leader.

mod record;
mod state;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use connect_api::{Result, Str};

pub(crate) use self::{
    record::{
        Card, ClusterRecord, Code, Hold, Placement, Reason, Refusal, Reply, Request, RestartOrder,
        Scope, Stay, Term, Ticket, Wish, Writers,
    },
    state::ClusterState,
};
use super::{
    log::{Log, View},
    news::Hearing,
};
use crate::broker::{Broker, ConsumedRecord, Producer, ProducerOptions};

/// Who runs what, and what is asked of the leader: the cluster topic.
///
/// It has one partition, so that its records have one order.
#[derive(Debug)]
pub(crate) struct ClusterStore {
    log: Log<ClusterState>,
    /// For what a worker says of itself; `None` before the first use and after an error.
    producer: Mutex<Option<Box<dyn Producer>>>,
}

impl ClusterStore {
    /// Uses the cluster topic `topic`, which must exist once it is read.
    pub(crate) fn new(broker: Arc<dyn Broker>, topic: impl Into<Str>) -> Self {
        Self {
            log: Log::new(broker, topic.into()),
            producer: Mutex::default(),
        }
    }

    /// Returns the name of the topic.
    pub(crate) fn topic(&self) -> &Str {
        self.log.topic()
    }

    /// Reads to the end, then shows what the records add up to.
    ///
    /// # Errors
    ///
    /// `Unavailable`: the end was not reached.
    pub(crate) async fn at_end<T>(
        &self,
        look: impl FnOnce(&ClusterState) -> T + Send,
    ) -> Result<T> {
        self.log.at_end(look).await
    }

    /// Shows what is known of what the records add up to.
    ///
    /// # Errors
    ///
    /// As [`at_end`](Self::at_end): the topic was not read to an end yet.
    pub(crate) async fn known<T>(&self, look: impl FnOnce(&ClusterState) -> T + Send) -> Result<T> {
        self.log.known(look).await
    }

    /// Tells when more is known.
    pub(crate) fn news(&self) -> Hearing {
        self.log.news()
    }

    /// Reads what comes as it comes, until an error.
    ///
    /// # Errors
    ///
    /// What the broker answers.
    pub(crate) async fn tail(&self) -> Result<()> {
        self.log.tail().await
    }

    /// Appends what a worker says of itself, or asks.
    ///
    /// # Errors
    ///
    /// Whether it was appended is not known; appending it again does no harm.
    pub(crate) async fn append(&self, records: &[ClusterRecord]) -> Result<()> {
        // Taken out: whoever does not go on here holds nobody up.
        let known = self.slot().take();
        let mut producer = match known {
            Some(producer) => producer,
            None => {
                let options = ProducerOptions::new(format!("{}-writer", self.topic()));
                self.log.broker().producer(&options).await?
            }
        };
        let batch = records.iter().map(|record| record.encode(self.topic()));
        let refused = producer.send(batch.collect()).await?.await?;
        *self.slot() = Some(producer);
        match refused.into_iter().next() {
            Some(refused) => Err(refused.error.context(format!("topic `{}`", self.topic()))),
            None => Ok(()),
        }
    }

    fn slot(&self) -> MutexGuard<'_, Option<Box<dyn Producer>>> {
        self.producer.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl View for ClusterState {
    fn apply(&mut self, _partition: i32, record: ConsumedRecord) {
        let ConsumedRecord {
            offset, key, value, ..
        } = record;
        let key = key.unwrap_or_default();
        let key = String::from_utf8_lossy(&key);
        match ClusterRecord::parse(&key, value.as_deref()) {
            Ok(record) => self.apply(offset, record),
            Err(problem) => {
                tracing::warn!("cluster topic offset {offset}: ignoring `{key}`: {problem}");
                self.skip(offset);
            }
        }
    }
}

/// Applies one record.
#[cfg(any(test, fuzzing))]
pub(crate) fn fuzz(record: ConsumedRecord) {
    View::apply(&mut ClusterState::default(), 0, record);
}
