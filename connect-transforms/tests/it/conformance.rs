//! The conformance suite, for each transform and predicate.

use std::collections::BTreeSet;

use connect_transforms::plugins;

use crate::subject::{build, predicate};

type Options = &'static [(&'static str, &'static str)];

/// Configurations of each transform: what the suite runs on.
const TRANSFORMS: &[(&str, &[Options])] = &[
    (
        "aiven-extract-topic",
        &[
            &[],
            &[("field.name", "id"), ("skip.missing.or.null", "true")],
            &[("field.name", ""), ("compat.java", "true")],
            &[("field.name", "a[0]"), ("field.syntax.version", "V2")],
        ],
    ),
    (
        "aiven-tombstone-handler",
        &[
            &[("behavior", "drop_silent")],
            &[("behavior", "drop_warn")],
            &[("behavior", "fail")],
        ],
    ),
    (
        "case-transform",
        &[
            &[("field.names", "id,note,a"), ("case", "upper")],
            &[
                ("field.names", "id,note,a"),
                ("case", "lower"),
                ("compat.java", "true"),
            ],
            &[
                ("field.names", "deep[*].deep"),
                ("case", "lower"),
                ("field.syntax.version", "V2"),
            ],
        ],
    ),
    (
        "concat-fields",
        &[
            &[("field.names", "id,note"), ("output.field.name", "id")],
            &[
                ("field.names", "id,note,a,deep"),
                ("output.field.name", "joined"),
                ("compat.java", "true"),
            ],
        ],
    ),
    (
        "confluent-extract-topic",
        &[
            &[],
            &[("field", "note"), ("skip.missing.or.null", "true")],
            &[("field", "$.a[0]"), ("field.format", "JSON_PATH")],
            &[("field", "deep[*]"), ("field.syntax.version", "V2")],
        ],
    ),
    (
        "confluent-extract-topic-header",
        &[
            &[("field", "a")],
            &[("field", "a"), ("skip.missing.or.null", "true")],
        ],
    ),
    (
        "confluent-filter",
        &[
            &[
                ("filter.condition", "$[?(@.id == 1 || @.a contains 1)]"),
                ("filter.type", "include"),
            ],
            &[
                ("filter.condition", "$..deep[?(@ != null)]"),
                ("filter.type", "exclude"),
                ("missing.or.null.behavior", "include"),
            ],
            &[
                (
                    "filter.condition",
                    "$..[?(@ =~ /x+/ || @ < 0 || length(@) > 2 || @ in $)]",
                ),
                ("filter.type", "include"),
                ("missing.or.null.behavior", "exclude"),
            ],
        ],
    ),
    (
        "confluent-tombstone-handler",
        &[&[], &[("behavior", "ignore")], &[("behavior", "fail")]],
    ),
    (
        "drop",
        &[
            &[],
            &[("schema.behavior", "retain")],
            &[("schema.behavior", "validate")],
            &[("schema.behavior", "force_optional")],
        ],
    ),
    (
        "drop-value-if-header-set",
        &[&[("header.key", "a"), ("header.string_value", "default")]],
    ),
    (
        "extract-topic-from-schema-name",
        &[
            &[],
            &[("schema.name.topic-map", "testkit.Odd:odd")],
            &[("schema.name.regex", "[.]([^.]*)$")],
        ],
    ),
    (
        "filter-by-field-value",
        &[
            &[("field.value", "1")],
            &[("field.name", "id"), ("field.value", "1")],
            &[("field.name", "id"), ("field.value.pattern", "1")],
            &[("field.value.pattern", "x"), ("compat.java", "true")],
            &[
                ("field.name", "id"),
                ("field.value", "1"),
                ("compat.java", "true"),
            ],
        ],
    ),
    ("gzip-decompress", &[&[]]),
    (
        "hash",
        &[
            &[("function", "md5")],
            &[("function", "sha1"), ("field.name", "note")],
            &[
                ("function", "sha256"),
                ("field.name", "note"),
                ("skip.missing.or.null", "true"),
            ],
            &[("function", "sha256"), ("compat.java", "true")],
        ],
    ),
    (
        "key-to-value",
        &[
            &[("key.fields", "*")],
            &[("key.fields", "id,note"), ("value.fields", "note,x")],
            &[("key.fields", "id,*"), ("compat.java", "true")],
            &[("key.fields", "a[*]"), ("field.syntax.version", "V2")],
        ],
    ),
    ("make-tombstone", &[&[]]),
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
        "topic-regex-router",
        &[&[("regex", "(.*)"), ("replacement", "x-$1")]],
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
        let name = plugin.name();
        let side = ["-key", "-value"]
            .iter()
            .find_map(|side| name.strip_suffix(side));
        let family = side.unwrap_or(name);
        let known = TRANSFORMS
            .iter()
            .find(|(known, _)| *known == family || *known == name);
        let (_, configurations) = known.unwrap_or_else(|| panic!("{name} is tried"));
        for options in *configurations {
            connect_testkit::transform(&|| {
                build(name, options).unwrap_or_else(|error| panic!("{name} {options:?}: {error}"))
            })
            .await;
        }
        tried.insert(name);
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
