//! [`StatusStore`]: how connectors and tasks are doing, for everybody to read.

mod record;
mod view;

use std::sync::Arc;

use connect_api::{Result, Str};
use tokio::time::sleep;

pub(crate) use self::{
    record::{ActiveTopic, Status, StatusRecord},
    view::Statuses,
};
use super::{
    appender::Appender,
    log::{self, Log, View},
    news::Hearing,
};
use crate::{
    Environment,
    backoff::Backoff,
    broker::{Broker, ConsumedRecord},
};

/// How connectors and tasks are doing: the status topic, as a Java cluster writes it.
#[derive(Debug)]
pub(crate) struct StatusStore {
    log: Log<Statuses>,
    appender: Appender,
}

impl StatusStore {
    /// Uses the status topic `topic`, which must exist once it is used.
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

    /// Reads to the end, then what the records add up to.
    ///
    /// # Errors
    ///
    /// `Unavailable`: the end was not reached.
    pub(crate) async fn read(&self) -> Result<Statuses> {
        self.log.at_end(Statuses::clone).await
    }

    /// Reads what comes as it comes, until an error.
    ///
    /// # Errors
    ///
    /// What the broker answers.
    pub(crate) async fn tail(&self) -> Result<()> {
        self.log.tail().await
    }

    /// Shows what is known of what the records add up to.
    ///
    /// # Errors
    ///
    /// As [`read`](Self::read): the topic was not read to an end yet.
    pub(crate) async fn known<T>(&self, look: impl FnOnce(&Statuses) -> T + Send) -> Result<T> {
        self.log.known(look).await
    }

    /// Tells when more is known.
    pub(crate) fn news(&self) -> Hearing {
        self.log.news()
    }

    /// Writes `records`, however long that takes: what fails is logged and tried again.
    ///
    /// # Contract
    ///
    /// - Nothing may wait for it: whoever calls it gathers what changes meanwhile, so that a broker that is away costs
    ///   memory for one status per task, and no more.
    /// - A record that the broker refuses is logged and given up.
    /// - Dropping the future may lose records, and never breaks their order.
    pub(crate) async fn write(&self, records: &[StatusRecord], environment: &dyn Environment) {
        let mut backoff = Backoff::default();
        while let Err(error) = self.attempt(records).await {
            let topic = self.topic();
            tracing::warn!(error = %error.report(), "status topic `{topic}`: trying again");
            sleep(backoff.after(&error, environment.random())).await;
        }
    }

    async fn attempt(&self, records: &[StatusRecord]) -> Result<()> {
        let batch = records.iter().map(|record| record.encode(self.topic()));
        for refused in self.appender.append(batch.collect()).await? {
            let key = records
                .get(refused.index)
                .map(StatusRecord::key)
                .unwrap_or_default();
            let error = refused.error.report().to_string();
            tracing::error!(
                error,
                "status topic `{}`: `{key}` was refused",
                self.topic()
            );
        }
        Ok(())
    }
}

impl View for Statuses {
    fn apply(&mut self, partition: i32, record: ConsumedRecord) {
        if let Some(read) = log::read("status", partition, &record, StatusRecord::parse) {
            self.apply(read);
        }
    }
}

/// Applies one record.
#[cfg(any(test, fuzzing))]
pub(crate) fn fuzz(record: ConsumedRecord) {
    View::apply(&mut Statuses::default(), 0, record);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        System, TaskId,
        broker::{NewTopic, embedded::EmbeddedBroker},
    };

    fn records(state: &str) -> Vec<StatusRecord> {
        let status = Status {
            state: state.into(),
            trace: None,
            worker: "w".into(),
            generation: 0,
        };
        let task = |task| StatusRecord::Task {
            id: TaskId {
                connector: "c".into(),
                task,
            },
            status: Some(status.clone()),
        };
        (0..20).map(task).collect()
    }

    fn broker() -> Arc<dyn Broker> {
        Arc::new(EmbeddedBroker::memory(Arc::new(System::current())))
    }

    async fn create(broker: &dyn Broker) {
        let topic = NewTopic::new("statuses").partitions(5).compacted();
        broker.create_topic(&topic).await.unwrap();
    }

    #[tokio::test]
    async fn what_is_written_is_read_by_another_store() {
        let broker = broker();
        create(&*broker).await;
        let store = StatusStore::new(Arc::clone(&broker), "statuses");
        store.write(&records("RUNNING"), &System::current()).await;
        store.write(&records("PAUSED"), &System::current()).await;
        let mut expected = Statuses::default();
        records("PAUSED")
            .into_iter()
            .for_each(|record| expected.apply(record));
        assert_eq!(store.read().await.unwrap(), expected);
        let other = StatusStore::new(broker, "statuses");
        assert_eq!(other.read().await.unwrap(), expected);
    }
}
