//! [`Wrapper`]: the struct around a payload and the columns beside it.

use connect_api::{Dialect, Error, ErrorKind, Result, Schema, SchemaAndValue, Str, Struct, Value};

use super::{
    columns::{Row, no_column},
    placement::Placement,
};
use crate::{recent::Recent, shape::misfit};

/// The name of the payload in it.
const PAYLOAD: &str = "payload";

/// Puts payloads into structs.
#[derive(Clone, Debug)]
pub(super) struct Wrapper {
    dialect: Dialect,
    schemas: Recent<Kind, Schema>,
}

/// What a schema depends on.
#[derive(Clone, Debug)]
struct Kind {
    row: Schema,
    payload: Schema,
    topic: Str,
    /// If there is a column for it.
    version: Option<Value>,
}

impl Wrapper {
    pub(super) fn new(dialect: Dialect) -> Self {
        Self {
            dialect,
            schemas: Recent::new(64),
        }
    }

    /// Puts the payload of a row into a struct.
    ///
    /// # Errors
    ///
    /// The version is no int32, or the payload has no schema.
    pub(super) fn wrapped(
        &mut self,
        payload: SchemaAndValue,
        row: &Row<'_>,
        topic: &Str,
    ) -> Result<SchemaAndValue> {
        let no_schema = || Error::rejected("routing events: the payload has no schema");
        let kind = Kind {
            row: row.fields.schema().clone(),
            payload: payload.schema.ok_or_else(no_schema)?,
            topic: topic.clone(),
            version: row
                .columns
                .version
                .map(|index| row.fields.values()[index].clone()),
        };
        let dialect = self.dialect;
        let schema = self.schemas.get(
            |known| kind.is_like(known, dialect, Schema::is_same),
            |known| kind.is_like(known, dialect, Schema::eq),
            || Ok((kind.clone(), kind.schema(row, dialect)?)),
        )?;
        let mut values = vec![payload.value];
        for (additional, index) in row.additional() {
            match index {
                _ if additional.placement != Placement::Envelope => {}
                Some(index) => values.push(row.fields.get_at(index).clone()),
                // The schema is one that Debezium made of a row that had the column.
                None if dialect == Dialect::Java => values.push(Value::Null),
                None => {}
            }
        }
        let wrapped = Struct::from_values(schema, values)?;
        if dialect == Dialect::Java {
            wrapped
                .check()
                .map_err(|error| error.context("routing events"))?;
        }
        Ok(wrapped.into())
    }
}

impl Kind {
    /// Returns whether a schema serves for both.
    ///
    /// Debezium asks about the version alone, or without one about the payload alone.
    fn is_like(
        &self,
        known: &Self,
        dialect: Dialect,
        is: impl Fn(&Schema, &Schema) -> bool,
    ) -> bool {
        match (dialect, &self.version) {
            (Dialect::Java, Some(_)) => self.version == known.version,
            (Dialect::Java, None) => is(&self.payload, &known.payload),
            _ => {
                self.topic == known.topic
                    && self.version == known.version
                    && is(&self.row, &known.row)
                    && is(&self.payload, &known.payload)
            }
        }
    }

    fn schema(&self, row: &Row<'_>, dialect: Dialect) -> Result<Schema> {
        let mut builder = Schema::record(self.name()).field(PAYLOAD, self.payload.clone());
        for (additional, index) in row.additional() {
            match index {
                _ if additional.placement != Placement::Envelope => {}
                Some(index) => {
                    let column = &self.row.fields()[index];
                    builder = builder.field(&additional.alias, column.schema().clone());
                }
                None if dialect == Dialect::Java => {
                    return Err(no_column(
                        &format!("field `{}`", additional.alias),
                        &additional.column,
                    ));
                }
                None => {}
            }
        }
        let builder = match &self.version {
            None | Some(Value::Null) => builder,
            Some(version) => builder.version(number(version, dialect)?),
        };
        let rejected = |error: Error| {
            error
                .with_kind(ErrorKind::Rejected)
                .context("routing events")
        };
        builder.build().map_err(rejected)
    }

    /// Puts the topic before the last part of the name of the row's schema.
    fn name(&self) -> Str {
        let topic = &self.topic;
        match self.row.name() {
            None => topic.clone(),
            Some(name) => match name.rsplit_once('.') {
                Some((before, last)) => format!("{before}.{topic}.{last}").into(),
                None => format!("{topic}.{name}").into(),
            },
        }
    }
}

fn number(version: &Value, dialect: Dialect) -> Result<i32> {
    let number = match version {
        Value::Int32(number) => Some(*number),
        other if dialect == Dialect::Strict => {
            other.as_i64().and_then(|number| number.try_into().ok())
        }
        _ => None,
    };
    let expected = "routing events: expected an int32 as version of the schema";
    number.ok_or_else(|| misfit(expected, version))
}
