//! What a struct keeps when its fields change.

use connect_api::{Dialect, Error, Result, Schema, SchemaBuilder, Struct, Value};

use crate::path::Nulls;

/// Starts the schema that takes the place of `schema`, still without its fields.
///
/// Java forgets whether it was optional. A default goes: it would be a value of the schema that was there.
pub(crate) fn like(schema: &Schema, builder: SchemaBuilder, dialect: Dialect) -> SchemaBuilder {
    let builder = named_like(schema, builder);
    if schema.is_optional() && dialect != Dialect::Java {
        builder.optional()
    } else {
        builder
    }
}

/// Gives `builder` the name, version, documentation and parameters of `schema`.
pub(crate) fn named_like(schema: &Schema, mut builder: SchemaBuilder) -> SchemaBuilder {
    if let Some(name) = schema.name() {
        builder = builder.name(name.clone());
    }
    if let Some(version) = schema.version() {
        builder = builder.version(version);
    }
    if let Some(doc) = schema.doc() {
        builder = builder.doc(doc.clone());
    }
    let parameters = schema.parameters().iter();
    parameters.fold(builder, |builder, (name, value)| {
        builder.parameter(name.clone(), value.clone())
    })
}

/// Takes the values of a struct; in Java's dialect nulls become the defaults of their fields.
pub(crate) fn values_of(fields: Struct, dialect: Dialect) -> Vec<Value> {
    let schema = fields.schema().clone();
    let mut values = fields.into_values();
    if dialect == Dialect::Java {
        for (value, field) in values.iter_mut().zip(schema.fields()) {
            if let (Value::Null, Some(default)) = (&value, field.schema().default_value()) {
                *value = default.clone();
            }
        }
    }
    values
}

/// How the values of a struct are taken over into another one.
#[derive(Clone, Debug)]
pub(crate) struct TakenOver {
    schema: Schema,
    /// Fields whose nulls count as their defaults.
    defaulted: Vec<(usize, Value)>,
    /// Fields that must not be null; Java looks when it copies one, and does not mind a default.
    required: Vec<usize>,
}

impl TakenOver {
    pub(crate) fn new(schema: &Schema, nulls: Nulls, dialect: Dialect) -> Self {
        let fields = || schema.fields().iter().map(connect_api::Field::schema);
        let defaulted = fields().enumerate().filter_map(|(index, field)| {
            let default = field.default_value()?;
            (nulls == Nulls::Replaced).then(|| (index, default.clone()))
        });
        let required = fields().enumerate().filter_map(|(index, field)| {
            (dialect == Dialect::Java && !field.is_optional()).then_some(index)
        });
        Self {
            schema: schema.clone(),
            defaulted: defaulted.collect(),
            required: required.collect(),
        }
    }

    /// Lets what else than `fields` is required be null: it is not copied.
    pub(crate) fn only(mut self, fields: &[usize]) -> Self {
        self.required.retain(|index| fields.contains(index));
        self
    }

    /// Puts defaults in the place of nulls; `values` are as many as there are fields.
    ///
    /// # Errors
    ///
    /// In Java's dialect: a required field is null.
    pub(crate) fn fill(&self, values: &mut [Value]) -> Result<()> {
        for (index, default) in &self.defaulted {
            if let Some(place @ Value::Null) = values.get_mut(*index) {
                *place = default.clone();
            }
        }
        let is_null = |index: &&usize| values.get(**index).is_none_or(Value::is_null);
        match self.required.iter().find(is_null) {
            None => Ok(()),
            Some(index) => {
                let name = self.schema.fields()[*index].name();
                Err(Error::rejected(format!(
                    "field `{name}`: expected a value, found null"
                )))
            }
        }
    }
}
