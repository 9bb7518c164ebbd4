//! The conformance suite, for each transform and predicate.

use std::collections::BTreeSet;

use connect_transforms::plugins;

use crate::subject::{build, predicate};

type Options = &'static [(&'static str, &'static str)];

/// Configurations of each transform: what the suite runs on.
const TRANSFORMS: &[(&str, &[Options])] = &[
    (
        "cast",
        &[
            &[("spec", "id:string,note:int32")],
            &[("spec", "id:int8,a:boolean"), ("compat.java", "true")],
            &[("spec", "string")],
            &[("spec", "int16"), ("compat.java", "true")],
            &[("spec", "a[*]:float32"), ("field.syntax.version", "V2")],
        ],
    ),
    (
        "extract-timestamp",
        &[
            &[("field.name", "id")],
            &[
                ("field.name", "a.b"),
                ("field.syntax.version", "V2"),
                ("timestamp.resolution", "seconds"),
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
        "message-timestamp-router",
        &[
            &[("message.timestamp.keys", "id,note")],
            &[
                ("message.timestamp.keys", "note"),
                ("message.timestamp.format", "y"),
                ("compat.java", "true"),
            ],
        ],
    ),
    (
        "string-to-date-time",
        &[
            &[("field", "note")],
            &[("field", "a[*]"), ("field.syntax.version", "V2")],
        ],
    ),
    (
        "timestamp-converter",
        &[
            &[("target.type", "string"), ("format", "yyyy-MM-dd")],
            &[("target.type", "Date"), ("field", "id")],
            &[
                ("target.type", "unix"),
                ("field", "note"),
                ("format", "S"),
                ("compat.java", "true"),
            ],
            &[
                ("target.type", "Timestamp"),
                ("unix.precision", "seconds"),
                ("compat.java", "true"),
            ],
            &[
                ("target.type", "Time"),
                ("field", "a[*]"),
                ("field.syntax.version", "V2"),
                ("timezone", "Europe/Berlin"),
            ],
        ],
    ),
    (
        "timestamp-router",
        &[
            &[],
            &[
                ("timestamp.format", "EEEE zzzz"),
                ("timezone", "America/New_York"),
            ],
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
