//! Configurations of Apache's transforms.

use super::Options;

pub(super) const TRANSFORMS: &[(&str, &[Options])] = &[
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
    (
        "value-to-key",
        &[
            &[("fields", "id,note")],
            &[("fields", "a,"), ("compat.java", "true")],
            &[("fields", "deep[*].deep,a"), ("field.syntax.version", "V2")],
        ],
    ),
];

pub(super) const PREDICATES: &[(&str, &[Options])] = &[
    ("has-header-key", &[&[("name", "a")]]),
    ("record-is-tombstone", &[&[]]),
    ("topic-name-matches", &[&[("pattern", "t.*")]]),
];
