//! Values to JSON text.

use base64::{Engine, engine::general_purpose::STANDARD};

use crate::{Value, number};

/// Writes a schemaless value as compact JSON; see [`write()`].
///
/// ```
/// use connect_api::{Value, json};
///
/// let offset = Value::map([("position", Value::from(30i64)), ("rate", 1e10.into())]);
/// assert_eq!(json::to_string(&offset), r#"{"position":30,"rate":1.0E10}"#);
/// ```
#[must_use]
pub fn to_string(value: &Value) -> String {
    let mut out = String::new();
    write(value, &mut out);
    out
}

/// Appends a schemaless value as compact JSON.
///
/// Maps with text keys are objects, others arrays of pairs; bytes are base64; numbers that are not finite are strings;
/// dates and times are the numbers that their logical types store. A decimal is a number, because without a schema
/// nobody could know the scale of its bytes.
pub fn write(value: &Value, out: &mut String) {
    match value {
        Value::Null => out.push_str("null"),
        Value::Boolean(truth) => out.push_str(if *truth { "true" } else { "false" }),
        Value::Int8(n) => number::push_i64(out, i64::from(*n)),
        Value::Int16(n) => number::push_i64(out, i64::from(*n)),
        Value::Int32(n) | Value::Date(n) | Value::Time(n) => number::push_i64(out, i64::from(*n)),
        Value::Int64(n) | Value::Timestamp(n) => number::push_i64(out, *n),
        Value::Float32(n) => write_f32(*n, out),
        Value::Float64(n) => write_f64(*n, out),
        Value::String(text) => write_string(text, out),
        Value::Bytes(bytes) => write_base64(bytes, out),
        Value::Decimal(decimal) => out.push_str(&decimal.to_string()),
        Value::Array(elements) => {
            out.push('[');
            for (i, element) in elements.iter().enumerate() {
                separate(i, out);
                write(element, out);
            }
            out.push(']');
        }
        Value::Map(entries) => write_map(entries, out),
        Value::Struct(fields) => {
            out.push('{');
            for (i, (field, value)) in fields
                .schema()
                .fields()
                .iter()
                .zip(fields.values())
                .enumerate()
            {
                separate(i, out);
                write_string(field.name(), out);
                out.push(':');
                write(value, out);
            }
            out.push('}');
        }
    }
}

fn write_map(entries: &[(Value, Value)], out: &mut String) {
    if entries.iter().all(|(key, _)| key.as_str().is_some()) {
        out.push('{');
        for (i, (key, value)) in entries.iter().enumerate() {
            separate(i, out);
            write(key, out);
            out.push(':');
            write(value, out);
        }
        out.push('}');
    } else {
        out.push('[');
        for (i, (key, value)) in entries.iter().enumerate() {
            separate(i, out);
            out.push('[');
            write(key, out);
            out.push(',');
            write(value, out);
            out.push(']');
        }
        out.push(']');
    }
}

fn separate(index: usize, out: &mut String) {
    if index > 0 {
        out.push(',');
    }
}

/// Appends a 64-bit number; one that is not finite becomes the string `"NaN"` or `"Infinity"`.
pub fn write_f64(number: f64, out: &mut String) {
    if number.is_finite() {
        number::push_f64(out, number);
    } else {
        out.push('"');
        number::push_f64(out, number);
        out.push('"');
    }
}

/// Appends a 32-bit number, with its own shortest digits.
pub fn write_f32(number: f32, out: &mut String) {
    if number.is_finite() {
        number::push_f32(out, number);
    } else {
        write_f64(number.into(), out);
    }
}

/// Appends bytes as a base64 string, padded.
pub fn write_base64(bytes: &[u8], out: &mut String) {
    out.push('"');
    STANDARD.encode_string(bytes, out);
    out.push('"');
}

/// Appends text in quotes, escaped as Jackson does.
pub fn write_string(text: &str, out: &mut String) {
    out.reserve(text.len() + 2);
    out.push('"');
    let mut rest = text;
    while let Some(at) = first_escaped(rest.as_bytes()) {
        out.push_str(&rest[..at]);
        let character = rest[at..].chars().next().unwrap_or_default();
        write_escaped(character, out);
        rest = &rest[at + character.len_utf8()..];
    }
    out.push_str(rest);
    out.push('"');
}

/// Control characters, the quote, the backslash, and what begins a character above U+FFFF.
fn is_escaped(byte: u8) -> bool {
    (byte < 0x20) | (byte == b'"') | (byte == b'\\') | (byte >= 0xF0)
}

/// Looks at sixteen bytes at a time without branching, which the compiler turns into vector instructions.
fn first_escaped(bytes: &[u8]) -> Option<usize> {
    let (blocks, _) = bytes.as_chunks::<16>();
    let clean = blocks
        .iter()
        .take_while(|block| {
            !block
                .iter()
                .fold(false, |any, &byte| any | is_escaped(byte))
        })
        .count();
    let from = clean * 16;
    bytes[from..]
        .iter()
        .position(|&byte| is_escaped(byte))
        .map(|at| from + at)
}

fn write_escaped(character: char, out: &mut String) {
    match character {
        '"' => out.push_str("\\\""),
        '\\' => out.push_str("\\\\"),
        '\u{8}' => out.push_str("\\b"),
        '\t' => out.push_str("\\t"),
        '\n' => out.push_str("\\n"),
        '\u{C}' => out.push_str("\\f"),
        '\r' => out.push_str("\\r"),
        other => {
            for unit in other.encode_utf16(&mut [0; 2]) {
                out.push_str("\\u");
                for shift in [12, 8, 4, 0] {
                    let digit = usize::from(*unit >> shift & 0xF);
                    out.push(char::from(b"0123456789ABCDEF"[digit]));
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use bytes::Bytes;

    use super::*;
    use crate::{Decimal, Schema, Struct};

    #[track_caller]
    fn check(value: impl Into<Value>, text: &str) {
        assert_eq!(to_string(&value.into()), text);
    }

    #[test]
    fn text_is_escaped_as_jackson_does() {
        check("a\"b\\c/", r#""a\"b\\c/""#);
        check(
            "\u{8}\t\n\u{C}\r\u{0}\u{1F}\u{B}",
            r#""\b\t\n\f\r\u0000\u001F\u000B""#,
        );
        check("\u{7F}\u{2028}é€\u{FFFF}", "\"\u{7F}\u{2028}é€\u{FFFF}\"");
        check("😀 ok", r#""\uD83D\uDE00 ok""#);
    }

    #[test]
    fn an_escape_is_found_at_every_distance_from_the_start() {
        for before in 0..70 {
            let text = format!("{}\n{}", "x".repeat(before), "é".repeat(20));
            let json = format!("\"{}\\n{}\"", "x".repeat(before), "é".repeat(20));
            check(text, &json);
        }
    }

    #[test]
    fn maps_with_text_keys_are_objects_and_others_pairs() {
        check(Value::map([("b", 1), ("a", 2)]), r#"{"b":1,"a":2}"#);
        check(Value::map([(7, true)]), "[[7,true]]");
        let mixed = Value::map([(Value::from("a"), 1), (Value::Null, 2)]);
        check(mixed, r#"[["a",1],[null,2]]"#);
        check(Value::Map(Arc::default()), "{}");
        check(Value::Array(Arc::default()), "[]");
    }

    #[test]
    fn plain_values_have_the_text_of_java() {
        check(Value::Null, "null");
        check(true, "true");
        check(-128i8, "-128");
        check(i64::MIN, "-9223372036854775808");
        check(1.1f32, "1.1");
        check(1e10, "1.0E10");
        check(f64::NAN, r#""NaN""#);
        check(f32::NEG_INFINITY, r#""-Infinity""#);
        check(Bytes::from_static(&[1, 2]), r#""AQI=""#);
    }

    #[test]
    fn logical_values_are_numbers() {
        check(Decimal::new(1230, 2), "12.30");
        check(Value::Date(19000), "19000");
        check(Value::Time(1000), "1000");
        check(Value::Timestamp(1_700_000_000_123), "1700000000123");
    }

    #[test]
    fn a_struct_is_an_object_of_its_fields() {
        let schema = Schema::structure()
            .field("a", Schema::plain_int32())
            .field("b", Schema::optional_string())
            .build()
            .unwrap();
        let value = Struct::new(&schema).unwrap().with("a", 1).unwrap();
        check(value, r#"{"a":1,"b":null}"#);
    }
}
