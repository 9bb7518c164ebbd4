//! [`Value`]: one datum of a record.

use std::sync::Arc;

use bytes::Bytes;

use crate::{Decimal, MapBuilder, Str, Struct};

/// One datum. Cloning never copies data: every variant is inline or reference counted.
// With a tag of one byte, values are copied in pieces that do not begin at words, which processors do slowly.
#[repr(u64)]
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub enum Value {
    /// No value; whether that is allowed is said by the schema beside it.
    #[default]
    Null,
    /// True or false.
    Boolean(bool),
    /// A signed byte.
    Int8(i8),
    /// A signed 16-bit integer.
    Int16(i16),
    /// A signed 32-bit integer.
    Int32(i32),
    /// A signed 64-bit integer.
    Int64(i64),
    /// A 32-bit IEEE 754 number.
    Float32(f32),
    /// A 64-bit IEEE 754 number.
    Float64(f64),
    /// UTF-8 text, a slice of a shared buffer.
    String(Str),
    /// Bytes, a slice of a shared buffer.
    Bytes(Bytes),
    /// Values in order.
    Array(Arc<Vec<Self>>),
    /// Entries in insertion order; keys are unique, of any type.
    Map(Arc<Vec<(Self, Self)>>),
    /// Values with the fields of a schema.
    Struct(Struct),
    /// An exact decimal number.
    Decimal(Decimal),
    /// Days since the epoch.
    Date(i32),
    /// Milliseconds of the day.
    Time(i32),
    /// Milliseconds since the epoch.
    Timestamp(i64),
}

impl Value {
    /// Builds an array.
    pub fn array(values: impl IntoIterator<Item = impl Into<Self>>) -> Self {
        Self::Array(Arc::new(values.into_iter().map(Into::into).collect()))
    }

    /// Builds a map.
    ///
    /// Of two entries with one key the later one counts, in the place of the first.
    pub fn map<K: Into<Self>, V: Into<Self>>(entries: impl IntoIterator<Item = (K, V)>) -> Self {
        let mut map = MapBuilder::new();
        for (key, value) in entries {
            map.insert(key, value);
        }
        map.build()
    }

    /// Returns whether this is the null value.
    #[must_use]
    pub fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }

    /// Returns the text of a string.
    #[must_use]
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::String(text) => Some(text),
            _ => None,
        }
    }

    /// Returns an integer of any width.
    #[must_use]
    pub fn as_i64(&self) -> Option<i64> {
        match *self {
            Self::Int8(n) => Some(n.into()),
            Self::Int16(n) => Some(n.into()),
            Self::Int32(n) => Some(n.into()),
            Self::Int64(n) => Some(n),
            _ => None,
        }
    }

    /// Returns the value of a boolean.
    #[must_use]
    pub fn as_bool(&self) -> Option<bool> {
        match *self {
            Self::Boolean(truth) => Some(truth),
            _ => None,
        }
    }

    /// Returns the struct.
    #[must_use]
    pub fn as_struct(&self) -> Option<&Struct> {
        match self {
            Self::Struct(fields) => Some(fields),
            _ => None,
        }
    }

    /// Returns the value of a map's text key, or of a struct's field.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Self> {
        match self {
            Self::Map(entries) => entries
                .iter()
                .find(|(key, _)| key.as_str() == Some(name))
                .map(|(_, value)| value),
            Self::Struct(fields) => fields.get(name),
            _ => None,
        }
    }

    /// Names the variant as error messages do: `string`, `int32`, `map`.
    #[must_use]
    pub fn type_name(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Boolean(_) => "boolean",
            Self::Int8(_) => "int8",
            Self::Int16(_) => "int16",
            Self::Int32(_) => "int32",
            Self::Int64(_) => "int64",
            Self::Float32(_) => "float32",
            Self::Float64(_) => "float64",
            Self::String(_) => "string",
            Self::Bytes(_) => "bytes",
            Self::Array(_) => "array",
            Self::Map(_) => "map",
            Self::Struct(_) => "struct",
            Self::Decimal(_) => "decimal",
            Self::Date(_) => "date",
            Self::Time(_) => "time",
            Self::Timestamp(_) => "timestamp",
        }
    }
}

macro_rules! from {
    ($($source:ty => $variant:ident),* $(,)?) => {$(
        impl From<$source> for Value {
            fn from(value: $source) -> Self {
                Self::$variant(value.into())
            }
        }
    )*};
}
from! {
    bool => Boolean, i8 => Int8, i16 => Int16, i32 => Int32, i64 => Int64, f32 => Float32, f64 => Float64,
    &str => String, String => String, Str => String, Bytes => Bytes, Vec<u8> => Bytes, Struct => Struct,
    Decimal => Decimal,
}

impl<T: Into<Self>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_at_most_40_bytes() {
        assert!(size_of::<Value>() <= 40, "{}", size_of::<Value>());
    }
}
