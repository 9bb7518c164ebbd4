//! [`JsonPayload`]: text that is JSON becomes what it says.

use connect_api::{Dialect, Error, Result, Schema, SchemaAndValue, Str, Struct, Type, Value, json};

use super::JsonNulls;
use crate::{
    debezium::naming::{NameAdjustment, Named},
    rebuilt::named_like,
};

/// Makes structs of JSON, with schemas that are told by what is there.
#[derive(Clone, Copy, Debug)]
pub(super) struct JsonPayload {
    pub(super) nulls: JsonNulls,
    pub(super) names: NameAdjustment,
    pub(super) dialect: Dialect,
}

/// What came of a text.
#[derive(Clone, Debug)]
pub(super) enum Expanded {
    /// What it says.
    To(SchemaAndValue),
    /// Only a schema, which Debezium puts beside the text.
    SchemaOnly(Option<Schema>),
}

/// How deep JSON may be nested.
const DEPTH: usize = 200;

impl JsonPayload {
    /// Reads a text; `name` is that of the column.
    ///
    /// # Errors
    ///
    /// It is no JSON object or array, or an array holds values that have no schema in common.
    pub(super) fn expand(&self, text: &Str, name: &str) -> Result<Expanded> {
        let value = self.parse(text)?;
        let schema = self.schema_of(Some(name), &value, DEPTH)?;
        if self.dialect == Dialect::Java && !matches!(value, Value::Map(_)) {
            return Ok(Expanded::SchemaOnly(schema));
        }
        let schema = schema.ok_or_else(|| Error::rejected("an empty array has no schema"))?;
        let checked = self
            .value_of(&schema, value)
            .and_then(|value| schema.check(&value).map(|()| value));
        match checked {
            Ok(value) => Ok(Expanded::To(SchemaAndValue::new(schema, value))),
            Err(_) if self.dialect == Dialect::Java => Ok(Expanded::SchemaOnly(Some(schema))),
            Err(error) => Err(error),
        }
    }

    /// Reads a text as a value without a schema.
    ///
    /// # Errors
    ///
    /// It is no JSON object or array.
    pub(super) fn parse(&self, text: &Str) -> Result<Value> {
        if !text.starts_with(['{', '[']) {
            return Err(Error::rejected("expected { or [ at the beginning"));
        }
        let mut reader = json::Reader::new(text, Dialect::Strict);
        let value = reader.value()?;
        if self.dialect == Dialect::Strict {
            reader.end()?;
        }
        Ok(value)
    }

    fn schema_of(&self, name: Option<&str>, value: &Value, depth: usize) -> Result<Option<Schema>> {
        let depth = depth
            .checked_sub(1)
            .ok_or_else(|| Error::rejected("it is nested too deep"))?;
        Ok(Some(match value {
            Value::String(_) => Schema::optional_string(),
            Value::Boolean(_) => Schema::optional_boolean(),
            Value::Int64(n) if i32::try_from(*n).is_ok() => Schema::optional_int32(),
            Value::Int64(_) => Schema::optional_int64(),
            Value::Float64(_) => Schema::optional_float64(),
            Value::Array(elements) if elements.is_empty() => return Ok(None),
            Value::Array(elements) => {
                let element = self.element_schema(name, elements, depth)?;
                Schema::array(element).optional().build()?
            }
            Value::Map(members) => self.struct_schema(name, members, depth)?,
            _ if self.nulls == JsonNulls::OptionalBytes => Schema::optional_bytes(),
            _ => return Ok(None),
        }))
    }

    fn struct_schema(
        &self,
        name: Option<&str>,
        members: &[(Value, Value)],
        depth: usize,
    ) -> Result<Schema> {
        let mut builder = Schema::structure().optional();
        if let Some(name) = name {
            builder = builder.name(name);
        }
        let mut known = Vec::new();
        for (member, value) in members {
            let field = self.field_name(member);
            let path = match name {
                Some(name) if !name.trim().is_empty() => format!("{name}.{field}"),
                _ => field.to_string(),
            };
            let schema = self.schema_of(Some(&path), value, depth)?;
            if let Some(schema) = schema.filter(|_| !known.contains(&field)) {
                builder = builder.field(&field, schema);
                known.push(field);
            }
        }
        builder.build()
    }

    /// Returns the schema that the elements of an array have in common.
    fn element_schema(
        &self,
        name: Option<&str>,
        elements: &[Value],
        depth: usize,
    ) -> Result<Schema> {
        let first = elements
            .iter()
            .find(|element| !element.is_null())
            .unwrap_or(&Value::Null);
        for element in elements.iter().filter(|element| !element.is_null()) {
            let (expected, found) = (kind(first), kind(element));
            if expected != found {
                return Err(Error::rejected(format!(
                    "an array holds both {expected} and {found}"
                )));
            }
        }
        if !matches!(first, Value::Map(_)) {
            let schema = self.schema_of(None, first, depth)?;
            return schema
                .ok_or_else(|| Error::rejected("an array holds nothing that has a schema"));
        }
        let mut schemas: Vec<Schema> = Vec::new();
        for element in elements.iter().filter(|element| !element.is_null()) {
            let schema = self.schema_of(name, element, depth)?;
            schemas.extend(schema.filter(|schema| !schemas.contains(schema)));
        }
        let mut schemas = schemas.into_iter();
        let first = schemas
            .next()
            .ok_or_else(|| Error::rejected("an array holds no object"))?;
        schemas.try_fold(first, |left, right| self.merged(&left, &right))
    }

    /// Returns the schema of structs that have the fields of both.
    fn merged(&self, left: &Schema, right: &Schema) -> Result<Schema> {
        let mut fields: Vec<_> = left
            .fields()
            .iter()
            .map(|field| (field.name().clone(), field.schema().clone()))
            .collect();
        for field in right.fields() {
            match fields.iter_mut().find(|(name, _)| name == field.name()) {
                None => fields.push((field.name().clone(), field.schema().clone())),
                Some((_, known)) => *known = self.united(known, field.schema())?,
            }
        }
        let builder = named_like(left, Schema::structure());
        let builder = match self.dialect {
            // Debezium's merged struct must not be null.
            Dialect::Java => builder,
            _ => builder.optional(),
        };
        fields
            .into_iter()
            .fold(builder, |builder, (name, schema)| {
                builder.field(name, schema)
            })
            .build()
    }

    fn united(&self, known: &Schema, other: &Schema) -> Result<Schema> {
        let both = (known.type_(), other.type_());
        match both {
            // Bytes are what a null was taken for.
            (Type::Bytes, _) => Ok(other.clone()),
            (Type::Struct, Type::Struct) if self.dialect == Dialect::Strict => {
                self.merged(known, other)
            }
            (Type::Array, Type::Array) if self.dialect == Dialect::Strict => {
                match (known.value_schema(), other.value_schema()) {
                    (Some(one), Some(two)) => {
                        Schema::array(self.united(one, two)?).optional().build()
                    }
                    _ => Ok(known.clone()),
                }
            }
            _ => Ok(known.clone()),
        }
    }

    /// Gives a value its schema; what the schema does not know is left out.
    fn value_of(&self, schema: &Schema, value: Value) -> Result<Value> {
        Ok(match value {
            Value::Int64(n) => match i32::try_from(n) {
                Ok(n) => n.into(),
                Err(_) => n.into(),
            },
            Value::Array(elements) => {
                let Some(element) = schema.value_schema() else {
                    return Ok(Value::Array(elements));
                };
                let elements = std::sync::Arc::unwrap_or_clone(elements).into_iter();
                let elements = elements.map(|value| self.value_of(element, value));
                Value::array(elements.collect::<Result<Vec<_>>>()?)
            }
            Value::Map(members) => {
                let mut fields = Struct::new(schema)?.into_values();
                for (member, value) in std::sync::Arc::unwrap_or_clone(members) {
                    let name = self.field_name(&member);
                    // Debezium looks the adjusted name up in the JSON.
                    if self.dialect == Dialect::Java && member.as_str() != Some(&name) {
                        continue;
                    }
                    if let Some(index) = schema.field_index(&name)
                        && fields[index].is_null()
                    {
                        fields[index] = self.value_of(schema.fields()[index].schema(), value)?;
                    }
                }
                Struct::from_values(schema, fields)?.into()
            }
            value => value,
        })
    }

    fn field_name(&self, member: &Value) -> Str {
        let name = member.as_str().unwrap_or_default();
        self.names.adjusted(name, Named::Field).into_owned().into()
    }
}

/// Names what an array must not mix: integers of different width are different.
fn kind(value: &Value) -> &'static str {
    match value {
        Value::Int64(n) if i32::try_from(*n).is_ok() => "int32",
        other => other.type_name(),
    }
}

/// Logs why a text stays.
pub(super) fn not_expanded(error: &Error) {
    tracing::warn!("the payload is not expanded: {}", error.report());
}
