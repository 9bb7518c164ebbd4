//! [`Columns`]: where the parts of an event stand in the rows of an outbox.

use connect_api::{Dialect, Error, Result, Schema, SchemaAndValue, Str, Struct, Value};

use super::{
    EventRouterConfig,
    placement::{Additional, Placement},
};

/// What the columns are called that an event is made of.
#[derive(Clone, Debug)]
pub(super) struct Names {
    pub(super) id: Str,
    pub(super) key: Str,
    pub(super) payload: Str,
    pub(super) route: Str,
    pub(super) timestamp: Option<Str>,
    pub(super) version: Option<Str>,
    pub(super) additional: Vec<Additional>,
    /// Whether each of `additional` must be there.
    pub(super) missing: Missing,
}

/// What happens if a column beside the payload is not there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Missing {
    Refused,
    LeftOut,
}

impl Names {
    /// Takes them out of the options.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Config`](connect_api::ErrorKind::Config): a placement is none.
    pub(super) fn new(config: &EventRouterConfig) -> Result<Self> {
        let optional = |name: &Option<String>| {
            name.as_ref()
                .filter(|name| !name.is_empty())
                .map(Into::into)
        };
        Ok(Self {
            id: config.table_field_event_id.as_str().into(),
            key: config.table_field_event_key.as_str().into(),
            payload: config.table_field_event_payload.as_str().into(),
            route: config.route_by_field.as_str().into(),
            timestamp: optional(&config.table_field_event_timestamp),
            version: optional(&config.table_field_event_schema_version),
            additional: Additional::list(
                "table.fields.additional.placement",
                &config.table_fields_additional_placement,
            )?,
            missing: match config.table_fields_additional_error_on_missing {
                true => Missing::Refused,
                false => Missing::LeftOut,
            },
        })
    }

    /// Returns whether the value is a struct around the payload.
    pub(super) fn has_envelope(&self) -> bool {
        self.additional
            .iter()
            .any(|additional| additional.placement == Placement::Envelope)
    }
}

/// Says that a row lacks a column.
pub(super) fn no_column(what: &str, column: &str) -> Error {
    Error::rejected(format!(
        "routing events: no column `{column}` for the {what}"
    ))
}

/// Where the parts of an event stand in rows of one schema.
#[derive(Clone, Debug)]
pub(super) struct Columns {
    pub(super) id: usize,
    pub(super) key: usize,
    pub(super) payload: usize,
    pub(super) route: usize,
    pub(super) timestamp: Option<(usize, Option<Unit>)>,
    pub(super) version: Option<usize>,
    /// Those of [`Names::additional`], but for what is not there and may be left out.
    pub(super) additional: Vec<Option<usize>>,
}

/// A row, and where its parts stand.
#[derive(Clone, Copy, Debug)]
pub(super) struct Row<'a> {
    pub(super) fields: &'a Struct,
    pub(super) columns: &'a Columns,
    pub(super) names: &'a Names,
}

impl<'a> Row<'a> {
    /// Returns what stands in a column, its default if that is null.
    pub(super) fn datum(&self, index: usize) -> SchemaAndValue {
        let schema = self.fields.schema().fields()[index].schema().clone();
        SchemaAndValue::new(schema, self.fields.get_at(index).clone())
    }

    /// Iterates over the columns beside the payload; one that may be missing has no index then.
    pub(super) fn additional(&self) -> impl Iterator<Item = (&'a Additional, Option<usize>)> {
        let indices = self.columns.additional.iter().copied();
        self.names.additional.iter().zip(indices)
    }
}

/// What the integers of a timestamp count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unit {
    Millis,
    Micros,
    Nanos,
}

impl Columns {
    /// Finds them in rows of a schema.
    ///
    /// # Errors
    ///
    /// A column is not there.
    pub(super) fn new(row: &Schema, names: &Names, dialect: Dialect) -> Result<Self> {
        let find =
            |what: &str, name: &Str| row.field_index(name).ok_or_else(|| no_column(what, name));
        let timestamp = match &names.timestamp {
            Some(name) => {
                let index = find("timestamp", name)?;
                Some((index, Unit::of(row.fields()[index].schema(), dialect)))
            }
            None => None,
        };
        let version = match &names.version {
            Some(name) if names.has_envelope() => Some(find("version of the schema", name)?),
            _ => None,
        };
        let mut additional = Vec::new();
        for wanted in &names.additional {
            let index = row.field_index(&wanted.column);
            if index.is_none() && names.missing == Missing::Refused {
                return Err(no_column(
                    &format!("field `{}`", wanted.alias),
                    &wanted.column,
                ));
            }
            additional.push(index);
        }
        Ok(Self {
            id: find("id", &names.id)?,
            key: find("key", &names.key)?,
            payload: find("payload", &names.payload)?,
            route: find("topic", &names.route)?,
            timestamp,
            version,
            additional,
        })
    }

    /// Returns the timestamp that a row has, if it has one.
    ///
    /// # Errors
    ///
    /// The column holds something else.
    pub(super) fn timestamp(&self, row: &Struct) -> Result<Option<i64>> {
        let Some((index, unit)) = self.timestamp else {
            return Ok(None);
        };
        match (&row.values()[index], unit) {
            (Value::Null, _) => Ok(None),
            (Value::Timestamp(millis), Some(_)) => Ok(Some(*millis)),
            (Value::Int64(millis), Some(Unit::Millis)) => Ok(Some(*millis)),
            (Value::Int64(micros), Some(Unit::Micros)) => Ok(Some(micros / 1_000)),
            (Value::Int64(nanos), Some(Unit::Nanos)) => Ok(Some(nanos / 1_000_000)),
            _ => {
                let field = &row.schema().fields()[index];
                Err(Error::rejected(format!(
                    "routing events: expected a timestamp in the column `{}`, found {}",
                    field.name(),
                    field.schema()
                )))
            }
        }
    }
}

impl Unit {
    /// Tells by the name of a schema; Debezium does not know Connect's own timestamps.
    fn of(schema: &Schema, dialect: Dialect) -> Option<Self> {
        match &**schema.name()? {
            "io.debezium.time.Timestamp" => Some(Self::Millis),
            "io.debezium.time.MicroTimestamp" => Some(Self::Micros),
            "io.debezium.time.NanoTimestamp" => Some(Self::Nanos),
            "org.apache.kafka.connect.data.Timestamp" if dialect == Dialect::Strict => {
                Some(Self::Millis)
            }
            _ => None,
        }
    }
}
