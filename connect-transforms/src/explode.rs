//! [`Explode`]: one record per element of an array.

use std::sync::Arc;

use connect_api::{
    Dialect, Error, Field, Outcome, Record, Result, Schema, SchemaAndValue, Str, Struct, Transform,
    Type, Value,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    FieldSyntax,
    by_schema::BySchema,
    options::refused,
    path::{FieldPath, Nulls, Step},
    rebuilt::like,
    shape::misfit,
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
    output: ExplodeOutput,
    empty: EmptyBehavior,
    index_header: Option<Str>,
    /// The schema of the outputs, by that of the input.
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
        let reason = "expected the names of fields: explode the outer array first, and the inner one by a second transform";
        path.names()
            .ok_or_else(|| refused("field", &config.field, reason))?;
        Ok(Self {
            path,
            output: config.output,
            empty: config.empty_behavior,
            index_header: config.index_header.map(Into::into),
            schemas: BySchema::default(),
        })
    }

    /// Decides about a record without elements.
    fn without_elements(&self, why: &str) -> Result<Outcome> {
        match self.empty {
            EmptyBehavior::Drop => Ok(Outcome::Dropped),
            EmptyBehavior::Keep => Ok(Outcome::Kept),
            EmptyBehavior::Fail => {
                let reason = format!("expected elements, found {why}");
                Err(self.failed(Error::rejected(reason)))
            }
        }
    }

    /// Returns the schema of the outputs of values of `schema`.
    fn schema(&mut self, schema: &Schema) -> Result<Schema> {
        let (steps, output) = (self.path.steps(), self.output);
        let made = self.schemas.get(schema, |schema| match output {
            ExplodeOutput::Record => exploded(schema, steps),
            ExplodeOutput::Element => element(at_end(schema, steps)?),
        });
        let made = made.cloned();
        made.map_err(|error| self.failed(error))
    }

    fn failed(&self, error: Error) -> Error {
        error.context(format_args!("exploding `{}`", self.path))
    }
}

impl Transform for Explode {
    fn apply(&mut self, record: &mut Record, more: &mut Vec<Record>) -> Result<Outcome> {
        let elements = match self.path.value_in(&record.value.value, Nulls::Replaced) {
            None => return self.without_elements("no such field"),
            Some(Value::Null) => return self.without_elements("null"),
            Some(Value::Array(elements)) if elements.is_empty() => {
                return self.without_elements("an empty array");
            }
            Some(Value::Array(elements)) => elements,
            Some(other) => return Err(self.failed(misfit("expected an array", &other))),
        };
        let whole = std::mem::take(&mut record.value);
        let schema = match &whole.schema {
            Some(schema) => Some(self.schema(schema)?),
            None => None,
        };
        more.reserve(elements.len());
        for (element, index) in elements.iter().cloned().zip(0i32..) {
            let value = match self.output {
                ExplodeOutput::Element => element,
                ExplodeOutput::Record => {
                    let value = whole.value.clone();
                    placed(value, schema.as_ref(), self.path.steps(), element)
                        .map_err(|error| self.failed(error))?
                }
            };
            let mut output = record.clone();
            output.value = SchemaAndValue {
                schema: schema.clone(),
                value,
            };
            if let Some(name) = &self.index_header {
                let index = SchemaAndValue::new(Schema::plain_int32(), index);
                output.headers.add(name, index);
            }
            more.push(output);
        }
        Ok(Outcome::Dropped)
    }
}

/// Returns the schema at the end of `steps`; an entry of a map has that of all values.
fn at_end<'a>(schema: &'a Schema, steps: &[Step]) -> Result<&'a Schema> {
    steps.iter().try_fold(schema, |schema, step| {
        let field = step.name().and_then(|name| schema.field(name));
        let entry = schema.key_schema().and_then(|_| schema.value_schema());
        let inside = field.map(Field::schema).or(entry);
        inside.ok_or_else(|| Error::rejected(format!("expected a struct, found {schema}")))
    })
}

/// Returns the schema of the elements of an array.
fn element(schema: &Schema) -> Result<Schema> {
    match (schema.type_(), schema.value_schema()) {
        // The array may be null or absent where an element is not.
        (Type::Array, Some(element)) => Ok(element.clone()),
        _ => Err(Error::rejected(format!(
            "expected an array, found {schema}"
        ))),
    }
}

/// Returns the schema with that of an element in the place of the array's.
fn exploded(schema: &Schema, steps: &[Step]) -> Result<Schema> {
    let Some((step, rest)) = steps.split_first() else {
        return element(schema);
    };
    match schema.type_() {
        Type::Struct => {}
        Type::Map => {
            return Err(Error::rejected(format!(
                "expected structs on the way, found {schema}: one entry cannot get another schema than the others, \
                 use output=element"
            )));
        }
        _ => {
            return Err(Error::rejected(format!(
                "expected a struct, found {schema}"
            )));
        }
    }
    let mut builder = like(schema, Schema::structure(), Dialect::Strict);
    for field in schema.fields() {
        let of_field = match Some(field.name()) == step.name() {
            true => exploded(field.schema(), rest)?,
            false => field.schema().clone(),
        };
        builder = builder.field(field.name().clone(), of_field);
    }
    builder.build()
}

/// Returns the value with `element` at the end of `steps`, which lead to an array.
fn placed(value: Value, schema: Option<&Schema>, steps: &[Step], element: Value) -> Result<Value> {
    let Some((Step::Field(name), rest)) = steps.split_first() else {
        return Ok(element);
    };
    match (value, schema) {
        (Value::Struct(fields), Some(schema)) => {
            let index = fields.schema().field_index(name);
            let index = index.ok_or_else(|| no_field(name, fields.schema()))?;
            let inner = schema.fields().get(index).map(Field::schema);
            // The array may be in the default of a struct that is null.
            let inside = fields.get_at(index).clone();
            let mut values = fields.into_values();
            values[index] = placed(inside, inner, rest, element)?;
            Struct::from_values(schema, values).map(Value::from)
        }
        (Value::Map(mut entries), None) => {
            let known = |(key, _): &&mut (Value, Value)| key.as_str() == Some(name);
            if let Some((_, place)) = Arc::make_mut(&mut entries).iter_mut().find(known) {
                *place = placed(std::mem::take(place), None, rest, element)?;
            }
            Ok(Value::Map(entries))
        }
        (found, Some(_)) => Err(misfit("with a schema expected a struct", &found)),
        (found, None) => Err(misfit("without a schema expected a map", &found)),
    }
}

fn no_field(name: &Str, schema: &Schema) -> Error {
    Error::rejected(format!("{schema}: no field `{name}`"))
}
