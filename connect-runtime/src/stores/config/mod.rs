//! [`ConfigStore`]: what connectors and tasks are configured to do.

mod record;
mod state;
mod target;

use std::sync::Arc;

use connect_api::{Result, Str};

pub(crate) use self::{
    record::ConfigRecord,
    state::{Basis, ConfigLog, ConfigState, ConnectorConfig, Fencing, Tasks},
    target::TargetState,
};
use super::{
    log::{self, Log, View},
    news::Hearing,
};
use crate::broker::{Broker, ConsumedRecord};

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
    pub(crate) async fn read(&self) -> Result<Arc<ConfigState>> {
        self.log.at_end(ConfigLog::resolve).await
    }

    /// Shows what is known of what the records add up to.
    ///
    /// # Errors
    ///
    /// As [`read`](Self::read): the topic was not read to an end yet.
    pub(crate) async fn known(&self) -> Result<Arc<ConfigState>> {
        self.log.known(ConfigLog::resolve).await
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
}

impl View for ConfigLog {
    fn apply(&mut self, partition: i32, record: ConsumedRecord) {
        match log::read("config", partition, &record, ConfigRecord::parse) {
            Some(read) => self.apply(record.offset, read),
            None => self.skip(record.offset),
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
        stores::{InternalTopic, Purpose, Writer},
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
        let mut writer = Writer::connect(&*broker, "connect-cluster-shop")
            .await
            .unwrap();
        let encode = |records: Vec<ConfigRecord>| {
            let topic = store.topic();
            records.iter().map(|record| record.encode(topic)).collect()
        };
        let creation = ConfigRecord::connector(&name, config(), Some(TargetState::Paused));
        writer.write(encode(creation)).await.unwrap();
        let tasks = ConfigRecord::tasks(&name, vec![ConfigMap::new(); 3]);
        writer.write(encode(tasks)).await.unwrap();

        let other = ConfigStore::new(Arc::clone(&broker), store.topic());
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
        let deletion = encode(ConfigRecord::deletion(&name));
        writer.write(deletion).await.unwrap();
        let state = store.read().await.unwrap();
        assert!(state.connectors.is_empty());
        assert!(state.offset > before);
    }
}
