//! Two owners of one source task: the later one writes, the other stops and says so.

use std::{env, time::Duration};

use connect_kafka_lab::Kafka;
use connect_runtime::{ConnectorOffsets, Milestone, System, WorkerHandle};
use connect_testkit::{
    memory::{MemoryInput, MemorySource},
    program::{Errand, Program},
};

use crate::stage::{create, own, values, within, worker};

/// How many lines the source has.
const LINES: usize = 200;

/// The variable with the group of a program.
const GROUP: &str = "CONNECT_ZOMBIE_GROUP";

/// Every process has the same lines: what was read is known from the offsets topic alone.
fn input() -> MemoryInput {
    let input = MemoryInput::new(1);
    input.append_texts(0, lines());
    input
}

fn lines() -> impl Iterator<Item = String> {
    (0..LINES).map(|number| format!("line {number}"))
}

fn topic(group: &str) -> String {
    format!("{group}-lines")
}

async fn start(worker: &WorkerHandle, input: &MemoryInput) {
    let source = MemorySource::new(input, topic(worker.group()));
    let source = worker.source("source", source);
    source.start().await.unwrap();
}

/// Waits until a worker knows that another has its task.
async fn replaced(worker: &WorkerHandle) {
    let failed = worker.wait_for("source", |status| status.has_failed());
    let status = within("the end of the zombie", failed).await.unwrap();
    let why = status.failure().unwrap();
    assert!(why.contains("has taken over this task"), "{why}");
}

async fn is_done(worker: &WorkerHandle) -> bool {
    let ConnectorOffsets::Source(offsets) = worker.offsets("source").await.unwrap() else {
        panic!("a source has the offsets of a source")
    };
    let offset = offsets.get(&MemorySource::partition(0));
    offset.is_some_and(|offset| MemorySource::position(offset).unwrap() == LINES)
}

#[tokio::test(flavor = "multi_thread")]
async fn the_worker_that_starts_later_takes_a_task_over() {
    let (kafka, group) = (Kafka::shared(), own("two"));
    create(&kafka, &topic(&group), 1).await;
    let input = MemoryInput::new(1);
    let all: Vec<_> = lines().collect();
    let old = worker(&group, &kafka).start().await.unwrap();
    start(&old, &input).await;
    input.append_texts(0, &all[..50]);
    within("the first lines", async {
        while input.acknowledged(0) < 50 {
            tokio::task::yield_now().await;
        }
    })
    .await;
    let new = worker(&group, &kafka).start().await.unwrap();
    start(&new, &input).await;
    let running = new.wait_for("source", |status| status.is_running());
    within("the new owner", running).await.unwrap();
    input.append_texts(0, &all[50..]);
    replaced(&old).await;
    within("all lines", async { while !is_done(&new).await {} }).await;
    assert!(new.status("source").unwrap().is_running());
    for worker in [old, new] {
        worker.shutdown(Duration::from_secs(60)).await;
    }
    assert_eq!(values(&kafka, &topic(&group)).await, all);
}

/// The program: writes until everything is written, or until another has taken over.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn program() {
    let Some(errand) = Errand::received() else {
        return; // Only the test below asks for it.
    };
    let group = env::var(GROUP).unwrap();
    let environment = errand.environment(System::current());
    let worker = worker(&group, &Kafka::shared()).environment(environment);
    let worker = worker.start().await.unwrap();
    start(&worker, &input()).await;
    let failed = worker.wait_for("source", |status| status.has_failed());
    let done = errand
        .until(async |census| census.count(Milestone::SourceOpened) > 0 && is_done(&worker).await);
    tokio::select! {
        _ = failed => replaced(&worker).await,
        () = within("all lines", done) => {}
    }
    worker.shutdown(Duration::from_secs(60)).await;
    errand.done();
}

/// Where a process stands still while another takes its task over.
const DELICATE: [(Milestone, u64); 5] = [
    (Milestone::ProducerInitialized, 1),
    (Milestone::PositionsRead, 1),
    (Milestone::TransactionSent, 2),
    (Milestone::TransactionPositionsSent, 2),
    (Milestone::TransactionCommitting, 1),
];

#[tokio::test(flavor = "multi_thread")]
async fn a_process_that_stands_still_while_another_takes_over_writes_nothing_more() {
    let kafka = Kafka::shared();
    let checks = DELICATE.map(|(milestone, nth)| {
        let (kafka, group) = (kafka.clone(), own(&format!("zombie-{milestone}")));
        async move {
            create(&kafka, &topic(&group), 1).await;
            let program = Program::new("zombies::program").with(GROUP, &group);
            let ran = crate::stage::blocking(move || {
                let stopped = program.stop_at(milestone, nth);
                let _ = program.run();
                let _ = stopped.go_on().end();
            });
            ran.await;
            let found = values(&kafka, &topic(&group)).await;
            assert_eq!(found, lines().collect::<Vec<_>>(), "stopped at {milestone}");
        }
    });
    futures::future::join_all(checks).await;
}
