//! Configurations of Debezium's transforms.

use super::Options;

pub(super) const TRANSFORMS: &[(&str, &[Options])] = &[
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
];
