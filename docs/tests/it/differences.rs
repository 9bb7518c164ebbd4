//! The list of differences from Java is complete and true.

use std::collections::BTreeSet;

use connect_runtime::{Direction, Worker};

use super::book::Chapter;

/// The keys that Kafka Connect 4.x knows for workers and connectors, of those that this project defines.
const JAVA: &[&str] = &[
    "bootstrap.servers",
    "config.action.reload",
    "config.providers",
    "config.storage.replication.factor",
    "config.storage.topic",
    "connector.class",
    "connector.client.config.override.allowlist",
    "connector.client.config.override.policy",
    "errors.deadletterqueue.context.headers.enable",
    "errors.deadletterqueue.topic.name",
    "errors.deadletterqueue.topic.replication.factor",
    "errors.log.enable",
    "errors.log.include.messages",
    "errors.retry.delay.max.ms",
    "errors.retry.timeout",
    "errors.tolerance",
    "exactly.once.source.support",
    "exactly.once.support",
    "group.id",
    "header.converter",
    "heartbeat.interval.ms",
    "internal.topics.automatic.creation.enable",
    "key.converter",
    "name",
    "offset.flush.interval.ms",
    "offset.storage.file.filename",
    "offset.storage.partitions",
    "offset.storage.replication.factor",
    "offset.storage.topic",
    "offsets.storage.topic",
    "predicates",
    "scheduled.rebalance.max.delay.ms",
    "session.timeout.ms",
    "status.storage.partitions",
    "status.storage.replication.factor",
    "status.storage.topic",
    "task.shutdown.graceful.timeout.ms",
    "tasks.max",
    "tasks.max.enforce",
    "topic.creation.enable",
    "topic.creation.groups",
    "topic.tracking.enable",
    "topics",
    "topics.regex",
    "transaction.boundary",
    "transaction.boundary.interval.ms",
    "transforms",
    "value.converter",
];

/// Java's defaults, where a key has one that does not depend on the worker's kind.
const DEFAULTS: &[(&str, &str)] = &[
    ("bootstrap.servers", "localhost:9092"),
    ("config.action.reload", "restart"),
    ("connector.client.config.override.policy", "All"),
    ("errors.deadletterqueue.context.headers.enable", "false"),
    ("errors.deadletterqueue.topic.name", ""),
    ("errors.deadletterqueue.topic.replication.factor", "3"),
    ("errors.log.enable", "false"),
    ("errors.log.include.messages", "false"),
    ("errors.retry.delay.max.ms", "60000"),
    ("errors.retry.timeout", "0"),
    ("errors.tolerance", "none"),
    ("exactly.once.source.support", "disabled"),
    ("exactly.once.support", "requested"),
    ("heartbeat.interval.ms", "3000"),
    ("internal.topics.automatic.creation.enable", "true"),
    ("offset.flush.interval.ms", "60000"),
    ("scheduled.rebalance.max.delay.ms", "300000"),
    ("session.timeout.ms", "10000"),
    ("task.shutdown.graceful.timeout.ms", "5000"),
    ("tasks.max", "1"),
    ("tasks.max.enforce", "true"),
    ("topic.creation.enable", "true"),
    ("topic.tracking.enable", "true"),
    ("topics.regex", ""),
    ("transaction.boundary", "poll"),
];

fn differences() -> String {
    Chapter::named("differences.md").text
}

#[test]
fn new_keys_are_those_that_java_does_not_have() {
    let definitions = [
        Worker::definition(),
        Worker::connector_definition(Direction::Source),
        Worker::connector_definition(Direction::Sink),
    ];
    let keys = definitions.iter().flat_map(|definition| definition.keys());
    let new: BTreeSet<_> = keys
        .map(|key| key.name().to_owned())
        .filter(|key| !JAVA.contains(&key.as_str()))
        .collect();
    let text = differences();
    let (_, listed) = text.split_once("New keys: ").unwrap();
    let listed: BTreeSet<_> = listed
        .split('`')
        .skip(1)
        .step_by(2)
        .map(str::to_owned)
        .collect();
    assert_eq!(listed, new);
}

#[test]
fn a_default_that_is_listed_differs() {
    let definitions = [
        Worker::definition(),
        Worker::connector_definition(Direction::Source),
        Worker::connector_definition(Direction::Sink),
    ];
    for row in differences().lines().filter(|line| line.starts_with("| `")) {
        let cells: Vec<_> = row.split(" | ").collect();
        let keys = cells[0].split('`').skip(1).step_by(2);
        for key in keys {
            let found = definitions
                .iter()
                .find_map(|definition| definition.key(key));
            // A prefix is a client's setting, which no definition has.
            let Some(found) = found else {
                assert!(
                    key.starts_with("consumer."),
                    "differences.md: there is no `{key}`"
                );
                continue;
            };
            assert_ne!(
                found.default_value(),
                Some(cells[1]),
                "differences.md: `{key}`"
            );
        }
    }
}

#[test]
fn a_default_that_differs_is_listed() {
    let text = differences();
    for definition in [
        Worker::definition(),
        Worker::connector_definition(Direction::Source),
        Worker::connector_definition(Direction::Sink),
    ] {
        for key in definition.keys() {
            let java = DEFAULTS.iter().find(|(name, _)| *name == key.name());
            if let Some((name, java)) = java
                && key.default_value() != Some(java)
            {
                let ours = key.default_value().unwrap_or("none");
                let row = format!("| `{name}` | {java} | {ours} |");
                assert!(text.contains(&row), "differences.md: expected {row}");
            }
        }
    }
}
