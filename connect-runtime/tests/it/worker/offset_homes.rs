//! Source offsets in a file, and in topics of connectors' own.

use std::{
    fs,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use connect_api::{Error, ErrorKind, SourceOffset, SourcePartition};
use connect_runtime::{
    ConnectorOffsets, Environment, OffsetChange, WorkerBuilder, WorkerHandle,
    broker::{Broker, CleanupPolicy, embedded::EmbeddedBroker},
};
use connect_testkit::{
    faulty::{BrokerFault, BrokerFaults, FaultyBroker, Operation},
    simulate,
};

use super::{
    fixture::{Memory, Numbers, memory, numbers, worker},
    internal_topics::latest,
};
use crate::fixture::values;

const JAVA: &[u8] = include_bytes!("../../../src/stores/offsets/java/four.offsets");
const KEY: &str = r#"["numbers",{"part":"0"}]"#;
const WORKERS: &str = "connect-test-offsets";
const OWN: &str = "own-offsets";

fn at(next: i64) -> ConnectorOffsets {
    let part = SourcePartition::new([("part", "0")]);
    ConnectorOffsets::Source([(part, SourceOffset::at("next", next))].into())
}

fn nothing() -> ConnectorOffsets {
    ConnectorOffsets::Source([].into())
}

fn back_to(next: i64) -> OffsetChange {
    let part = SourcePartition::new([("part", "0")]);
    OffsetChange::Source([(part, Some(SourceOffset::at("next", next)))].into())
}

/// Makes it a worker as `connect standalone` starts it on Kafka; what it writes to is in memory.
fn standalone(worker: WorkerBuilder, file: &Path) -> WorkerBuilder {
    worker
        .setting("bootstrap.servers", "localhost:9092")
        .setting("exactly.once.source.support", "disabled")
        .setting("offset.storage.file.filename", file.to_str().unwrap())
}

async fn stop(worker: &WorkerHandle, name: &str) {
    worker.stop(name).await.unwrap();
    let stopped = worker.wait_for(name, |status| status.is_stopped()).await;
    stopped.unwrap();
}

/// Runs a source of `until` numbers and waits for all that the topic has then.
async fn count(worker: &WorkerHandle, settings: &[(&str, &str)], until: i64) {
    let sunk = Memory::default();
    let sink = worker.sink("memory", sunk.clone()).topics(["numbers"]);
    sink.start().await.unwrap();
    let mut source = worker.source("numbers", Numbers::new("numbers", until));
    for (key, value) in settings {
        source = source.setting(*key, *value);
    }
    source.start().await.unwrap();
    let mut known = 0;
    while !sunk.values().contains(&(until - 1).to_string()) {
        known = sunk.reaches(known + 1).await.len();
    }
}

/// Returns the offset in `topic`, as text.
async fn offset(broker: &EmbeddedBroker, topic: &str) -> Option<String> {
    latest(broker, topic).await.remove(KEY)?.1
}

#[test]
fn on_kafka_without_exactly_once_offsets_are_in_javas_file_and_no_topic_is_made() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("connect.offsets");
    fs::write(&file, JAVA).unwrap();
    simulate(1, async |environment| {
        let environment: Arc<dyn Environment> = Arc::new(environment);
        let broker = memory(&environment);
        for until in [10, 15] {
            let worker = standalone(worker(&environment, broker.clone()), &file);
            let worker = worker.start().await.unwrap();
            count(&worker, &[], until).await;
            let report = worker.shutdown(Duration::from_secs(10)).await;
            assert!(report.is_orderly());
        }
        assert_eq!(values(&broker, "numbers").await, numbers(15));
        assert_eq!(broker.topics().await.unwrap(), ["numbers"]);
        let kept = fs::read(folder.path().join("connect.offsets.java")).unwrap();
        assert_eq!(kept, JAVA);
        let stored = fs::read_to_string(&file).unwrap();
        let lines: Vec<_> = stored.lines().collect();
        assert_eq!(lines.len(), 5, "two of Java's and ours, {stored}");
        assert!(
            stored.contains(r#"{"key":"[\"numbers\",{\"part\":\"0\"}]","value":"{\"next\":15}"}"#)
        );
        assert!(stored.contains(r#"\"filename\":\"test.txt\""#));
    });
}

#[test]
fn workers_with_files_of_their_own_share_names_and_no_positions() {
    let folder = tempfile::tempdir().unwrap();
    simulate(2, async |environment| {
        let environment: Arc<dyn Environment> = Arc::new(environment);
        let broker = memory(&environment);
        for name in ["one", "two"] {
            let file = folder.path().join(name);
            let worker = standalone(worker(&environment, broker.clone()), &file);
            let worker = worker.start().await.unwrap();
            count(&worker, &[], 5).await;
            worker.shutdown(Duration::from_secs(10)).await;
        }
        // The second one did not go on where the first one was.
        let twice = [numbers(5), numbers(5)].concat();
        assert_eq!(values(&broker, "numbers").await, twice);
    });
}

#[test]
fn offsets_in_a_file_are_read_and_changed_as_those_in_a_topic() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("connect.offsets");
    simulate(3, async |environment| {
        let environment: Arc<dyn Environment> = Arc::new(environment);
        let broker = memory(&environment);
        let first = standalone(worker(&environment, broker.clone()), &file);
        let first = first.start().await.unwrap();
        count(&first, &[], 10).await;
        stop(&first, "numbers").await;
        assert_eq!(first.offsets("numbers").await.unwrap(), at(10));
        first.alter_offsets("numbers", back_to(7)).await.unwrap();
        assert_eq!(first.offsets("numbers").await.unwrap(), at(7));

        let second = standalone(worker(&environment, broker.clone()), &file);
        let refused = second.start().await.unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::Fatal);
        assert!(
            refused.message().contains("is in use by this process"),
            "{refused}"
        );
        first.reset_offsets("numbers").await.unwrap();
        first.shutdown(Duration::from_secs(10)).await;

        let second = standalone(worker(&environment, broker.clone()), &file);
        let second = second.start().await.unwrap();
        let numbers = Numbers::new("numbers", 0);
        second.source("numbers", numbers).start().await.unwrap();
        assert_eq!(second.offsets("numbers").await.unwrap(), nothing());
        second.shutdown(Duration::from_secs(10)).await;
    });
}

#[test]
fn a_connectors_own_topic_has_its_offsets_and_the_workers_a_copy() {
    for support in ["enabled", "disabled"] {
        simulate(4, async |environment| {
            let environment: Arc<dyn Environment> = Arc::new(environment);
            let broker = memory(&environment);
            let begin = async || {
                let worker = worker(&environment, broker.clone());
                let worker = worker.setting("exactly.once.source.support", support);
                worker.start().await.unwrap()
            };
            // It goes on where it was in the worker's topic, then in its own, then in the worker's again.
            let (none, own): (&[_], &[_]) = (&[], &[("offsets.storage.topic", OWN)]);
            for (settings, until) in [(none, 5), (own, 10), (own, 15), (none, 20)] {
                let worker = begin().await;
                count(&worker, settings, until).await;
                worker.shutdown(Duration::from_secs(10)).await;
            }
            assert_eq!(values(&broker, "numbers").await, numbers(20));
            assert_eq!(offset(&broker, OWN).await.unwrap(), r#"{"next":15}"#);
            assert_eq!(offset(&broker, WORKERS).await.unwrap(), r#"{"next":20}"#);
            let topic = broker.topic(OWN).await.unwrap().unwrap();
            assert_eq!(topic.cleanup, CleanupPolicy::Compact);
        });
    }
}

#[test]
fn offsets_are_changed_in_both_topics() {
    simulate(5, async |environment| {
        let environment: Arc<dyn Environment> = Arc::new(environment);
        let broker = memory(&environment);
        let worker = worker(&environment, broker.clone()).start().await.unwrap();
        count(&worker, &[("offsets.storage.topic", OWN)], 10).await;
        stop(&worker, "numbers").await;
        worker.alter_offsets("numbers", back_to(7)).await.unwrap();
        assert_eq!(worker.offsets("numbers").await.unwrap(), at(7));
        for topic in [OWN, WORKERS] {
            assert_eq!(offset(&broker, topic).await.unwrap(), r#"{"next":7}"#);
        }
        worker.reset_offsets("numbers").await.unwrap();
        assert_eq!(worker.offsets("numbers").await.unwrap(), nothing());
        worker.shutdown(Duration::from_secs(10)).await;
        for topic in [OWN, WORKERS] {
            assert_eq!(offset(&broker, topic).await, None);
        }
    });
}

#[test]
fn a_change_that_fails_half_way_leaves_what_was_or_what_shall_be() {
    for change in [OffsetChange::Reset, back_to(7)] {
        simulate(9, async |environment| {
            let environment: Arc<dyn Environment> = Arc::new(environment);
            let broker = memory(&environment);
            let faults = BrokerFaults::none();
            let faulty = FaultyBroker::new(Arc::new(broker.clone()), faults.clone());
            let worker = worker(&environment, faulty).start().await.unwrap();
            count(&worker, &[("offsets.storage.topic", OWN)], 10).await;
            stop(&worker, "numbers").await;
            let new = match &change {
                OffsetChange::Reset => nothing(),
                _ => at(7),
            };
            let mut failed = 0;
            loop {
                faults.on(Operation::Producer, failed, BrokerFault::LoseRequest);
                let changed = worker.alter_offsets("numbers", change.clone()).await;
                let found = worker.offsets("numbers").await.unwrap();
                if changed.is_ok() {
                    assert_eq!(found, new);
                    break;
                }
                assert!(found == at(10) || found == new, "{found:?}");
                failed += 1;
            }
            assert!(failed > 1, "both topics were written");
            worker.shutdown(Duration::from_secs(10)).await;
        });
    }
}

/// A worker whose source has come to 10, and whose producers that are opened now fail: nothing was copied.
async fn without_copies(
    environment: &Arc<dyn Environment>,
    broker: &EmbeddedBroker,
) -> (WorkerHandle, Arc<AtomicBool>) {
    let cut = Arc::new(AtomicBool::new(false));
    let is_cut = Arc::clone(&cut);
    let faults = BrokerFaults::drawn(move |call| {
        let is_cut = is_cut.load(Ordering::SeqCst);
        (call == Operation::Producer && is_cut).then_some(BrokerFault::LoseRequest)
    });
    let faulty = FaultyBroker::new(Arc::new(broker.clone()), faults);
    let worker = worker(environment, faulty).start().await.unwrap();
    let source = Numbers::new("numbers", 10);
    // Time to cut the broker off, between the task's producer and its first transaction.
    source
        .poll
        .lock()
        .unwrap()
        .push(Error::unavailable("later"));
    let sunk = Memory::default();
    let sink = worker.sink("memory", sunk.clone()).topics(["numbers"]);
    sink.start().await.unwrap();
    let started = worker.source("numbers", source.clone());
    let started = started.setting("offsets.storage.topic", OWN);
    started.start().await.unwrap();
    let mut opened = source.opened.subscribe();
    opened.wait_for(|opened| *opened > 0).await.unwrap();
    cut.store(true, Ordering::SeqCst);
    assert_eq!(sunk.reaches(10).await, numbers(10));
    (worker, cut)
}

#[test]
fn a_task_goes_on_while_its_offsets_cannot_be_copied() {
    simulate(6, async |environment| {
        let environment: Arc<dyn Environment> = Arc::new(environment);
        let broker = memory(&environment);
        let (worker, _) = without_copies(&environment, &broker).await;
        let status = worker.status("numbers").unwrap();
        assert!(status.is_running(), "{status:?}");
        let report = worker.shutdown(Duration::from_secs(10)).await;
        assert!(report.is_orderly());
        assert_eq!(offset(&broker, OWN).await.unwrap(), r#"{"next":10}"#);
        assert_eq!(offset(&broker, WORKERS).await, None);
        // What is not copied is not missing: the own topic counts.
        let worker = self::worker(&environment, broker.clone());
        let worker = worker.start().await.unwrap();
        count(&worker, &[("offsets.storage.topic", OWN)], 15).await;
        worker.shutdown(Duration::from_secs(10)).await;
        assert_eq!(values(&broker, "numbers").await, numbers(15));
        assert_eq!(offset(&broker, WORKERS).await.unwrap(), r#"{"next":15}"#);
    });
}

#[test]
fn a_copy_that_was_on_its_way_does_not_bring_back_what_was_reset() {
    simulate(7, async |environment| {
        let environment: Arc<dyn Environment> = Arc::new(environment);
        let broker = memory(&environment);
        let (worker, cut) = without_copies(&environment, &broker).await;
        stop(&worker, "numbers").await;
        cut.store(false, Ordering::SeqCst);
        worker.reset_offsets("numbers").await.unwrap();
        worker.shutdown(Duration::from_secs(10)).await;
        assert_eq!(offset(&broker, OWN).await, None);
        assert_eq!(offset(&broker, WORKERS).await, None);
    });
}

#[test]
fn a_task_that_writes_records_to_its_own_offsets_topic_is_refused() {
    simulate(8, async |environment| {
        let environment: Arc<dyn Environment> = Arc::new(environment);
        let broker = memory(&environment);
        let worker = worker(&environment, broker.clone()).start().await.unwrap();
        let plain = worker.source("plain", Numbers::new(WORKERS, 1));
        plain.start().await.unwrap();
        let own = worker.source("own", Numbers::new(OWN, 1));
        let own = own.setting("offsets.storage.topic", OWN);
        own.start().await.unwrap();
        let letters = worker.source("letters", Numbers::new("numbers", 1));
        let letters = letters.setting("errors.deadletterqueue.topic.name", WORKERS);
        letters.start().await.unwrap();
        for (name, topic) in [("plain", WORKERS), ("own", OWN), ("letters", WORKERS)] {
            let failed = worker.wait_for(name, |status| status.has_failed()).await;
            let failed = failed.unwrap();
            let expected = format!("expected another topic for records, found `{topic}`");
            let trace = failed.failure().unwrap_or_default();
            assert!(trace.contains(&expected), "{trace}");
        }
        worker.shutdown(Duration::from_secs(10)).await;
    });
}
