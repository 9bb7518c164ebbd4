//! The topics of connectors: how they are created, and who knows that they are used.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use connect_runtime::{ConnectorStatus, Environment, broker::Broker};
use connect_testkit::{
    faulty::{BrokerFault, BrokerFaults, FaultyBroker, Operation},
    simulate,
};

use super::{
    fixture::{Memory, Numbers, memory, numbers, worker},
    internal_topics::latest,
};

/// The records of the status topic about topics: the key without `status-topic-`, and the value.
async fn topics(broker: &dyn Broker) -> BTreeMap<String, Option<String>> {
    let latest = latest(broker, "connect-test-status").await.into_iter();
    let topics = latest.filter_map(|(key, (_, value))| {
        Some((key.strip_prefix("status-topic-")?.to_owned(), value))
    });
    topics.collect()
}

#[test]
fn the_topics_in_use_are_in_the_status_topic_until_their_connector_is_deleted() {
    simulate(61, async |environment| {
        let environment: Arc<dyn Environment> = Arc::new(environment);
        let broker = memory(&environment);
        let worker_of = async || worker(&environment, broker.clone()).start().await.unwrap();
        let first = worker_of().await;
        let run = async |worker: &connect_runtime::WorkerHandle, until: i64| {
            let sunk = Memory::default();
            worker
                .source("in", Numbers::new("numbers", until))
                .start()
                .await
                .unwrap();
            worker
                .sink("out", sunk.clone())
                .topics(["numbers"])
                .start()
                .await
                .unwrap();
            sunk.reaches(5).await;
        };
        run(&first, 5).await;
        first.shutdown(Duration::from_secs(10)).await;
        let known = topics(&broker).await;
        assert_eq!(
            known.keys().collect::<Vec<_>>(),
            ["numbers:connector-in", "numbers:connector-out"]
        );
        let value = known["numbers:connector-in"].clone().unwrap();
        let expected =
            r#"{"topic":{"name":"numbers","connector":"in","task":0,"discoverTimestamp":"#;
        assert!(value.starts_with(expected), "{value}");

        // The moment of the discovery stays.
        let second = worker_of().await;
        run(&second, 10).await;
        second
            .wait_for("in", |status| status.is_running())
            .await
            .unwrap();
        second.delete_connector("out").await.unwrap();
        second.shutdown(Duration::from_secs(10)).await;
        let now = topics(&broker).await;
        assert_eq!(now["numbers:connector-in"], Some(value));
        assert_eq!(now["numbers:connector-out"], None);
    });
}

#[test]
fn topics_in_use_are_not_written_where_nobody_wants_to_know() {
    simulate(62, async |environment| {
        let environment: Arc<dyn Environment> = Arc::new(environment);
        let broker = memory(&environment);
        let worker = worker(&environment, broker.clone()).setting("topic.tracking.enable", "false");
        let worker = worker.start().await.unwrap();
        let sunk = Memory::default();
        worker
            .source("in", Numbers::new("numbers", 5))
            .start()
            .await
            .unwrap();
        worker
            .sink("out", sunk.clone())
            .topics(["numbers"])
            .start()
            .await
            .unwrap();
        sunk.reaches(5).await;
        worker.shutdown(Duration::from_secs(10)).await;
        assert!(topics(&broker).await.is_empty());
    });
}

#[test]
fn a_source_creates_its_topics_as_its_groups_say() {
    simulate(63, async |environment| {
        let environment: Arc<dyn Environment> = Arc::new(environment);
        let broker = memory(&environment);
        let worker = worker(&environment, broker.clone()).start().await.unwrap();
        for (name, topic) in [("a", "kept"), ("b", "other")] {
            let source = worker.source(name, Numbers::new(topic, 3));
            source
                .setting("topic.creation.groups", "kept")
                .setting("topic.creation.kept.include", "kept.*")
                .setting("topic.creation.kept.retention.ms", "1000000")
                .setting("topic.creation.default.partitions", "7")
                .setting("topic.creation.default.replication.factor", "-1")
                .start()
                .await
                .unwrap();
        }
        let sunk = Memory::default();
        worker
            .sink("out", sunk.clone())
            .topics(["kept", "other"])
            .start()
            .await
            .unwrap();
        sunk.reaches(6).await;
        worker.shutdown(Duration::from_secs(10)).await;
        let kept = broker.topic("kept").await.unwrap().unwrap();
        assert_eq!(
            (kept.partitions, kept.configs["retention.ms"].as_str()),
            (7, "1000000")
        );
        let other = broker.topic("other").await.unwrap().unwrap();
        assert_eq!(
            (other.partitions, other.configs.get("retention.ms")),
            (7, None)
        );
    });
}

#[test]
fn a_topic_that_cannot_be_created_yet_is_tried_again() {
    simulate(64, async |environment| {
        let environment: Arc<dyn Environment> = Arc::new(environment);
        let broker = memory(&environment);
        // The first two topics are the worker's own.
        let mut created = 0;
        let faults = BrokerFaults::drawn(move |call| {
            created += i32::from(call == Operation::CreateTopic);
            let is_lost = call == Operation::CreateTopic && (3..6).contains(&created);
            is_lost.then_some(BrokerFault::LoseRequest)
        });
        let faulty = FaultyBroker::new(Arc::new(broker.clone()), faults);
        let worker = worker(&environment, faulty).start().await.unwrap();
        let source = worker.source("in", Numbers::new("numbers", 3));
        source
            .setting("topic.creation.default.partitions", "4")
            .setting("topic.creation.default.replication.factor", "-1")
            .start()
            .await
            .unwrap();
        let trouble = |status: &ConnectorStatus| {
            let task = status.tasks.first();
            task.is_some_and(|task| task.trace.is_some())
        };
        let status = worker.wait_for("in", trouble).await.unwrap();
        let trace = status.tasks[0].trace.clone().unwrap();
        assert!(trace.contains("creating the topic `numbers`"), "{trace}");
        assert!(broker.topic("numbers").await.unwrap().is_none());
        let sunk = Memory::default();
        let sink = worker.sink("out", sunk.clone()).topics(["numbers"]);
        sink.start().await.unwrap();
        assert_eq!(sunk.reaches(3).await, numbers(3));
        let topic = broker.topic("numbers").await.unwrap().unwrap();
        assert_eq!(topic.partitions, 4);
    });
}
