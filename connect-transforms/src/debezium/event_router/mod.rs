//! [`EventRouter`]: events out of an outbox.

mod columns;
mod config;
mod json_payload;
mod placement;
mod wrapper;

use std::sync::Arc;

use connect_api::{
    Dialect, Error, Record, Result, Schema, SchemaAndValue, Str, Struct, Transform, Value,
};

use self::{
    columns::{Columns, Missing, Names, no_column},
    json_payload::{Expanded, JsonPayload},
    placement::Placement,
    wrapper::Wrapper,
};
use super::{
    envelope::{self, AFTER, DELETE, Entries, OPERATION, TIMESTAMP, TRUNCATE, UPDATE},
    topic_route::TopicRoute,
};
use crate::by_schema::BySchema;

pub use self::config::{EventRouterConfig, InvalidOperation, JsonNulls};

/// Makes events of the rows of an outbox table: `io.debezium.transforms.outbox.EventRouter`.
///
/// An inserted row becomes the event that it holds; deletions and tombstones are dropped. What is not a change event of
/// Debezium passes as it is.
#[derive(Debug)]
pub struct EventRouter {
    names: Names,
    invalid: InvalidOperation,
    json: Option<JsonPayload>,
    tombstones: Tombstones,
    topics: TopicRoute,
    dialect: Dialect,
    rows: BySchema<Columns>,
    /// The schemas that were told by JSON, so that equal ones are the same.
    payloads: BySchema<Schema>,
    wrapper: Wrapper,
}

/// What becomes of empty payloads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Tombstones {
    Made,
    NotMade,
}

/// What a row says about the event beside its payload.
struct Parts {
    topic: Str,
    partition: Option<i32>,
    timestamp: Option<i64>,
    key: SchemaAndValue,
}

impl EventRouter {
    /// Builds it.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Config`](connect_api::ErrorKind::Config): a placement, a regular expression or a replacement is none.
    pub fn new(config: EventRouterConfig) -> Result<Self> {
        let dialect = Dialect::from(config.compat_java);
        Ok(Self {
            names: Names::new(&config)?,
            invalid: config.table_op_invalid_behavior,
            json: config.table_expand_json_payload.then_some(JsonPayload {
                nulls: config.table_json_payload_null_behavior,
                names: config.field_name_adjustment_mode,
                dialect,
            }),
            tombstones: match config.route_tombstone_on_empty_payload {
                true => Tombstones::Made,
                false => Tombstones::NotMade,
            },
            topics: TopicRoute::new(
                ("route.topic.regex", &config.route_topic_regex),
                ("route.topic.replacement", &config.route_topic_replacement),
                64,
            )?,
            dialect,
            rows: BySchema::default(),
            payloads: BySchema::default(),
            wrapper: Wrapper::new(dialect),
        })
    }

    fn route(&mut self, mut record: Record) -> Result<Option<Record>> {
        if record.value.value.is_null() {
            return Ok(None);
        }
        if envelope::has_schema(&record) {
            let event = envelope::take_struct(&mut record.value, "routing events")?;
            let operation = event.get_without_default(OPERATION);
            if !self.is_insert(operation)? {
                return Ok(None);
            }
            self.structured(&mut record, event)?;
        } else if self.dialect == Dialect::Strict && envelope::is_map(&record.value) {
            if !self.is_insert(record.value.value.get(OPERATION))? {
                return Ok(None);
            }
            self.schemaless(&mut record)?;
        }
        Ok(Some(record))
    }

    /// Says whether a change makes an event.
    fn is_insert(&self, operation: Option<&Value>) -> Result<bool> {
        let Some(operation) = operation.and_then(Value::as_str) else {
            return Err(Error::rejected(format!(
                "routing events: expected a string in the field `{OPERATION}`, found {}",
                operation.map_or("nothing", Value::type_name)
            )));
        };
        let invalid = match operation {
            DELETE => return Ok(false),
            UPDATE => true,
            // Debezium fails at the row that is not there.
            TRUNCATE => self.dialect == Dialect::Strict,
            _ => false,
        };
        match self.invalid {
            _ if !invalid => return Ok(true),
            InvalidOperation::Warn => {
                tracing::warn!(
                    operation,
                    "unexpected change of the outbox table: it is dropped"
                );
            }
            InvalidOperation::Error => {
                tracing::error!(
                    operation,
                    "unexpected change of the outbox table: it is dropped"
                );
            }
            InvalidOperation::Fatal => {
                return Err(Error::rejected(format!(
                    "routing events: expected inserts and deletes in the outbox table, found the operation `{operation}`"
                )));
            }
        }
        Ok(false)
    }

    fn structured(&mut self, record: &mut Record, event: Struct) -> Result<()> {
        let seen = event.get_without_default(TIMESTAMP).cloned();
        let row = match event.get(AFTER) {
            Some(Value::Struct(row)) => row.clone(),
            other => {
                return Err(envelope::not_a(
                    "struct",
                    "routing events",
                    other.unwrap_or(&Value::Null),
                ));
            }
        };
        drop(event);
        let (names, dialect) = (&self.names, self.dialect);
        let columns = self
            .rows
            .get(row.schema(), |schema| Columns::new(schema, names, dialect))?;
        let datum = |index: usize| {
            let schema = row.schema().fields()[index].schema().clone();
            SchemaAndValue::new(schema, row.get_at(index).clone())
        };
        let mut parts = Parts {
            topic: text(&names.route, &row.values()[columns.route])?,
            partition: None,
            timestamp: match columns.timestamp(&row)? {
                Some(millis) => Some(millis),
                None => seen_at(seen.as_ref())?,
            },
            key: datum(columns.key),
        };
        record.headers.add("id", datum(columns.id));
        for (additional, index) in names.additional.iter().zip(&columns.additional) {
            let Some(index) = index else {
                continue;
            };
            match additional.placement {
                Placement::Header => record.headers.add(&additional.alias, datum(*index)),
                Placement::Partition => {
                    parts.partition =
                        partition(&additional.column, &row.values()[*index], dialect)?;
                }
                Placement::Envelope => {}
            }
        }
        let payload = expanded(
            self.json,
            &mut self.payloads,
            &names.payload,
            datum(columns.payload),
        );
        let is_empty = is_empty(&payload.value, dialect);
        record.value = match names.has_envelope() {
            true => self
                .wrapper
                .wrapped(payload, &row, columns, names, &parts.topic)?,
            false => payload,
        };
        self.finish(record, parts, is_empty)
    }

    fn schemaless(&mut self, record: &mut Record) -> Result<()> {
        let event = std::mem::take(&mut record.value.value);
        let row = match event.get(AFTER) {
            Some(Value::Map(row)) => Arc::clone(row),
            other => {
                return Err(envelope::not_a(
                    "map",
                    "routing events",
                    other.unwrap_or(&Value::Null),
                ));
            }
        };
        let names = &self.names;
        let column = |what: &str, name: &Str| {
            let found = envelope::entry(&row, name);
            found.ok_or_else(|| no_column(what, name))
        };
        let mut parts = Parts {
            topic: text(&names.route, column("topic", &names.route)?)?,
            partition: None,
            timestamp: match &names.timestamp {
                Some(name) => match column("timestamp", name)? {
                    Value::Null => seen_at(event.get(TIMESTAMP))?,
                    value => seen_at(Some(value))?,
                },
                None => seen_at(event.get(TIMESTAMP))?,
            },
            key: column("key", &names.key)?.clone().into(),
        };
        record.headers.add("id", column("id", &names.id)?.clone());
        let mut payload = column("payload", &names.payload)?.clone();
        if let (Some(json), Value::String(text)) = (self.json, &payload) {
            match json.parse(text) {
                Ok(value) => payload = value,
                Err(error) => not_expanded(&error),
            }
        }
        let is_empty = is_empty(&payload, self.dialect);
        let mut wrapper: Entries = vec![("payload".into(), payload)];
        for additional in &names.additional {
            let value = match envelope::entry(&row, &additional.column) {
                Some(value) => value.clone(),
                None if names.missing == Missing::LeftOut => continue,
                None => {
                    return Err(no_column(
                        &format!("field `{}`", additional.alias),
                        &additional.column,
                    ));
                }
            };
            match additional.placement {
                Placement::Header => record.headers.add(&additional.alias, value),
                Placement::Partition => {
                    parts.partition = partition(&additional.column, &value, self.dialect)?
                }
                Placement::Envelope => wrapper.push((additional.alias.clone().into(), value)),
            }
        }
        record.value.value = match names.has_envelope() {
            true => Value::map(wrapper),
            false => wrapper.swap_remove(0).1,
        };
        self.finish(record, parts, is_empty)
    }

    fn finish(&mut self, record: &mut Record, parts: Parts, is_empty: bool) -> Result<()> {
        if is_empty && self.tombstones == Tombstones::Made {
            record.value = SchemaAndValue::NULL;
        }
        record.topic = self.topics.of(&parts.topic)?.unwrap_or(parts.topic);
        record.partition = parts.partition;
        record.timestamp = parts.timestamp;
        record.key = parts.key;
        Ok(())
    }
}

/// Returns the payload, expanded if that is asked for and it can be.
fn expanded(
    json: Option<JsonPayload>,
    known: &mut BySchema<Schema>,
    name: &str,
    payload: SchemaAndValue,
) -> SchemaAndValue {
    let (Some(json), Value::String(text)) = (json, &payload.value) else {
        return payload;
    };
    let expanded = json.expand(text, name).and_then(|expanded| match expanded {
        Expanded::SchemaOnly(schema) => Ok(SchemaAndValue {
            schema,
            value: payload.value.clone(),
        }),
        Expanded::To(SchemaAndValue {
            schema: Some(schema),
            value,
        }) => {
            let schema = known.get(&schema, |schema| Ok(schema.clone()))?.clone();
            let value = match value {
                Value::Struct(fields) => fields.with_schema(&schema)?.into(),
                other => other,
            };
            Ok(SchemaAndValue::new(schema, value))
        }
        Expanded::To(datum) => Ok(datum),
    });
    expanded.unwrap_or_else(|error| {
        not_expanded(&error);
        payload
    })
}

fn not_expanded(error: &Error) {
    tracing::warn!("the payload is not expanded: {}", error.report());
}

/// Returns whether there is nothing in a payload.
fn is_empty(payload: &Value, dialect: Dialect) -> bool {
    match payload {
        Value::Null => true,
        Value::String(text) => text.chars().all(|character| character <= ' '),
        // Debezium looks at texts alone.
        Value::Bytes(bytes) => dialect == Dialect::Strict && bytes.is_empty(),
        _ => false,
    }
}

fn text(column: &str, value: &Value) -> Result<Str> {
    match value {
        Value::String(text) => Ok(text.clone()),
        other => Err(Error::rejected(format!(
            "routing events: expected a string in the column `{column}`, found {}",
            other.type_name()
        ))),
    }
}

/// Returns when Debezium saw the row.
fn seen_at(value: Option<&Value>) -> Result<Option<i64>> {
    match value {
        None | Some(Value::Null) => Ok(None),
        Some(Value::Int64(millis) | Value::Timestamp(millis)) => Ok(Some(*millis)),
        Some(other) => Err(Error::rejected(format!(
            "routing events: expected milliseconds since the epoch, found {}",
            other.type_name()
        ))),
    }
}

/// Returns the partition that a column holds.
fn partition(column: &str, value: &Value, dialect: Dialect) -> Result<Option<i32>> {
    let number = match value {
        Value::Null => return Ok(None),
        Value::Int32(number) => Some(*number),
        other if dialect == Dialect::Strict => {
            other.as_i64().and_then(|number| number.try_into().ok())
        }
        _ => None,
    };
    let number = number.filter(|number| dialect == Dialect::Java || *number >= 0);
    number.map(Some).ok_or_else(|| {
        Error::rejected(format!(
            "routing events: expected a partition in the column `{column}`, found {value:?}"
        ))
    })
}

impl Transform for EventRouter {
    fn apply(&mut self, record: Record, out: &mut Vec<Record>) -> Result<()> {
        out.extend(self.route(record)?);
        Ok(())
    }
}
