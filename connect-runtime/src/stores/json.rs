//! JSON text to values, as Java reads its internal topics.

use bytes::Bytes;
use connect_api::{ConfigMap, Dialect, Result, Value, json::parse_as};

/// Reads schemaless JSON: integers are 64 bits wide, other numbers doubles, and bytes stay base64 text.
///
/// The result shares nothing with `bytes`: it outlives the block that was fetched.
pub(super) fn parse(bytes: &[u8]) -> Result<Value> {
    parse_as(&Bytes::copy_from_slice(bytes), Dialect::Java)
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
