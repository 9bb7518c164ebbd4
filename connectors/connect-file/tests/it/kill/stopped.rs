//! Processes that stand still, and go on later.

use std::{sync::Arc, time::Duration};

use connect_api::ErrorKind;
use connect_runtime::{Milestone, System, broker::embedded::EmbeddedBroker};
use connect_testkit::program::Program;

use super::{
    exactly_once,
    milestones::scene,
    oracle::check,
    play::Play,
    scene::{DIRECTORY, Scene},
};

/// How long a transaction may be open.
const TIMEOUT: Duration = Duration::from_millis(100);

/// The program: nothing but the source, with short transactions, and some of them.
///
/// So the broker commits nothing between the moment when it took records and the commit of their transaction.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn source() {
    let timeout = TIMEOUT.as_millis().to_string();
    let short = [("producer.override.transaction.timeout.ms", timeout.as_str())];
    let Some(play) = Play::begin(&exactly_once::VARIANT, &short).await else {
        return; // Only the tests below ask for it.
    };
    play.until(|census| census.count(Milestone::TransactionCommitted) >= 4)
        .await;
    play.end().await;
}

/// Tries to open the broker of a process that stands still.
async fn check_refused(scene: &Scene, pid: u32) {
    let opened = EmbeddedBroker::open(scene.broker(), Arc::new(System::current())).await;
    let error = opened.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Fatal);
    let place = scene.broker();
    let expected = format!(
        "embedded broker: directory `{}` is in use by the process with pid {pid}",
        place.display()
    );
    assert_eq!(error.message(), expected);
}

/// Checks what is there when everything was done.
async fn check_all(scene: &Scene, story: &str) {
    let variant = exactly_once::VARIANT;
    check(scene, (variant.promise, variant.partitions), story).await;
}

/// Where it matters most that nobody else can go on meanwhile.
const DELICATE: [Milestone; 4] = [
    Milestone::ProducerInitialized,
    Milestone::TaskClaimed,
    Milestone::TransactionSent,
    Milestone::BrokerCommitting,
];

#[tokio::test]
async fn a_process_that_stands_still_keeps_its_directory_and_goes_on() {
    for milestone in DELICATE {
        let (scene, _directory) = scene();
        let stopped = exactly_once::VARIANT.program(&scene).stop_at(milestone, 1);
        check_refused(&scene, stopped.pid()).await;
        let _ = stopped.go_on().end();
        check_all(&scene, &format!("stopped at {milestone}")).await;
    }
}

#[tokio::test]
async fn a_process_that_is_killed_while_it_stands_still_leaves_its_directory_to_the_next() {
    for milestone in DELICATE {
        let (scene, _directory) = scene();
        let program = exactly_once::VARIANT.program(&scene);
        program.stop_at(milestone, 1).kill();
        let _ = program.run();
        check_all(&scene, &format!("killed when stopped at {milestone}")).await;
    }
}

#[tokio::test]
async fn a_transaction_that_outlives_its_time_out_loses_and_doubles_nothing() {
    let (scene, _directory) = scene();
    let program = Program::new("kill::stopped::source").with(DIRECTORY, scene.directory());
    let stopped = program.stop_at(Milestone::TransactionDelivered, 3);
    while stopped.since().elapsed() <= TIMEOUT {
        check_refused(&scene, stopped.pid()).await;
    }
    // The broker notices first, and aborts the transaction.
    let census = stopped.go_on_after(Milestone::BrokerCommitted).end();
    let delivered = census.count(Milestone::TransactionDelivered);
    let committed = census.count(Milestone::TransactionCommitted);
    assert!(delivered > committed, "nothing was aborted: {census}");
    let _ = exactly_once::VARIANT.program(&scene).run();
    check_all(&scene, "stopped with an open transaction").await;
}
