//! Whether a value fits a schema.

use super::{Logical, Schema, Type};
use crate::{Error, Result, Value};

impl Schema {
    /// Checks that `value` is a value of this schema, nested ones included.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Rejected`](crate::ErrorKind::Rejected), naming the path, what was expected and what was found.
    pub fn check(&self, value: &Value) -> Result<()> {
        if value.is_null() {
            return if self.is_optional() {
                Ok(())
            } else {
                Err(self.expected("a value", value))
            };
        }
        if let Some(logical) = self.logical() {
            return self.check_logical(logical, value);
        }
        match (self.type_(), value) {
            (Type::Int8, Value::Int8(_))
            | (Type::Int16, Value::Int16(_))
            | (Type::Int32, Value::Int32(_))
            | (Type::Int64, Value::Int64(_))
            | (Type::Float32, Value::Float32(_))
            | (Type::Float64, Value::Float64(_))
            | (Type::Boolean, Value::Boolean(_))
            | (Type::String, Value::String(_))
            | (Type::Bytes, Value::Bytes(_)) => Ok(()),
            (Type::Array, Value::Array(elements)) => self.check_elements(elements),
            (Type::Map, Value::Map(entries)) => self.check_entries(entries),
            (Type::Struct, _) if self.is_enclosing() && !self.unbound().is_empty() => {
                Err(self.without_struct())
            }
            (Type::Struct, Value::Struct(fields)) if fields.schema() == self => fields.check(),
            (Type::Struct, Value::Struct(fields)) => Err(Error::rejected(format!(
                "expected a struct of {self}, found one of {}",
                fields.schema()
            ))),
            (expected, _) => Err(self.expected(expected.name(), value)),
        }
    }

    fn check_logical(&self, logical: Logical, value: &Value) -> Result<()> {
        match (logical, value) {
            (Logical::Decimal { scale }, Value::Decimal(number)) if number.scale() == scale => {
                Ok(())
            }
            (Logical::Decimal { scale }, Value::Decimal(number)) => Err(Error::rejected(format!(
                "expected a decimal with scale {scale}, found {number} with scale {}",
                number.scale()
            ))),
            (Logical::Date, Value::Date(_)) | (Logical::Timestamp, Value::Timestamp(_)) => Ok(()),
            (Logical::Time, Value::Time(millis)) if (0..=86_400_000).contains(millis) => Ok(()),
            (Logical::Time, Value::Time(millis)) => Err(Error::rejected(format!(
                "expected a time of day between 0 and 86400000 ms, found {millis}"
            ))),
            _ => Err(self.expected(logical.name(), value)),
        }
    }

    fn check_elements(&self, elements: &[Value]) -> Result<()> {
        let Some(schema) = self.value_schema() else {
            return Ok(());
        };
        elements.iter().enumerate().try_for_each(|(i, element)| {
            schema
                .check(element)
                .map_err(|error| error.context(format!("element {i}")))
        })
    }

    fn check_entries(&self, entries: &[(Value, Value)]) -> Result<()> {
        let (Some(keys), Some(values)) = (self.key_schema(), self.value_schema()) else {
            return Ok(());
        };
        entries.iter().try_for_each(|(key, value)| {
            keys.check(key).map_err(|error| error.context("map key"))?;
            values
                .check(value)
                .map_err(|error| error.context("map value"))
        })
    }

    /// Says that it stands for a struct that is not there.
    pub(crate) fn without_struct(&self) -> Error {
        let names = self.unbound().join("`, `");
        Error::rejected(format!(
            "expected a struct `{names}` around {self}, found none"
        ))
    }

    fn expected(&self, expected: &str, found: &Value) -> Error {
        let named = self
            .name()
            .map(|name| format!(" ({name})"))
            .unwrap_or_default();
        Error::rejected(format!(
            "expected {expected}{named}, found {}",
            found.type_name()
        ))
    }
}
