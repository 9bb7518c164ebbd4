//! [`DroppedFields`]: fields that an event does not want to show.

use std::sync::Arc;

use connect_api::{
    Dialect, Error, Record, Result, Schema, SchemaAndValue, Str, Struct, Type, Value,
};

use crate::{
    by_schema::BySchema, debezium::envelope, path::Nulls, rebuilt::named_like, recent::Recent,
};

/// Drops the fields that a header of the record lists.
#[derive(Clone, Debug)]
pub(super) struct DroppedFields {
    pub(super) header: Str,
    pub(super) keys: Keys,
    pub(super) which: Which,
    /// What a null counts as in a value that loses a field.
    pub(super) nulls: Nulls,
    pub(super) dialect: Dialect,
    pub(super) plans: Recent<Vec<Str>, BySchema<Plan>>,
}

/// Whether keys lose the fields too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Keys {
    Too,
    Not,
}

/// Which of the listed fields are dropped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Which {
    All,
    Optional,
}

/// What is left of values of one schema.
#[derive(Clone, Debug)]
pub(super) struct Plan {
    schema: Schema,
    /// Which fields stay, with the default that stands in for a null; none, if all of them do.
    kept: Option<Vec<(usize, Option<Value>)>>,
}

impl DroppedFields {
    /// Drops the listed fields.
    ///
    /// # Errors
    ///
    /// The header is not a list of texts, or a datum with a schema is not a struct.
    pub(super) fn apply(&mut self, record: &mut Record) -> Result<()> {
        let Some(names) = self.names(record)? else {
            return Ok(());
        };
        if self.keys == Keys::Too && !record.key.value.is_null() {
            self.drop_from(&mut record.key, &names)?;
        }
        self.drop_from(&mut record.value, &names)
    }

    /// Returns what the first header of that name lists.
    fn names(&self, record: &Record) -> Result<Option<Vec<Str>>> {
        let Some(header) = record.headers.all(&self.header).next() else {
            return Ok(None);
        };
        let wrong = |found: &Value| {
            let found = found.type_name();
            Error::rejected(format!(
                "dropping fields: expected a list of texts in the header `{}`, found {found}",
                self.header
            ))
        };
        let names = match &header.value {
            Value::Null => return Ok(None),
            Value::Array(names) => names,
            other => return Err(wrong(other)),
        };
        let text = |name: &Value| match name {
            Value::String(name) => Ok(name.clone()),
            other => Err(wrong(other)),
        };
        let names = names.iter().map(text).collect::<Result<Vec<_>>>()?;
        Ok((!names.is_empty()).then_some(names))
    }

    fn drop_from(&mut self, datum: &mut SchemaAndValue, names: &[Str]) -> Result<()> {
        match (&datum.schema, std::mem::take(&mut datum.value)) {
            (None, Value::Null)
                if self.dialect == Dialect::Java && self.which == Which::Optional =>
            {
                Err(Error::rejected(
                    "dropping fields: without a schema no field is optional",
                ))
            }
            (_, Value::Null) => Ok(()),
            (_, Value::Struct(fields)) => {
                let which = self.which;
                let nulls = match self.dialect {
                    Dialect::Java => Nulls::Replaced,
                    _ => self.nulls,
                };
                let plans = self.plans.get(
                    |known| known == names,
                    |_| false,
                    || Ok((names.to_vec(), BySchema::default())),
                )?;
                let plan = plans.get(fields.schema(), |schema| {
                    Plan::new(schema, names, which, nulls)
                })?;
                let fields = plan.apply(fields)?;
                datum.schema = Some(fields.schema().clone());
                datum.value = fields.into();
                Ok(())
            }
            (None, Value::Map(mut entries))
                if self.dialect == Dialect::Strict || self.which == Which::All =>
            {
                let listed = |key: &Value| names.iter().any(|name| key.as_str() == Some(name));
                if entries.iter().any(|(key, _)| listed(key)) {
                    Arc::make_mut(&mut entries).retain(|(key, _)| !listed(key));
                }
                datum.value = Value::Map(entries);
                Ok(())
            }
            (_, value) if self.dialect == Dialect::Strict => {
                datum.value = value;
                Ok(())
            }
            (_, value) => Err(envelope::not_a("struct", "dropping fields", &value)),
        }
    }
}

impl Plan {
    fn new(schema: &Schema, names: &[Str], which: Which, nulls: Nulls) -> Result<Self> {
        if schema.type_() != Type::Struct {
            return Err(Error::rejected(format!(
                "dropping fields: expected a struct, found {schema}"
            )));
        }
        let is_kept = |field: &connect_api::Field| {
            let spared = which == Which::Optional && !field.schema().is_optional();
            spared || !names.contains(field.name())
        };
        let is_whole = schema.fields().iter().all(is_kept);
        // Debezium copies a row, defaults for nulls, unless it looks for optional fields and finds none.
        if is_whole && (nulls == Nulls::Kept || which == Which::Optional) {
            return Ok(Self {
                schema: schema.clone(),
                kept: None,
            });
        }
        let (mut builder, mut kept) = (named_like(schema, Schema::structure()), Vec::new());
        for (at, field) in schema
            .fields()
            .iter()
            .enumerate()
            .filter(|(_, field)| is_kept(field))
        {
            builder = builder.field(field.name(), field.schema().clone());
            let default = match nulls {
                Nulls::Replaced => field.schema().default_value().cloned(),
                Nulls::Kept => None,
            };
            kept.push((at, default));
        }
        let schema = if is_whole {
            schema.clone()
        } else {
            builder.build()?
        };
        Ok(Self {
            schema,
            kept: Some(kept),
        })
    }

    fn apply(&self, fields: Struct) -> Result<Struct> {
        let Some(kept) = &self.kept else {
            return Ok(fields);
        };
        let mut values = fields.into_values();
        let take = |(at, default): &(usize, Option<Value>)| match std::mem::take(&mut values[*at]) {
            Value::Null => default.clone().unwrap_or_default(),
            value => value,
        };
        Struct::from_values(&self.schema, kept.iter().map(take).collect())
    }
}
