//! Connectors that are deleted together with their offsets, by one worker.

use std::{sync::Arc, time::Duration};

use connect_api::{Error, ErrorKind};
use connect_runtime::{
    ConnectorOffsets, Environment, WorkerHandle,
    broker::{Broker, ProducerOptions, ProducerRecord, embedded::EmbeddedBroker},
};
use connect_testkit::{
    SimulatedEnvironment,
    faulty::{BrokerFault, BrokerFaults, FaultyBroker, Operation},
    simulate,
};

use super::{
    fixture::{Memory, Numbers, memory, numbers, worker},
    internal_topics::latest,
};

const WORKERS: &str = "connect-test-offsets";
const OWN: &str = "own-offsets";

/// Starts a source of three partitions whose offsets are in a topic of its own, with copies, and a sink of all of it.
async fn start(worker: &WorkerHandle, source: &Numbers) -> Memory {
    let begun = worker.source("numbers", source.clone()).tasks_max(3);
    let begun = begun.setting("offsets.storage.topic", OWN);
    begun.start().await.unwrap();
    let sunk = Memory::default();
    let sink = worker.sink("memory", sunk.clone()).topics(["numbers"]);
    sink.start().await.unwrap();
    sunk
}

/// Returns the keys of a topic's offsets of the source.
pub(crate) async fn offsets_in(broker: &EmbeddedBroker, topic: &str, name: &str) -> Vec<String> {
    let of = format!(r#"["{name}","#);
    let latest = latest(broker, topic).await.into_iter();
    let live = latest.filter(|(key, (_, value))| key.starts_with(&of) && value.is_some());
    live.map(|(key, _)| key).collect()
}

async fn nothing_is_left(broker: &EmbeddedBroker) {
    for topic in [OWN, WORKERS] {
        let left = offsets_in(broker, topic, "numbers").await;
        assert_eq!(left, [""; 0], "{topic}");
    }
    let group = broker.group_offsets("connect-memory").await.unwrap();
    assert!(group.is_empty(), "{group:?}");
}

#[test]
fn a_connector_deleted_with_its_offsets_starts_from_the_beginning_when_it_comes_back() {
    simulate(1, async |environment| {
        let environment: Arc<dyn Environment> = Arc::new(environment);
        let broker = memory(&environment);
        let worker = worker(&environment, broker.clone()).start().await.unwrap();
        let source = Numbers::new("numbers", 5);
        let sunk = start(&worker, &source).await;
        sunk.reaches(15).await;
        for name in ["numbers", "memory"] {
            worker.delete_connector_with_offsets(name).await.unwrap();
            assert_eq!(worker.status(name), None);
            let gone = worker.delete_connector_with_offsets(name).await;
            let gone = gone.unwrap_err();
            assert_eq!(gone.kind(), ErrorKind::Config);
            assert_eq!(gone.message(), format!("there is no connector `{name}`"));
        }
        nothing_is_left(&broker).await;
        let again = start(&worker, &source).await;
        // The sink reads what both have written.
        let mut found = again.reaches(30).await;
        found.sort();
        let mut expected = [(); 6].map(|()| numbers(5)).concat();
        expected.sort();
        assert_eq!(found, expected);
        worker.shutdown(Duration::from_secs(10)).await;
    });
}

#[test]
fn offsets_in_a_file_are_deleted_with_their_connector() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("connect.offsets");
    simulate(2, async |environment| {
        let environment: Arc<dyn Environment> = Arc::new(environment);
        let broker = memory(&environment);
        let worker = worker(&environment, broker.clone())
            .setting("bootstrap.servers", "localhost:9092")
            .setting("exactly.once.source.support", "disabled")
            .setting("offset.storage.file.filename", file.to_str().unwrap());
        let worker = worker.start().await.unwrap();
        for name in ["kept", "gone"] {
            let source = worker.source(name, Numbers::new("numbers", 5));
            source.start().await.unwrap();
        }
        let sunk = Memory::default();
        let sink = worker.sink("memory", sunk.clone()).topics(["numbers"]);
        sink.start().await.unwrap();
        sunk.reaches(10).await;
        worker.delete_connector("kept").await.unwrap();
        worker.delete_connector_with_offsets("gone").await.unwrap();
        let stored = std::fs::read_to_string(&file).unwrap();
        assert!(stored.contains("kept"), "{stored}");
        assert!(!stored.contains("gone"), "{stored}");
        worker.shutdown(Duration::from_secs(10)).await;
    });
}

#[test]
fn a_connector_whose_plugin_refuses_stays_stopped_with_all_of_its_offsets() {
    simulate(3, async |environment| {
        let environment: Arc<dyn Environment> = Arc::new(environment);
        let broker = memory(&environment);
        let worker = worker(&environment, broker.clone()).start().await.unwrap();
        let source = Numbers::new("numbers", 5);
        let sunk = start(&worker, &source).await;
        sunk.reaches(15).await;
        source.alter.lock().unwrap().push(Error::config("not this"));
        let kept = worker.delete_connector_with_offsets("numbers").await;
        let kept = kept.unwrap_err();
        assert_eq!(kept.kind(), ErrorKind::Config);
        assert_eq!(
            kept.message(),
            "it was stopped and is not deleted: connector `numbers`: changing offsets: connector `numbers`: \
             alter_offsets: not this"
        );
        assert!(worker.status("numbers").unwrap().is_stopped());
        assert_eq!(offsets_in(&broker, OWN, "numbers").await.len(), 3);
        worker.resume("numbers").await.unwrap();
        let running = worker.wait_for("numbers", |status| status.is_running());
        running.await.unwrap();
        worker
            .delete_connector_with_offsets("numbers")
            .await
            .unwrap();
        assert_eq!(offsets_in(&broker, OWN, "numbers").await, [""; 0]);
        assert_eq!(sunk.values().len(), 15, "nothing came twice");
        worker.shutdown(Duration::from_secs(10)).await;
    });
}

#[test]
fn nothing_disturbs_a_connector_that_is_being_deleted_with_its_offsets() {
    simulate(4, async |environment| {
        let environment: Arc<dyn Environment> = Arc::new(environment);
        let broker = memory(&environment);
        let worker = worker(&environment, broker.clone()).start().await.unwrap();
        let source = Numbers::new("numbers", 5);
        let sunk = start(&worker, &source).await;
        sunk.reaches(15).await;
        source.held.send_replace(true);
        let deletion = worker.delete_connector_with_offsets("numbers");
        let others = async {
            let mut altered = source.altered.subscribe();
            altered.wait_for(|altered| *altered > 0).await.unwrap();
            for refused in [
                worker.resume("numbers").await,
                worker.delete_connector("numbers").await,
                worker.delete_connector_with_offsets("numbers").await,
                worker.reset_offsets("numbers").await,
            ] {
                let refused = refused.unwrap_err();
                assert_eq!(refused.kind(), ErrorKind::Unavailable);
                assert_eq!(
                    refused.message(),
                    "connector `numbers` is being deleted with its offsets"
                );
            }
            let offsets = worker.offsets("numbers").await.unwrap();
            assert!(matches!(offsets, ConnectorOffsets::Source(all) if all.len() == 3));
            source.held.send_replace(false);
        };
        let (deleted, ()) = futures::future::join(deletion, others).await;
        deleted.unwrap();
        assert_eq!(worker.status("numbers"), None);
        assert_eq!(offsets_in(&broker, OWN, "numbers").await, [""; 0]);
        worker.shutdown(Duration::from_secs(10)).await;
    });
}

#[test]
fn a_worker_that_shuts_down_meanwhile_says_that_nothing_is_certain() {
    simulate(5, async |environment| {
        let environment: Arc<dyn Environment> = Arc::new(environment);
        let broker = memory(&environment);
        let worker = worker(&environment, broker.clone()).start().await.unwrap();
        let source = Numbers::new("numbers", 5);
        let sunk = start(&worker, &source).await;
        sunk.reaches(15).await;
        source.held.send_replace(true);
        let deletion = worker.delete_connector_with_offsets("numbers");
        let shutdown = async {
            let mut altered = source.altered.subscribe();
            altered.wait_for(|altered| *altered > 0).await.unwrap();
            let ended = worker.shutdown(Duration::from_secs(10));
            let go_on = async { source.held.send_replace(false) };
            futures::future::join(ended, go_on).await
        };
        let (deleted, _) = futures::future::join(deletion, shutdown).await;
        assert_eq!(deleted.unwrap_err().kind(), ErrorKind::Unavailable);
    });
}

/// Starts a worker whose calls to the broker may go wrong, with both connectors under way.
async fn over_faults(
    environment: SimulatedEnvironment,
) -> (EmbeddedBroker, BrokerFaults, WorkerHandle) {
    let environment: Arc<dyn Environment> = Arc::new(environment);
    let broker = memory(&environment);
    let faults = BrokerFaults::none();
    let faulty = FaultyBroker::new(Arc::new(broker.clone()), faults.clone());
    let worker = worker(&environment, faulty).start().await.unwrap();
    let sunk = start(&worker, &Numbers::new("numbers", 5)).await;
    sunk.reaches(15).await;
    (broker, faults, worker)
}

#[test]
fn what_fails_in_between_is_finished_by_asking_again() {
    for (call, name) in [
        (Operation::Producer, "numbers"),
        (Operation::GroupOffsets, "memory"),
        (Operation::DeleteGroup, "memory"),
    ] {
        for fault in [BrokerFault::LoseRequest, BrokerFault::LoseAnswer] {
            simulate(6, async |environment| {
                let (broker, faults, worker) = over_faults(environment).await;
                faults.on(call, 0, fault);
                let kept = worker.delete_connector_with_offsets(name).await;
                let kept = kept.unwrap_err();
                assert_eq!(kept.kind(), ErrorKind::Unavailable);
                let expected = "it was stopped and is not deleted: ";
                assert!(kept.message().starts_with(expected), "{kept}");
                assert!(worker.status(name).unwrap().is_stopped());
                for name in ["numbers", "memory"] {
                    worker.delete_connector_with_offsets(name).await.unwrap();
                }
                nothing_is_left(&broker).await;
                worker.shutdown(Duration::from_secs(10)).await;
            });
        }
    }
}

/// The broker that knows the group may be another one by now.
#[test]
fn a_sink_is_deleted_once_somebody_knows_its_group() {
    for fault in [BrokerFault::LoseRequest, BrokerFault::LoseAnswer] {
        simulate(6, async |environment| {
            let (broker, faults, worker) = over_faults(environment).await;
            faults.on(Operation::Group, 0, fault);
            for name in ["numbers", "memory"] {
                worker.delete_connector_with_offsets(name).await.unwrap();
            }
            nothing_is_left(&broker).await;
            worker.shutdown(Duration::from_secs(10)).await;
        });
    }
}

/// Lets a worker die after so many polls while it deletes, and another one delete; returns whether the first one was done.
async fn dies(environment: &SimulatedEnvironment, polls: u64) -> bool {
    let base: Arc<dyn Environment> = Arc::new(environment.clone());
    let broker = memory(&base);
    let doomed = environment.process("doomed");
    let process: Arc<dyn Environment> = Arc::new(doomed.clone());
    let first = worker(&process, broker.clone()).start().await.unwrap();
    let source = Numbers::new("numbers", 5);
    start(&first, &source).await.reaches(15).await;
    doomed.kill_after(polls);
    let handle = first.clone();
    let deleting = process.spawn(
        "deletion",
        Box::pin(async move {
            for name in ["numbers", "memory"] {
                handle.delete_connector_with_offsets(name).await.unwrap();
            }
        }),
    );
    let is_done = deleting.await.is_ok();
    doomed.kill();

    let second = worker(&base, broker.clone()).start().await.unwrap();
    start(&second, &source).await;
    for name in ["numbers", "memory"] {
        second.delete_connector_with_offsets(name).await.unwrap();
    }
    nothing_is_left(&broker).await;
    is_done
}

#[test]
fn wherever_a_worker_dies_what_it_was_deleting_is_deleted_by_asking_again() {
    let mut deaths = 0;
    while !simulate(7, async |environment| dies(&environment, deaths * 3).await) {
        deaths += 1;
    }
    assert!(deaths > 10, "{deaths}");
}

/// A change that failed between two keys of one source partition leaves the older one, which a reset finds.
#[test]
fn an_offset_under_an_older_form_of_its_key_is_deleted_too() {
    simulate(8, async |environment| {
        let environment: Arc<dyn Environment> = Arc::new(environment);
        let broker = memory(&environment);
        let worker = worker(&environment, broker.clone()).start().await.unwrap();
        let source = Numbers::new("numbers", 0);
        worker.source("numbers", source).start().await.unwrap();
        worker.stop("numbers").await.unwrap();
        let stopped = worker.wait_for("numbers", |status| status.is_stopped());
        stopped.await.unwrap();
        let records = [
            (r#"["numbers",{"part":"0","of":"x"}]"#, Some("{\"next\":1}")),
            (r#"["numbers",{"of":"x","part":"0"}]"#, None),
        ];
        for (key, value) in records {
            let mut producer = broker
                .producer(&ProducerOptions::new("other"))
                .await
                .unwrap();
            let mut record = ProducerRecord::new(WORKERS, "");
            record.key = Some(key.into());
            record.value = value.map(Into::into);
            let sent = producer.send(vec![record]).await.unwrap();
            assert!(sent.await.unwrap().is_empty());
        }
        assert_eq!(offsets_in(&broker, WORKERS, "numbers").await.len(), 1);
        let worker_forgets = worker.delete_connector_with_offsets("numbers");
        worker_forgets.await.unwrap();
        assert_eq!(offsets_in(&broker, WORKERS, "numbers").await, [""; 0]);
        worker.shutdown(Duration::from_secs(10)).await;
    });
}
