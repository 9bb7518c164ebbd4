//! The conformance suite, for each transform and predicate.

use std::collections::BTreeSet;

use connect_transforms::plugins;

use crate::subject::{build, predicate};

type Options = &'static [(&'static str, &'static str)];

/// Configurations of each transform: what the suite runs on.
const TRANSFORMS: &[(&str, &[Options])] = &[
    (
        "explode",
        &[
            &[("field", "a"), ("empty.behavior", "fail")],
            &[
                ("field", "a"),
                ("output", "element"),
                ("empty.behavior", "keep"),
            ],
        ],
    ),
    (
        "expression",
        &[
            &[
                ("value", "value"),
                ("key", "[key, headers]"),
                ("headers.a", "headers.a"),
            ],
            &[("set.id", "value.id + 1"), ("filter", "topic != ''")],
            &[("set.deep.x", "timestamp"), ("field.syntax.version", "V2")],
        ],
    ),
    (
        "mask-field",
        &[
            &[("fields", "id,note")],
            &[
                ("fields", "id"),
                ("replacement", "7"),
                ("compat.java", "true"),
            ],
            &[("fields", "a[*]"), ("field.syntax.version", "V2")],
        ],
    ),
];

/// Configurations of each predicate.
const PREDICATES: &[(&str, &[Options])] = &[];

#[tokio::test]
async fn every_transform_keeps_the_contract() {
    let mut tried = BTreeSet::new();
    for plugin in plugins() {
        if plugin.build().kind() != "transformation" {
            continue;
        }
        let family = plugin
            .name()
            .trim_end_matches("-key")
            .trim_end_matches("-value");
        let known = TRANSFORMS
            .iter()
            .find(|(name, _)| *name == family || *name == plugin.name());
        let (_, configurations) = known.unwrap_or_else(|| panic!("{} is tried", plugin.name()));
        for options in *configurations {
            let name = plugin.name();
            connect_testkit::transform(&|| {
                build(name, options).unwrap_or_else(|error| panic!("{name} {options:?}: {error}"))
            })
            .await;
        }
        tried.insert(plugin.name());
    }
    assert!(!tried.is_empty());
}

#[test]
fn every_predicate_keeps_the_contract() {
    for plugin in plugins() {
        if plugin.build().kind() != "predicate" {
            continue;
        }
        let known = PREDICATES.iter().find(|(name, _)| *name == plugin.name());
        let (_, configurations) = known.unwrap_or_else(|| panic!("{} is tried", plugin.name()));
        for options in *configurations {
            let predicate = predicate(plugin.name(), options).unwrap();
            connect_testkit::predicate(&*predicate);
        }
    }
}
