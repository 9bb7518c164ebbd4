//! Configurations of our own transforms.

use super::Options;

pub(super) const TRANSFORMS: &[(&str, &[Options])] = &[
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
];
