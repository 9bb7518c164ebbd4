//! [`SourceOffset`]: a place in a source partition.

use std::{fmt, sync::Arc};

use serde::{Serialize, de::DeserializeOwned};

use super::partition::canonical;
use crate::{Error, Result, SchemaAndValue, Str, Value};

/// A place in a source partition.
///
/// It is a flat map when stored, encoded once per commit and not once per record.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum SourceOffset {
    /// `{key: value}`, without an allocation.
    At {
        /// The key.
        key: &'static str,
        /// The place.
        value: i64,
    },
    /// Fields that many offsets share and one number that moves: [`SharedOffset::at`].
    Moving {
        /// What stays the same.
        shared: Arc<SharedOffset>,
        /// The place.
        value: i64,
    },
    /// Any serde struct, one allocation: [`SourceOffset::of`].
    Of(Arc<dyn OffsetFields>),
    /// As it was read back from the offsets topic: a flat map.
    Stored(Value),
}

impl SourceOffset {
    /// Builds `{key: value}`.
    #[must_use]
    pub const fn at(key: &'static str, value: i64) -> Self {
        Self::At { key, value }
    }

    /// Keeps a serde struct; it is encoded when a commit stores it.
    #[must_use]
    pub fn of(fields: impl OffsetFields + 'static) -> Self {
        Self::Of(Arc::new(fields))
    }

    /// Encodes the offset as the map that is stored.
    ///
    /// # Errors
    ///
    /// It does not serialize to a flat map of strings, numbers, booleans, bytes and nulls.
    pub fn to_value(&self) -> Result<Value> {
        let value = match self {
            Self::At { key, value } => return Ok(Value::map([(*key, *value)])),
            Self::Moving { shared, value } => shared.to_value(*value),
            Self::Of(fields) => fields.to_value()?,
            Self::Stored(value) => value.clone(),
        };
        let flat = match &value {
            Value::Map(entries) => entries.iter().all(|(key, value)| {
                key.as_str().is_some()
                    && !matches!(value, Value::Array(_) | Value::Map(_) | Value::Struct(_))
            }),
            _ => false,
        };
        if flat {
            Ok(value)
        } else {
            Err(Error::fatal(format!(
                "source offset: expected a flat map of text keys to plain values, found {value:?}"
            )))
        }
    }

    /// Reads the offset as a `T`.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Fatal`](crate::ErrorKind::Fatal): a field is missing or of another type.
    pub fn decode<T: DeserializeOwned>(&self) -> Result<T> {
        SchemaAndValue::from(self.to_value()?)
            .decode()
            .map_err(|error| {
                error
                    .with_kind(crate::ErrorKind::Fatal)
                    .context("source offset")
            })
    }
}

/// Equal if the stored maps are: entries in any order, integers of any width.
impl PartialEq for SourceOffset {
    fn eq(&self, other: &Self) -> bool {
        match (self.to_value(), other.to_value()) {
            (Ok(one @ Value::Map(_)), Ok(two @ Value::Map(_))) => {
                canonical(&one) == canonical(&two)
            }
            _ => false,
        }
    }
}

/// What many offsets share beside the one number that moves, without an allocation per offset.
///
/// ```
/// use connect_api::SharedOffset;
///
/// let file = SharedOffset::new("position", [("inode", 1311)]);
/// let offsets: Vec<_> = [100, 200].map(|position| file.at(position)).into();
/// let stored = offsets[1].to_value()?;
/// assert_eq!(stored.get("position"), Some(&200_i64.into()));
/// assert_eq!(stored.get("inode"), Some(&1311.into()));
/// # Ok::<(), connect_api::Error>(())
/// ```
#[derive(Debug, PartialEq)]
pub struct SharedOffset {
    key: &'static str,
    fields: Vec<(Str, Value)>,
}

impl SharedOffset {
    /// Shares `fields`; `key` names the number that moves, and stands first in the stored map.
    pub fn new<K: Into<Str>, V: Into<Value>>(
        key: &'static str,
        fields: impl IntoIterator<Item = (K, V)>,
    ) -> Arc<Self> {
        let fields = fields
            .into_iter()
            .map(|(key, value)| (key.into(), value.into()))
            .collect();
        Arc::new(Self { key, fields })
    }

    /// Builds the offset in which the number is `value`.
    #[must_use]
    pub fn at(self: &Arc<Self>, value: i64) -> SourceOffset {
        SourceOffset::Moving {
            shared: Arc::clone(self),
            value,
        }
    }

    fn to_value(&self, value: i64) -> Value {
        let moving = (Str::from_static(self.key), Value::from(value));
        Value::map(std::iter::once(moving).chain(self.fields.iter().cloned()))
    }
}

/// What [`SourceOffset::of`] keeps; implemented for every `T: Serialize + Debug + Send + Sync`.
pub trait OffsetFields: fmt::Debug + Send + Sync {
    /// Encodes the fields as a map.
    ///
    /// # Contract
    ///
    /// - The same fields give the same map. It is called once per commit, not once per record.
    ///
    /// # Errors
    ///
    /// They do not serialize.
    fn to_value(&self) -> Result<Value>;
}

impl<T: Serialize + fmt::Debug + Send + Sync> OffsetFields for T {
    fn to_value(&self) -> Result<Value> {
        SchemaAndValue::encode(self).map(|encoded| encoded.value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shared_fields_follow_the_number_that_moves() {
        let shared = SharedOffset::new("position", [("inode", 7), ("device", 1)]);
        let expected = Value::map([("position", 42_i64)]);
        let Value::Map(entries) = shared.at(42).to_value().unwrap() else {
            panic!("an offset is a map");
        };
        assert_eq!(Value::Map(Arc::new(entries[..1].to_vec())), expected);
        assert_eq!(entries[1], ("inode".into(), 7.into()));
        assert_eq!(entries[2], ("device".into(), 1.into()));
    }

    #[test]
    fn a_shared_field_that_is_no_plain_value_is_refused() {
        let shared = SharedOffset::new("position", [("files", Value::array([1, 2]))]);
        let error = shared.at(1).to_value().unwrap_err();
        assert!(error.message().contains("flat map"), "{error:?}");
    }

    #[test]
    fn an_offset_is_no_larger_than_the_map_it_was_read_from() {
        assert!(size_of::<SourceOffset>() <= size_of::<Value>() + 8);
    }
}
