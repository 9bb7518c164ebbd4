//! Values to JSON text, by their schema.

use connect_api::{
    Decimal, Dialect, Error, Field, Logical, Result, Schema, Struct, Type, Value, json, number,
};

use super::config::{DecimalFormat, Rules};
use crate::nulls::Nulls;

impl Rules {
    /// Appends a value.
    pub(super) fn write(
        self,
        schema: Option<&Schema>,
        value: &Value,
        out: &mut String,
    ) -> Result<()> {
        match schema {
            Some(schema) => self.write_with(schema, value, out),
            None => {
                json::write(value, out);
                Ok(())
            }
        }
    }

    fn write_with(self, schema: &Schema, value: &Value, out: &mut String) -> Result<()> {
        if value.is_null() {
            return self.write_null(schema, out);
        }
        match (schema.type_(), value) {
            (Type::Array, Value::Array(elements)) => self.write_array(schema, elements, out),
            (Type::Map, Value::Map(entries)) => self.write_map(schema, entries, out),
            (Type::Struct, Value::Struct(fields)) => self.write_struct(schema, fields, out),
            _ => self.write_scalar(schema, value, out),
        }
    }

    /// Appends a value that is not null and has no others in it.
    pub(crate) fn write_scalar(
        self,
        schema: &Schema,
        value: &Value,
        out: &mut String,
    ) -> Result<()> {
        if let Some(logical) = schema.logical() {
            return self.write_logical(logical, schema, value, out);
        }
        match (schema.type_(), value) {
            (Type::Boolean, Value::Boolean(_)) => json::write(value, out),
            (Type::Int8, Value::Int8(n)) => number::push_i64(out, i64::from(*n)),
            (Type::Int16, Value::Int16(n)) => number::push_i64(out, i64::from(*n)),
            (Type::Int32, Value::Int32(n)) => number::push_i64(out, i64::from(*n)),
            (Type::Int64, Value::Int64(n)) => number::push_i64(out, *n),
            (Type::Float32, Value::Float32(n)) => json::write_f32(*n, out),
            (Type::Float64, Value::Float64(n)) => json::write_f64(*n, out),
            (Type::String, Value::String(text)) => json::write_string(text, out),
            (Type::Bytes, Value::Bytes(bytes)) => json::write_base64(bytes, out),
            _ => return Err(misfit(schema, value)),
        }
        Ok(())
    }

    fn write_null(self, schema: &Schema, out: &mut String) -> Result<()> {
        match schema.default_value() {
            Some(default) if self.nulls == Nulls::Replaced => self.write_with(schema, default, out),
            _ if schema.is_optional() => {
                out.push_str("null");
                Ok(())
            }
            _ => Err(misfit(schema, &Value::Null)),
        }
    }

    fn write_logical(
        self,
        logical: Logical,
        schema: &Schema,
        value: &Value,
        out: &mut String,
    ) -> Result<()> {
        match (logical, value) {
            (Logical::Decimal { scale }, Value::Decimal(decimal)) => {
                return self.write_decimal(scale, decimal, out);
            }
            (Logical::Date, Value::Date(days)) => number::push_i64(out, i64::from(*days)),
            (Logical::Time, Value::Time(millis @ 0..=86_400_000)) => {
                number::push_i64(out, i64::from(*millis));
            }
            (Logical::Timestamp, Value::Timestamp(millis)) => number::push_i64(out, *millis),
            _ => return Err(misfit(schema, value)),
        }
        Ok(())
    }

    fn write_decimal(self, scale: i32, decimal: &Decimal, out: &mut String) -> Result<()> {
        match self.decimals {
            DecimalFormat::Numeric => out.push_str(&decimal.to_string()),
            DecimalFormat::Base64 if decimal.scale() == scale => {
                json::write_base64(&decimal.to_be_bytes(), out);
            }
            DecimalFormat::Base64 => {
                return Err(Error::rejected(format!(
                    "expected a decimal with scale {scale}, found {decimal} with scale {}",
                    decimal.scale()
                )));
            }
        }
        Ok(())
    }

    fn write_array(self, schema: &Schema, elements: &[Value], out: &mut String) -> Result<()> {
        let Some(element_schema) = schema.value_schema() else {
            return Err(misfit(schema, &Value::Null));
        };
        out.push('[');
        for (i, element) in elements.iter().enumerate() {
            separate(i, out);
            self.write_with(element_schema, element, out)
                .map_err(|error| error.context(format_args!("element {i}")))?;
        }
        out.push(']');
        Ok(())
    }

    /// Objects if the keys are text, arrays of pairs otherwise.
    fn write_map(
        self,
        schema: &Schema,
        entries: &[(Value, Value)],
        out: &mut String,
    ) -> Result<()> {
        let (Some(keys), Some(values)) = (schema.key_schema(), schema.value_schema()) else {
            return Err(misfit(schema, &Value::Null));
        };
        let is_object = keys.type_() == Type::String;
        out.push(if is_object { '{' } else { '[' });
        for (i, (key, value)) in entries.iter().enumerate() {
            separate(i, out);
            if is_object {
                self.write_name(keys, key, out)?;
                out.push(':');
            } else {
                out.push('[');
                self.write_with(keys, key, out)
                    .map_err(|error| error.context("map key"))?;
                out.push(',');
            }
            self.write_with(values, value, out).map_err(|error| {
                error.context(format_args!("value of map key {}", json::to_string(key)))
            })?;
            if !is_object {
                out.push(']');
            }
        }
        out.push(if is_object { '}' } else { ']' });
        Ok(())
    }

    /// Java writes a null key as the name `null`.
    fn write_name(self, keys: &Schema, key: &Value, out: &mut String) -> Result<()> {
        let default = keys
            .default_value()
            .filter(|_| self.nulls == Nulls::Replaced);
        match (key, default) {
            (Value::String(name), _) | (Value::Null, Some(Value::String(name))) => {
                json::write_string(name, out);
                Ok(())
            }
            (Value::Null, None) if self.dialect == Dialect::Java && keys.is_optional() => {
                out.push_str(r#""null""#);
                Ok(())
            }
            _ => Err(misfit(keys, key).context("map key")),
        }
    }

    fn write_struct(self, schema: &Schema, fields: &Struct, out: &mut String) -> Result<()> {
        if fields.schema() != schema {
            return Err(Error::rejected(format!(
                "expected a struct of {schema}, found one of {} that differs from it",
                fields.schema()
            )));
        }
        out.push('{');
        for (i, (field, value)) in schema.fields().iter().zip(fields.values()).enumerate() {
            separate(i, out);
            json::write_string(field.name(), out);
            out.push(':');
            self.write_with(field.schema(), value, out)
                .map_err(|error| in_field(field, error))?;
        }
        out.push('}');
        Ok(())
    }
}

pub(crate) fn in_field(field: &Field, error: Error) -> Error {
    error.context(format_args!("field `{}`", field.name()))
}

pub(crate) fn separate(index: usize, out: &mut String) {
    if index > 0 {
        out.push(',');
    }
}

#[cold]
pub(crate) fn misfit(schema: &Schema, value: &Value) -> Error {
    let found = match value {
        Value::Time(millis) => format!("the time {millis}, which is outside of a day"),
        other => other.type_name().to_owned(),
    };
    let name = schema
        .logical()
        .map_or(schema.type_().name(), Logical::name);
    Error::rejected(format!("expected {name}, found {found}"))
}
