//! The conformance suite, for each transform and predicate.

use std::collections::BTreeSet;

use connect_transforms::plugins;

use crate::subject::{build, predicate};

type Options = &'static [(&'static str, &'static str)];

/// Configurations of each transform: what the suite runs on.
const TRANSFORMS: &[(&str, &[Options])] = &[
    (
        "by-logical-table-router",
        &[
            &[("topic.regex", "(.*)"), ("topic.replacement", "all.$1")],
            &[
                ("topic.regex", "(.)(.*)"),
                ("topic.replacement", "$1"),
                ("key.field.name", "id"),
                ("key.field.regex", "(.).*"),
                ("key.field.replacement", "$1"),
                ("schema.name.adjustment.mode", "avro"),
                ("compat.java", "true"),
            ],
            &[
                ("topic.regex", ".*"),
                ("topic.replacement", "all"),
                ("key.enforce.uniqueness", "false"),
            ],
        ],
    ),
    (
        "event-router",
        &[
            &[],
            &[
                ("table.field.event.id", "id"),
                ("table.field.event.key", "id"),
                ("table.field.event.payload", "note"),
                ("table.expand.json.payload", "true"),
                ("route.by.field", "note"),
                (
                    "table.fields.additional.placement",
                    "a:envelope,id:header:x",
                ),
                ("table.fields.additional.error.on.missing", "false"),
            ],
            &[
                ("table.op.invalid.behavior", "fatal"),
                ("compat.java", "true"),
            ],
        ],
    ),
    (
        "extract-new-record-state",
        &[
            &[],
            &[
                ("add.fields", "op,table,source.a,before"),
                ("add.headers", "op,id,note"),
                ("delete.tombstone.handling.mode", "rewrite-with-tombstone"),
                ("route.by.field", "note"),
                ("drop.fields.header.name", "a"),
                ("drop.fields.from.key", "true"),
            ],
            &[
                ("add.fields", "op,table,source.a,before"),
                ("add.headers", "op,id,note"),
                ("drop.fields.header.name", "note"),
                ("drop.fields.keep.schema.compatible", "false"),
                ("compat.java", "true"),
            ],
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
