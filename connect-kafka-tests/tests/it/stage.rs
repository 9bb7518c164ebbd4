//! Workers on Kafka, and what tests ask of it beside them.

use std::{process, sync::Arc, time::Duration};

use connect_api::{ConfigMap, TopicPartition};
use connect_kafka_lab::Kafka;
use connect_runtime::{
    System, Worker, WorkerBuilder,
    broker::{Broker, Isolation, kafka::KafkaBroker},
};
use connect_testkit::memory::TextConverter;

/// How long anything may take until it counts as failed; in a good run nothing waits for it.
pub(crate) const PATIENCE: Duration = Duration::from_secs(120);

/// Returns a name that nobody else uses at the shared broker.
pub(crate) fn own(name: &str) -> String {
    format!("{name}-{}", process::id())
}

/// Begins a worker that converts text.
pub(crate) fn worker(group: &str, servers: &str) -> WorkerBuilder {
    let text = TextConverter::new;
    Worker::builder(group)
        .setting("bootstrap.servers", servers)
        // Offsets are committed while things fail, and not only at the end.
        .setting("offset.flush.interval.ms", "500")
        .converters(text(), text(), text())
}

/// Returns a client of the test's own.
pub(crate) fn broker(servers: &str) -> KafkaBroker {
    KafkaBroker::new(servers, ConfigMap::new(), Arc::new(System::current()))
}

/// Waits for something that has to come.
///
/// # Panics
///
/// It does not within minutes.
#[track_caller]
pub(crate) fn within<T>(what: &str, future: impl Future<Output = T>) -> impl Future<Output = T> {
    let place = std::panic::Location::caller();
    async move {
        match tokio::time::timeout(PATIENCE, future).await {
            Ok(done) => done,
            Err(_) => panic!("{place}: {what}: not within {PATIENCE:?}"),
        }
    }
}

/// Watches something that must not come.
///
/// # Panics
///
/// It comes.
#[track_caller]
pub(crate) fn never<T>(
    what: &str,
    within: Duration,
    future: impl Future<Output = T>,
) -> impl Future<Output = ()> {
    let place = std::panic::Location::caller();
    async move {
        let came = tokio::time::timeout(within, future).await.is_ok();
        assert!(!came, "{place}: {what}, and it must not");
    }
}

/// Runs what blocks its thread.
pub(crate) async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    tokio::task::spawn_blocking(work).await.unwrap()
}

/// Does something to a cluster.
pub(crate) async fn at<T: Send + 'static>(
    kafka: &Arc<Kafka>,
    work: impl FnOnce(&Kafka) -> T + Send + 'static,
) -> T {
    let kafka = Arc::clone(kafka);
    blocking(move || work(&kafka)).await
}

/// Creates a topic.
pub(crate) async fn create(servers: &str, topic: &str, partitions: usize) {
    create_with(servers, topic, partitions, &[]).await;
}

/// Creates a topic with settings of its own.
pub(crate) async fn create_with(
    servers: &str,
    topic: &str,
    partitions: usize,
    settings: &'static [(&str, &str)],
) {
    let (servers, topic) = (servers.to_owned(), topic.to_owned());
    let created = blocking(move || Kafka::create_topic(&servers, &topic, partitions, settings));
    created.await.unwrap();
}

/// Reads the committed records of a topic with Java's consumer: partition, key and value, in the order of partitions.
pub(crate) async fn read(servers: &str, topic: &str) -> Vec<(i32, String, String)> {
    let (servers, topic) = (servers.to_owned(), topic.to_owned());
    let read = blocking(move || Kafka::read_committed(&servers, &topic)).await;
    let text = |bytes: Option<Vec<u8>>| String::from_utf8(bytes.unwrap_or_default()).unwrap();
    read.unwrap()
        .into_iter()
        .map(|record| (record.partition, text(record.key), text(record.value)))
        .collect()
}

/// Reads the committed values of a topic.
pub(crate) async fn values(servers: &str, topic: &str) -> Vec<String> {
    let read = read(servers, topic).await.into_iter();
    read.map(|(_, _, value)| value).collect()
}

/// Returns where a topic of one partition ends.
pub(crate) async fn end(broker: &KafkaBroker, topic: &str, isolation: Isolation) -> i64 {
    broker.watermarks(topic, isolation).await.unwrap()[&0].end
}

/// Asks again and again, until the answer is yes.
pub(crate) async fn until(what: &str, mut asked: impl AsyncFnMut() -> bool) {
    let asking = async {
        while !asked().await {
            tokio::task::yield_now().await;
        }
    };
    within(what, asking).await;
}

/// Returns what a group has committed for partition 0 of a topic.
pub(crate) async fn committed(broker: &KafkaBroker, group: &str, topic: &str) -> Option<i64> {
    let offsets = broker.group_offsets(group).await.unwrap();
    offsets.get(&TopicPartition::new(topic, 0)).copied()
}
