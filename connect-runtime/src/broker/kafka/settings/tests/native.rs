//! librdkafka's own names.

use expect_test::expect;

use super::{
    super::{
        ClientKind, Known, defaults, find,
        native::{self, REFUSED},
        setting::Fate,
        settings,
    },
    KINDS, TRANSACTIONAL, check, translated,
};

#[test]
fn librdkafkas_own_names_are_passed_on_and_win() {
    check(
        ClientKind::Producer,
        [
            ("buffer.memory", "1048576"),
            ("debug", "broker,msg"),
            ("linger.ms", "10"),
            ("queue.buffering.max.kbytes", "7"),
            ("queue.buffering.max.ms", "0.5"),
            ("statistics.interval.ms", "1000"),
        ],
        expect![[r#"
            debug=broker,msg
            linger.ms=0.5
            queue.buffering.max.kbytes=7
            statistics.interval.ms=1000
        "#]],
    );
}

#[test]
fn another_name_of_librdkafka_means_the_setting_of_java() {
    check(
        ClientKind::Producer,
        [
            ("metadata.broker.list", "a:1"),
            ("request.required.acks", "0"),
            ("message.send.max.retries", "3"),
            ("retries", "4"),
        ],
        expect![[r#"
            bootstrap.servers=a:1
            retries=4
            warning: `message.send.max.retries` has no effect: `retries` is set, which is the same
            problem: Invalid value 0 for configuration request.required.acks: Must be all: the runtime relies on the idempotent producer, which needs it
        "#]],
    );
}

#[test]
fn whatever_would_break_the_runtime_is_refused_with_a_reason() {
    for kind in KINDS {
        for group in REFUSED {
            for name in group.names {
                let found = translated(kind, [(name, "1")]);
                let [problem] = found.problems.as_slice() else {
                    panic!("{name}: {:?}", found.problems);
                };
                assert_eq!(problem.key(), *name);
                let may_be_a_key = name.starts_with("ssl");
                let shown = if may_be_a_key { "[hidden]" } else { "1" };
                assert_eq!(problem.found(), Some(shown));
                assert!(problem.message().contains(group.reason), "{problem}");
            }
        }
    }
}

/// Every name of librdkafka's, with whose it is.
fn names() -> Vec<(&'static str, &'static str)> {
    let lines = include_str!("librdkafka.txt").lines();
    let lines = lines.filter(|line| !line.starts_with('#'));
    lines.map(|line| line.split_once(' ').unwrap()).collect()
}

#[test]
fn every_name_of_librdkafka_is_known_to_the_clients_that_have_it() {
    for (name, clients) in names() {
        let kinds: &[ClientKind] = match clients {
            "P" => &[ClientKind::Producer, TRANSACTIONAL],
            "C" => &[ClientKind::Consumer],
            _ => &KINDS,
        };
        for kind in kinds {
            let known = matches!(find(*kind, name), Known::Java(_) | Known::Native(_));
            assert!(known, "{kind:?}: {name}");
        }
    }
}

#[test]
fn whatever_a_client_is_given_is_a_name_of_librdkafka() {
    let names = names();
    let known = |name: &str| names.iter().any(|(known, _)| *known == name);
    for kind in KINDS {
        for (name, _) in defaults::of(kind).into_iter().flatten() {
            assert!(known(name), "{name}");
        }
        for setting in settings(kind) {
            if let Fate::Passed(name) | Fate::Bounded(name, ..) = setting.fate {
                assert!(known(name), "{name}");
            }
        }
        for name in native::names(kind) {
            assert!(known(name), "{name}");
        }
    }
}
