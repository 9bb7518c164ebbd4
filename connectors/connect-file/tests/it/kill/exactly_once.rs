//! Exactly once on both sides: transactions at the source, offsets beside the file at the sink.

use std::time::Duration;

use connect_file::FileSink;
use connect_runtime::{Milestone, System};
use connect_testkit::program::Errand;

use super::{
    milestones::{Kills, Variant},
    oracle::Promise,
    scene::{DEAD_AT_SINK, DIRECTORY, Scene, TOPIC, dead_letters, filtered, routed, worker},
};

pub(super) const VARIANT: Variant = Variant {
    test: "kill::exactly_once::program",
    promise: Promise::ExactlyOnce,
    partitions: 1,
};

/// The program: works until every line is where it has to be.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn program() {
    let Some(errand) = Errand::received() else {
        return; // Only the tests below ask for it.
    };
    let scene = Scene::at(errand.path(DIRECTORY));
    let environment = errand.environment(System::current());
    let broker = scene.open_broker(&environment, VARIANT.partitions).await;
    let worker = worker(&broker, &environment).start().await.unwrap();
    let source = worker.source("source", scene.source());
    routed(source, VARIANT.partitions).start().await.unwrap();
    let mut sink = worker
        .sink("sink", FileSink::new(scene.output()))
        .topics([TOPIC])
        .transform(filtered)
        .setting("batch.max.records", "5");
    for (key, value) in dead_letters(DEAD_AT_SINK) {
        sink = sink.setting(key, value);
    }
    sink.start().await.unwrap();
    // A sink that opens its file cuts off what does not count.
    let opened = [
        (Milestone::SourceOpened, 1),
        (Milestone::PartitionsOpened, 1),
    ];
    scene.settle(&errand, (&worker, &broker), &opened).await;
    worker.shutdown(Duration::from_secs(60)).await;
    broker.close().await.unwrap();
    errand.done();
}

#[tokio::test]
async fn a_kill_at_any_milestone_loses_and_doubles_nothing() {
    Kills::of(VARIANT).check().await;
}
