//! The table has every key of Java's clients.

use connect_api::ConfigMap;

use super::{
    super::{ClientKind, Known, find, settings},
    translated,
};

/// A definition of Java's: its keys, each with its default if it has one.
fn definition(kind: ClientKind) -> Vec<(&'static str, Option<&'static str>)> {
    let text = match kind {
        ClientKind::Producer | ClientKind::Transactional(_) => include_str!("java-producer.txt"),
        ClientKind::Consumer => include_str!("java-consumer.txt"),
        ClientKind::Admin => include_str!("java-admin.txt"),
    };
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    lines
        .map(|line| {
            let (key, default) = line.split_once(" =").unwrap();
            let default = default.trim();
            (key, (default != "null").then_some(default))
        })
        .collect()
}

const KINDS: [ClientKind; 3] = [
    ClientKind::Producer,
    ClientKind::Consumer,
    ClientKind::Admin,
];

#[test]
fn every_key_of_java_has_a_place_in_the_table() {
    for kind in KINDS {
        for (key, _) in definition(kind) {
            assert!(matches!(find(kind, key), Known::Java(_)), "{kind:?}: {key}");
        }
    }
}

#[test]
fn a_key_of_the_table_is_one_of_java() {
    /// Older versions, prefixes, and what Java has for one client and librdkafka for all.
    const OTHERS: [&str; 5] = [
        "auto.include.jmx.reporter",
        "client.rack",
        "config.providers.",
        "interceptor.classes",
        "metrics.context.",
    ];
    for kind in KINDS {
        let java = definition(kind);
        for setting in settings(kind) {
            let known = java.iter().any(|(key, _)| *key == setting.key);
            assert!(
                known || OTHERS.contains(&setting.key),
                "{kind:?}: {}",
                setting.key
            );
        }
    }
}

#[test]
fn javas_defaults_may_be_written() {
    for kind in KINDS {
        for (key, default) in definition(kind) {
            let Some(default) = default else { continue };
            let found = translated(kind, [(key, default)]);
            assert!(found.problems.is_empty(), "{kind:?}: {:?}", found.problems);
        }
        let all = definition(kind).into_iter();
        let all: ConfigMap = all
            .filter_map(|(key, default)| Some((key, default?)))
            .collect();
        let found = super::client(kind, "orders-0", &all);
        assert!(found.problems.is_empty(), "{kind:?}: {:?}", found.problems);
    }
}

#[test]
fn what_has_no_effect_is_always_told() {
    /// Their defaults in Java are what is done anyway.
    const SAME: [&str; 4] = [
        "buffer.memory",
        "client.id",
        "group.protocol",
        "partition.assignment.strategy",
    ];
    for kind in KINDS {
        let plain = translated(kind, []).properties;
        for (key, default) in definition(kind) {
            let Some(default) = default else { continue };
            let found = translated(kind, [(key, default)]);
            let is_told = !found.warnings.is_empty();
            let is_same =
                plain.get(key).map(String::as_str) == Some(default) || SAME.contains(&key);
            assert!(
                is_told || found.properties != plain || is_same,
                "{kind:?}: {key}"
            );
        }
    }
}
