//! Expressions.

use connect_api::{Record, Transform, Value};

use crate::{Expression, ExpressionConfig};

/// Compiles the text, and runs it on a record.
pub fn expression(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes).into_owned();
    let config = ExpressionConfig {
        value: Some(text),
        ..ExpressionConfig::default()
    };
    let Ok(mut expression) = Expression::new(&config) else {
        return;
    };
    let value = Value::map([
        ("a", Value::from(1_i64)),
        ("b", Value::array(["x", "y"])),
        ("c", Value::Timestamp(0)),
    ]);
    let mut record = Record::new("t", value);
    drop(expression.apply(&mut record, &mut Vec::new()));
}

#[cfg(test)]
mod tests {
    use connect_testkit::mutate;

    use super::*;

    /// Expressions that use most of the language.
    const EXPRESSIONS: &[&[u8]] = &[
        b"value.b.map(x, x + topic).filter(y, y.size() > 1)",
        b"{'a': value.a * 2 - -1, 'b': [1.5, true, null, b'x'], topic: timestamp}",
        b"has(value.a) && value.a in [1, 2] ? value.b[0].replace('x', topic).part('t', 0) : 'none'",
        b"value.b.exists(x, value.b.all(y, x != y || value.c < timestamp('2024-01-01T00:00:00Z')))",
        b"int(string(value.a)) % 7 == 1 ? duration('1h30m') : duration('0s')",
        b"((((((((1))))))))",
        b"",
    ];

    #[test]
    fn expressions_are_compiled_or_refused() {
        mutate(EXPRESSIONS, expression);
    }
}
