//! A worker in this process, on Kafka.

use std::{
    hash::{BuildHasher, RandomState},
    sync::Arc,
};

use connect_api::ConfigMap;
use connect_benches::{Answer, Lines, Memory, Meter, Mode, Options, Pipeline};
use connect_runtime::{
    System,
    broker::{Broker, Isolation, NewTopic, kafka::KafkaBroker},
};

/// A topic for one measurement.
#[derive(Debug)]
pub(crate) struct Topic {
    broker: KafkaBroker,
    pub(crate) name: String,
}

impl Topic {
    pub(crate) async fn new(servers: &str) -> Self {
        let (broker, name) = (cluster(servers), unique("lines"));
        let topic = NewTopic::new(&*name).partitions(1);
        broker.create_topic(&topic).await.unwrap();
        Self { broker, name }
    }

    /// Returns how many offsets it has.
    pub(crate) async fn end(&self) -> usize {
        let marks = self.broker.watermarks(&self.name, Isolation::ReadCommitted);
        let marks = marks.await.unwrap();
        usize::try_from(marks.values().map(|marks| marks.end).sum::<i64>()).unwrap()
    }

    pub(crate) async fn delete(&self) {
        self.broker.delete_topic(&self.name).await.unwrap();
    }
}

pub(crate) fn cluster(servers: &str) -> KafkaBroker {
    KafkaBroker::new(servers, ConfigMap::new(), Arc::new(System::current()))
}

/// Draws a name that nothing else has.
pub(crate) fn unique(name: &str) -> String {
    format!("{name}-{:016x}", RandomState::new().hash_one(0))
}

pub(crate) async fn partitions(servers: &str, topic: &str) -> i32 {
    let found = cluster(servers).topic(topic).await.unwrap();
    found.unwrap().partitions
}

/// From a file into a topic.
pub(crate) async fn read(
    mode: Mode,
    servers: &str,
    (input, lines): (&str, Lines),
    options: Options<'_>,
) -> Answer {
    let topic = Topic::new(servers).await;
    let pipeline = Pipeline::on(cluster(servers), &unique("read"), mode).await;
    let meter = Meter::start();
    let way = (input.as_ref(), &*topic.name);
    pipeline.read_with("read", way, options).await;
    pipeline.handed_on("read", lines.count).await;
    pipeline.end().await;
    let answer = answer(&meter, lines);
    // The ends of transactions have offsets too.
    assert!(topic.end().await >= lines.count);
    topic.delete().await;
    answer
}

/// From a topic into a file.
pub(crate) async fn write(
    servers: &str,
    (topic, lines): (&str, Lines),
    options: Options<'_>,
) -> Answer {
    let folder = tempfile::tempdir().unwrap();
    let output = folder.path().join("output");
    let pipeline = Pipeline::on(cluster(servers), &unique("write"), Mode::ExactlyOnce).await;
    // Its consumer group is named after it.
    let name = unique("write");
    let meter = Meter::start();
    pipeline.write_with(&name, (topic, &output), options).await;
    pipeline.handed_on(&name, lines.count).await;
    pipeline.end().await;
    let answer = answer(&meter, lines);
    assert_eq!(output.metadata().unwrap().len(), lines.bytes());
    answer
}

fn answer(meter: &Meter, lines: Lines) -> Answer {
    let spent = meter.spent();
    let count = lines.count as f64;
    Answer::default()
        .with("rate", count / spent.wall.as_secs_f64())
        .with("cpu", spent.cpu.as_nanos() as f64 / count)
        .with("peak", Memory::now().peak)
}
