//! [`ConfigStore`]: what connectors and tasks are configured to do.

mod record;
mod state;
mod target;

use std::sync::Arc;

use connect_api::{ErrorKind, Result, Str};

pub(crate) use self::{
    record::ConfigRecord,
    state::{ConfigLog, ConfigState, ConnectorConfig, Fencing, Tasks},
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
            && matches!(error.kind(), ErrorKind::Rejected | ErrorKind::Config)
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

/// Applies one record, and resolves what it says.
#[cfg(any(test, fuzzing))]
pub(crate) fn fuzz(record: ConsumedRecord) {
    let mut log = ConfigLog::default();
    View::apply(&mut log, 0, record);
    drop(log.resolve());
}

#[cfg(test)]
mod tests {
    use connect_api::ConfigMap;

    use super::{state::Tasks, *};
    use crate::{
        System,
        broker::embedded::EmbeddedBroker,
        stores::{InternalTopic, Purpose},
    };

    async fn store() -> (Arc<dyn Broker>, ConfigStore) {
        let broker: Arc<dyn Broker> = Arc::new(EmbeddedBroker::memory(Arc::new(System::current())));
        let topic = InternalTopic::of_group(Purpose::Configs, "shop");
        topic.ensure(&*broker).await.unwrap();
        let store = ConfigStore::new(Arc::clone(&broker), topic.name);
        (broker, store)
    }

    fn config() -> ConfigMap {
        ConfigMap::from([("name", "x"), ("password", "${env:PASSWORD}")])
    }

    #[tokio::test]
    async fn what_the_writer_wrote_is_the_state_for_everybody() {
        let (broker, store) = store().await;
        let name = Str::from("x");
        let mut writer = store.writer("connect-cluster-shop").await.unwrap();
        let creation = ConfigRecord::connector(&name, config(), Some(TargetState::Paused));
        writer.write(&creation).await.unwrap();
        let tasks = ConfigRecord::tasks(&name, vec![ConfigMap::new(); 3]);
        writer.write(&tasks).await.unwrap();

        let other = ConfigStore::new(broker, store.topic());
        for store in [&store, &other] {
            let state = store.read().await.unwrap();
            let connector = &state.connectors["x"];
            assert_eq!(connector.config, config());
            assert_eq!(connector.target, TargetState::Paused);
            assert!(
                matches!(&connector.tasks, Tasks::Committed { configs, .. } if configs.len() == 3)
            );
        }
        let before = store.read().await.unwrap().offset;
        writer.write(&ConfigRecord::deletion(&name)).await.unwrap();
        let state = store.read().await.unwrap();
        assert!(state.connectors.is_empty());
        assert!(state.offset > before);
    }

    #[tokio::test]
    async fn there_is_one_writer() {
        let (_broker, store) = store().await;
        let mut old = store.writer("connect-cluster-shop").await.unwrap();
        let mut new = store.writer("connect-cluster-shop").await.unwrap();
        let name = Str::from("x");
        let error = old.write(&ConfigRecord::deletion(&name)).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Fenced);
        new.write(&ConfigRecord::connector(&name, config(), None))
            .await
            .unwrap();
        assert_eq!(store.read().await.unwrap().connectors.len(), 1);
    }
}
