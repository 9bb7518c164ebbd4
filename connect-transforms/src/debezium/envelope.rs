//! What Debezium's change events look like.

use connect_api::{Error, Record, Result, SchemaAndValue, Struct, Value};

use crate::shape::misfit;

/// The row before the change.
pub(super) const BEFORE: &str = "before";
/// The row after the change.
pub(super) const AFTER: &str = "after";
/// The kind of the change.
pub(super) const OPERATION: &str = "op";
/// When Debezium saw the change, in milliseconds since the epoch.
pub(super) const TIMESTAMP: &str = "ts_ms";
/// Where the change comes from.
pub(super) const SOURCE: &str = "source";
/// The transaction that made the change.
pub(super) const TRANSACTION: &str = "transaction";

/// The code of a row that was deleted.
pub(super) const DELETE: &str = "d";
/// The code of a row that was updated.
pub(super) const UPDATE: &str = "u";
/// The code of a table that was emptied.
pub(super) const TRUNCATE: &str = "t";

/// Entries of a map.
pub(super) type Entries = Vec<(Value, Value)>;

/// Returns whether the value is a change event by the name of its schema.
///
/// Heartbeats, changes of schemas and the borders of transactions have other names.
pub(super) fn has_schema(record: &Record) -> bool {
    let name = record
        .value
        .schema
        .as_ref()
        .and_then(|schema| schema.name());
    name.is_some_and(|name| name.ends_with(".Envelope"))
}

/// Returns whether the value is a change event without a schema.
///
/// It is a map with an operation that Debezium knows, and a row before or after.
pub(super) fn is_map(datum: &SchemaAndValue) -> bool {
    let SchemaAndValue {
        schema: None,
        value,
    } = datum
    else {
        return false;
    };
    let operation = value.get(OPERATION).and_then(Value::as_str);
    operation.is_some_and(|code| matches!(code, "c" | "r" | DELETE | UPDATE | TRUNCATE))
        && (value.get(AFTER).is_some() || value.get(BEFORE).is_some())
}

/// Takes the struct out of a datum.
///
/// # Errors
///
/// Something else is there; `purpose` says what it was needed for.
pub(super) fn take_struct(datum: &mut SchemaAndValue, purpose: &str) -> Result<Struct> {
    match std::mem::take(&mut datum.value) {
        Value::Struct(fields) => Ok(fields),
        other => Err(not_a("struct", purpose, &other)),
    }
}

/// Says that a value has the wrong type.
pub(super) fn not_a(expected: &str, purpose: &str, found: &Value) -> Error {
    misfit(format_args!("{purpose}: expected a {expected}"), found)
}

/// Returns the entry of a map.
pub(super) fn entry<'a>(entries: &'a Entries, name: &str) -> Option<&'a Value> {
    let found = entries.iter().find(|(key, _)| key.as_str() == Some(name));
    found.map(|(_, value)| value)
}

/// Removes the entry of a map.
pub(super) fn take_entry(entries: &mut Entries, name: &str) -> Option<Value> {
    let at = entries
        .iter()
        .position(|(key, _)| key.as_str() == Some(name))?;
    Some(entries.remove(at).1)
}
