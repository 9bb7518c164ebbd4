//! [`Recipe`]: how the record with an index is made.

use connect_api::{ConfigProblem, Record, SchemaAndValue, Str, Value};

use crate::shape::{Mistake, Shape};

/// How records are made: all that decides about them, but for their index and the clock.
#[derive(Clone, Debug)]
pub(super) struct Recipe {
    shape: Shape,
    key: Option<usize>,
}

impl Recipe {
    /// Reads a JSON Schema that was given as option `option`.
    pub(super) fn parse(
        option: &str,
        text: &str,
        key_field: Option<&str>,
    ) -> Result<Self, ConfigProblem> {
        let shape = Shape::parse(text).map_err(|mistake| problem(option, &mistake))?;
        let recipe = Self { shape, key: None };
        match key_field {
            None => Ok(recipe),
            Some(name) => recipe.keyed_by(name),
        }
    }

    /// Takes the value of a field as the key, too.
    pub(super) fn keyed_by(mut self, field: &str) -> Result<Self, ConfigProblem> {
        let schema = self.shape.schema();
        self.key = schema.field_index(field);
        if self.key.is_some() {
            return Ok(self);
        }
        let fields = schema.fields().iter();
        let fields: Vec<_> = fields.map(|field| format!("`{}`", field.name())).collect();
        let expected = match fields.as_slice() {
            [] => "nothing, since the schema has no fields".to_owned(),
            fields => format!("a field of the schema: {}", fields.join(", ")),
        };
        let reason = format!("expected {expected}");
        Err(ConfigProblem::invalid("key.field", field, reason).with_expected(expected))
    }

    /// Makes a record.
    pub(super) fn record(&self, topic: &Str, seed: u64, index: u64, timestamp: i64) -> Record {
        let value = self.shape.value(seed, index);
        let key = self.key.and_then(|at| key(&value, at));
        let value = SchemaAndValue::new(self.shape.schema().clone(), value);
        let mut record = Record::new(topic.clone(), value);
        record.key = key.unwrap_or_default();
        record.timestamp = Some(timestamp);
        record
    }
}

fn key(value: &Value, at: usize) -> Option<SchemaAndValue> {
    let fields = value.as_struct()?;
    let schema = fields.schema().fields()[at].schema().clone();
    Some(SchemaAndValue::new(schema, fields.values()[at].clone()))
}

fn problem(option: &str, mistake: &Mistake) -> ConfigProblem {
    let Mistake {
        at,
        expected,
        found,
    } = mistake;
    let place = if at.is_empty() { "the schema" } else { at };
    let message =
        format!("Invalid configuration {option}: at {place}: expected {expected}, found {found}");
    ConfigProblem::new(option, message)
        .with_expected(expected)
        .with_found(found)
}
