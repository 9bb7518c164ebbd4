//! [`Datum`]: a serde deserializer over a [`Value`].

use std::slice;

use serde::{
    Deserializer,
    de::{Error as _, Unexpected, Visitor, value::SeqDeserializer},
    forward_to_deserialize_any,
};

use super::{
    Failure,
    access::{Elements, Entries, Fields, Variant},
};
use crate::{Decimal, Value};

/// A serde deserializer over a value.
#[derive(Clone, Copy)]
pub(super) struct Datum<'de>(pub(super) &'de Value);

impl<'de> Datum<'de> {
    fn elements<V: Visitor<'de>>(elements: &'de [Value], visitor: V) -> Result<V::Value, Failure> {
        let mut access = Elements::new(elements);
        let expected = elements.len();
        let read = visitor.visit_seq(&mut access)?;
        match access.left() {
            0 => Ok(read),
            left => Err(Failure::expected(
                format_args!("{} elements", expected - left),
                expected,
            )),
        }
    }

    fn bytes_as_elements<V: Visitor<'de>>(
        bytes: slice::Iter<'de, u8>,
        visitor: V,
    ) -> Result<V::Value, Failure> {
        let mut access = SeqDeserializer::new(bytes.copied());
        let read = visitor.visit_seq(&mut access)?;
        access.end()?;
        Ok(read)
    }

    fn number<V: Visitor<'de>>(decimal: &Decimal, visitor: V) -> Result<V::Value, Failure> {
        match decimal.to_i128() {
            Some(whole) => match (i64::try_from(whole), u64::try_from(whole)) {
                (Ok(whole), _) => visitor.visit_i64(whole),
                (_, Ok(whole)) => visitor.visit_u64(whole),
                _ => visitor.visit_i128(whole),
            },
            None => Err(Failure::invalid_value(
                Unexpected::Other(&format!("decimal {decimal}")),
                &visitor,
            )),
        }
    }

    fn float<V: Visitor<'de>>(decimal: &Decimal, visitor: V) -> Result<V::Value, Failure> {
        let number = decimal.to_f64();
        if number.is_finite() {
            return visitor.visit_f64(number);
        }
        Err(Failure::invalid_value(
            Unexpected::Other(&format!("decimal {decimal}")),
            &visitor,
        ))
    }
}

macro_rules! integers {
    ($($method:ident)*) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failure> {
            match self.0 {
                Value::Decimal(decimal) => Self::number(decimal, visitor),
                _ => self.deserialize_any(visitor),
            }
        }
    )*};
}

impl<'de> Deserializer<'de> for Datum<'de> {
    type Error = Failure;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failure> {
        match self.0 {
            Value::Null => visitor.visit_unit(),
            Value::Boolean(truth) => visitor.visit_bool(*truth),
            Value::Int8(n) => visitor.visit_i8(*n),
            Value::Int16(n) => visitor.visit_i16(*n),
            Value::Int32(n) | Value::Date(n) | Value::Time(n) => visitor.visit_i32(*n),
            Value::Int64(n) | Value::Timestamp(n) => visitor.visit_i64(*n),
            Value::Float32(n) => visitor.visit_f32(*n),
            Value::Float64(n) => visitor.visit_f64(*n),
            Value::String(text) => visitor.visit_borrowed_str(text),
            Value::Bytes(bytes) => visitor.visit_borrowed_bytes(bytes),
            Value::Array(elements) => Self::elements(elements, visitor),
            Value::Map(entries) => visitor.visit_map(Entries::new(entries)),
            Value::Struct(fields) => visitor.visit_map(Fields::new(fields)),
            Value::Decimal(decimal) => visitor.visit_string(decimal.to_string()),
        }
    }

    integers! {
        deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64 deserialize_i128
        deserialize_u8 deserialize_u16 deserialize_u32 deserialize_u64 deserialize_u128
    }

    fn deserialize_f64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failure> {
        match self.0 {
            Value::Decimal(decimal) => Self::float(decimal, visitor),
            _ => self.deserialize_any(visitor),
        }
    }

    fn deserialize_f32<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failure> {
        match *self.0 {
            Value::Float64(n) if n.is_finite() && (n as f32).is_infinite() => {
                Err(Failure::invalid_value(Unexpected::Float(n), &visitor))
            }
            _ => self.deserialize_f64(visitor),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failure> {
        match self.0 {
            Value::Null => visitor.visit_none(),
            _ => visitor.visit_some(self),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Failure> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failure> {
        match self.0 {
            Value::Bytes(bytes) => Self::bytes_as_elements(bytes.iter(), visitor),
            _ => self.deserialize_any(visitor),
        }
    }

    fn deserialize_tuple<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, Failure> {
        self.deserialize_seq(visitor)
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Failure> {
        match self.0 {
            // Derived visitors would take the elements as fields by position.
            Value::Array(_) => Err(Failure::invalid_type(Unexpected::Seq, &visitor)),
            _ => self.deserialize_any(visitor),
        }
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Failure> {
        match self.0 {
            Value::String(name) => visitor.visit_enum(Variant::unit(name)),
            Value::Map(entries) => match entries.as_slice() {
                [(Value::String(name), data)] => visitor.visit_enum(Variant::new(name, data)),
                _ => Err(Failure::expected(
                    "a map with one entry, the variant's name as text",
                    format_args!("{} entries", entries.len()),
                )),
            },
            Value::Struct(fields) => match fields.schema().fields() {
                [field] => visitor.visit_enum(Variant::new(field.name(), fields.get_at(0))),
                other => Err(Failure::expected(
                    "a struct with one field, the variant's name",
                    format_args!("{} fields", other.len()),
                )),
            },
            other => Err(Failure::expected(
                "a variant: text, or a map with one entry",
                other.type_name(),
            )),
        }
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failure> {
        visitor.visit_unit()
    }

    forward_to_deserialize_any! {
        bool char str string bytes byte_buf unit unit_struct tuple_struct map identifier
    }
}
