//! The JSON text of values, to the byte as Java's Connect writes it.

use crate::Value;

/// Writes a schemaless value as compact JSON.
#[must_use]
pub fn to_string(value: &Value) -> String {
    format!("{value:?}")
}
