//! Which shape a transform expects of a value.

use std::{fmt, sync::Arc};

use connect_api::{Error, Result, Str, Struct, Value};

/// Takes the fields of a value that has a schema.
///
/// # Errors
///
/// The value is no struct; says for which purpose it should be one.
pub(crate) fn structure(value: Value, purpose: &str) -> Result<Struct> {
    match value {
        Value::Struct(fields) => Ok(fields),
        found => Err(misfit("with a schema expected a struct", &found).context(purpose)),
    }
}

/// Returns the entries of a value that has no schema.
///
/// # Errors
///
/// The value is no map; says for which purpose it should be one.
pub(crate) fn map<'a>(
    value: &'a mut Value,
    purpose: &str,
) -> Result<&'a mut Arc<Vec<(Value, Value)>>> {
    match value {
        Value::Map(entries) => Ok(entries),
        found => Err(misfit("without a schema expected a map", found).context(purpose)),
    }
}

/// Sets the entry of that name, in its place or at the end.
pub(crate) fn set(entries: &mut Vec<(Value, Value)>, name: &Str, value: Value) {
    let known = |(key, _): &&mut (Value, Value)| key.as_str() == Some(name);
    match entries.iter_mut().find(known) {
        Some((_, place)) => *place = value,
        None => entries.push((name.clone().into(), value)),
    }
}

/// Says that something else was found.
pub(crate) fn misfit(expected: impl fmt::Display, found: &Value) -> Error {
    let found = found.type_name();
    Error::rejected(format!("{expected}, found {found}"))
}
