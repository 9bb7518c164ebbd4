//! JSON text to values, by their schema.

use base64::{
    Engine,
    engine::{GeneralPurpose, GeneralPurposeConfig},
};
use connect_api::{
    Decimal, Dialect, Error, Field, Logical, MapBuilder, Result, Schema, Struct, Type, Value,
    json::{Kind, Number, Reader},
};

use super::{config::Rules, encode::in_field};
use crate::nulls::Nulls;

/// Jackson ignores the bits behind the last byte.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &base64::alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_allow_trailing_bits(true),
);

impl Rules {
    /// Consumes a value.
    pub(super) fn read(self, reader: &mut Reader<'_>, schema: &Schema) -> Result<Value> {
        let kind = reader.peek()?;
        if kind == Kind::Null {
            reader.null()?;
            return self.absent(schema).ok_or_else(|| {
                let expected = format!("{}, which is required", expectation(schema));
                Error::rejected(format!("expected {expected}, found null"))
            });
        }
        match schema.type_() {
            Type::Array => self.read_array(reader, kind, schema),
            Type::Map => self.read_map(reader, schema),
            Type::Struct => self.read_struct(reader, schema),
            _ => self.read_scalar(reader, kind, schema),
        }
    }

    /// Consumes a value that is not null and has no others in it.
    pub(crate) fn read_scalar(
        self,
        reader: &mut Reader<'_>,
        kind: Kind,
        schema: &Schema,
    ) -> Result<Value> {
        if let Some(logical) = schema.logical() {
            return self.read_logical(reader, kind, logical);
        }
        match schema.type_() {
            Type::Int8 => self
                .integer(reader, kind, "int8", |n| n as i8)
                .map(Value::Int8),
            Type::Int16 => self
                .integer(reader, kind, "int16", |n| n as i16)
                .map(Value::Int16),
            Type::Int32 => self
                .integer(reader, kind, "int32", |n| n as i32)
                .map(Value::Int32),
            Type::Int64 => self.integer(reader, kind, "int64", |n| n).map(Value::Int64),
            Type::Float32 => self.read_f32(reader, kind),
            Type::Float64 => self.read_f64(reader, kind),
            Type::Boolean => self.read_boolean(reader, kind),
            Type::String => self.read_string(reader, kind, schema),
            Type::Bytes => self.read_bytes(reader, kind, schema),
            Type::Array | Type::Map | Type::Struct => Err(reader.expected("a scalar")),
        }
    }

    /// What a null or a missing field becomes; `None` if it may not be.
    fn absent(self, schema: &Schema) -> Option<Value> {
        match schema.default_value() {
            Some(default) if self.nulls == Nulls::Replaced => Some(default.clone()),
            _ => schema.is_optional().then_some(Value::Null),
        }
    }

    fn is_java(self) -> bool {
        self.dialect == Dialect::Java
    }

    /// Reads an integer of a type that `narrow` keeps the low bits of.
    fn integer<T: Default + Copy + Into<i64>>(
        self,
        reader: &mut Reader<'_>,
        kind: Kind,
        expected: &str,
        narrow: impl Fn(i64) -> T,
    ) -> Result<T> {
        let start = reader.position();
        if kind != Kind::Number {
            return self.misfit(reader, expected).map(|()| T::default());
        }
        let number = reader.number()?;
        match number.to_i64() {
            Some(wide) if narrow(wide).into() == wide => Ok(narrow(wide)),
            _ if self.is_java() => Ok(narrow(number.wrapping_i64())),
            _ => Err(reader.expected_at(start, expected)),
        }
    }

    fn read_f64(self, reader: &mut Reader<'_>, kind: Kind) -> Result<Value> {
        let start = reader.position();
        if kind != Kind::Number {
            return self
                .named_float(reader, kind, "float64")
                .map(Value::Float64);
        }
        let number = reader.number()?;
        match number.to_f64() {
            float if float.is_infinite() && !self.is_java() => {
                Err(reader.expected_at(start, "float64"))
            }
            float if float == 0.0 && self.is_java() => Ok(Value::Float64(0.0)),
            float => Ok(Value::Float64(float)),
        }
    }

    fn read_f32(self, reader: &mut Reader<'_>, kind: Kind) -> Result<Value> {
        let start = reader.position();
        if kind != Kind::Number {
            let float = self.named_float(reader, kind, "float32")?;
            return Ok(Value::Float32(float as f32));
        }
        let number = reader.number()?;
        match number.to_f32() {
            float if float.is_infinite() && !self.is_java() => {
                Err(reader.expected_at(start, "float32"))
            }
            float if float == 0.0 && self.is_java() => Ok(Value::Float32(0.0)),
            float => Ok(Value::Float32(float)),
        }
    }

    /// Numbers that are not finite are written as text; Java reads that text as zero.
    fn named_float(self, reader: &mut Reader<'_>, kind: Kind, expected: &str) -> Result<f64> {
        let start = reader.position();
        if kind != Kind::String || self.is_java() {
            return self.misfit(reader, expected).map(|()| 0.0);
        }
        match reader.string()?.as_str() {
            "NaN" => Ok(f64::NAN),
            "Infinity" => Ok(f64::INFINITY),
            "-Infinity" => Ok(f64::NEG_INFINITY),
            _ => Err(reader.expected_at(start, expected)),
        }
    }

    fn read_boolean(self, reader: &mut Reader<'_>, kind: Kind) -> Result<Value> {
        if kind == Kind::Boolean {
            return reader.boolean().map(Value::Boolean);
        }
        self.misfit(reader, "boolean")
            .map(|()| Value::Boolean(false))
    }

    fn read_string(self, reader: &mut Reader<'_>, kind: Kind, schema: &Schema) -> Result<Value> {
        if kind == Kind::String {
            return reader.string().map(Value::String);
        }
        self.misfit_of(reader, schema, "string")
    }

    fn read_bytes(self, reader: &mut Reader<'_>, kind: Kind, schema: &Schema) -> Result<Value> {
        if kind == Kind::String {
            return self.base64(reader).map(|bytes| Value::Bytes(bytes.into()));
        }
        self.misfit_of(reader, schema, "bytes as base64")
    }

    fn base64(self, reader: &mut Reader<'_>) -> Result<Vec<u8>> {
        let start = reader.position();
        let text = reader.string()?;
        let decoded = if self.is_java() {
            BASE64.decode(text.replace(|c: char| c <= ' ', ""))
        } else {
            BASE64.decode(text.as_str())
        };
        decoded.map_err(|error| {
            reader
                .expected_at(start, "bytes as base64")
                .with_source(error)
        })
    }

    fn read_logical(self, reader: &mut Reader<'_>, kind: Kind, logical: Logical) -> Result<Value> {
        let start = reader.position();
        if let Logical::Decimal { scale } = logical {
            return self.read_decimal(reader, kind, scale);
        }
        let number = match kind {
            Kind::Number => Some(reader.number()?).filter(Number::is_integer),
            _ => None,
        };
        let Some(number) = number else {
            return Err(reader.expected_at(start, "an integer"));
        };
        let small = || number.to_i64().and_then(|wide| i32::try_from(wide).ok());
        let value = match logical {
            Logical::Timestamp if self.is_java() => Some(Value::Timestamp(number.wrapping_i64())),
            Logical::Timestamp => number.to_i64().map(Value::Timestamp),
            Logical::Date => small().map(Value::Date),
            _ => small()
                .filter(|millis| (0..=86_400_000).contains(millis))
                .map(Value::Time),
        };
        value.ok_or_else(|| reader.expected_at(start, logical.name()))
    }

    /// A number or base64, whatever `decimal.format` says.
    fn read_decimal(self, reader: &mut Reader<'_>, kind: Kind, scale: i32) -> Result<Value> {
        let start = reader.position();
        match kind {
            Kind::Number => {
                let number = reader.number()?;
                let decimal = match self.dialect {
                    Dialect::Java => number.to_decimal(),
                    _ => number.to_decimal().and_then(|exact| exact.rescale(scale)),
                };
                decimal.map(Value::Decimal).ok_or_else(|| {
                    let expected = format!("a decimal with at most {scale} digits after the point");
                    reader.expected_at(start, &expected)
                })
            }
            Kind::String => {
                let unscaled = self.base64(reader)?;
                if unscaled.is_empty() {
                    return Err(reader.expected_at(start, "the bytes of a decimal"));
                }
                Ok(Value::Decimal(Decimal::from_be_bytes(&unscaled, scale)))
            }
            _ => Err(reader.expected_at(start, "a decimal as a number or as base64")),
        }
    }

    fn read_array(self, reader: &mut Reader<'_>, kind: Kind, schema: &Schema) -> Result<Value> {
        let Some(element) = schema.value_schema() else {
            return Err(reader.expected("an array schema with elements"));
        };
        let mut elements: Vec<Value> = Vec::new();
        match kind {
            Kind::Object if self.is_java() => {
                reader.begin_object()?;
                while reader.next_name()?.is_some() {
                    elements.push(self.read(reader, element)?);
                }
            }
            Kind::Array => {
                reader.begin_array()?;
                while reader.next_element()? {
                    let read = self
                        .read(reader, element)
                        .map_err(|error| error.context(format_args!("element {}", elements.len())));
                    elements.push(read?);
                }
            }
            _ => self.misfit(reader, "an array")?,
        }
        Ok(Value::Array(elements.into()))
    }

    fn read_map(self, reader: &mut Reader<'_>, schema: &Schema) -> Result<Value> {
        let (Some(keys), Some(values)) = (schema.key_schema(), schema.value_schema()) else {
            return Err(reader.expected("a map schema with keys and values"));
        };
        let mut map = MapBuilder::new();
        if keys.type_() == Type::String {
            reader.begin_object()?;
            while let Some(key) = reader.next_key()? {
                let value = self
                    .read(reader, values)
                    .map_err(|error| error.context(format_args!("value of map key `{key}`")))?;
                map.insert(key, value);
            }
        } else {
            reader.begin_array()?;
            while reader.next_element()? {
                let (key, value) = self
                    .read_entry(reader, keys, values)
                    .map_err(|error| error.context("map entry"))?;
                map.insert(key, value);
            }
        }
        Ok(map.build())
    }

    fn read_entry(
        self,
        reader: &mut Reader<'_>,
        keys: &Schema,
        values: &Schema,
    ) -> Result<(Value, Value)> {
        reader.begin_array()?;
        if reader.next_element()? {
            let key = self.read(reader, keys)?;
            if reader.next_element()? {
                let value = self.read(reader, values)?;
                if !reader.next_element()? {
                    return Ok((key, value));
                }
            }
        }
        Err(reader.expected("an array of a key and a value"))
    }

    fn read_struct(self, reader: &mut Reader<'_>, schema: &Schema) -> Result<Value> {
        let fields = schema.fields();
        let mut values = vec![Value::Null; fields.len()];
        let mut expected = 0;
        reader.begin_object()?;
        while let Some(name) = reader.next_name()? {
            // Members mostly come in the order of the fields.
            let at = match fields.get(expected) {
                Some(field) if field.name().as_str() == name => Some(expected),
                _ => schema.field_index(&name),
            };
            let Some(at) = at else {
                reader.skip()?;
                continue;
            };
            expected = at + 1;
            values[at] = if reader.peek()? == Kind::Null {
                reader.null().map(|()| Value::Null)?
            } else {
                self.read(reader, fields[at].schema())
                    .map_err(|error| in_field(&fields[at], error))?
            };
        }
        for (field, value) in fields.iter().zip(&mut values) {
            if value.is_null() {
                *value = self.absent(field.schema()).ok_or_else(|| missing(field))?;
            }
        }
        Struct::from_values(schema, values).map(Value::Struct)
    }

    /// Steps over a value of the wrong kind, which only Java does.
    fn misfit(self, reader: &mut Reader<'_>, expected: &str) -> Result<()> {
        if self.is_java() {
            reader.skip().map(drop)
        } else {
            Err(reader.expected(expected))
        }
    }

    /// Java makes null of what is not text.
    fn misfit_of(self, reader: &mut Reader<'_>, schema: &Schema, expected: &str) -> Result<Value> {
        if !schema.is_optional() {
            return Err(reader.expected(expected));
        }
        self.misfit(reader, expected).map(|()| Value::Null)
    }
}

#[cold]
fn missing(field: &Field) -> Error {
    let expected = expectation(field.schema());
    in_field(
        field,
        Error::rejected(format!(
            "expected {expected}, which is required, found nothing"
        )),
    )
}

pub(crate) fn expectation(schema: &Schema) -> &'static str {
    schema
        .logical()
        .map_or(schema.type_().name(), Logical::name)
}
