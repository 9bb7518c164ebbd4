//! Calls that block their thread: nothing can end them from outside.

use std::{sync::Arc, thread, time::Duration};

use connect_runtime::{
    Environment, Restart, State, System, WorkerHandle,
    broker::{
        Broker, Isolation, NewTopic, ProducerOptions, ProducerRecord, ReaderOptions,
        embedded::EmbeddedBroker,
    },
};
use connect_testkit::memory::{Call, Entry, Fault, Faults, Gate, MemoryInput, MemorySource};
use tokio::{runtime::Builder, sync::oneshot};

use super::{CASES, Case, Pipeline, Side, When, bystander, check_healthy, worker};
use crate::worker::{fixture, log::Log};

/// Lets one call block its thread, on an executor of its own with free threads.
async fn check_blocked(case: Case) {
    let environment: Arc<dyn Environment> = Arc::new(System::current());
    let worker = worker(&environment).start().await.unwrap();
    let sunk = bystander(&worker).await;
    let (gate, faults) = (Gate::new(), Faults::none());
    faults.on(case.call, 0, Fault::Block(gate.clone()));
    let pipeline = Pipeline::start(&worker, "t", case.side, faults).await;
    match case.when {
        When::Working => pipeline.input.append_texts(0, ["0"]),
        When::Closing => {
            pipeline.carries(0..1).await;
            worker.pause(&pipeline.name).await.unwrap();
        }
    }
    let told = pipeline.told(case.name, "blocks its thread for");
    pipeline.fails(&worker, &told).await;
    let state = || worker.status(&pipeline.name).unwrap().tasks[0].state;
    assert_eq!(state(), State::Failed, "{told}");
    // It blocks still, and the others go on.
    sunk.reaches(100).await;
    if case.when == When::Working {
        let restarted = worker.restart(&pipeline.name, Restart::All).await;
        restarted.unwrap();
        assert_eq!(state(), State::Failed, "a restart waits for the thread");
    }
    gate.open();
    if case.when == When::Closing {
        let paused = worker.wait_for(&pipeline.name, |status| status.is_paused());
        paused.await.unwrap();
        worker.resume(&pipeline.name).await.unwrap();
    }
    pipeline.runs(&worker).await;
    pipeline.carries(1..3).await;
    check_healthy(&worker, &sunk).await;
}

#[test]
fn a_call_that_blocks_its_thread_fails_its_task_alone_until_it_returns() {
    thread::scope(|scope| {
        for case in CASES {
            scope.spawn(move || {
                let mut executor = Builder::new_multi_thread();
                let executor = executor.worker_threads(4).enable_time().build().unwrap();
                executor.block_on(check_blocked(case));
            });
        }
    });
}

#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn a_connector_that_blocks_a_thread_is_given_up_at_shutdown() {
    let environment: Arc<dyn Environment> = Arc::new(System::current());
    let worker = worker(&environment).start().await.unwrap();
    let sunk = bystander(&worker).await;
    sunk.reaches(100).await;
    let (gate, faults) = (Gate::new(), Faults::none());
    faults.on(Call::Stop, 0, Fault::Block(gate.clone()));
    let pipeline = Pipeline::start(&worker, "t", Side::Source, faults).await;
    pipeline.carries(0..1).await;
    let report = worker.shutdown(Duration::from_secs(5)).await;
    gate.open();
    let blocked = report.abandoned.iter().map(ToString::to_string);
    assert_eq!(blocked.collect::<Vec<_>>(), ["t-source-0"], "{report:?}");
}

/// A record of a transaction that is never committed.
const IN_IT: &[u8] = b"in the transaction";

async fn pause(worker: &WorkerHandle) {
    worker.pause("source").await.unwrap();
    let paused = worker.wait_for("source", |status| status.is_paused());
    paused.await.unwrap();
}

/// Lets a source block the only thread of the executor that `builder` makes, within a transaction.
///
/// Meanwhile the broker and whoever reads are on another executor.
async fn check_reported(mut builder: Builder) {
    let executor = builder.enable_time().build().unwrap();
    let (log, handle) = (Log::default(), executor.handle().clone());
    let (end, ended) = oneshot::channel::<()>();
    let thread = thread::spawn(move || executor.block_on(ended));
    let broker = EmbeddedBroker::memory(Arc::new(System::current()));
    let topic = NewTopic::new("t").partitions(1);
    broker.create_topic(&topic).await.unwrap();
    let environment = log.of(System::on(handle));
    let worker = fixture::worker(&environment, broker.clone());
    let worker = worker.start().await.unwrap();
    let (gate, faults, input) = (Gate::new(), Faults::none(), MemoryInput::new(1));
    faults.on(Call::Poll, 1, Fault::Block(gate.clone()));
    let source = MemorySource::new(&input, "t").with_faults(faults);
    input.append(0, [Entry::Record(IN_IT.into())]);
    let source = worker.source("source", source);
    // The transaction would stay open for hours.
    let source = source.setting("transaction.boundary", "interval");
    let source = source.setting("transaction.boundary.interval.ms", "3600000");
    let source = source.setting("producer.override.transaction.timeout.ms", "7200000");
    source.start().await.unwrap();

    let mut options = ReaderOptions::new("t");
    options.isolation = Isolation::ReadUncommitted;
    let mut everything = broker.reader(&options).await.unwrap();
    let written = everything.next().await.unwrap();
    assert_eq!(written.records[0].value.as_deref(), Some(IN_IT));
    let options = ProducerOptions::new("test");
    let mut producer = broker.producer(&options).await.unwrap();
    let after = ProducerRecord::new("t", "after it");
    let sent = producer.send(vec![after]).await.unwrap().await;
    assert!(sent.unwrap().is_empty());

    // Behind an open transaction nothing can be read.
    let mut committed = broker.reader(&ReaderOptions::new("t")).await.unwrap();
    let read = committed.next().await.unwrap();
    assert_eq!(read.records[0].value.as_deref(), Some(&b"after it"[..]));
    let call = "connector `source` task 0: poll (for ";
    log.says(&["ERROR", "the executor did not answer for", call])
        .await;

    gate.open();
    log.says(&["the executor answers again after"]).await;
    // The task learns that its producer is closed when it uses it, and the next one reads again.
    pause(&worker).await;
    worker.resume("source").await.unwrap();
    let mut again = 0;
    while again == 0 {
        let written = everything.next().await.unwrap().records.into_iter();
        again = written
            .filter(|record| record.value.as_deref() == Some(IN_IT))
            .count();
    }
    pause(&worker).await;
    let read = committed.next().await.unwrap();
    assert_eq!(read.records[0].value.as_deref(), Some(IN_IT));
    assert!(worker.shutdown(Duration::from_secs(60)).await.is_orderly());
    end.send(()).unwrap();
    thread.join().unwrap().unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_call_that_blocks_the_only_thread_is_reported_and_its_transaction_does_not_stay_open() {
    let mut one_of_many = Builder::new_multi_thread();
    one_of_many.worker_threads(1);
    let current = check_reported(Builder::new_current_thread());
    tokio::join!(current, check_reported(one_of_many));
}
