//! [`Envelope`]: change events that get the schemas of another topic.

use connect_api::{Dialect, Error, Result, Schema, Struct, Type, Value};

use crate::{
    debezium::{
        envelope::{self, AFTER, BEFORE},
        naming::{NameAdjustment, Named},
    },
    rebuilt::{like, values_of},
};

/// The schemas of an envelope that is routed.
#[derive(Clone, Debug)]
pub(super) struct Envelope {
    schema: Schema,
    rows: Vec<Row>,
}

/// A field that holds a row.
#[derive(Clone, Debug)]
struct Row {
    index: usize,
    old: Schema,
    new: Schema,
}

impl Envelope {
    /// Prepares envelopes of a schema for a topic.
    ///
    /// # Errors
    ///
    /// In Java's dialect: there is no row before the change, or rows are no structs.
    pub(super) fn new(
        old: &Schema,
        topic: &str,
        adjustment: NameAdjustment,
        dialect: Dialect,
    ) -> Result<Self> {
        let named = |suffix| {
            adjustment
                .adjusted(&format!("{topic}.{suffix}"), Named::Schema)
                .into_owned()
        };
        if dialect == Dialect::Java && old.field(BEFORE).is_none() {
            return Err(Error::rejected(format!(
                "routing values: no field `{BEFORE}`"
            )));
        }
        let mut rows: Vec<Row> = Vec::new();
        let mut fields = Vec::new();
        for (index, field) in old.fields().iter().enumerate() {
            let mut schema = field.schema().clone();
            let is_row = field.name() == BEFORE || field.name() == AFTER;
            if is_row && schema.type_() == Type::Struct {
                // Both rows share one schema, as they did before.
                let known = rows
                    .iter()
                    .find(|row| row.old == schema)
                    .map(|row| row.new.clone());
                let new = match known {
                    Some(known) => known,
                    None => schema
                        .to_builder()
                        .without_default()
                        .name(named("Value"))
                        .build()?,
                };
                let old = std::mem::replace(&mut schema, new.clone());
                rows.push(Row { index, old, new });
            } else if is_row && dialect == Dialect::Java {
                return Err(Error::rejected(format!(
                    "routing values: expected a struct in the field `{}`, found {schema}",
                    field.name()
                )));
            }
            fields.push((field.name().clone(), schema));
        }
        let schema = like(old, Schema::structure(), Dialect::Strict).name(named("Envelope"));
        let schema = fields
            .into_iter()
            .fold(schema, |schema, (name, field)| schema.field(name, field));
        Ok(Self {
            schema: schema.build()?,
            rows,
        })
    }

    /// Returns the schema that they get.
    pub(super) fn schema(&self) -> &Schema {
        &self.schema
    }

    /// Gives an envelope and its rows their schemas.
    ///
    /// # Errors
    ///
    /// A row is not what the schema says.
    pub(super) fn apply(&self, envelope: Struct, dialect: Dialect) -> Result<Struct> {
        let mut values = values_of(envelope, dialect);
        for row in &self.rows {
            let place = &mut values[row.index];
            *place = match std::mem::take(place) {
                Value::Null => Value::Null,
                Value::Struct(fields) if *fields.schema() == row.old => {
                    Struct::from_values(&row.new, values_of(fields, dialect))?.into()
                }
                other => {
                    return Err(envelope::not_a(
                        "row of its schema",
                        "routing values",
                        &other,
                    ));
                }
            };
        }
        Struct::from_values(&self.schema, values)
    }
}
