//! What a worker would refuse, found without one; and connectors that begin without running.

use std::{sync::Arc, time::Duration};

use connect_api::{ConfigMap, ConfigProblem, Plugin};
use connect_runtime::{Direction, Environment, InitialState, Plugins, Worker, broker::Broker};
use connect_testkit::simulate;

use super::{
    fixture::{Memory, Numbers, Text, memory, numbers, worker},
    log::Log,
};

fn plugins() -> Plugins {
    let numbers = |(): ()| Ok(Numbers::new("numbers", 5));
    Plugins::new().with([
        Plugin::source("numbers", "1.0", numbers).alias("com.example.NumbersConnector"),
        Plugin::sink("memory", "1.0", |(): ()| Ok(Memory::default())),
        Plugin::converter("text", "1.0", |(): ()| Ok(Text)),
    ])
}

fn keys(problems: &[ConfigProblem]) -> Vec<&str> {
    problems.iter().map(ConfigProblem::key).collect()
}

#[tokio::test]
async fn everything_that_is_wrong_with_a_worker_is_found_and_no_directory_is_made() {
    let folder = tempfile::tempdir().unwrap();
    let broker = folder.path().join("broker");
    let servers = format!("embedded:{}", broker.display());
    let right = ConfigMap::from([("bootstrap.servers", &*servers), ("key.converter", "text")]);
    assert_eq!(
        keys(Worker::inspect(right.clone(), plugins()).await.problems()),
        [""; 0]
    );

    let mut wrong = right;
    wrong.extend([
        ("offset.flush.interval.ms", "soon"),
        ("value.converter", "txet"),
        ("compat.jav", "true"),
    ]);
    let inspection = Worker::inspect(wrong, plugins()).await;
    let mut found = keys(inspection.problems());
    found.sort_unstable();
    assert_eq!(
        found,
        ["compat.jav", "offset.flush.interval.ms", "value.converter"]
    );

    let nowhere = ConfigMap::from([("bootstrap.servers", "localhost")]);
    let inspection = Worker::inspect(nowhere, plugins()).await;
    assert_eq!(keys(inspection.problems()), ["bootstrap.servers"]);
    assert!(!broker.exists());
}

#[tokio::test]
async fn connectors_are_checked_also_where_the_worker_is_wrong() {
    let settings = ConfigMap::from([("offset.flush.interval.ms", "soon")]);
    let inspection = Worker::inspect(settings, plugins())
        .await
        .converters(Text, Text, Text);
    let connector = |class| ConfigMap::from([("name", "n"), ("connector.class", class)]);
    assert_eq!(
        keys(&inspection.connector_problems(&connector("numbers")).await),
        [""; 0]
    );
    let mut wrong = connector("memory");
    wrong.insert("tasks.max", "0");
    let problems = inspection.connector_problems(&wrong).await;
    assert!(keys(&problems).contains(&"tasks.max"), "{problems:?}");
}

#[tokio::test]
async fn two_plugins_with_one_name_are_found() {
    let twice = plugins().with([Plugin::sink(
        "memory",
        "2.0",
        |(): ()| Ok(Memory::default()),
    )]);
    let inspection = Worker::inspect(ConfigMap::new(), twice).await;
    let message = inspection.problems()[0].message();
    assert!(
        message.contains("two connectors answer to `memory`"),
        "{message}"
    );
}

#[tokio::test]
async fn a_simple_name_that_two_classes_share_is_no_name() {
    let sink = |name, class| Plugin::sink(name, "1.0", |(): ()| Ok(Memory::default())).alias(class);
    let shared = plugins().with([
        sink("one", "com.example.one.StoreConnector"),
        sink("two", "com.example.two.StoreConnector"),
    ]);
    let inspection = Worker::inspect(ConfigMap::new(), shared)
        .await
        .converters(Text, Text, Text);
    assert_eq!(keys(inspection.problems()), [""; 0]);
    for (class, wrong) in [
        ("one", false),
        ("com.example.two.StoreConnector", false),
        ("StoreConnector", true),
        ("Store", true),
    ] {
        let connector =
            ConfigMap::from([("name", "n"), ("connector.class", class), ("topics", "t")]);
        let problems = inspection.connector_problems(&connector).await;
        assert_eq!(!problems.is_empty(), wrong, "{class}: {problems:?}");
        if wrong {
            let message = problems[0].message();
            assert!(
                message.contains(&format!(
                    "`{class}` is the simple name of more than one connector: expected the whole name, \
                     `com.example.one.StoreConnector` or `com.example.two.StoreConnector`"
                )),
                "{message}"
            );
        }
    }
}

#[tokio::test]
async fn a_class_may_not_be_registered_twice() {
    let again = plugins().with(
        [Plugin::sink("again", "1.0", |(): ()| Ok(Memory::default()))
            .alias("com.example.NumbersConnector")],
    );
    let inspection = Worker::inspect(ConfigMap::new(), again).await;
    let message = inspection.problems()[0].message();
    assert!(
        message.contains("two connectors answer to `com.example.NumbersConnector`"),
        "{message}"
    );
}

#[test]
fn definitions_tell_the_keys_of_workers_and_connectors() {
    assert!(
        Worker::definition()
            .key("offset.flush.interval.ms")
            .is_some()
    );
    for (direction, own) in [
        (Direction::Source, "exactly.once.support"),
        (Direction::Sink, "topics"),
    ] {
        let definition = Worker::connector_definition(direction);
        assert!(definition.key("tasks.max").is_some());
        assert!(definition.key(own).is_some());
        assert!(definition.knows("producer.override.linger.ms"));
    }
}

#[test]
fn a_connector_that_begins_paused_or_stopped_does_nothing_before_it_is_resumed() {
    simulate(22, async |environment| {
        let environment: Arc<dyn Environment> = Arc::new(environment);
        let source = Numbers::new("numbers", 5);
        let sunk = Memory::default();
        let counted = source.clone();
        let plugins = Plugins::new().with([
            Plugin::source("numbers", "1.0", move |(): ()| Ok(counted.clone())),
            Plugin::sink("memory", "1.0", {
                let sunk = sunk.clone();
                move |(): ()| Ok(sunk.clone())
            }),
        ]);
        let worker = worker(&environment, memory(&environment)).plugins(plugins);
        let worker = worker.start().await.unwrap();
        let class = |class| ConfigMap::from([("connector.class", class), ("topics", "numbers")]);
        let mut numbers_config = class("numbers");
        numbers_config.remove("topics");

        let paused = InitialState::Paused;
        worker
            .create_connector_in("n", numbers_config, paused)
            .await
            .unwrap();
        worker
            .wait_for("n", |status| status.is_paused())
            .await
            .unwrap();
        let stopped = InitialState::from_name("stopped").unwrap();
        worker
            .create_connector_in("m", class("memory"), stopped)
            .await
            .unwrap();
        worker
            .wait_for("m", |status| status.is_stopped())
            .await
            .unwrap();
        assert_eq!(*source.opened.borrow(), 0, "a paused source was opened");

        worker.resume("n").await.unwrap();
        worker.resume("m").await.unwrap();
        assert_eq!(sunk.reaches(5).await, numbers(5));
    });
}

#[test]
fn a_worker_of_a_cluster_has_two_topics_more() {
    simulate(1, async |environment| {
        let environment: Arc<dyn Environment> = Arc::new(environment);
        let broker = memory(&environment);
        let alone = worker(&environment, broker.clone()).start().await.unwrap();
        let topics = ["connect-test-offsets", "connect-test-status"];
        assert_eq!(broker.topics().await.unwrap(), topics);
        alone.shutdown(Duration::from_secs(10)).await;

        let one = worker(&environment, broker.clone()).distributed();
        let one = one.start().await.unwrap();
        let topics = [
            "connect-test-cluster",
            "connect-test-configs",
            "connect-test-offsets",
            "connect-test-status",
        ];
        assert_eq!(broker.topics().await.unwrap(), topics);
        one.shutdown(Duration::from_secs(10)).await;
    });
}

/// What has no effect is said of a worker that is alone, and of no other.
#[test]
fn settings_of_a_cluster_have_no_effect_alone() {
    let settings = ConfigMap::from([
        ("config.storage.topic", "configs"),
        ("cluster.storage.segment.bytes", "1000000"),
        ("scheduled.rebalance.max.delay.ms", "300000"),
        ("session.timeout.ms", "10000"),
        ("connect.protocol", "sessioned"),
    ]);
    let said = |distributed: Inspected| {
        let (log, settings) = (Log::default(), settings.clone());
        let inspecting = async move {
            match distributed {
                Inspected::Alone => Worker::inspect(settings, plugins()).await,
                Inspected::Distributed => Worker::inspect_distributed(settings, plugins()).await,
            }
        };
        let inspection = log.listen(|| futures::executor::block_on(inspecting));
        assert_eq!(keys(inspection.problems()), [""; 0]);
        log.events()
    };
    let alone = said(Inspected::Alone);
    let reason = "has no effect: the worker is alone in its group";
    assert_eq!(alone.iter().filter(|line| line.contains(reason)).count(), 3);
    assert_eq!(alone.len(), 4, "{alone:?}");
    let [protocol] = &said(Inspected::Distributed)[..] else {
        panic!("expected a word about the protocol alone");
    };
    assert!(protocol.contains("`connect.protocol` has no effect: workers of a cluster speak"));
}

enum Inspected {
    Alone,
    Distributed,
}
