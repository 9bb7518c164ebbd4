//! [`Writer`]: the only one that writes what a leader decides.

use std::time::Duration;

use connect_api::{ErrorKind, Result};
use tokio::time::timeout;

use crate::broker::{Broker, ProducerOptions, ProducerRecord, Refused, TransactionalProducer};

/// The only writer of what a leader decides, until another one fences it.
#[derive(Debug)]
pub(crate) struct Writer(Box<dyn TransactionalProducer>);

impl Writer {
    /// How long it may take to learn which records are refused.
    const SETTLING: Duration = Duration::from_secs(5);

    /// Becomes the only writer: every older one of this transactional id is fenced.
    ///
    /// # Errors
    ///
    /// What the broker answers.
    pub(crate) async fn connect(broker: &dyn Broker, transactional_id: &str) -> Result<Self> {
        let options = ProducerOptions::new(transactional_id);
        let producer = broker.transactional_producer(transactional_id, &options);
        producer.await.map(Self)
    }

    /// Appends records, all or none; returns those that are refused, and then nothing was written.
    ///
    /// # Errors
    ///
    /// `Fenced`: there is another writer, and nothing was written. `Unavailable`: the logs say what is written, once a
    /// new writer exists. `Rejected` or `Config`: records are refused, nobody says which, and nothing was written.
    pub(crate) async fn write(&mut self, records: Vec<ProducerRecord>) -> Result<Vec<Refused>> {
        let delivery = self.0.send(records).await?;
        let Err(error) = self.0.commit().await else {
            return Ok(Vec::new());
        };
        if !matches!(error.kind(), ErrorKind::Rejected | ErrorKind::Config) {
            return Err(error);
        }
        // What the broker refuses itself may leave others on their way until they are aborted.
        let delivered = timeout(Self::SETTLING, delivery).await;
        self.0.abort().await?;
        match delivered {
            Ok(Ok(refused)) if !refused.is_empty() => Ok(refused),
            _ => Err(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::{
        System,
        broker::{Fetched, NewTopic, ReaderOptions, embedded::EmbeddedBroker},
    };

    #[tokio::test]
    async fn there_is_one_writer() {
        let broker = EmbeddedBroker::memory(Arc::new(System::current()));
        broker.create_topic(&NewTopic::new("t")).await.unwrap();
        let mut old = Writer::connect(&broker, "connect-cluster-shop")
            .await
            .unwrap();
        let mut new = Writer::connect(&broker, "connect-cluster-shop")
            .await
            .unwrap();
        let record = || vec![ProducerRecord::new("t", "x")];
        let error = old.write(record()).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Fenced);
        assert!(new.write(record()).await.unwrap().is_empty());
    }

    #[tokio::test]
    async fn what_is_refused_is_named_and_nothing_is_written() {
        let broker = EmbeddedBroker::memory(Arc::new(System::current()));
        let topic = NewTopic::new("t").config("max.message.bytes", "200");
        broker.create_topic(&topic).await.unwrap();
        let mut writer = Writer::connect(&broker, "connect-cluster-shop")
            .await
            .unwrap();
        let record = |length: usize| ProducerRecord::new("t", "x".repeat(length));
        let batch = vec![record(1), record(300), record(1)];
        let refused = writer.write(batch).await.unwrap();
        let refused: Vec<_> = refused.iter().map(|it| it.index).collect();
        assert_eq!(refused, [1]);
        assert!(writer.write(vec![record(2)]).await.unwrap().is_empty());
        let mut reader = broker.reader(&ReaderOptions::new("t")).await.unwrap();
        let mut found = Vec::new();
        let mut each = |fetched: Fetched| found.extend(fetched.records);
        reader.to_end(&mut each).await.unwrap();
        let found: Vec<_> = found.into_iter().map(|it| it.value.unwrap()).collect();
        assert_eq!(found, ["xx"]);
    }
}
