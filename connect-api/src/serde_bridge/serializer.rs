//! [`Encoder`]: a serde serializer that builds a [`Value`].

use std::{borrow::Cow, collections::HashSet, sync::Arc};

use bytes::Bytes;
use serde::{Serialize, Serializer, ser};

use super::Failure;
use crate::{Str, Value};

/// A serde serializer that builds a value without a schema.
#[derive(Clone, Copy)]
pub(super) struct Encoder;

/// Elements of an array so far; with a variant's name the array is that variant's data.
pub(super) struct Elements {
    variant: Option<&'static str>,
    elements: Vec<Value>,
}

/// Entries of a map so far; with a variant's name the map is that variant's data.
pub(super) struct Entries {
    variant: Option<&'static str>,
    key: Value,
    entries: Vec<(Value, Value)>,
}

fn tagged(variant: Option<&'static str>, data: Value) -> Value {
    match variant {
        None => data,
        Some(name) => Value::Map(Arc::new(vec![(Str::from_static(name).into(), data)])),
    }
}

impl Elements {
    fn new(variant: Option<&'static str>, length: Option<usize>) -> Self {
        Self {
            variant,
            elements: Vec::with_capacity(length.unwrap_or(0)),
        }
    }

    fn push<T: Serialize + ?Sized>(&mut self, element: &T) -> Result<(), Failure> {
        let index = self.elements.len();
        let element = element.serialize(Encoder);
        self.elements
            .push(element.map_err(|failure| failure.at_index(index))?);
        Ok(())
    }

    fn finish(self) -> Value {
        tagged(self.variant, Value::Array(Arc::new(self.elements)))
    }
}

impl Entries {
    fn new(variant: Option<&'static str>, length: Option<usize>) -> Self {
        Self {
            variant,
            key: Value::Null,
            entries: Vec::with_capacity(length.unwrap_or(0)),
        }
    }

    fn push<T: Serialize + ?Sized>(&mut self, key: Value, value: &T) -> Result<(), Failure> {
        let value = value.serialize(Encoder).map_err(|failure| match &key {
            Value::String(name) => failure.in_field(name),
            other => failure.in_field(format_args!("{other:?}")),
        })?;
        self.entries.push((key, value));
        Ok(())
    }

    /// Keys are unique: types that are no maps may serialize one twice, and flattened fields may collide.
    fn finish(self) -> Value {
        let mut seen = HashSet::with_capacity(self.entries.len());
        let unique = self.entries.iter().all(|(key, _)| match key {
            Value::String(text) => seen.insert(Cow::Borrowed(text.as_str())),
            other => seen.insert(format!("\0{other:?}").into()),
        });
        drop(seen);
        let map = if unique {
            Value::Map(Arc::new(self.entries))
        } else {
            Value::map(self.entries)
        };
        tagged(self.variant, map)
    }
}

fn integer<T: TryInto<i64> + Copy + std::fmt::Display>(number: T) -> Result<Value, Failure> {
    match number.try_into() {
        Ok(number) => Ok(Value::Int64(number)),
        Err(_) => Err(Failure::expected("an integer of 64 signed bits", number)),
    }
}

macro_rules! plain {
    ($($method:ident($type:ty) => $variant:ident)*) => {$(
        fn $method(self, value: $type) -> Result<Value, Failure> {
            Ok(Value::$variant(value.into()))
        }
    )*};
}

impl Serializer for Encoder {
    type Ok = Value;
    type Error = Failure;
    type SerializeSeq = Elements;
    type SerializeTuple = Elements;
    type SerializeTupleStruct = Elements;
    type SerializeTupleVariant = Elements;
    type SerializeMap = Entries;
    type SerializeStruct = Entries;
    type SerializeStructVariant = Entries;

    plain! {
        serialize_bool(bool) => Boolean
        serialize_i8(i8) => Int8
        serialize_i16(i16) => Int16
        serialize_i32(i32) => Int32
        serialize_i64(i64) => Int64
        serialize_u8(u8) => Int16
        serialize_u16(u16) => Int32
        serialize_u32(u32) => Int64
        serialize_f32(f32) => Float32
        serialize_f64(f64) => Float64
        serialize_str(&str) => String
    }

    fn serialize_u64(self, value: u64) -> Result<Value, Failure> {
        integer(value)
    }

    fn serialize_i128(self, value: i128) -> Result<Value, Failure> {
        integer(value)
    }

    fn serialize_u128(self, value: u128) -> Result<Value, Failure> {
        integer(value)
    }

    fn serialize_char(self, value: char) -> Result<Value, Failure> {
        Ok(value.to_string().into())
    }

    fn serialize_bytes(self, value: &[u8]) -> Result<Value, Failure> {
        Ok(Bytes::copy_from_slice(value).into())
    }

    fn serialize_none(self) -> Result<Value, Failure> {
        Ok(Value::Null)
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<Value, Failure> {
        value.serialize(self)
    }

    fn serialize_unit(self) -> Result<Value, Failure> {
        Ok(Value::Null)
    }

    fn serialize_unit_struct(self, _: &'static str) -> Result<Value, Failure> {
        Ok(Value::Null)
    }

    fn serialize_unit_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
    ) -> Result<Value, Failure> {
        Ok(Str::from_static(variant).into())
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        value: &T,
    ) -> Result<Value, Failure> {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        value: &T,
    ) -> Result<Value, Failure> {
        let data = value.serialize(self);
        Ok(tagged(
            Some(variant),
            data.map_err(|failure| failure.in_field(variant))?,
        ))
    }

    fn serialize_seq(self, length: Option<usize>) -> Result<Elements, Failure> {
        Ok(Elements::new(None, length))
    }

    fn serialize_tuple(self, length: usize) -> Result<Elements, Failure> {
        Ok(Elements::new(None, Some(length)))
    }

    fn serialize_tuple_struct(self, _: &'static str, length: usize) -> Result<Elements, Failure> {
        Ok(Elements::new(None, Some(length)))
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        length: usize,
    ) -> Result<Elements, Failure> {
        Ok(Elements::new(Some(variant), Some(length)))
    }

    fn serialize_map(self, length: Option<usize>) -> Result<Entries, Failure> {
        Ok(Entries::new(None, length))
    }

    fn serialize_struct(self, _: &'static str, length: usize) -> Result<Entries, Failure> {
        Ok(Entries::new(None, Some(length)))
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        length: usize,
    ) -> Result<Entries, Failure> {
        Ok(Entries::new(Some(variant), Some(length)))
    }
}

macro_rules! elements {
    ($($trait:ident::$method:ident)*) => {$(
        impl ser::$trait for Elements {
            type Ok = Value;
            type Error = Failure;

            fn $method<T: Serialize + ?Sized>(&mut self, element: &T) -> Result<(), Failure> {
                self.push(element)
            }

            fn end(self) -> Result<Value, Failure> {
                Ok(self.finish())
            }
        }
    )*};
}
elements! {
    SerializeSeq::serialize_element
    SerializeTuple::serialize_element
    SerializeTupleStruct::serialize_field
    SerializeTupleVariant::serialize_field
}

macro_rules! fields {
    ($($trait:ident)*) => {$(
        impl ser::$trait for Entries {
            type Ok = Value;
            type Error = Failure;

            fn serialize_field<T: Serialize + ?Sized>(
                &mut self,
                name: &'static str,
                value: &T,
            ) -> Result<(), Failure> {
                self.push(Str::from_static(name).into(), value)
            }

            fn end(self) -> Result<Value, Failure> {
                Ok(self.finish())
            }
        }
    )*};
}
fields! { SerializeStruct SerializeStructVariant }

impl ser::SerializeMap for Entries {
    type Ok = Value;
    type Error = Failure;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), Failure> {
        self.key = key.serialize(Encoder)?;
        Ok(())
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Failure> {
        let key = std::mem::take(&mut self.key);
        self.push(key, value)
    }

    fn end(self) -> Result<Value, Failure> {
        Ok(self.finish())
    }
}
