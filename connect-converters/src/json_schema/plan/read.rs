//! JSON text to values.

use connect_api::{
    Error, Field, MapBuilder, Result, Schema, Str, Struct, Value,
    json::{Kind, Reader},
};

use super::{Additional, Member, Node, Plan, Shape, ahead::Source};
use crate::{
    json::{expectation, in_field},
    json_schema::{names, variant},
};

impl Plan {
    /// Reads a text that is a value and nothing else.
    pub(in crate::json_schema) fn read(&self, text: &Str) -> Result<Value> {
        let mut source = Source::new(text, self.rules.dialect);
        let value = self.read_at(self.root, &mut source)?;
        source.reader.end()?;
        Ok(value)
    }

    pub(super) fn read_at(&self, at: usize, source: &mut Source<'_>) -> Result<Value> {
        let Node { schema, shape } = self.node(at);
        let kind = source.reader.peek()?;
        if kind == Kind::Null && (schema.is_optional() || !matches!(shape, Shape::Variant)) {
            let found = source.reader.clone();
            source.reader.null()?;
            return absent(schema)
                .or_else(|| schema.is_optional().then_some(Value::Null))
                .ok_or_else(|| {
                    found.expected(&format!("{}, which is required", expectation(schema)))
                });
        }
        match shape {
            Shape::Scalar => self.rules.read_scalar(&mut source.reader, kind, schema),
            Shape::Symbol => self.read_symbol(&mut source.reader, kind, schema),
            &Shape::Array(element) => self.read_array(source, element),
            &Shape::Object(values) => self.read_object(source, values),
            &Shape::Entries(keys, values) => self.read_entries(source, keys, values),
            Shape::Struct(members, additional) => {
                self.read_struct(source, schema, members, *additional)
            }
            Shape::Union(members) => self.read_union(source, kind, schema, members),
            Shape::Variant => variant::read(&mut source.reader, schema).map(Value::Struct),
        }
    }

    /// A number or a boolean among the values of an enum has a symbol, which is its text.
    fn read_symbol(&self, reader: &mut Reader<'_>, kind: Kind, schema: &Schema) -> Result<Value> {
        if matches!(kind, Kind::Number | Kind::Boolean) {
            let range = reader.skip()?;
            return Ok(Value::String(reader.source().slice(range)));
        }
        self.rules.read_scalar(reader, kind, schema)
    }

    fn read_array(&self, source: &mut Source<'_>, element: usize) -> Result<Value> {
        let mut elements: Vec<Value> = Vec::new();
        source.reader.begin_array()?;
        while source.reader.next_element()? {
            let read = self
                .read_at(element, source)
                .map_err(|error| error.context(format_args!("element {}", elements.len())));
            elements.push(read?);
        }
        Ok(Value::Array(elements.into()))
    }

    fn read_object(&self, source: &mut Source<'_>, values: usize) -> Result<Value> {
        let mut map = MapBuilder::new();
        source.reader.begin_object()?;
        while let Some(key) = source.reader.next_key()? {
            let value = self
                .read_at(values, source)
                .map_err(|error| error.context(format_args!("value of map key `{key}`")))?;
            map.insert(key, value);
        }
        Ok(map.build())
    }

    fn read_entries(&self, source: &mut Source<'_>, keys: usize, values: usize) -> Result<Value> {
        let mut map = MapBuilder::new();
        source.reader.begin_array()?;
        while source.reader.next_element()? {
            let (mut key, mut value) = (None, None);
            source.reader.begin_object()?;
            while let Some(name) = source.reader.next_name()? {
                let (place, at) = match &*name {
                    names::KEY => (&mut key, keys),
                    names::VALUE => (&mut value, values),
                    _ => {
                        return Err(source
                            .reader
                            .expected("an entry of a map with `key` and `value`"));
                    }
                };
                let read = self
                    .read_at(at, source)
                    .map_err(|error| error.context(format_args!("map {name}")))?;
                *place = Some(read);
            }
            let (Some(key), Some(value)) = (key, value) else {
                return Err(source
                    .reader
                    .expected("an entry of a map with `key` and `value`"));
            };
            map.insert(key, value);
        }
        Ok(map.build())
    }

    /// A field that is not there is null, even if it must not be: JSON Schema does not ask for properties.
    fn read_struct(
        &self,
        source: &mut Source<'_>,
        schema: &Schema,
        members: &[Member],
        additional: Additional,
    ) -> Result<Value> {
        let fields = schema.fields();
        let mut values = vec![Value::Null; fields.len()];
        let mut found = vec![false; fields.len()];
        let mut others = MapBuilder::new();
        let mut expected = 0;
        source.reader.begin_object()?;
        while let Some(name) = source.reader.next_key()? {
            // Members mostly come in the order of the fields.
            let at = match fields.get(expected) {
                Some(field) if *field.name() == name => Some(expected),
                _ => schema.field_index(&name),
            };
            match at {
                Some(at) if additional != Additional::Field(at) => {
                    expected = at + 1;
                    found[at] = true;
                    values[at] = self
                        .read_at(members[at].node, source)
                        .map_err(|error| in_field(&fields[at], error))?;
                }
                taken => match (additional, taken) {
                    (Additional::Dropped, _) => {
                        source.reader.skip()?;
                    }
                    (Additional::Field(_), Some(_)) => return Err(reserved(&source.reader)),
                    (Additional::Field(at), None) => {
                        let value = read_additional(&mut source.reader, &fields[at])
                            .map_err(|error| error.context(format_args!("property `{name}`")))?;
                        others.insert(name, value);
                    }
                },
            }
        }
        for ((field, value), found) in fields.iter().zip(&mut values).zip(found) {
            if !found {
                *value = absent(field.schema()).unwrap_or_default();
            }
        }
        if let Additional::Field(at) = additional {
            values[at] = match others.build() {
                Value::Map(entries) if entries.is_empty() => Value::Null,
                entries => entries,
            };
        }
        Struct::from_values(schema, values).map(Value::Struct)
    }
}

fn read_additional(reader: &mut Reader<'_>, field: &Field) -> Result<Value> {
    let schema = field.schema().value_schema().unwrap_or(field.schema());
    variant::read(reader, schema).map(Value::Struct)
}

/// What stands in for null.
fn absent(schema: &Schema) -> Option<Value> {
    schema.default_value().cloned()
}

#[cold]
fn reserved(reader: &Reader<'_>) -> Error {
    reader.expected(&format!(
        "with `{}` no property called `{}`",
        names::PRESERVE,
        names::ADDITIONAL
    ))
}
