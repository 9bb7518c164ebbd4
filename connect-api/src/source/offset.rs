//! [`SourceOffset`]: a place in a source partition.

use std::{fmt, sync::Arc};

use serde::{Serialize, de::DeserializeOwned};

use crate::{Error, Result, SchemaAndValue, Value};

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

/// Equal if the stored maps are; entries may stand in any order, as in JSON objects.
impl PartialEq for SourceOffset {
    fn eq(&self, other: &Self) -> bool {
        match (self.to_value(), other.to_value()) {
            (Ok(Value::Map(one)), Ok(Value::Map(two))) => {
                one.len() == two.len() && one.iter().all(|entry| two.contains(entry))
            }
            _ => false,
        }
    }
}

/// What [`SourceOffset::of`] keeps; implemented for every `T: Serialize + Debug + Send + Sync`.
pub trait OffsetFields: fmt::Debug + Send + Sync {
    /// Encodes the fields as a map.
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
