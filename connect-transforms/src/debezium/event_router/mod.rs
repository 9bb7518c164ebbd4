//! [`EventRouter`]: events out of an outbox.

mod columns;
mod config;
mod json_payload;
mod parts;
mod placement;
mod schemaless;
mod structured;
mod wrapper;

use connect_api::{
    Dialect, Error, Outcome, Record, Result, Schema, SchemaAndValue, Transform, Value,
};

use self::{
    columns::{Columns, Names},
    json_payload::JsonPayload,
    parts::{Parts, is_empty},
    wrapper::Wrapper,
};
use super::{
    envelope::{self, DELETE, OPERATION, TRUNCATE, UPDATE},
    topic_route::TopicRoute,
};
use crate::{by_schema::BySchema, routing::route};

pub use self::config::{EventRouterConfig, InvalidOperation, JsonNulls};

/// Makes events of the rows of an outbox table: `io.debezium.transforms.outbox.EventRouter`.
///
/// An inserted row becomes the event that it holds; deletions and tombstones are dropped. What is not a change event of
/// Debezium passes as it is.
#[derive(Clone, Debug)]
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

    fn route(&mut self, record: &mut Record) -> Result<Outcome> {
        if record.value.value.is_null() {
            return Ok(Outcome::Dropped);
        }
        if envelope::has_schema(record) {
            let event = envelope::take_struct(&mut record.value, "routing events")?;
            let operation = event.get_without_default(OPERATION);
            if !self.is_insert(operation)? {
                return Ok(Outcome::Dropped);
            }
            self.structured(record, &event)?;
        } else if self.dialect == Dialect::Strict && envelope::is_map(&record.value) {
            if !self.is_insert(record.value.value.get(OPERATION))? {
                return Ok(Outcome::Dropped);
            }
            self.schemaless(record)?;
        }
        Ok(Outcome::Kept)
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
}

impl EventRouter {
    /// Puts the parts of an event into its record.
    fn finish(&mut self, record: &mut Record, parts: Parts) -> Result<()> {
        if is_empty(&parts.payload, self.dialect) && self.tombstones == Tombstones::Made {
            record.value = SchemaAndValue::NULL;
        }
        let topic = self.topics.of(&parts.topic)?.unwrap_or(parts.topic);
        route(record, topic, self.dialect)?;
        record.partition = parts.partition;
        record.timestamp = parts.timestamp;
        record.key = parts.key;
        Ok(())
    }
}

impl Transform for EventRouter {
    fn apply(&mut self, record: &mut Record, _: &mut Vec<Record>) -> Result<Outcome> {
        self.route(record)
    }
}
