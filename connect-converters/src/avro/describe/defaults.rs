//! Values to the JSON that defaults are written in.

use connect_api::{Error, Result, Schema, Type, Value, number::push_f32};
use serde_json::{Map, Number, Value as Json};

use crate::avro::{config::Rules, marks};

/// How 32-bit numbers are written.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Floats {
    /// With their own digits, in `connect.default`.
    Short,
    /// With the digits of the same 64-bit number, in the default of a field.
    Wide,
}

/// Returns a value as JSON; that it fits its schema is known.
pub(super) fn json_of(
    schema: &Schema,
    value: &Value,
    rules: Rules,
    floats: Floats,
) -> Result<Json> {
    Ok(match value {
        Value::Null => Json::Null,
        Value::Boolean(truth) => Json::Bool(*truth),
        Value::Int8(n) => Json::from(*n),
        Value::Int16(n) => Json::from(*n),
        Value::Int32(n) | Value::Date(n) | Value::Time(n) => Json::from(*n),
        Value::Int64(n) | Value::Timestamp(n) => Json::from(*n),
        Value::Float32(n) => match floats {
            Floats::Wide => real(f64::from(*n)),
            Floats::Short => {
                let mut digits = String::new();
                push_f32(&mut digits, *n);
                real(digits.parse().unwrap_or_else(|_| f64::from(*n)))
            }
        },
        Value::Float64(n) => real(*n),
        Value::String(text) => Json::from(&**text),
        Value::Bytes(bytes) => latin1(bytes),
        Value::Decimal(decimal) => latin1(&padded(schema, decimal.to_be_bytes())),
        Value::Array(elements) => {
            let element = inner(schema.value_schema())?;
            let elements = elements
                .iter()
                .map(|value| json_of(element, value, rules, floats));
            Json::Array(elements.collect::<Result<_>>()?)
        }
        Value::Map(entries) => map(schema, entries, rules, floats)?,
        Value::Struct(of) => {
            let fields = schema.fields().iter().enumerate();
            let mut members = Map::new();
            for (i, field) in fields {
                let json = json_of(field.schema(), of.get_at(i), rules, floats)?;
                if schema.type_() == Type::Struct && marks::is_union(schema) {
                    if !json.is_null() {
                        return Ok(json);
                    }
                    continue;
                }
                members.insert(marks::field_name(field.name(), rules), json);
            }
            if marks::is_union(schema) {
                Json::Null
            } else {
                Json::Object(members)
            }
        }
        other => {
            return Err(Error::rejected(format!(
                "expected a default that Avro can hold, found {}",
                other.type_name()
            )));
        }
    })
}

fn map(schema: &Schema, entries: &[(Value, Value)], rules: Rules, floats: Floats) -> Result<Json> {
    let (keys, values) = (inner(schema.key_schema())?, inner(schema.value_schema())?);
    if !marks::has_text_keys(schema, rules) {
        let entries = entries.iter().map(|(key, value)| {
            let key = json_of(keys, key, rules, floats)?;
            Ok(Json::Array(vec![
                key,
                json_of(values, value, rules, floats)?,
            ]))
        });
        return Ok(Json::Array(entries.collect::<Result<_>>()?));
    }
    let entries = entries.iter().map(|(key, value)| {
        let key = key.as_str().ok_or_else(|| {
            Error::rejected(format!("map key: expected text, found {}", key.type_name()))
        })?;
        Ok((key.to_owned(), json_of(values, value, rules, floats)?))
    });
    Ok(Json::Object(entries.collect::<Result<_>>()?))
}

fn inner(schema: Option<&Schema>) -> Result<&Schema> {
    schema.ok_or_else(|| Error::rejected("expected a schema of elements, found none"))
}

/// JSON has no digits for what is not finite; Jackson writes its name.
fn real(number: f64) -> Json {
    match Number::from_f64(number) {
        Some(number) => Json::Number(number),
        None if number.is_nan() => "NaN".into(),
        None if number > 0.0 => "Infinity".into(),
        None => "-Infinity".into(),
    }
}

/// Each byte is one character.
fn latin1(bytes: &[u8]) -> Json {
    bytes
        .iter()
        .map(|byte| char::from(*byte))
        .collect::<String>()
        .into()
}

/// How many bytes are filled at most: no number needs more.
const PADDING: usize = 4096;

/// Fills the bytes of a decimal up to the fixed size that its schema may have.
fn padded(schema: &Schema, bytes: Vec<u8>) -> Vec<u8> {
    let size = marks::fixed_size(schema).and_then(|size| size.parse::<usize>().ok());
    let missing = size.and_then(|size| size.checked_sub(bytes.len()));
    let Some(missing) = missing.filter(|missing| *missing <= PADDING) else {
        return bytes;
    };
    let sign = if bytes.first().is_some_and(|first| first & 0x80 != 0) {
        0xFF
    } else {
        0
    };
    let mut padded = vec![sign; missing];
    padded.extend(bytes);
    padded
}
