//! Elements, entries, fields and variants of a value, as serde asks for them.

use serde::{
    Deserializer,
    de::{
        DeserializeSeed, EnumAccess, Error as _, MapAccess, SeqAccess, Unexpected, VariantAccess,
        Visitor, value::BorrowedStrDeserializer,
    },
};

use super::{Failure, deserializer::Datum, key::Key};
use crate::{Struct, Value};

static NULL: Value = Value::Null;

/// The elements of an array.
pub(super) struct Elements<'de> {
    elements: &'de [Value],
    next: usize,
}

impl<'de> Elements<'de> {
    pub(super) fn new(elements: &'de [Value]) -> Self {
        Self { elements, next: 0 }
    }

    pub(super) fn left(&self) -> usize {
        self.elements.len() - self.next
    }
}

impl<'de> SeqAccess<'de> for Elements<'de> {
    type Error = Failure;

    fn next_element_seed<S: DeserializeSeed<'de>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, Failure> {
        let Some(element) = self.elements.get(self.next) else {
            return Ok(None);
        };
        let index = self.next;
        self.next += 1;
        seed.deserialize(Datum(element))
            .map(Some)
            .map_err(|failure| failure.at_index(index))
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.left())
    }
}

/// The entries of a map.
pub(super) struct Entries<'de> {
    entries: &'de [(Value, Value)],
    next: usize,
}

impl<'de> Entries<'de> {
    pub(super) fn new(entries: &'de [(Value, Value)]) -> Self {
        Self { entries, next: 0 }
    }
}

impl<'de> MapAccess<'de> for Entries<'de> {
    type Error = Failure;

    fn next_key_seed<S: DeserializeSeed<'de>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, Failure> {
        let entry = self.entries.get(self.next);
        entry
            .map(|(key, _)| seed.deserialize(Key(key)))
            .transpose()
            .map_err(|failure| failure.in_field(format_args!("key {}", self.next)))
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, Failure> {
        let (key, value) = &self.entries[self.next];
        self.next += 1;
        seed.deserialize(Datum(value)).map_err(|failure| match key {
            Value::String(name) => failure.in_field(name),
            other => failure.in_field(format_args!("{other:?}")),
        })
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.entries.len() - self.next)
    }
}

/// The fields of a struct, defaults applied.
pub(super) struct Fields<'de> {
    fields: &'de Struct,
    next: usize,
}

impl<'de> Fields<'de> {
    pub(super) fn new(fields: &'de Struct) -> Self {
        Self { fields, next: 0 }
    }
}

impl<'de> MapAccess<'de> for Fields<'de> {
    type Error = Failure;

    fn next_key_seed<S: DeserializeSeed<'de>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, Failure> {
        let field = self.fields.schema().fields().get(self.next);
        field
            .map(|field| seed.deserialize(BorrowedStrDeserializer::new(field.name())))
            .transpose()
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, Failure> {
        let index = self.next;
        self.next += 1;
        seed.deserialize(Datum(self.fields.get_at(index)))
            .map_err(|failure| failure.in_field(self.fields.schema().fields()[index].name()))
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.fields.schema().fields().len() - self.next)
    }
}

/// A variant of an enum: its name, and the data if there is any.
pub(super) struct Variant<'de> {
    name: &'de str,
    data: Option<&'de Value>,
}

impl<'de> Variant<'de> {
    pub(super) fn unit(name: &'de str) -> Self {
        Self { name, data: None }
    }

    pub(super) fn new(name: &'de str, data: &'de Value) -> Self {
        Self {
            name,
            data: Some(data),
        }
    }

    fn datum(&self) -> Datum<'de> {
        Datum(self.data.unwrap_or(&NULL))
    }
}

impl<'de> EnumAccess<'de> for Variant<'de> {
    type Error = Failure;
    type Variant = Self;

    fn variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<(S::Value, Self), Failure> {
        let variant = seed.deserialize(BorrowedStrDeserializer::<Failure>::new(self.name))?;
        Ok((variant, self))
    }
}

impl<'de> VariantAccess<'de> for Variant<'de> {
    type Error = Failure;

    fn unit_variant(self) -> Result<(), Failure> {
        match self.data {
            None | Some(Value::Null) => Ok(()),
            Some(data) => Err(Failure::expected("no data", data.type_name()).in_field(self.name)),
        }
    }

    fn newtype_variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<S::Value, Failure> {
        seed.deserialize(self.datum())
            .map_err(|failure| failure.in_field(self.name))
    }

    fn tuple_variant<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, Failure> {
        self.datum()
            .deserialize_seq(visitor)
            .map_err(|failure| failure.in_field(self.name))
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Failure> {
        let read = match self.datum() {
            Datum(Value::Array(_)) => Err(Failure::invalid_type(Unexpected::Seq, &visitor)),
            datum => datum.deserialize_map(visitor),
        };
        read.map_err(|failure| failure.in_field(self.name))
    }
}
