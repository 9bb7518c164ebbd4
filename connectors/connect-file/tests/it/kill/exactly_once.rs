//! Exactly once on both sides: transactions at the source, offsets beside the file at the sink.

use connect_file::FileSink;
use connect_runtime::Milestone;

use super::{
    milestones::{Kills, Variant},
    oracle::Promise,
    play::Play,
};

pub(super) const VARIANT: Variant = Variant {
    test: "kill::exactly_once::program",
    promise: Promise::ExactlyOnce,
    partitions: 1,
};

/// A sink that opens its file cuts off what does not count.
pub(super) const OPENED: [(Milestone, u64); 2] = [
    (Milestone::SourceOpened, 1),
    (Milestone::PartitionsOpened, 1),
];

/// The program: works until every line is where it has to be.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn program() {
    let Some(play) = Play::begin(&VARIANT, &[]).await else {
        return; // Only the tests below ask for it.
    };
    play.write_to(FileSink::new(play.scene.output()), 1).await;
    play.settle(&OPENED).await;
}

#[tokio::test]
async fn a_kill_at_any_milestone_loses_and_doubles_nothing() {
    Kills::of(VARIANT).check().await;
}
