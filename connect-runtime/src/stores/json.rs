//! JSON text to values, as Java reads its internal topics.

use bytes::Bytes;
use connect_api::{ConfigMap, Result, Value, json};

/// Reads schemaless JSON: integers are 64 bits wide, other numbers doubles, and bytes stay base64 text.
///
/// Java writes plain RFC 8259, so its leniency in reading is not needed: what does not fit is an error, and no value
/// changes silently. The result shares nothing with `bytes`, because it outlives the block that was fetched.
pub(super) fn parse(bytes: &[u8]) -> Result<Value> {
    json::parse(&Bytes::copy_from_slice(bytes))
}

/// Returns the text of a field, if it is one.
pub(super) fn text<'a>(value: &'a Value, field: &str) -> Option<&'a str> {
    value.get(field)?.as_str()
}

/// Returns an integer field, if it is there and fits.
pub(super) fn integer<T: TryFrom<i64>>(value: &Value, field: &str) -> Option<T> {
    match value.get(field)? {
        Value::Int64(integer) => T::try_from(*integer).ok(),
        _ => None,
    }
}

/// Returns a field that maps texts to texts; a key with `null` counts as absent.
pub(super) fn texts(value: &Value, field: &str) -> Option<ConfigMap> {
    let Value::Map(entries) = value.get(field)? else {
        return None;
    };
    let present = entries.iter().filter(|(_, value)| *value != Value::Null);
    present
        .map(|(key, value)| Some((key.as_str()?, value.as_str()?)))
        .collect()
}
