//! JSON text to values, as Java reads its internal topics.

use connect_api::{Str, Value};

/// Reads schemaless JSON: integers are 64 bits wide, other numbers doubles, and bytes stay base64 text.
pub(super) fn parse(bytes: &[u8]) -> Result<Value, serde_json::Error> {
    serde_json::from_slice(bytes).map(to_value)
}

fn to_value(json: serde_json::Value) -> Value {
    match json {
        serde_json::Value::Null => Value::Null,
        serde_json::Value::Bool(truth) => Value::from(truth),
        serde_json::Value::Number(number) => match number.as_i64() {
            Some(integer) => Value::from(integer),
            None => Value::from(number.as_f64().unwrap_or(f64::NAN)),
        },
        serde_json::Value::String(text) => Value::from(text),
        serde_json::Value::Array(elements) => Value::Array(std::sync::Arc::new(
            elements.into_iter().map(to_value).collect(),
        )),
        serde_json::Value::Object(fields) => Value::map(
            fields
                .into_iter()
                .map(|(name, value)| (Str::from(name), to_value(value))),
        ),
    }
}
