//! [`Writer`]: the only one that writes what a leader decides.

use connect_api::{ErrorKind, Result};

use crate::broker::{Broker, ProducerOptions, ProducerRecord, TransactionalProducer};

/// The only writer of what a leader decides, until another one fences it.
#[derive(Debug)]
pub(crate) struct Writer(Box<dyn TransactionalProducer>);

impl Writer {
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

    /// Appends records, all or none.
    ///
    /// # Errors
    ///
    /// `Fenced`: there is another writer, and nothing was written. `Unavailable`: the logs say what is written, once a
    /// new writer exists. `Rejected`: a record is too large, and nothing was written.
    pub(crate) async fn write(&mut self, records: Vec<ProducerRecord>) -> Result<()> {
        // Its outcome is the commit's.
        drop(self.0.send(records).await?);
        let committed = self.0.commit().await;
        if let Err(error) = &committed
            && matches!(error.kind(), ErrorKind::Rejected | ErrorKind::Config)
        {
            self.0.abort().await?;
        }
        committed
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::{
        System,
        broker::{NewTopic, embedded::EmbeddedBroker},
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
        new.write(record()).await.unwrap();
    }
}
