//! Values to JSON text.

use connect_api::{
    Error, Result, Schema, Struct, Value,
    json::{self, Reader},
};

use super::{Additional, Member, Node, Plan, Shape};
use crate::{
    json::{in_field, misfit, separate},
    json_schema::{names, variant},
    nulls::Nulls,
};

/// The writing of one value.
struct Writing<'p, 'o> {
    plan: &'p Plan,
    out: &'o mut String,
    /// How many levels of JSON are open.
    depth: usize,
    /// How many unions are, which are no levels of JSON.
    unions: usize,
}

impl Plan {
    /// Appends a value.
    pub(in crate::json_schema) fn write(&self, value: &Value, out: &mut String) -> Result<()> {
        let mut writing = Writing {
            plan: self,
            out,
            depth: 0,
            unions: 0,
        };
        writing.value(self.root, value)
    }

    /// Returns what is written for null.
    fn default<'a>(&self, schema: &'a Schema) -> Option<&'a Value> {
        schema
            .default_value()
            .filter(|default| self.rules.nulls == Nulls::Replaced && !default.is_null())
    }
}

impl Writing<'_, '_> {
    fn value(&mut self, at: usize, value: &Value) -> Result<()> {
        if self.depth > Reader::DEPTH || self.unions > Reader::DEPTH {
            return Err(Error::rejected(format!(
                "expected at most {} levels of nesting, found more",
                Reader::DEPTH
            )));
        }
        if value.is_null() {
            return self.null(at);
        }
        self.depth += 1;
        let written = self.present(at, value);
        self.depth -= 1;
        written
    }

    fn null(&mut self, at: usize) -> Result<()> {
        let schema = &self.plan.node(at).schema;
        match self.plan.default(schema) {
            Some(default) => self.value(at, default),
            None if schema.is_optional() => {
                self.out.push_str("null");
                Ok(())
            }
            None => Err(misfit(schema, &Value::Null)),
        }
    }

    /// Writes what is not null.
    fn present(&mut self, at: usize, value: &Value) -> Result<()> {
        let Node { schema, shape } = self.plan.node(at);
        match (shape, value) {
            (Shape::Scalar | Shape::Symbol, _) => {
                self.plan.rules.write_scalar(schema, value, self.out)
            }
            (&Shape::Array(element), Value::Array(elements)) => self.array(element, elements),
            (&Shape::Object(values), Value::Map(entries)) => self.object(schema, values, entries),
            (&Shape::Entries(keys, values), Value::Map(entries)) => {
                self.entries(keys, values, entries)
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
                        self.structure(members, *additional, fields)
                    }
                    Shape::Union(members) => self.union(at, members, fields),
                    Shape::Variant => variant::write(fields, self.out),
                    _ => Err(misfit(schema, value)),
                }
            }
            _ => Err(misfit(schema, value)),
        }
    }

    fn array(&mut self, element: usize, elements: &[Value]) -> Result<()> {
        self.out.push('[');
        for (i, value) in elements.iter().enumerate() {
            separate(i, self.out);
            self.value(element, value)
                .map_err(|error| error.context(format_args!("element {i}")))?;
        }
        self.out.push(']');
        Ok(())
    }

    fn object(&mut self, schema: &Schema, values: usize, entries: &[(Value, Value)]) -> Result<()> {
        self.out.push('{');
        for (i, (key, value)) in entries.iter().enumerate() {
            separate(i, self.out);
            let Some(name) = key.as_str() else {
                let keys = schema.key_schema().unwrap_or(schema);
                return Err(misfit(keys, key).context("map key"));
            };
            json::write_string(name, self.out);
            self.out.push(':');
            self.value(values, value)
                .map_err(|error| of_key(key, error))?;
        }
        self.out.push('}');
        Ok(())
    }

    fn entries(&mut self, keys: usize, values: usize, entries: &[(Value, Value)]) -> Result<()> {
        // An entry is an object in an array.
        self.depth += 1;
        self.out.push('[');
        for (i, (key, value)) in entries.iter().enumerate() {
            separate(i, self.out);
            self.out.push_str(r#"{"key":"#);
            self.value(keys, key)
                .map_err(|error| error.context("map key"))?;
            self.out.push_str(r#","value":"#);
            self.value(values, value)
                .map_err(|error| of_key(key, error))?;
            self.out.push('}');
        }
        self.out.push(']');
        self.depth -= 1;
        Ok(())
    }

    /// A field that must not be null and is null all the same is left out, as Confluent does: so it was read.
    fn structure(
        &mut self,
        members: &[Member],
        additional: Additional,
        fields: &Struct,
    ) -> Result<()> {
        self.out.push('{');
        let mut written = 0;
        for (i, (member, value)) in members.iter().zip(fields.values()).enumerate() {
            let schema = &self.plan.node(member.node).schema;
            let is_absent =
                value.is_null() && !schema.is_optional() && self.plan.default(schema).is_none();
            if is_absent || additional == Additional::Field(i) {
                continue;
            }
            separate(written, self.out);
            written += 1;
            self.out.push_str(&member.opening);
            self.value(member.node, value)
                .map_err(|error| in_field(&fields.schema().fields()[i], error))?;
        }
        if let Additional::Field(at) = additional
            && let Value::Map(entries) = &fields.values()[at]
        {
            write_additional(entries, written, self.out)
                .map_err(|error| in_field(&fields.schema().fields()[at], error))?;
        }
        self.out.push('}');
        Ok(())
    }

    fn union(&mut self, at: usize, members: &[usize], fields: &Struct) -> Result<()> {
        let schemas = fields.schema().fields();
        for ((&member, value), field) in members.iter().zip(fields.values()).zip(schemas) {
            if !value.is_null() || self.plan.default(field.schema()).is_some() {
                self.depth -= 1;
                self.unions += 1;
                let written = self.value(member, value);
                self.unions -= 1;
                self.depth += 1;
                return written.map_err(|error| in_field(field, error));
            }
        }
        self.null(at)
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
