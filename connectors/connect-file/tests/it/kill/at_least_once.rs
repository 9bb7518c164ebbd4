//! At least once on both sides, and partitions that come and go.

use std::time::Duration;

use connect_runtime::{
    Milestone, System,
    broker::{
        Broker, ConsumerEvent, ConsumerOptions, Subscription, Want, embedded::EmbeddedBroker,
    },
};
use connect_testkit::program::{Census, Errand};

use super::{
    append_sink::AppendSink,
    milestones::{Kills, Variant},
    oracle::Promise,
    scene::{DEAD_AT_SINK, DIRECTORY, Scene, TOPIC, dead_letters, filtered, routed, worker},
};

pub(super) const VARIANT: Variant = Variant {
    test: "kill::at_least_once::program",
    promise: Promise::AtLeastOnce,
    partitions: 2,
};

/// The program: works until every line is where it has to be, and a partition was away for a while.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn program() {
    let Some(errand) = Errand::received() else {
        return; // Only the test below asks for it.
    };
    let scene = Scene::at(errand.path(DIRECTORY));
    let environment = errand.environment(System::current());
    let broker = scene.open_broker(&environment, VARIANT.partitions).await;
    let worker = worker(&broker, &environment)
        .setting("exactly.once.source.support", "disabled")
        .setting("offset.flush.interval.ms", "1")
        .start()
        .await
        .unwrap();
    let source = worker.source("source", scene.source());
    routed(source, VARIANT.partitions).start().await.unwrap();
    let mut sink = worker
        .sink("sink", AppendSink::new(scene.output()))
        .topics([TOPIC])
        .transform(filtered)
        .setting("batch.max.records", "5");
    for (key, value) in dead_letters(DEAD_AT_SINK) {
        sink = sink.setting(key, value);
    }
    sink.start().await.unwrap();
    let opened = |census: &Census| census.count(Milestone::PartitionsOpened) > 0;
    errand.until(async |census| opened(census)).await;
    visit(&broker).await;
    let again = [
        (Milestone::SourceOpened, 1),
        (Milestone::PartitionsOpened, 2),
    ];
    scene.settle(&errand, (&worker, &broker), &again).await;
    worker.shutdown(Duration::from_secs(60)).await;
    broker.close().await.unwrap();
    errand.done();
}

/// Takes a partition away from the sink, and gives it back.
async fn visit(broker: &EmbeddedBroker) {
    let options = ConsumerOptions::new("connect-sink", Subscription::Topics(vec![TOPIC.into()]));
    let mut guest = broker.consumer(&options).await.unwrap();
    let event = guest.next(Want::Membership).await.unwrap();
    assert!(matches!(event, ConsumerEvent::Assigned(_)), "{event:?}");
    guest.close().await.unwrap();
}

#[tokio::test]
async fn a_kill_at_any_milestone_loses_nothing() {
    Kills::of(VARIANT).check().await;
}
