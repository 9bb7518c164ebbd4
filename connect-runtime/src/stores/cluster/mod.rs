//! [`ClusterStore`]: who runs what, and what is asked of the leader.

mod pieces;
mod record;
mod state;

use std::sync::Arc;

use connect_api::{Result, Str};

pub(crate) use self::{
    pieces::LoosePiece,
    record::{
        Card, ClusterRecord, Code, Hold, Placement, Reason, Refusal, Reply, Request, RestartOrder,
        Scope, Stay, Term, Ticket, Trial, Wish, Writers,
    },
    state::ClusterState,
};
use super::{
    appender::Appender,
    log::{self, Log, View},
    news::Hearing,
};
use crate::broker::{Broker, ConsumedRecord};

/// Who runs what, and what is asked of the leader: the cluster topic.
///
/// It has one partition, so that its records have one order.
#[derive(Debug)]
pub(crate) struct ClusterStore {
    log: Log<ClusterState>,
    appender: Appender,
}

impl ClusterStore {
    /// Uses the cluster topic `topic`, which must exist once it is read.
    pub(crate) fn new(broker: Arc<dyn Broker>, topic: impl Into<Str>) -> Self {
        let topic = topic.into();
        Self {
            appender: Appender::new(Arc::clone(&broker), &topic),
            log: Log::new(broker, topic),
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
        let batch = records
            .iter()
            .flat_map(|record| record.encode(self.topic()));
        let refused = self.appender.append(batch.collect()).await?;
        match refused.into_iter().next() {
            Some(refused) => Err(refused.error.context(format!("topic `{}`", self.topic()))),
            None => Ok(()),
        }
    }
}

impl View for ClusterState {
    fn apply(&mut self, partition: i32, record: ConsumedRecord) {
        let parse = |key: &str, value: Option<&[u8]>| self.pieces.read(key, value);
        match log::read("cluster", partition, &record, parse) {
            Some(read) => self.apply(record.offset, read),
            None => self.skip(record.offset),
        }
    }
}

/// Applies one record.
#[cfg(any(test, fuzzing))]
pub(crate) fn fuzz(record: ConsumedRecord) {
    View::apply(&mut ClusterState::default(), 0, record);
}
