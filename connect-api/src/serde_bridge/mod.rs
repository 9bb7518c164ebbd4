//! Values to authors' own structs and back, without a detour through JSON.

mod access;
mod deserializer;
mod failure;
mod key;
mod serializer;

use serde::{Deserialize, Serialize};

pub(crate) use self::failure::Failure;
use self::{deserializer::Datum, serializer::Encoder};
use crate::{Result, SchemaAndValue, Value};

/// Reads a value, and keeps apart where and why that failed.
pub(crate) fn read<'a, T: Deserialize<'a>>(value: &'a Value) -> Result<T, Failure> {
    T::deserialize(Datum(value))
}

impl SchemaAndValue {
    /// Reads the value as a `T`; `&str` and `&[u8]` in it borrow from the value.
    ///
    /// Structs are read with their defaults, integers of any width into any that holds them, a decimal as text or as
    /// a number, dates and times as the integers that stand for them. An enum is a text (unit variants) or a map with
    /// the variant's name as its only key.
    ///
    /// ```
    /// use connect_api::{SchemaAndValue, Value};
    ///
    /// #[derive(serde::Deserialize)]
    /// struct Order<'a> {
    ///     id: u32,
    ///     customer: &'a str,
    /// }
    ///
    /// let data = SchemaAndValue::from(Value::map([("id", Value::from(7_i64)), ("customer", "ann".into())]));
    /// let order: Order<'_> = data.decode()?;
    /// assert_eq!((order.id, order.customer), (7, "ann"));
    ///
    /// let wrong = SchemaAndValue::from(Value::map([("id", "seven"), ("customer", "ann")]));
    /// let error = wrong.decode::<Order<'_>>().err().map(|error| error.to_string());
    /// assert_eq!(error.as_deref(), Some(r#"field `id`: expected u32, found string "seven""#));
    /// # Ok::<(), connect_api::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Rejected`](crate::ErrorKind::Rejected), naming the field path, what was expected and found.
    pub fn decode<'a, T: Deserialize<'a>>(&'a self) -> Result<T> {
        Ok(read(&self.value)?)
    }

    /// Writes `value` without a schema.
    ///
    /// Structs and maps become maps in the order of their fields. Unsigned integers take the next wider signed type, `None` and `()` are null, unit variants are text, and
    /// variants with data are maps with the variant's name as their only key.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Rejected`](crate::ErrorKind::Rejected): an integer beyond 64 signed bits, or what `value`'s own
    /// `Serialize` says; the field path is named.
    pub fn encode<T: Serialize + ?Sized>(value: &T) -> Result<Self> {
        Ok(Self {
            schema: None,
            value: value.serialize(Encoder)?,
        })
    }
}
