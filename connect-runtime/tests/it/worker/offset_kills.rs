//! A worker that dies keeps positions and records together, wherever the positions are.

use std::{path::Path, sync::Arc, time::Duration};

use connect_runtime::{Milestone, System, Worker, broker::embedded::EmbeddedBroker};
use connect_testkit::program::{Errand, Outcome, Program};

use super::fixture::{Memory, Numbers, Text, numbers};
use crate::fixture::{open, values};

const DIRECTORY: &str = "CONNECT_OFFSETS_DIRECTORY";
const HOME: &str = "CONNECT_OFFSETS_HOME";
const UNTIL: i64 = 30;

/// Counts to the end, with positions where the errand says.
#[tokio::test]
async fn counting() {
    let Some(errand) = Errand::received() else {
        return; // Only the tests below ask for it.
    };
    let directory = errand.path(DIRECTORY);
    let environment = errand.environment(System::current());
    let broker = EmbeddedBroker::open(directory.join("broker"), Arc::clone(&environment));
    let broker = broker.await.unwrap();
    let mut worker = Worker::builder("test")
        .environment(environment)
        .broker(broker.clone())
        .converters(Text, Text, Text);
    let in_file = errand.path(HOME) == Path::new("file");
    if in_file {
        let file = directory.join("connect.offsets");
        worker = worker
            .setting("bootstrap.servers", "localhost:9092")
            .setting("exactly.once.source.support", "disabled")
            .setting("offset.flush.interval.ms", "1")
            .setting("offset.storage.file.filename", file.to_str().unwrap());
    }
    let worker = worker.start().await.unwrap();
    let mut source = worker.source("numbers", Numbers::new("numbers", UNTIL));
    if !in_file {
        source = source.setting("offsets.storage.topic", "own-offsets");
    }
    source.start().await.unwrap();
    let sunk = Memory::default();
    let sink = worker.sink("memory", sunk.clone()).topics(["numbers"]);
    // From the beginning, whatever was read before.
    let sink = sink.setting(
        "consumer.override.group.id",
        format!("memory-{}", std::process::id()),
    );
    sink.start().await.unwrap();
    let last = (UNTIL - 1).to_string();
    let mut known = 0;
    while !sunk.values().contains(&last) {
        known = sunk.reaches(known + 1).await.len();
    }
    worker.shutdown(Duration::from_secs(10)).await;
    broker.close().await.unwrap();
    errand.done();
}

/// Kills the program at `milestone`, lets another one finish, and returns what the topic has.
async fn killed(home: &str, milestone: Milestone) -> Vec<String> {
    let directory = tempfile::tempdir().unwrap();
    let program = Program::new("worker::offset_kills::counting")
        .with(DIRECTORY, directory.path())
        .with(HOME, home);
    assert_eq!(
        program.kill_at(milestone, 1),
        Outcome::Killed,
        "{milestone}"
    );
    let _census = program.run();
    let broker = open(&directory.path().join("broker")).await;
    let found = values(&broker, "numbers").await;
    broker.close().await.unwrap();
    found
}

#[tokio::test]
async fn no_record_is_lost_when_a_worker_dies_whose_positions_are_in_a_file() {
    for milestone in [
        Milestone::PositionsRead,
        Milestone::RecordsSent,
        Milestone::RecordsAcknowledged,
        Milestone::PositionsSent,
        Milestone::PositionsStored,
        Milestone::SourceTold,
        Milestone::SourceStopping,
    ] {
        let mut found = killed("file", milestone).await;
        found.sort_by_key(|number| number.parse::<i64>().unwrap());
        found.dedup();
        assert_eq!(found, numbers(UNTIL), "{milestone}");
    }
}

#[tokio::test]
async fn every_record_is_there_once_when_a_worker_dies_whose_positions_are_in_a_topic_of_their_own()
{
    for milestone in [
        Milestone::ProducerInitialized,
        Milestone::TaskClaimed,
        Milestone::TransactionPositionsSent,
        Milestone::TransactionCommitting,
        Milestone::TransactionCommitted,
        Milestone::SourceTold,
        Milestone::SourceStopping,
    ] {
        assert_eq!(
            killed("own", milestone).await,
            numbers(UNTIL),
            "{milestone}"
        );
    }
}
