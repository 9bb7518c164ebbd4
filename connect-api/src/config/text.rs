//! [`Texts`]: a serde deserializer over keys and texts.

use std::str::FromStr;

use serde::{
    Deserializer,
    de::{
        DeserializeSeed, Error as _, MapAccess, Unexpected, Visitor, value::BorrowedStrDeserializer,
    },
    forward_to_deserialize_any,
};

use super::ConfigMap;
use crate::serde_bridge::Failure;

/// A map whose values are texts: numbers and booleans are parsed, whatever is nested is JSON.
pub(super) struct Texts<'de>(pub(super) &'de ConfigMap);

impl<'de> Deserializer<'de> for Texts<'de> {
    type Error = Failure;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failure> {
        visitor.visit_map(Entries {
            entries: Box::new(self.0.iter()),
            current: ("", ""),
        })
    }

    fn deserialize_unit<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failure> {
        visitor.visit_unit()
    }

    fn deserialize_unit_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Failure> {
        visitor.visit_unit()
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Failure> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failure> {
        visitor.visit_some(self)
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf seq tuple
        tuple_struct map struct enum identifier ignored_any
    }
}

struct Entries<'de> {
    entries: Box<dyn Iterator<Item = (&'de str, &'de str)> + 'de>,
    current: (&'de str, &'de str),
}

impl<'de> MapAccess<'de> for Entries<'de> {
    type Error = Failure;

    fn next_key_seed<S: DeserializeSeed<'de>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, Failure> {
        let Some(entry) = self.entries.next() else {
            return Ok(None);
        };
        self.current = entry;
        seed.deserialize(BorrowedStrDeserializer::new(entry.0))
            .map(Some)
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, Failure> {
        let (key, text) = self.current;
        seed.deserialize(Text(text))
            .map_err(|failure| failure.in_field(key))
    }
}

struct Text<'de>(&'de str);

impl<'de> Text<'de> {
    fn parse<T: FromStr, V: Visitor<'de>>(&self, visitor: &V) -> Result<T, Failure> {
        let parsed = self.0.parse().ok();
        parsed.ok_or_else(|| Failure::invalid_value(Unexpected::Str(self.0), visitor))
    }

    fn json<T>(
        &self,
        read: impl FnOnce(&mut serde_json::Deserializer<serde_json::de::StrRead<'de>>) -> JsonResult<T>,
    ) -> Result<T, Failure> {
        let mut json = serde_json::Deserializer::from_str(self.0);
        let read = read(&mut json).and_then(|read| json.end().map(|()| read));
        read.map_err(|error| Failure::expected("JSON", format_args!("{:?}: {error}", self.0)))
    }
}

type JsonResult<T> = serde_json::Result<T>;

macro_rules! parsed {
    ($($method:ident $visit:ident)*) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failure> {
            let parsed = self.parse(&visitor)?;
            visitor.$visit(parsed)
        }
    )*};
}

macro_rules! json {
    ($($method:ident($($name:ident: $type:ty),*))*) => {$(
        fn $method<V: Visitor<'de>>(self, $($name: $type,)* visitor: V) -> Result<V::Value, Failure> {
            self.json(|json| json.$method($($name,)* visitor))
        }
    )*};
}

impl<'de> Deserializer<'de> for Text<'de> {
    type Error = Failure;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failure> {
        visitor.visit_borrowed_str(self.0)
    }

    parsed! {
        deserialize_bool visit_bool
        deserialize_i8 visit_i8 deserialize_i16 visit_i16 deserialize_i32 visit_i32
        deserialize_i64 visit_i64 deserialize_i128 visit_i128
        deserialize_u8 visit_u8 deserialize_u16 visit_u16 deserialize_u32 visit_u32
        deserialize_u64 visit_u64 deserialize_u128 visit_u128
        deserialize_f32 visit_f32 deserialize_f64 visit_f64
    }

    json! {
        deserialize_bytes()
        deserialize_byte_buf()
        deserialize_seq()
        deserialize_map()
        deserialize_tuple(length: usize)
        deserialize_tuple_struct(name: &'static str, length: usize)
        deserialize_struct(name: &'static str, fields: &'static [&'static str])
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failure> {
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Failure> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Failure> {
        if self.0.starts_with('{') {
            return self.json(|json| json.deserialize_enum(name, variants, visitor));
        }
        BorrowedStrDeserializer::new(self.0).deserialize_enum(name, variants, visitor)
    }

    forward_to_deserialize_any! { char str string unit unit_struct identifier ignored_any }
}
