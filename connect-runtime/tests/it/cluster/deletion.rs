//! Connectors that are deleted together with their offsets, at any worker.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use connect_api::{ConfigMap, Error, ErrorKind};
use connect_runtime::{
    Environment, WorkerHandle,
    broker::{Broker, embedded::EmbeddedBroker},
};
use connect_testkit::{
    SimulatedEnvironment,
    faulty::{BrokerFault, BrokerFaults, FaultyBroker, Operation},
    simulate,
};
use futures::{FutureExt, future::join};

use super::{
    fixture::{Known, counting, runs, to_memory},
    requests::left,
};
use crate::worker::fixture::{Numbers, memory};

const OWN: &str = "own-offsets";

/// What counts with offsets in a topic of its own.
fn apart(until: i64, tasks: usize) -> ConfigMap {
    let mut config = counting(until, tasks);
    config.insert("offsets.storage.topic", OWN);
    config
}

/// Starts a source of three tasks and a sink, and waits until all is there.
async fn start(worker: &WorkerHandle, known: &Known) {
    worker.create_connector("gone", apart(5, 3)).await.unwrap();
    worker.create_connector("sunk", to_memory()).await.unwrap();
    known.sink.reaches(15).await;
}

/// Deletes both connectors with their offsets.
async fn delete(worker: &WorkerHandle) -> connect_api::Result<()> {
    for name in ["gone", "sunk"] {
        match worker.delete_connector_with_offsets(name).await {
            Err(error) if error.message() == format!("there is no connector `{name}`") => {}
            done => done?,
        }
    }
    Ok(())
}

/// Returns the keys of the topics of offsets that are about the source.
async fn stored(broker: &EmbeddedBroker) -> Vec<String> {
    let mut stored = Vec::new();
    for topic in [OWN, "connect-test-offsets"] {
        let left = left(broker, topic).await.into_keys();
        stored.extend(left.filter(|key| key.contains("gone")));
    }
    stored
}

async fn nothing_is_left(broker: &EmbeddedBroker) {
    assert_eq!(stored(broker).await, [""; 0]);
    let group = broker.group_offsets("connect-sunk").await.unwrap();
    assert!(group.is_empty(), "{group:?}");
    for topic in ["configs", "cluster", "status"] {
        let left = left(broker, &format!("connect-test-{topic}")).await;
        let of_it = left.keys().filter(|key| key.contains("gone"));
        assert_eq!(of_it.collect::<Vec<_>>(), [""; 0], "{topic}");
    }
}

#[test]
fn nothing_is_left_of_a_connector_deleted_with_its_offsets_and_it_starts_anew_when_it_comes_back() {
    simulate(61, async |environment| {
        let environment: Arc<dyn Environment> = Arc::new(environment);
        let (broker, known) = (memory(&environment), Known::new());
        let one = known.worker(&environment, &broker).await;
        let two = known.worker(&environment, &broker).await;
        // Once at the leader, once at the other.
        for (round, worker) in [(1, &one), (2, &two)] {
            start(worker, &known).await;
            known.sink.reaches(round * 15).await;
            delete(worker).await.unwrap();
            let gone = worker.config("gone").await.unwrap_err();
            assert_eq!(gone.message(), "there is no connector `gone`");
            tokio::time::sleep(Duration::from_secs(300)).await;
            nothing_is_left(&broker).await;
            broker.delete_topic("numbers").await.unwrap();
        }
        assert_eq!(known.sink.values().len(), 30);
    });
}

#[test]
fn a_connector_from_code_is_deleted_with_its_offsets_at_a_replica_that_has_it() {
    simulate(62, async |environment| {
        let environment: Arc<dyn Environment> = Arc::new(environment);
        let (broker, known) = (memory(&environment), Known::new());
        let one = known.worker(&environment, &broker).await;
        let two = known.worker(&environment, &broker).await;
        let source = Numbers::new("numbers", 5);
        for worker in [&one, &two] {
            let started = worker.source("gone", source.clone()).tasks_max(3);
            let started = started.setting("offsets.storage.topic", OWN);
            started.version("1.0").start().await.unwrap();
        }
        two.create_connector("sunk", to_memory()).await.unwrap();
        known.sink.reaches(15).await;
        two.delete_connector_with_offsets("gone").await.unwrap();
        assert_eq!(stored(&broker).await, [""; 0]);
        let gone = one.config("gone").await.unwrap_err();
        assert_eq!(gone.message(), "there is no connector `gone`");
    });
}

#[test]
fn a_connector_whose_plugin_refuses_stays_stopped_everywhere_with_its_offsets() {
    simulate(63, async |environment| {
        let environment: Arc<dyn Environment> = Arc::new(environment);
        let (broker, known) = (memory(&environment), Known::new());
        let one = known.worker(&environment, &broker).await;
        let two = known.worker(&environment, &broker).await;
        start(&one, &known).await;
        let refusal = Error::config("not this");
        known.source.alter.lock().unwrap().push(refusal);
        let kept = two.delete_connector_with_offsets("gone").await;
        let kept = kept.unwrap_err();
        assert_eq!(kept.kind(), ErrorKind::Config);
        assert_eq!(
            kept.message(),
            "it was stopped and is not deleted: connector `gone`: changing offsets: connector `gone`: alter_offsets: \
             not this"
        );
        let stopped = one.wait_for("gone", |status| status.is_stopped());
        stopped.await.unwrap();
        assert_eq!(stored(&broker).await.len(), 6);
        two.resume("gone").await.unwrap();
        runs(&one, "gone", 3, 2).await;
        assert_eq!(known.sink.values().len(), 15, "nothing came twice");
        delete(&one).await.unwrap();
        assert_eq!(stored(&broker).await, [""; 0]);
    });
}

#[test]
fn a_connector_that_is_started_while_its_offsets_are_deleted_is_not_deleted() {
    simulate(64, async |environment| {
        let environment: Arc<dyn Environment> = Arc::new(environment);
        let (broker, known) = (memory(&environment), Known::new());
        let one = known.worker(&environment, &broker).await;
        let two = known.worker(&environment, &broker).await;
        start(&one, &known).await;
        known.source.held.send_replace(true);
        let others = async {
            let mut altered = known.source.altered.subscribe();
            altered.wait_for(|altered| *altered > 0).await.unwrap();
            // It looks as before afterwards, and is not.
            one.resume("gone").await.unwrap();
            runs(&one, "gone", 3, 2).await;
            one.stop("gone").await.unwrap();
            let stopped = one.wait_for("gone", |status| status.is_stopped());
            stopped.await.unwrap();
            known.source.held.send_replace(false);
        };
        let (deleted, ()) = join(two.delete_connector_with_offsets("gone"), others).await;
        let error = deleted.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unavailable);
        let expected = "it was started or changed while its offsets were changed";
        assert!(error.message().contains(expected), "{error}");
        one.config("gone").await.unwrap();
        delete(&two).await.unwrap();
        assert_eq!(stored(&broker).await, [""; 0]);
    });
}

/// Lets a worker die after so many polls while another one, or it itself, deletes; returns whether it died in vain.
async fn dies(environment: &SimulatedEnvironment, polls: u64, who: Doomed) -> bool {
    let base: Arc<dyn Environment> = Arc::new(environment.clone());
    let (broker, known) = (memory(&base), Known::new());
    let doomed = environment.process("doomed");
    let process: Arc<dyn Environment> = Arc::new(doomed.clone());
    let (first, second) = match who {
        // The first one leads.
        Doomed::Leader => {
            let first = known.worker(&process, &broker).await;
            (known.worker(&base, &broker).await, first)
        }
        Doomed::Asker => {
            let other = known.worker(&base, &broker).await;
            (known.worker(&process, &broker).await, other)
        }
    };
    start(&second, &known).await;
    doomed.kill_after(polls);
    let handle = first.clone();
    let asking: &Arc<dyn Environment> = match who {
        Doomed::Leader => &base,
        Doomed::Asker => &process,
    };
    let deletion = async move { delete(&handle).await.unwrap() };
    let is_done = asking.spawn("deletion", Box::pin(deletion)).await.is_ok();
    let is_vain = doomed.killed().now_or_never().is_none();
    doomed.kill();

    let survivor = match who {
        Doomed::Leader => {
            assert!(is_done, "whoever asks is told what has become of it");
            &first
        }
        Doomed::Asker => &second,
    };
    delete(survivor).await.unwrap();
    tokio::time::sleep(Duration::from_secs(300)).await;
    nothing_is_left(&broker).await;
    is_vain
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Doomed {
    Leader,
    Asker,
}

#[test]
fn whoever_dies_while_a_connector_is_deleted_with_its_offsets_it_is_deleted_by_asking_again() {
    for who in [Doomed::Leader, Doomed::Asker] {
        let mut deaths = 0;
        let die = |polls| simulate(65, async |environment| dies(&environment, polls, who).await);
        while !die(deaths * 3) {
            deaths += 1;
        }
        assert!(deaths > 20, "{deaths}");
    }
}

#[test]
fn a_copy_of_an_offset_that_was_on_its_way_elsewhere_does_not_come_back() {
    simulate(66, async |environment| {
        let environment: Arc<dyn Environment> = Arc::new(environment);
        let (broker, known) = (memory(&environment), Known::new());
        let cut = Arc::new(AtomicBool::new(false));
        let is_cut = Arc::clone(&cut);
        let faults = BrokerFaults::drawn(move |call| {
            let is_cut = is_cut.load(Ordering::SeqCst);
            (call == Operation::Producer && is_cut).then_some(BrokerFault::LoseRequest)
        });
        let faulty = FaultyBroker::new(Arc::new(broker.clone()), faults);
        let one = known.worker(&environment, &faulty).await;
        let two = known.worker(&environment, &faulty).await;
        let sink = two.create_connector("sunk", to_memory());
        sink.await.unwrap();
        // Time to cut off producers, between the task's own and its first transaction.
        let later = Error::unavailable("later");
        known.source.poll.lock().unwrap().push(later);
        one.create_connector("gone", apart(5, 1)).await.unwrap();
        let mut opened = known.source.opened.subscribe();
        opened.wait_for(|opened| *opened > 0).await.unwrap();
        cut.store(true, Ordering::SeqCst);
        known.sink.reaches(5).await;
        let runner = one.status("gone").unwrap().tasks[0].worker.clone();
        let other = if runner == one.id() { &two } else { &one };
        other.stop("gone").await.unwrap();
        tokio::time::sleep(Duration::from_secs(10)).await;
        cut.store(false, Ordering::SeqCst);
        other.delete_connector_with_offsets("gone").await.unwrap();
        tokio::time::sleep(Duration::from_secs(300)).await;
        assert_eq!(stored(&broker).await, [""; 0]);
    });
}
