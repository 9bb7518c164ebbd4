//! [`Explode`]: one record per element of an array.

use std::sync::Arc;

use connect_api::{
    Dialect, Error, Record, Result, Schema, SchemaAndValue, Struct, Transform, Value,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    FieldSyntax,
    by_schema::BySchema,
    options::refused,
    path::{FieldPath, Nulls, Step},
    rebuilt::like,
};

/// The options of [`Explode`].
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[expect(clippy::exhaustive_structs, reason = "meant to be built by literal")]
pub struct ExplodeConfig {
    /// The array whose elements become records.
    #[schemars(length(min = 1), extend("x-importance" = "high"))]
    pub field: String,
    /// What each record has as its value: `element`, the element alone; `record`, the whole value with the element in
    /// the place of the array.
    #[serde(default)]
    #[schemars(extend("x-case" = "insensitive", "x-importance" = "high"))]
    pub output: ExplodeOutput,
    /// What becomes of a record whose array is empty, null or absent: `drop`, `keep` as it is, or `fail`.
    #[serde(default)]
    #[schemars(extend("x-case" = "insensitive"))]
    pub empty_behavior: EmptyBehavior,
    /// The header that tells the number of the element, from 0, as an int32; none by default.
    #[serde(default)]
    #[schemars(length(min = 1))]
    pub index_header: Option<String>,
    /// How the field is named: `V1`, a field at the top; `V2`, the way to a nested one, as `order.items`.
    #[serde(default)]
    #[schemars(extend("x-case" = "insensitive"))]
    pub field_syntax_version: FieldSyntax,
}

impl ExplodeConfig {
    /// Returns the options for an array, all others as by default.
    #[must_use]
    pub fn of(field: impl Into<String>) -> Self {
        Self {
            field: field.into(),
            output: ExplodeOutput::default(),
            empty_behavior: EmptyBehavior::default(),
            index_header: None,
            field_syntax_version: FieldSyntax::default(),
        }
    }
}

/// What each record has as its value.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum ExplodeOutput {
    /// The whole value, with the element in the place of the array.
    #[default]
    Record,
    /// The element alone.
    Element,
}

/// What becomes of a record without elements.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum EmptyBehavior {
    /// It is dropped.
    #[default]
    Drop,
    /// It goes on as it is.
    Keep,
    /// It is refused.
    Fail,
}

/// Makes one record per element of an array of the value.
///
/// Key, headers, topic, partition and timestamp are those of the input. A null element is a null value, which is a
/// tombstone if the output is the element. All records of one input are written together, or none.
#[derive(Clone, Debug)]
pub struct Explode {
    path: FieldPath,
    config: ExplodeConfig,
    /// The schema with an element in the place of the array.
    schemas: BySchema<Schema>,
}

impl Explode {
    /// Builds it.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Config`](connect_api::ErrorKind::Config): the field's name is none, or leads through an array.
    pub fn new(config: ExplodeConfig) -> Result<Self> {
        let syntax = config.field_syntax_version;
        let path = syntax.path("field", &config.field, Dialect::Strict)?;
        if path
            .steps()
            .iter()
            .any(|step| !matches!(step, Step::Field(_)))
        {
            let reason = "expected the names of fields: explode the outer array first, and the inner one by a second transform";
            return Err(refused("field", &config.field, reason));
        }
        Ok(Self {
            path,
            config,
            schemas: BySchema::default(),
        })
    }

    /// Decides about a record without elements.
    fn empty(&self, record: Record, why: &str, out: &mut Vec<Record>) -> Result<()> {
        match self.config.empty_behavior {
            EmptyBehavior::Drop => {}
            EmptyBehavior::Keep => out.push(record),
            EmptyBehavior::Fail => {
                let path = &self.path;
                return Err(Error::rejected(format!(
                    "exploding `{path}`: expected elements, found {why}"
                )));
            }
        }
        Ok(())
    }

    /// Returns the value of the record for one element.
    fn output(&mut self, whole: &SchemaAndValue, element: Value) -> Result<SchemaAndValue> {
        let path = &self.path;
        if self.config.output == ExplodeOutput::Element {
            let array = match &whole.schema {
                Some(schema) => path.schema_in(schema)?,
                None => None,
            };
            let schema = array.and_then(|array| array.value_schema().cloned());
            return Ok(SchemaAndValue {
                schema,
                value: element,
            });
        }
        let mut output = whole.clone();
        if let Some(schema) = &whole.schema {
            let schema = self
                .schemas
                .get(schema, |schema| exploded(schema, path.steps()))?;
            output.schema = Some(schema.clone());
        }
        output.value = placed(output.value, output.schema.as_ref(), path.steps(), element)?;
        Ok(output)
    }
}

impl Transform for Explode {
    fn apply(&mut self, record: Record, out: &mut Vec<Record>) -> Result<()> {
        let found = self.path.value_in(&record.value.value, Nulls::Replaced);
        let elements = match found {
            None => return self.empty(record, "no such field", out),
            Some(Value::Null) => return self.empty(record, "null", out),
            Some(Value::Array(elements)) if elements.is_empty() => {
                return self.empty(record, "an empty array", out);
            }
            Some(Value::Array(elements)) => elements,
            Some(other) => {
                let (path, found) = (&self.path, other.type_name());
                return Err(Error::rejected(format!(
                    "exploding `{path}`: expected an array, found {found}"
                )));
            }
        };
        out.reserve(elements.len());
        for (element, index) in elements.iter().zip(0i32..) {
            let mut output = record.clone();
            output.value = self.output(&record.value, element.clone())?;
            if let Some(name) = &self.config.index_header {
                let index = SchemaAndValue::new(Schema::plain_int32(), index);
                output.headers.add(name.as_str(), index);
            }
            out.push(output);
        }
        Ok(())
    }
}

/// Returns the schema with that of an element in the place of the array's.
fn exploded(schema: &Schema, steps: &[Step]) -> Result<Schema> {
    let Some((Step::Field(name), rest)) = steps.split_first() else {
        let element = schema
            .key_schema()
            .is_none()
            .then(|| schema.value_schema())
            .flatten();
        let element =
            element.ok_or_else(|| Error::rejected(format!("expected an array, found {schema}")))?;
        // The array may be null or absent where an element is not.
        return Ok(element.clone());
    };
    let mut builder = like(schema, Schema::structure(), Dialect::Strict);
    for field in schema.fields() {
        let of_field = match field.name() == name {
            true => exploded(field.schema(), rest)?,
            false => field.schema().clone(),
        };
        builder = builder.field(field.name().clone(), of_field);
    }
    builder.build()
}

/// Returns the value with `element` at the end of `steps`.
fn placed(value: Value, schema: Option<&Schema>, steps: &[Step], element: Value) -> Result<Value> {
    let Some((Step::Field(name), rest)) = steps.split_first() else {
        return Ok(element);
    };
    match value {
        Value::Struct(fields) => {
            let index = fields.schema().field_index(name);
            let (Some(index), Some(schema)) = (index, schema) else {
                return Ok(fields.into());
            };
            let inner = schema.fields().get(index).map(|field| field.schema());
            let mut values = fields.into_values();
            values[index] = placed(std::mem::take(&mut values[index]), inner, rest, element)?;
            Struct::from_values(schema, values).map(Value::from)
        }
        Value::Map(mut entries) => {
            let known = |(key, _): &&mut (Value, Value)| key.as_str() == Some(name);
            if let Some((_, place)) = Arc::make_mut(&mut entries).iter_mut().find(known) {
                *place = placed(std::mem::take(place), None, rest, element)?;
            }
            Ok(Value::Map(entries))
        }
        other => Ok(other),
    }
}
