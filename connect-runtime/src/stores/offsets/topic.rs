//! [`TopicOffsets`]: a topic of source offsets, as a Java cluster writes it.

use std::sync::Arc;

use connect_api::{Result, Str};
use uuid::Uuid;

use super::{
    Committed, Entry,
    key::{claim_key, claim_value},
    view::Offsets,
};
use crate::{
    TaskId,
    broker::{Broker, ProducerOptions, ProducerRecord},
    stores::log::Log,
};

/// A topic of source offsets, as a Java cluster writes it.
///
/// A key is `["<connector>",{<partition>}]`, a value the offset as a JSON object. Java finds an offset by the bytes of
/// its key, and so does compaction; a partition that is there already keeps its bytes, whatever the order of its
/// fields is today.
#[derive(Debug)]
pub(crate) struct TopicOffsets {
    pub(super) log: Log<Offsets>,
}

impl TopicOffsets {
    /// Uses the offsets topic `topic`, which must exist once it is read.
    pub(crate) fn new(broker: Arc<dyn Broker>, topic: impl Into<Str>) -> Self {
        Self {
            log: Log::new(broker, topic.into()),
        }
    }

    /// Returns the name of the topic.
    pub(crate) fn topic(&self) -> &Str {
        self.log.topic()
    }

    pub(super) fn broker(&self) -> &Arc<dyn Broker> {
        self.log.broker()
    }

    /// Reads to the end, then what is committed for `connector`.
    ///
    /// # Errors
    ///
    /// `Unavailable`: the end was not reached. `Fatal`: a stored offset is no map; the message names its place.
    pub(crate) async fn read(&self, connector: &str) -> Result<Committed> {
        let forms = self.log.at_end(|offsets| offsets.of(connector)).await?;
        let place = format!("offsets topic `{}`", self.topic());
        Committed::new(connector, &place, forms)
    }

    /// Makes the records that store `entries`.
    pub(super) fn records(&self, entries: Vec<Entry>) -> Vec<ProducerRecord> {
        let record = |Entry { key, value }: Entry| ProducerRecord {
            topic: self.topic().clone(),
            key: Some(key),
            value,
            ..ProducerRecord::default()
        };
        entries.into_iter().map(record).collect()
    }

    /// Stores entries outside of a task, durably.
    ///
    /// # Errors
    ///
    /// What the broker answers.
    pub(super) async fn write(&self, entries: Vec<Entry>) -> Result<()> {
        if entries.is_empty() {
            return Ok(());
        }
        let options = ProducerOptions::new(format!("{}-writer", self.topic()));
        let mut producer = self.broker().producer(&options).await?;
        let refused = producer.send(self.records(entries)).await?.await?;
        match refused.into_iter().next() {
            None => Ok(()),
            Some(refused) => Err(refused
                .error
                .context(format!("offsets topic `{}`", self.topic()))),
        }
    }

    /// Builds the record by which `worker` claims the right to run `task`.
    ///
    /// The task's transactional producer writes it right after it was initialized; see [`claimant`](Self::claimant).
    pub(crate) fn claim(&self, task: &TaskId, worker: Uuid) -> ProducerRecord {
        ProducerRecord::new(self.topic(), claim_value(worker)).with_key(claim_key(task))
    }

    /// Reads to the end, then the worker that claimed `task` last.
    ///
    /// # Errors
    ///
    /// `Unavailable`: the end was not reached.
    pub(crate) async fn claimant(&self, task: &TaskId) -> Result<Option<Uuid>> {
        self.log
            .at_end(|offsets| offsets.claims.get(task).copied())
            .await
    }
}
