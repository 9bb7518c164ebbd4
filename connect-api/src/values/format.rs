//! The text of values: `Values.convertToString`.

use base64::{Engine, engine::general_purpose::STANDARD};

use super::temporal;
use crate::{Dialect, Value, number};

/// Writes a value as the text that [`parse`](super::parse) reads.
///
/// Text at the top is left as it is and quoted inside of arrays, maps and structs; bytes are base64. Null is `null`.
///
/// Whatever their type, dates and times within the first day are written as a time, whole days as a date, everything
/// else as a timestamp. Java's dialect also writes what lies before 1970 as a time, and loses its date.
///
/// ```
/// use connect_api::{Dialect, Value, values};
///
/// let value = Value::map([("a", Value::from(1)), ("b", Value::array(["x", "y"]))]);
/// assert_eq!(values::format(&value, Dialect::Strict), r#"{"a":1,"b":["x","y"]}"#);
/// ```
#[must_use]
pub fn format(value: &Value, dialect: Dialect) -> String {
    let mut out = String::new();
    match value {
        Value::String(text) => out.push_str(text),
        Value::Bytes(bytes) => STANDARD.encode_string(bytes, &mut out),
        other => push(other, dialect, &mut out),
    }
    out
}

/// Appends a value as it stands inside of others.
fn push(value: &Value, dialect: Dialect, out: &mut String) {
    match value {
        Value::Null => out.push_str("null"),
        Value::Boolean(truth) => out.push_str(if *truth { "true" } else { "false" }),
        Value::Int8(n) => number::push_i64(out, i64::from(*n)),
        Value::Int16(n) => number::push_i64(out, i64::from(*n)),
        Value::Int32(n) => number::push_i64(out, i64::from(*n)),
        Value::Int64(n) => number::push_i64(out, *n),
        Value::Float32(n) => number::push_f32(out, *n),
        Value::Float64(n) => number::push_f64(out, *n),
        Value::Decimal(decimal) => out.push_str(&decimal.to_string()),
        Value::String(text) => push_quoted(text, out),
        Value::Bytes(bytes) => {
            out.push('"');
            STANDARD.encode_string(bytes, out);
            out.push('"');
        }
        Value::Date(_) | Value::Time(_) | Value::Timestamp(_) => {
            temporal::push(temporal::millis(value), dialect, out);
        }
        Value::Array(elements) => {
            out.push('[');
            for (i, element) in elements.iter().enumerate() {
                separate(i, out);
                push(element, dialect, out);
            }
            out.push(']');
        }
        Value::Map(entries) => {
            out.push('{');
            for (i, (key, value)) in entries.iter().enumerate() {
                separate(i, out);
                push(key, dialect, out);
                out.push(':');
                push(value, dialect, out);
            }
            out.push('}');
        }
        Value::Struct(fields) => {
            out.push('{');
            for (i, field) in fields.schema().fields().iter().enumerate() {
                separate(i, out);
                push_quoted(field.name(), out);
                out.push(':');
                push(fields.get_at(i), dialect, out);
            }
            out.push('}');
        }
    }
}

fn separate(index: usize, out: &mut String) {
    if index > 0 {
        out.push(',');
    }
}

fn push_quoted(text: &str, out: &mut String) {
    out.push('"');
    for character in text.chars() {
        if matches!(character, '"' | '\\') {
            out.push('\\');
        }
        out.push(character);
    }
    out.push('"');
}
