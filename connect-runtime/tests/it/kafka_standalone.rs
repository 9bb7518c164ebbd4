//! Standalone workers on Apache Kafka keep positions in files, and make no topics of their own.

use std::{path::Path, sync::Arc, time::Duration};

use connect_api::ConfigMap;
use connect_kafka_lab::Kafka;
use connect_runtime::{
    System, Worker,
    broker::{Broker, NewTopic, kafka::KafkaBroker},
};

use crate::worker::fixture::{Memory, Numbers, Text, numbers};

/// Runs a standalone worker until a reader of its topic has `expected` in all.
async fn count(group: &str, topic: &'static str, file: &Path, until: i64, expected: &[String]) {
    let worker = Worker::builder(group)
        .environment(Arc::new(System::current()))
        .converters(Text, Text, Text)
        .setting("bootstrap.servers", Kafka::shared())
        .setting("exactly.once.source.support", "disabled")
        .setting("offset.storage.file.filename", file.to_str().unwrap());
    let worker = worker.start().await.unwrap();
    let source = worker.source("numbers", Numbers::new(topic, until));
    source.start().await.unwrap();
    let sunk = Memory::default();
    let reader = format!("{}-{}", topic, expected.len());
    let sink = worker.sink(reader, sunk.clone()).topics([topic]);
    sink.start().await.unwrap();
    assert_eq!(sunk.reaches(expected.len()).await, expected);
    let report = worker.shutdown(Duration::from_secs(30)).await;
    assert!(report.is_orderly(), "{report:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn workers_of_one_name_on_one_cluster_keep_their_positions_apart() {
    let folder = tempfile::tempdir().unwrap();
    let (one, two) = (folder.path().join("one"), folder.path().join("two"));
    let own = folder.path().file_name().unwrap().to_string_lossy();
    let group = format!("standalone-{}", own.trim_start_matches('.'));
    let topic: &'static str = group.clone().leak();
    let environment = Arc::new(System::current());
    let broker = KafkaBroker::new(Kafka::shared(), ConfigMap::new(), environment);
    let new = NewTopic::new(topic).partitions(1);
    broker.create_topic(&new).await.unwrap();
    count(&group, topic, &one, 5, &numbers(5)).await;
    // Another host, of the same names.
    count(&group, topic, &two, 7, &[numbers(5), numbers(7)].concat()).await;
    // The first one goes on where it was.
    let all = [numbers(5), numbers(7), vec!["5".to_owned()]].concat();
    count(&group, topic, &one, 6, &all).await;

    let topics = broker.topics().await.unwrap();
    let internal = format!("connect-{group}");
    assert!(topics.iter().any(|name| *name == *topic));
    assert!(
        !topics.iter().any(|name| name.starts_with(&internal)),
        "{topics:?}"
    );
}
