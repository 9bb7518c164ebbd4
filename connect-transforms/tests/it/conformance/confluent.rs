//! Configurations of Confluent's transforms.

use super::Options;

pub(super) const TRANSFORMS: &[(&str, &[Options])] = &[
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
    ("gzip-decompress", &[&[]]),
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
        "topic-regex-router",
        &[&[("regex", "(.*)"), ("replacement", "x-$1")]],
    ),
];
