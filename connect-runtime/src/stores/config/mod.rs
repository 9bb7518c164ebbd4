//! [`ConfigStore`]: what connectors and tasks are configured to do.

mod record;
mod state;
mod target;

use std::sync::Arc;

use connect_api::{Result, Str};

use self::state::ConfigLog;
pub(crate) use self::{
    record::{ConfigRecord, RestartInstances, RestartTasks},
    state::{Basis, ConfigState, ConnectorConfig, Fencing, Tasks},
    target::TargetState,
};
use super::log::{Log, View};
use crate::broker::{Broker, ConsumedRecord, ProducerOptions, TransactionalProducer};

/// What connectors and tasks are configured to do: the config topic, as a Java cluster writes it.
///
/// It has one partition, so that its records have one order.
#[derive(Debug)]
pub(crate) struct ConfigStore {
    log: Log<ConfigLog>,
}

impl ConfigStore {
    /// Uses the config topic `topic`, which must exist once it is read.
    pub(crate) fn new(broker: Arc<dyn Broker>, topic: impl Into<Str>) -> Self {
        Self {
            log: Log::new(broker, topic.into()),
        }
    }

    /// Returns the name of the topic.
    pub(crate) fn topic(&self) -> &Str {
        self.log.topic()
    }

    /// Reads to the end, then what the records add up to.
    ///
    /// # Errors
    ///
    /// `Unavailable`: the end was not reached.
    pub(crate) async fn read(&self) -> Result<ConfigState> {
        self.log.at_end(ConfigLog::resolve).await
    }

    /// Becomes the only writer: every older one of this transactional id is fenced.
    ///
    /// # Errors
    ///
    /// What the broker answers.
    pub(crate) async fn writer(&self, transactional_id: &str) -> Result<ConfigWriter> {
        let options = ProducerOptions::new(transactional_id);
        let broker = self.log.broker();
        let producer = broker
            .transactional_producer(transactional_id, &options)
            .await?;
        Ok(ConfigWriter {
            topic: self.topic().clone(),
            producer,
        })
    }
}

/// The only writer of a config topic, until another one fences it.
#[derive(Debug)]
pub(crate) struct ConfigWriter {
    topic: Str,
    producer: Box<dyn TransactionalProducer>,
}

impl ConfigWriter {
    /// Appends `records`, all or none.
    ///
    /// # Errors
    ///
    /// `Fenced`: there is another writer, and nothing was written. `Unavailable`: the log says what is written, once a
    /// new writer exists. `Rejected`: a record is too large, and nothing was written.
    pub(crate) async fn write(&mut self, records: &[ConfigRecord]) -> Result<()> {
        let batch = records
            .iter()
            .map(|record| record.encode(&self.topic))
            .collect();
        // Its outcome is the commit's.
        drop(self.producer.send(batch).await?);
        let committed = self.producer.commit().await;
        if let Err(error) = &committed
            && matches!(
                error.kind(),
                connect_api::ErrorKind::Rejected | connect_api::ErrorKind::Config
            )
        {
            self.producer.abort().await?;
        }
        committed.map_err(|error| error.context(format!("config topic `{}`", self.topic)))
    }
}

impl View for ConfigLog {
    fn apply(&mut self, _partition: i32, record: ConsumedRecord) {
        let ConsumedRecord {
            offset, key, value, ..
        } = record;
        let key = key.unwrap_or_default();
        let key = String::from_utf8_lossy(&key);
        match ConfigRecord::parse(&key, value.as_deref()) {
            Ok(record) => self.apply(offset, record),
            Err(problem) => {
                tracing::warn!("config topic offset {offset}: ignoring `{key}`: {problem}");
                self.skip(offset);
            }
        }
    }
}
