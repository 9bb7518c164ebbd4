//! What people ask for, at any worker.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use bytes::Bytes;
use connect_api::{ErrorKind, SourceOffset, SourcePartition};
use connect_runtime::{
    ConnectorOffsets, Environment, OffsetChange, Put, Restart, State, WorkerHandle,
    broker::{Broker, Fetched, ReaderOptions, embedded::EmbeddedBroker},
};
use connect_testkit::simulate;
use futures::future::join;

use super::fixture::{Known, counting, runs};
use crate::worker::fixture::memory;

/// Starts two workers; the second one does not lead.
async fn two(
    environment: &Arc<dyn Environment>,
    known: &Known,
) -> (EmbeddedBroker, WorkerHandle, WorkerHandle) {
    let broker = memory(environment);
    let one = known.worker(environment, &broker).await;
    let two = known.worker(environment, &broker).await;
    (broker, one, two)
}

#[test]
fn of_two_that_create_one_name_at_once_exactly_one_succeeds() {
    simulate(41, async |environment| {
        let environment: Arc<dyn Environment> = Arc::new(environment);
        let (_broker, one, two) = two(&environment, &Known::new()).await;
        for round in 0..10 {
            let name = format!("n-{round}");
            let created = join(
                one.create_connector(&name, counting(round, 1)),
                two.create_connector(&name, counting(round + 100, 1)),
            );
            let (created, other) = created.await;
            let refused = match (created, other) {
                (Ok(()), Err(error)) | (Err(error), Ok(())) => error,
                both => panic!("{both:?}"),
            };
            assert_eq!(refused.kind(), ErrorKind::Config);
            let expected = format!("connector `{name}` exists already");
            assert_eq!(refused.message(), expected);
            let configs = join(one.config(&name), two.config(&name)).await;
            assert_eq!(configs.0.unwrap(), configs.1.unwrap());
        }
    });
}

#[test]
fn a_connector_is_managed_at_any_worker() {
    simulate(42, async |environment| {
        let environment: Arc<dyn Environment> = Arc::new(environment);
        let known = Known::new();
        let (_broker, one, two) = two(&environment, &known).await;
        let put = async |worker: &WorkerHandle, until| {
            let put = worker.put_connector("n", counting(until, 4));
            put.await.unwrap()
        };
        assert_eq!(put(&two, 5).await, Put::Created);
        runs(&one, "n", 4, 2).await;
        assert_eq!(*known.source.opened.borrow(), 4);
        assert_eq!(put(&one, 5).await, Put::Unchanged);
        assert_eq!(put(&one, 6).await, Put::Updated);
        let mut opened = known.source.opened.subscribe();
        opened.wait_for(|opened| *opened == 8).await.unwrap();
        runs(&two, "n", 4, 2).await;

        one.restart("n", Restart::Task(2)).await.unwrap();
        opened.wait_for(|opened| *opened == 9).await.unwrap();
        let none = two.restart("n", Restart::Task(4)).await.unwrap_err();
        assert_eq!(
            none.message(),
            "connector `n`: expected one of its 4 tasks, found number 4"
        );

        two.pause("n").await.unwrap();
        one.wait_for("n", |status| status.is_paused())
            .await
            .unwrap();
        one.stop("n").await.unwrap();
        two.wait_for("n", |status| status.is_stopped())
            .await
            .unwrap();
        two.resume("n").await.unwrap();
        runs(&one, "n", 4, 2).await;
        let missing = two.pause("m").await.unwrap_err();
        assert_eq!(missing.message(), "there is no connector `m`");
    });
}

#[test]
fn offsets_are_changed_at_any_worker_once_the_tasks_have_ended_everywhere() {
    simulate(43, async |environment| {
        let environment: Arc<dyn Environment> = Arc::new(environment);
        let (_broker, one, two) = two(&environment, &Known::new()).await;
        one.create_connector("n", counting(3, 4)).await.unwrap();
        runs(&two, "n", 4, 2).await;
        let part = |part: &str| SourcePartition::new([("part", part)]);
        let change = |at| {
            let offset = Some(SourceOffset::at("next", at));
            OffsetChange::Source(BTreeMap::from([(part("1"), offset)]))
        };
        let early = two.alter_offsets("n", change(1)).await.unwrap_err();
        assert_eq!(
            early.message(),
            "connector `n`: offsets can be changed only while it is stopped"
        );
        one.stop("n").await.unwrap();
        two.wait_for("n", |status| status.is_stopped())
            .await
            .unwrap();
        two.alter_offsets("n", change(1)).await.unwrap();
        let ConnectorOffsets::Source(offsets) = one.offsets("n").await.unwrap() else {
            panic!("of a source");
        };
        assert_eq!(offsets.len(), 4);
        assert_eq!(offsets[&part("1")], SourceOffset::at("next", 1));
        one.reset_offsets("n").await.unwrap();
        let read = two.offsets("n").await.unwrap();
        assert_eq!(read, ConnectorOffsets::Source(BTreeMap::new()));
    });
}

#[test]
fn nothing_is_left_of_a_deleted_connector() {
    simulate(44, async |environment| {
        let environment: Arc<dyn Environment> = Arc::new(environment);
        let (broker, one, two) = two(&environment, &Known::new()).await;
        one.create_connector("gone", counting(3, 4)).await.unwrap();
        runs(&two, "gone", 4, 2).await;
        two.restart("gone", Restart::All).await.unwrap();
        two.delete_connector("gone").await.unwrap();
        // Replies stay for a while.
        tokio::time::sleep(Duration::from_secs(300)).await;
        assert_eq!(one.status("gone"), None);
        for topic in ["configs", "cluster", "status"] {
            let left = left(&broker, &format!("connect-test-{topic}")).await;
            let of_it = left.keys().filter(|key| key.contains("gone"));
            assert_eq!(of_it.collect::<Vec<_>>(), [""; 0], "{topic}");
        }
    });
}

/// Returns what a topic holds once it is compacted.
pub(super) async fn left(broker: &EmbeddedBroker, topic: &str) -> BTreeMap<String, Bytes> {
    let mut reader = broker.reader(&ReaderOptions::new(topic)).await.unwrap();
    let mut left = BTreeMap::new();
    let mut each = |fetched: Fetched| {
        for record in fetched.records {
            let key = String::from_utf8(record.key.unwrap_or_default().into()).unwrap();
            match record.value {
                Some(value) => left.insert(key, value),
                None => left.remove(&key),
            };
        }
    };
    reader.to_end(&mut each).await.unwrap();
    left
}

#[test]
fn what_cannot_work_is_refused_where_it_is_asked_for() {
    simulate(45, async |environment| {
        let environment: Arc<dyn Environment> = Arc::new(environment);
        let (_broker, one, two) = two(&environment, &Known::new()).await;
        let mut config = counting(3, 1);
        config.insert("connector.class", "nubmers");
        let error = two.create_connector("n", config).await.unwrap_err();
        assert_eq!(error.problems()[0].key(), "connector.class");
        assert_eq!(one.statuses(), []);
    });
}

#[test]
fn requests_survive_the_leader() {
    simulate(46, async |environment| {
        let environment: Arc<dyn Environment> = Arc::new(environment);
        let (broker, one, two) = two(&environment, &Known::new()).await;
        one.create_connector("a", counting(3, 2)).await.unwrap();
        // The first one leads.
        let (left, created) = join(
            one.shutdown(Duration::from_secs(30)),
            two.create_connector("b", counting(3, 2)),
        )
        .await;
        assert!(left.is_orderly(), "{left:?}");
        created.unwrap();
        runs(&two, "a", 2, 1).await;
        runs(&two, "b", 2, 1).await;
        let three = Known::new().worker(&environment, &broker).await;
        assert_eq!(
            three.config("b").await.unwrap(),
            two.config("b").await.unwrap()
        );
        let states: Vec<_> = two.statuses().into_iter().map(|it| it.state).collect();
        assert_eq!(states, [State::Running, State::Running]);
    });
}
