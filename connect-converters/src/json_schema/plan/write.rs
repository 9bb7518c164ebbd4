//! Values to JSON text.

use connect_api::{
    Error, Result, Schema, Struct, Value,
    json::{self, Reader},
};

use super::{Additional, Member, Node, Plan, Shape};
use crate::{
    json::{Nulls, in_field, misfit, separate},
    json_schema::{names, variant},
};

impl Plan {
    /// Appends a value.
    pub(in crate::json_schema) fn write(&self, value: &Value, out: &mut String) -> Result<()> {
        self.write_at(self.root, value, out, 0)
    }

    fn write_at(&self, at: usize, value: &Value, out: &mut String, depth: usize) -> Result<()> {
        let Node { schema, shape } = self.node(at);
        if depth > Reader::DEPTH {
            return Err(Error::rejected(format!(
                "expected at most {} levels of nesting, found more",
                Reader::DEPTH
            )));
        }
        if value.is_null() {
            return self.write_null(at, out, depth);
        }
        let inner = depth + 1;
        match (shape, value) {
            (Shape::Scalar | Shape::Symbol, _) => self.rules.write_scalar(schema, value, out),
            (&Shape::Array(element), Value::Array(elements)) => {
                self.write_array(element, elements, out, inner)
            }
            (&Shape::Object(values), Value::Map(entries)) => {
                self.write_object(schema, values, entries, out, inner)
            }
            (&Shape::Entries(keys, values), Value::Map(entries)) => {
                self.write_entries((keys, values), entries, out, inner)
            }
            (_, Value::Struct(fields)) => {
                if fields.schema() != schema {
                    return Err(Error::rejected(format!(
                        "expected a struct of {schema}, found one of {} that differs from it",
                        fields.schema()
                    )));
                }
                match shape {
                    Shape::Struct(members, additional) => {
                        self.write_struct(members, *additional, fields, out, inner)
                    }
                    Shape::Union(members) => self.write_union(at, members, fields, out, inner),
                    Shape::Variant => variant::write(fields, out),
                    _ => Err(misfit(schema, value)),
                }
            }
            _ => Err(misfit(schema, value)),
        }
    }

    fn write_null(&self, at: usize, out: &mut String, depth: usize) -> Result<()> {
        let schema = &self.node(at).schema;
        match self.default(schema) {
            Some(default) => self.write_at(at, default, out, depth),
            None if schema.is_optional() => {
                out.push_str("null");
                Ok(())
            }
            None => Err(misfit(schema, &Value::Null)),
        }
    }

    /// Returns what is written for null.
    fn default<'a>(&self, schema: &'a Schema) -> Option<&'a Value> {
        schema
            .default_value()
            .filter(|default| self.rules.nulls == Nulls::Replaced && !default.is_null())
    }

    fn write_array(
        &self,
        at: usize,
        elements: &[Value],
        out: &mut String,
        depth: usize,
    ) -> Result<()> {
        out.push('[');
        for (i, element) in elements.iter().enumerate() {
            separate(i, out);
            self.write_at(at, element, out, depth)
                .map_err(|error| error.context(format_args!("element {i}")))?;
        }
        out.push(']');
        Ok(())
    }

    fn write_object(
        &self,
        schema: &Schema,
        values: usize,
        entries: &[(Value, Value)],
        out: &mut String,
        depth: usize,
    ) -> Result<()> {
        out.push('{');
        for (i, (key, value)) in entries.iter().enumerate() {
            separate(i, out);
            let Some(name) = key.as_str() else {
                let keys = schema.key_schema().unwrap_or(schema);
                return Err(misfit(keys, key).context("map key"));
            };
            json::write_string(name, out);
            out.push(':');
            self.write_at(values, value, out, depth)
                .map_err(|error| of_key(key, error))?;
        }
        out.push('}');
        Ok(())
    }

    fn write_entries(
        &self,
        (keys, values): (usize, usize),
        entries: &[(Value, Value)],
        out: &mut String,
        depth: usize,
    ) -> Result<()> {
        out.push('[');
        for (i, (key, value)) in entries.iter().enumerate() {
            separate(i, out);
            out.push_str(r#"{"key":"#);
            self.write_at(keys, key, out, depth + 1)
                .map_err(|error| error.context("map key"))?;
            out.push_str(r#","value":"#);
            self.write_at(values, value, out, depth + 1)
                .map_err(|error| of_key(key, error))?;
            out.push('}');
        }
        out.push(']');
        Ok(())
    }

    /// A field that must not be null and is null all the same is left out, as Confluent does: so it was read.
    fn write_struct(
        &self,
        members: &[Member],
        additional: Additional,
        fields: &Struct,
        out: &mut String,
        depth: usize,
    ) -> Result<()> {
        out.push('{');
        let mut written = 0;
        for (i, (member, value)) in members.iter().zip(fields.values()).enumerate() {
            let schema = &self.node(member.node).schema;
            let is_absent =
                value.is_null() && !schema.is_optional() && self.default(schema).is_none();
            if is_absent || additional == Additional::Field(i) {
                continue;
            }
            separate(written, out);
            written += 1;
            out.push_str(&member.opening);
            self.write_at(member.node, value, out, depth)
                .map_err(|error| in_field(&fields.schema().fields()[i], error))?;
        }
        if let Additional::Field(at) = additional
            && let Value::Map(entries) = &fields.values()[at]
        {
            write_additional(entries, written, out)
                .map_err(|error| in_field(&fields.schema().fields()[at], error))?;
        }
        out.push('}');
        Ok(())
    }

    fn write_union(
        &self,
        at: usize,
        members: &[usize],
        fields: &Struct,
        out: &mut String,
        depth: usize,
    ) -> Result<()> {
        let schemas = fields.schema().fields();
        for ((&member, value), field) in members.iter().zip(fields.values()).zip(schemas) {
            if !value.is_null() || self.default(field.schema()).is_some() {
                return self
                    .write_at(member, value, out, depth)
                    .map_err(|error| in_field(field, error));
            }
        }
        self.write_null(at, out, depth)
    }
}

fn write_additional(entries: &[(Value, Value)], before: usize, out: &mut String) -> Result<()> {
    for (i, (name, value)) in entries.iter().enumerate() {
        let (Some(name), Value::Struct(value)) = (name.as_str(), value) else {
            return Err(Error::rejected(format!(
                "expected a text and a {}, found {} and {}",
                names::VARIANT,
                name.type_name(),
                value.type_name()
            )));
        };
        separate(before + i, out);
        json::write_string(name, out);
        out.push(':');
        variant::write(value, out)
            .map_err(|error| error.context(format_args!("property `{name}`")))?;
    }
    Ok(())
}

#[cold]
fn of_key(key: &Value, error: Error) -> Error {
    error.context(format_args!("value of map key {}", json::to_string(key)))
}
