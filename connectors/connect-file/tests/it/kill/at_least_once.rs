//! At least once on both sides, and partitions that come and go.

use connect_runtime::{
    Milestone,
    broker::{
        Broker, ConsumerEvent, ConsumerOptions, Subscription, Want, embedded::EmbeddedBroker,
    },
};

use super::{
    append_sink::AppendSink,
    milestones::{Kills, Variant},
    oracle::Promise,
    play::Play,
    scene::TOPIC,
};

pub(super) const VARIANT: Variant = Variant {
    test: "kill::at_least_once::program",
    promise: Promise::AtLeastOnce,
    partitions: 2,
};

/// The program: works until every line is where it has to be, and a partition was away for a while.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn program() {
    let Some(play) = Play::begin(&VARIANT, &[]).await else {
        return; // Only the test below asks for it.
    };
    play.write_to(AppendSink::new(play.scene.output()), 1).await;
    play.until(|census| census.count(Milestone::PartitionsOpened) > 0)
        .await;
    visit(&play.broker).await;
    play.settle(&[
        (Milestone::SourceOpened, 1),
        (Milestone::PartitionsOpened, 2),
    ])
    .await;
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
