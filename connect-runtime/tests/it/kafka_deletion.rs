//! Connectors on Apache Kafka are deleted together with their offsets.

use std::{sync::Arc, time::Duration};

use connect_api::ConfigMap;
use connect_kafka_lab::Kafka;
use connect_runtime::{
    System, Worker, WorkerBuilder, WorkerHandle,
    broker::{Broker, NewTopic, kafka::KafkaBroker},
};

use crate::worker::{
    fixture::{Memory, Numbers, Text, numbers},
    internal_topics::latest,
};

/// A source and a sink of names that nobody else has, and where they leave something.
struct Scene {
    group: String,
    /// The name of the topic, the source and the sink.
    name: &'static str,
    broker: KafkaBroker,
    source: Numbers,
    sink: Memory,
}

impl Scene {
    async fn prepare() -> Self {
        let group = format!("deletion-{}", uuid::Uuid::new_v4().simple());
        let name: &'static str = format!("{group}-numbers").leak();
        let environment = Arc::new(System::current());
        let broker = KafkaBroker::new(Kafka::shared(), ConfigMap::new(), environment);
        let topic = NewTopic::new(name).partitions(3);
        broker.create_topic(&topic).await.unwrap();
        Self {
            group,
            name,
            broker,
            source: Numbers::new(name, 5),
            sink: Memory::default(),
        }
    }

    fn worker(&self) -> WorkerBuilder {
        Worker::builder(self.group.as_str())
            .environment(Arc::new(System::current()))
            .converters(Text, Text, Text)
            .setting("bootstrap.servers", Kafka::shared())
            .setting("exactly.once.source.support", "enabled")
    }

    fn sunk(&self) -> String {
        format!("{}-sink", self.name)
    }

    /// Starts both connectors, with offsets in a topic of the source's own.
    async fn start(&self, worker: &WorkerHandle) {
        let source = worker.source(self.name, self.source.clone()).tasks_max(3);
        let source = source.setting("offsets.storage.topic", format!("{}-own", self.group));
        source.start().await.unwrap();
        let sink = worker.sink(self.sunk(), self.sink.clone());
        sink.topics([self.name]).tasks_max(2).start().await.unwrap();
    }

    /// Checks that what was deleted left nothing, in the topics of offsets and as a group.
    async fn is_clean(&self) {
        for topic in [
            format!("{}-own", self.group),
            format!("connect-{}-offsets", self.group),
        ] {
            let of = format!(r#"["{}","#, self.name);
            let latest = latest(&self.broker, &topic).await.into_iter();
            let left = latest.filter(|(key, (_, value))| key.starts_with(&of) && value.is_some());
            assert_eq!(left.collect::<Vec<_>>(), [], "{topic}");
        }
        let group = format!("connect-{}", self.sunk());
        let offsets = self.broker.group_offsets(&group).await.unwrap();
        assert!(offsets.is_empty(), "{offsets:?}");
    }
}

/// Returns what the sink has after so many rounds, of three partitions that count to five.
fn rounds(count: usize) -> Vec<String> {
    let mut all = vec![numbers(5); 3 * count].concat();
    all.sort();
    all
}

async fn sunk(sink: &Memory, count: usize) -> Vec<String> {
    let mut found = sink.reaches(count).await;
    found.sort();
    found
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_on_kafka_deletes_connectors_with_their_offsets_and_they_start_anew() {
    let scene = Scene::prepare().await;
    let worker = scene.worker().start().await.unwrap();
    scene.start(&worker).await;
    assert_eq!(sunk(&scene.sink, 15).await, rounds(1));
    for name in [scene.name, &scene.sunk()] {
        worker.delete_connector_with_offsets(name).await.unwrap();
        assert_eq!(worker.status(name), None);
    }
    scene.is_clean().await;
    // The source counts anew, and the sink reads again what was there: three rounds in all.
    scene.start(&worker).await;
    assert_eq!(sunk(&scene.sink, 45).await, rounds(3));
    worker.shutdown(Duration::from_secs(30)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn any_worker_of_a_cluster_on_kafka_deletes_connectors_with_their_offsets() {
    let scene = Scene::prepare().await;
    let (one, two) = tokio::join!(
        scene.worker().distributed().start(),
        scene.worker().distributed().start()
    );
    let (one, two) = (one.unwrap(), two.unwrap());
    for round in 0..2 {
        for worker in [&one, &two] {
            scene.start(worker).await;
        }
        let rounds_in_all = [1, 3][round];
        let found = sunk(&scene.sink, 15 * rounds_in_all).await;
        assert_eq!(found, rounds(rounds_in_all));
        let deleting = [&one, &two][round];
        for name in [scene.name, &scene.sunk()] {
            deleting.delete_connector_with_offsets(name).await.unwrap();
            let gone = deleting.config(name).await.unwrap_err();
            assert_eq!(gone.message(), format!("there is no connector `{name}`"));
        }
        scene.is_clean().await;
        for worker in [&one, &two] {
            // It is forgotten there too, so that it can be started again.
            let mut updates = worker.watch();
            while worker.status(scene.name).is_some() || worker.status(&scene.sunk()).is_some() {
                updates.next().await.unwrap();
            }
        }
    }
    for worker in [one, two] {
        worker.shutdown(Duration::from_secs(30)).await;
    }
}
