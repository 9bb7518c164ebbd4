//! [`Parts`]: what a row of an outbox says.

use connect_api::{Dialect, Error, Result, SchemaAndValue, Str, Value};

/// What a row says about the event.
#[derive(Clone, Debug)]
pub(super) struct Parts {
    pub(super) topic: Str,
    pub(super) partition: Option<i32>,
    pub(super) timestamp: Option<i64>,
    pub(super) key: SchemaAndValue,
    pub(super) payload: Value,
}

/// Returns whether there is nothing in a payload.
pub(super) fn is_empty(payload: &Value, dialect: Dialect) -> bool {
    match payload {
        Value::Null => true,
        Value::String(text) => text.chars().all(|character| character <= ' '),
        // Debezium looks at texts alone.
        Value::Bytes(bytes) => dialect == Dialect::Strict && bytes.is_empty(),
        _ => false,
    }
}

/// Returns the text that a column holds.
///
/// # Errors
///
/// It holds something else.
pub(super) fn text(column: &str, value: &Value) -> Result<Str> {
    match value {
        Value::String(text) => Ok(text.clone()),
        other => Err(Error::rejected(format!(
            "routing events: expected a string in the column `{column}`, found {}",
            other.type_name()
        ))),
    }
}

/// Returns when Debezium saw the row.
///
/// # Errors
///
/// It is no number of milliseconds.
pub(super) fn seen_at(value: Option<&Value>) -> Result<Option<i64>> {
    match value {
        None | Some(Value::Null) => Ok(None),
        Some(Value::Int64(millis) | Value::Timestamp(millis)) => Ok(Some(*millis)),
        Some(other) => Err(Error::rejected(format!(
            "routing events: expected milliseconds since the epoch, found {}",
            other.type_name()
        ))),
    }
}

/// Returns the partition that a column holds.
///
/// # Errors
///
/// It is none.
pub(super) fn partition(column: &str, value: &Value, dialect: Dialect) -> Result<Option<i32>> {
    let number = match value {
        Value::Null => return Ok(None),
        Value::Int32(number) => Some(*number),
        other if dialect == Dialect::Strict => {
            other.as_i64().and_then(|number| number.try_into().ok())
        }
        _ => None,
    };
    let number = number.filter(|number| dialect == Dialect::Java || *number >= 0);
    number.map(Some).ok_or_else(|| {
        Error::rejected(format!(
            "routing events: expected a partition in the column `{column}`, found {value:?}"
        ))
    })
}
