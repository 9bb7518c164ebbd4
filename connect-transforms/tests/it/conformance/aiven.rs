//! Configurations of Aiven's transforms.

use super::Options;

pub(super) const TRANSFORMS: &[(&str, &[Options])] = &[
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
        "drop-value-if-header-set",
        &[&[("header.key", "a"), ("header.string_value", "default")]],
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
        "string-to-date-time",
        &[
            &[("field", "note")],
            &[("field", "a[*]"), ("field.syntax.version", "V2")],
        ],
    ),
];
