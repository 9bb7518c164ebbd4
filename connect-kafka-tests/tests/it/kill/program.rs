//! The program: works until every line is where it has to be.

use std::{fs, time::Duration};

use connect_api::{Error, ErrorKind, Record, Result};
use connect_file::{FileSink, FileSource};
use connect_kafka_lab::Kafka;
use connect_runtime::{
    ConnectorOffsets, Milestone, SinkBuilder, SourceBuilder, System, WorkerHandle,
    broker::{Broker, Isolation, NewTopic, kafka::KafkaBroker},
};
use connect_testkit::program::Errand;

use super::scene::{Fate, Promise, Scene};
use crate::stage::{broker, committed, end, within, worker};

/// How many lines one poll returns, and how many records one put gets: so that every milestone is passed often.
const LINES: u32 = 6;
const RECORDS: &str = "5";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn program() {
    let Some(errand) = Errand::received() else {
        return; // Only the test of kills asks for it.
    };
    let scene = Scene::received();
    let broker = broker(&Kafka::shared());
    for topic in [scene.topic(), scene.dead_at_source(), scene.dead_at_sink()] {
        let topic = NewTopic::new(topic).partitions(1);
        broker.create_topic(&topic).await.unwrap();
    }
    let worker = begin(&scene, &errand).await;
    let settled = errand.until(async |census| {
        let is_open = [Milestone::SourceOpened, Milestone::PartitionsOpened]
            .iter()
            .all(|milestone| census.count(*milestone) > 0);
        is_open && is_read(&scene, &worker).await && is_written(&scene, &broker).await
    });
    within("the end of source and sink", settled).await;
    worker.shutdown(Duration::from_secs(60)).await;
    errand.done();
}

/// Starts the worker with its source and its sink.
async fn begin(scene: &Scene, errand: &Errand) -> WorkerHandle {
    let environment = errand.environment(System::current());
    let mut worker = worker(&scene.group, &Kafka::shared())
        .environment(environment)
        // The broker has many scenes.
        .setting("offset.storage.partitions", "1")
        .setting("status.storage.partitions", "1")
        // Every batch that is put is flushed.
        .setting("offset.flush.max.bytes", "1");
    if scene.promise == Promise::AtLeastOnce {
        worker = worker.setting("exactly.once.source.support", "disabled");
    }
    let worker = worker.start().await.unwrap();
    let input = scene.input().to_str().unwrap().to_owned();
    let source = FileSource::new(input, scene.topic()).with_batch_size(LINES.try_into().unwrap());
    let source = worker.source("source", source).transform(routed);
    let source = tolerant_source(source, scene.dead_at_source());
    source.start().await.unwrap();
    let sink = worker.sink(scene.group.clone(), FileSink::new(scene.output()));
    let sink = sink.topics([scene.topic()]).transform(filtered);
    let sink = tolerant_sink(sink, scene.dead_at_sink());
    sink.setting("batch.max.records", RECORDS)
        .start()
        .await
        .unwrap();
    worker
}

/// The transform of the source.
fn routed(mut record: Record) -> Result<Option<Record>> {
    let line = record.value.value.as_str().unwrap_or_default();
    record.partition = match Fate::named(line) {
        Fate::Dropped => return Ok(None),
        Fate::Nowhere => Some(99),
        Fate::Line | Fate::Poison => Some(0),
    };
    Ok(Some(record))
}

/// The transform of the sink: fails on poison.
fn filtered(record: Record) -> Result<Option<Record>> {
    match Fate::named(record.value.value.as_str().unwrap_or_default()) {
        Fate::Poison => Err(Error::rejected("poison")),
        _ => Ok(Some(record)),
    }
}

fn tolerant_source(source: SourceBuilder, letters: String) -> SourceBuilder {
    source
        .setting("errors.tolerance", "all")
        .setting("errors.deadletterqueue.topic.name", letters)
}

fn tolerant_sink(sink: SinkBuilder, letters: String) -> SinkBuilder {
    sink.setting("errors.tolerance", "all")
        .setting("errors.deadletterqueue.topic.name", letters)
        .setting("errors.deadletterqueue.topic.replication.factor", "1")
}

/// Returns whether the source has stored that it read everything.
async fn is_read(scene: &Scene, worker: &WorkerHandle) -> bool {
    let length = fs::metadata(scene.input()).unwrap().len();
    let offsets = match worker.offsets("source").await {
        Ok(ConnectorOffsets::Source(offsets)) => offsets,
        Ok(other) => panic!("a source has the offsets of a source, found {other:?}"),
        // They are asked for again.
        Err(error) if error.kind() == ErrorKind::Unavailable => return false,
        Err(error) => panic!("{error}"),
    };
    let stored = offsets.values().next().map(|offset| {
        let offset = offset.to_value().unwrap();
        connect_api::json::to_string(&offset)
    });
    stored.is_some_and(|offset| offset.contains(&format!("\"position\":{length},")))
}

/// Returns whether the sink has committed that it wrote everything that is in the topic.
async fn is_written(scene: &Scene, broker: &KafkaBroker) -> bool {
    let end = end(broker, &scene.topic(), Isolation::ReadCommitted).await;
    let group = format!("connect-{}", scene.group);
    committed(broker, &group, &scene.topic()).await == Some(end)
}
