//! What becomes of settings, and of which ones.

mod java;
mod native;
mod origin;
mod page;
mod security;
mod translation;

use std::{fmt::Write, time::Duration};

use connect_api::ConfigMap;
use expect_test::Expect;

use super::{ClientKind, Translated, client, defaults};

const TRANSACTIONAL: ClientKind = ClientKind::Transactional(Duration::from_secs(60));
const KINDS: [ClientKind; 4] = [
    ClientKind::Producer,
    TRANSACTIONAL,
    ClientKind::Consumer,
    ClientKind::Admin,
];

fn translated<const N: usize>(kind: ClientKind, java: [(&str, &str); N]) -> Translated {
    client(kind, "orders-0", &ConfigMap::from(java))
}

/// Prints what was made of settings, without what every client of the kind has.
#[track_caller]
fn check<const N: usize>(kind: ClientKind, java: [(&str, &str); N], expected: Expect) {
    let plain = translated(kind, []);
    let found = translated(kind, java);
    let mut text = String::new();
    for (name, value) in &found.properties {
        if plain.properties.get(name) != Some(value) {
            writeln!(text, "{name}={}", value.escape_debug()).unwrap();
        }
    }
    for name in plain.properties.keys() {
        if !found.properties.contains_key(name) {
            writeln!(text, "without {name}").unwrap();
        }
    }
    for warning in &found.warnings {
        writeln!(text, "warning: {warning}").unwrap();
    }
    for problem in &found.problems {
        writeln!(text, "problem: {problem}").unwrap();
    }
    expected.assert_eq(&text);
}

#[test]
fn a_client_has_what_the_runtime_wants_of_it() {
    for kind in KINDS {
        let found = translated(kind, []);
        assert!(found.warnings.is_empty() && found.problems.is_empty());
        for (name, value) in defaults::of(kind).into_iter().flatten() {
            assert_eq!(
                found.properties.get(*name).map(String::as_str),
                Some(*value)
            );
        }
        assert_eq!(found.properties["client.id"], "orders-0");
    }
    let transactional = translated(TRANSACTIONAL, []).properties;
    assert_eq!(transactional["transaction.timeout.ms"], "60000");
    assert!(!transactional.contains_key("message.timeout.ms"));
}

#[test]
fn nothing_that_is_debugged_shows_a_value() {
    let found = translated(
        ClientKind::Producer,
        [("sasl.username", "hunter"), ("sasl.password", "hunter2")],
    );
    assert_eq!(found.properties["sasl.password"], "hunter2");
    let shown = format!("{found:?}");
    assert!(
        shown.contains("sasl.password") && !shown.contains("hunter"),
        "{shown}"
    );
}
