//! Ways to fields.

use connect_api::{Dialect, Schema, Value};

use crate::{FieldSyntax, path::Nulls};

/// Reads the way to a field in every syntax and dialect, and goes it.
pub fn field_path(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let inner = Value::map([("a", Value::from(1)), ("", Value::array([2, 3]))]);
    let value = Value::map([
        ("a", Value::array([inner.clone(), Value::Null])),
        ("b", inner),
    ]);
    let schema = Schema::structure()
        .field("a", Schema::plain_int32())
        .build();
    let schema = schema.and_then(|inner| Schema::array(inner).optional().build());
    let schema = schema.and_then(|list| Schema::structure().field("a", list).build());
    for syntax in [FieldSyntax::V1, FieldSyntax::V2] {
        for dialect in [Dialect::Strict, Dialect::Java] {
            let Ok(path) = syntax.path("field", &text, dialect) else {
                continue;
            };
            drop(path.to_string());
            drop(path.find(&value));
            let place = schema.as_ref().map(|schema| path.place_in(schema, dialect));
            if let Ok(Ok(place)) = place {
                drop(place.value_in(&value, Nulls::Replaced));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use connect_testkit::mutate;

    use super::*;

    /// Ways to fields.
    const PATHS: &[&[u8]] = &[
        b"a.b.c",
        b"`a.b`.c",
        b"`a\\`.b`.`c`[*]",
        b"a[*].a",
        b"a[0][*].`b[1]`",
        b"b.[18446744073709551616].",
        "\u{e9}.`\u{1F600}".as_bytes(),
        b"",
    ];

    #[test]
    fn field_paths_are_read_or_refused() {
        mutate(PATHS, field_path);
    }
}
