//! The conformance suite, for each transform and predicate.

use std::collections::BTreeSet;

use connect_transforms::plugins;

use crate::subject::{build, predicate};

type Options = &'static [(&'static str, &'static str)];

/// Configurations of each transform: what the suite runs on.
const TRANSFORMS: &[(&str, &[Options])] = &[
    ("drop-headers", &[&[("headers", "a")], &[("headers", "b,")]]),
    (
        "extract-field",
        &[
            &[("field", "id")],
            &[("field", ""), ("replace.null.with.default", "false")],
            &[("field", "deep[*].deep[0]"), ("field.syntax.version", "V2")],
            &[("field", "note"), ("compat.java", "true")],
        ],
    ),
    ("filter", &[&[]]),
    (
        "flatten",
        &[
            &[],
            &[("delimiter", "")],
            &[("delimiter", "_"), ("compat.java", "true")],
        ],
    ),
    (
        "header-from",
        &[
            &[
                ("fields", "id,note"),
                ("headers", "a,b"),
                ("operation", "move"),
            ],
            &[("fields", "id"), ("headers", "a"), ("operation", "copy")],
            &[
                ("fields", "a"),
                ("headers", "a"),
                ("operation", "move"),
                ("compat.java", "true"),
            ],
            &[
                ("fields", "deep[*].deep"),
                ("headers", "a"),
                ("operation", "move"),
                ("field.syntax.version", "V2"),
            ],
        ],
    ),
    (
        "hoist-field",
        &[
            &[("field", "a")],
            &[("field", "a.b"), ("field.syntax.version", "V2")],
        ],
    ),
    (
        "insert-field",
        &[
            &[("topic.field", "t!"), ("partition.field", "p")],
            &[("timestamp.field", "a"), ("offset.field", "id")],
            &[
                ("static.field", "s"),
                ("static.value", "x"),
                ("compat.java", "true"),
            ],
            &[
                ("topic.field", "deep[*].deep"),
                ("field.syntax.version", "V2"),
            ],
            &[
                ("topic.field", "x.y.t"),
                ("partition.field", "x.p!"),
                ("field.syntax.version", "V2"),
            ],
        ],
    ),
    (
        "insert-header",
        &[
            &[("header", "a"), ("value.literal", "7")],
            &[
                ("header", ""),
                ("value.literal", "[1,2]"),
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
    (
        "regex-router",
        &[
            &[("regex", "(t)(.*)"), ("replacement", "$2$1")],
            &[
                ("regex", ".*?"),
                ("replacement", ""),
                ("compat.java", "true"),
            ],
        ],
    ),
    (
        "replace-field",
        &[
            &[("exclude", "id"), ("renames", "note:id")],
            &[("include", "id,a")],
            &[("renames", "id:note"), ("compat.java", "true")],
            &[
                ("exclude", "deep[*].deep"),
                ("include", "deep,a"),
                ("field.syntax.version", "V2"),
            ],
        ],
    ),
    (
        "set-schema-metadata",
        &[
            &[("schema.name", "a"), ("schema.version", "2")],
            &[("schema.name", "org.apache.kafka.connect.data.Date")],
        ],
    ),
    (
        "value-to-key",
        &[
            &[("fields", "id,note")],
            &[("fields", "a,"), ("compat.java", "true")],
            &[("fields", "deep[*].deep,a"), ("field.syntax.version", "V2")],
        ],
    ),
];

/// Configurations of each predicate.
const PREDICATES: &[(&str, &[Options])] = &[
    ("has-header-key", &[&[("name", "a")]]),
    ("record-is-tombstone", &[&[]]),
    ("topic-name-matches", &[&[("pattern", "t.*")]]),
];

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
