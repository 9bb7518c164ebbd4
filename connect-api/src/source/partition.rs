//! [`SourcePartition`]: what a source reads from.

use std::{
    cmp::Ordering,
    fmt,
    hash::{Hash, Hasher},
    sync::Arc,
};

use serde::Serialize;

use crate::{Error, Result, SchemaAndValue, Value, json};

/// What a source reads from, e.g. `{"table": "orders"}`. Made once, then shared by its records.
///
/// Two partitions are equal if they have the same entries in any order; the order of insertion is kept for the
/// stored key, because Java finds offsets by the bytes of the key.
#[derive(Clone)]
pub struct SourcePartition(Arc<Parts>);

struct Parts {
    fields: Value,
    /// The entries as JSON text, sorted by key: what equality, order and hash look at.
    canonical: String,
}

impl SourcePartition {
    /// Builds a partition from `(key, value)` pairs of plain values, in their order.
    pub fn new<K: Into<crate::Str>, V: Into<Value>>(
        fields: impl IntoIterator<Item = (K, V)>,
    ) -> Self {
        Self::from_map(Value::map(
            fields.into_iter().map(|(key, value)| (key.into(), value)),
        ))
    }

    /// Builds a partition from any serde struct.
    ///
    /// # Errors
    ///
    /// It does not serialize to a map with text keys.
    pub fn of(fields: &impl Serialize) -> Result<Self> {
        Self::from_value(SchemaAndValue::encode(fields)?.value)
    }

    /// Builds a partition from a map.
    ///
    /// # Errors
    ///
    /// `fields` is not a map with text keys.
    pub fn from_value(fields: Value) -> Result<Self> {
        match &fields {
            Value::Map(entries) if entries.iter().all(|(key, _)| key.as_str().is_some()) => {
                Ok(Self::from_map(fields))
            }
            other => Err(Error::fatal(format!(
                "source partition: expected a map with text keys, found {other:?}"
            ))),
        }
    }

    fn from_map(fields: Value) -> Self {
        let canonical = canonical(&fields);
        Self(Arc::new(Parts { fields, canonical }))
    }

    /// Returns the map, in the order of insertion.
    #[must_use]
    pub fn fields(&self) -> &Value {
        &self.0.fields
    }

    /// Returns the value of one key.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Value> {
        self.0.fields.get(key)
    }

    /// Returns whether both are one allocation: an equality that costs one comparison.
    #[must_use]
    pub fn is_same(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

/// Writes a flat map as JSON with its keys sorted: equal texts are equal maps once they are stored.
pub(super) fn canonical(fields: &Value) -> String {
    let mut sorted = match fields {
        Value::Map(entries) => entries.to_vec(),
        _ => Vec::new(),
    };
    sorted.sort_by(|(one, _), (two, _)| one.as_str().cmp(&two.as_str()));
    json::to_string(&Value::Map(Arc::new(sorted)))
}

impl<K: Into<crate::Str>, V: Into<Value>, const N: usize> From<[(K, V); N]> for SourcePartition {
    fn from(fields: [(K, V); N]) -> Self {
        Self::new(fields)
    }
}

impl PartialEq for SourcePartition {
    fn eq(&self, other: &Self) -> bool {
        self.is_same(other) || self.0.canonical == other.0.canonical
    }
}

impl Eq for SourcePartition {}

impl PartialOrd for SourcePartition {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for SourcePartition {
    fn cmp(&self, other: &Self) -> Ordering {
        self.0.canonical.cmp(&other.0.canonical)
    }
}

impl Hash for SourcePartition {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.canonical.hash(state);
    }
}

/// The entries as compact JSON, in the order of insertion.
impl fmt::Display for SourcePartition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&json::to_string(&self.0.fields))
    }
}

impl fmt::Debug for SourcePartition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
