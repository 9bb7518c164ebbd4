//! [`Assignments`]: fields that expressions set.

use std::sync::Arc;

use connect_api::{Dialect, Error, Result, Schema, SchemaAndValue, Str, Struct, Value};

use super::{
    compiled::Compiled,
    inputs::Read,
    typed::{fitted, inferred},
};
use crate::{by_schema::BySchema, options::refused, path::FieldPath, rebuilt::like, shape::misfit};

/// Fields that expressions set.
#[derive(Clone, Debug)]
pub(super) struct Assignments {
    fields: Vec<(Vec<Str>, Compiled)>,
    /// The schema with the new fields, by the one without.
    extended: BySchema<Schema>,
}

impl Assignments {
    pub(super) fn new(fields: Vec<(FieldPath, Compiled)>) -> Result<Self> {
        let fields = fields.into_iter().map(|(path, compiled)| {
            let reason = "expected names, found an array";
            let names = path.names();
            let names =
                names.ok_or_else(|| refused(&format!("set.{path}"), &path.to_string(), reason))?;
            Ok((names, compiled))
        });
        Ok(Self {
            fields: fields.collect::<Result<_>>()?,
            extended: BySchema::default(),
        })
    }

    pub(super) fn expressions(&self) -> impl Iterator<Item = &Compiled> {
        self.fields.iter().map(|(_, compiled)| compiled)
    }

    /// Works out what the fields become.
    pub(super) fn work_out(&self, inputs: &Read<'_>) -> Result<Vec<Value>> {
        self.expressions()
            .map(|compiled| compiled.run(inputs))
            .collect()
    }

    /// Sets the fields.
    ///
    /// # Errors
    ///
    /// What was worked out does not fit a field, or there is nothing that could have fields.
    pub(super) fn assign(&mut self, datum: &mut SchemaAndValue, values: Vec<Value>) -> Result<()> {
        if values.is_empty() {
            return Ok(());
        }
        let mut target = std::mem::take(&mut datum.value);
        match &target {
            Value::Struct(fields) => {
                let (known, found) = (&self.fields, &values);
                let schema = self
                    .extended
                    .get(fields.schema(), |old| extend(old, known, found))?;
                target = reshaped(target, schema)?;
                datum.schema = Some(schema.clone());
            }
            Value::Map(_) => {}
            Value::Null if datum.schema.is_none() => target = Value::Map(Arc::default()),
            other => return Err(misfit("setting fields: expected a map or a struct", other)),
        }
        for ((names, compiled), value) in self.fields.iter().zip(values) {
            set(&mut target, names, value).map_err(|error| compiled.at(error))?;
        }
        datum.value = target;
        Ok(())
    }
}

/// Adds the fields that are not there, with the schemas of these values.
fn extend(old: &Schema, fields: &[(Vec<Str>, Compiled)], values: &[Value]) -> Result<Schema> {
    let mut schema = old.clone();
    for ((names, compiled), value) in fields.iter().zip(values) {
        schema = with_field(&schema, names, value).map_err(|error| compiled.at(error))?;
    }
    Ok(schema)
}

fn with_field(schema: &Schema, names: &[Str], value: &Value) -> Result<Schema> {
    let Some((name, rest)) = names.split_first() else {
        return Ok(schema.clone());
    };
    let field = schema.field(name);
    if rest.is_empty() {
        if field.is_some() {
            return Ok(schema.clone());
        }
        let Some(of_value) = inferred(value) else {
            let expected = "expected a value that tells its schema";
            return Err(misfit(expected, value).context(format_args!("new field `{name}`")));
        };
        return schema
            .to_builder()
            .without_default()
            .field(name.clone(), of_value)
            .build();
    }
    let Some(field) = field else {
        return Err(Error::rejected(format!("{schema}: no field `{name}`")));
    };
    let inner = with_field(field.schema(), rest, value)?;
    if inner.is_same(field.schema()) {
        return Ok(schema.clone());
    }
    replaced(schema, name, inner)
}

/// Gives a field another schema.
fn replaced(schema: &Schema, name: &Str, inner: Schema) -> Result<Schema> {
    let mut builder = like(schema, Schema::structure(), Dialect::Strict);
    for field in schema.fields() {
        let of_field = if field.name() == name {
            &inner
        } else {
            field.schema()
        };
        builder = builder.field(field.name().clone(), of_field.clone());
    }
    builder.build()
}

/// Gives a struct a schema that has the same fields and more.
fn reshaped(value: Value, schema: &Schema) -> Result<Value> {
    let fields = match value {
        Value::Struct(fields) if fields.schema() != schema => fields,
        other => return Ok(other),
    };
    let old = fields.schema().clone();
    let mut values = fields.into_values();
    values.resize(schema.fields().len(), Value::Null);
    for ((place, field), old) in values.iter_mut().zip(schema.fields()).zip(old.fields()) {
        if old.schema() != field.schema() {
            *place = reshaped(std::mem::take(place), field.schema())?;
        }
    }
    Struct::from_values(schema, values).map(Value::from)
}

/// Sets what stands at the end of `names`; maps on the way are made.
fn set(target: &mut Value, names: &[Str], value: Value) -> Result<()> {
    let Some((name, rest)) = names.split_first() else {
        *target = value;
        return Ok(());
    };
    if target.is_null() {
        *target = Value::Map(Arc::default());
    }
    match target {
        Value::Map(entries) => {
            let entries = Arc::make_mut(entries);
            let known = entries
                .iter()
                .position(|(key, _)| key.as_str() == Some(name));
            let at = known.unwrap_or_else(|| {
                entries.push((name.clone().into(), Value::Null));
                entries.len() - 1
            });
            set(&mut entries[at].1, rest, value)
        }
        Value::Struct(fields) => {
            let Some(index) = fields.schema().field_index(name) else {
                return Err(Error::rejected(format!(
                    "{}: no field `{name}`",
                    fields.schema()
                )));
            };
            let schema = fields.schema().fields()[index].schema().clone();
            let place = &mut fields.values_mut()[index];
            if rest.is_empty() {
                *place = fitted(value, &schema)
                    .map_err(|error| error.context(format_args!("field `{name}`")))?;
                return Ok(());
            }
            if place.is_null() {
                *place = Struct::new(&schema)?.into();
            }
            set(place, rest, value)
        }
        other => {
            let error = misfit("expected a map or a struct", other);
            Err(error.context(format_args!("setting `{name}`")))
        }
    }
}
