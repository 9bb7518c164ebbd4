//! What the tests of the embedded broker share.

use std::sync::Arc;

use bytes::Bytes;
use connect_api::{Result, Str};
use connect_runtime::{
    System,
    broker::{
        Broker, ConsumedRecord, Fetched, Isolation, Producer, ProducerOptions, ProducerRecord,
        ReaderOptions, TransactionalProducer, embedded::EmbeddedBroker,
    },
};

pub(crate) fn system() -> Arc<System> {
    Arc::new(System::current())
}

pub(crate) async fn open(directory: &std::path::Path) -> EmbeddedBroker {
    EmbeddedBroker::open(directory, system()).await.unwrap()
}

pub(crate) async fn producer(broker: &EmbeddedBroker) -> Box<dyn Producer> {
    let options = ProducerOptions::new("test");
    broker.producer(&options).await.unwrap()
}

pub(crate) async fn transactional(broker: &EmbeddedBroker) -> Box<dyn TransactionalProducer> {
    let options = ProducerOptions::new("test");
    broker.transactional_producer("id", &options).await.unwrap()
}

pub(crate) fn record(topic: &str, value: impl Into<String>) -> ProducerRecord {
    ProducerRecord::new(topic, Bytes::from(value.into()))
}

/// Sends, and waits until everything is durable.
pub(crate) async fn send(producer: &mut dyn Producer, batch: Vec<ProducerRecord>) -> Result<()> {
    let refused = producer.send(batch).await?.await?;
    assert!(refused.is_empty(), "{refused:?}");
    Ok(())
}

pub(crate) async fn write(broker: &EmbeddedBroker, batch: Vec<ProducerRecord>) {
    send(&mut *producer(broker).await, batch).await.unwrap();
}

/// Reads all committed records of a topic.
pub(crate) async fn read(broker: &EmbeddedBroker, topic: &str) -> Vec<ConsumedRecord> {
    read_with(broker, topic, Isolation::ReadCommitted).await
}

pub(crate) async fn read_with(
    broker: &EmbeddedBroker,
    topic: &str,
    isolation: Isolation,
) -> Vec<ConsumedRecord> {
    let mut options = ReaderOptions::new(topic);
    options.isolation = isolation;
    let mut reader = broker.reader(&options).await.unwrap();
    let mut records = Vec::new();
    let mut each = |fetched: Fetched| records.extend(fetched.records);
    reader.to_end(&mut each).await.unwrap();
    records
}

pub(crate) fn text(bytes: Option<&Bytes>) -> Str {
    match bytes {
        None => "null".into(),
        Some(bytes) => Str::from_utf8(bytes.clone()).unwrap(),
    }
}

pub(crate) async fn values(broker: &EmbeddedBroker, topic: &str) -> Vec<String> {
    let records = read(broker, topic).await;
    let values = records.iter().map(|record| text(record.value.as_ref()));
    values.map(|value| value.to_string()).collect()
}
