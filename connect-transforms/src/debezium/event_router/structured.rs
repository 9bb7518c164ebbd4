//! Events of rows with a schema.

use connect_api::{Record, Result, Schema, SchemaAndValue, Struct, Value};

use super::{
    EventRouter,
    columns::{Columns, Row},
    json_payload::{self, Expanded, JsonPayload},
    parts::{Parts, partition, seen_at, text},
    placement::Placement,
};
use crate::{
    by_schema::BySchema,
    debezium::envelope::{self, AFTER, TIMESTAMP},
};

impl EventRouter {
    /// Makes the event of a row that was inserted.
    ///
    /// # Errors
    ///
    /// A column is not there, or holds something that it cannot hold.
    pub(super) fn structured(&mut self, record: &mut Record, event: &Struct) -> Result<()> {
        let fields = match event.get(AFTER) {
            Some(Value::Struct(fields)) => fields,
            other => {
                let found = other.unwrap_or(&Value::Null);
                return Err(envelope::not_a("struct", "routing events", found));
            }
        };
        let (names, dialect) = (&self.names, self.dialect);
        let columns = self.rows.get(fields.schema(), |schema| {
            Columns::new(schema, names, dialect)
        })?;
        let row = Row {
            fields,
            columns,
            names,
        };
        let mut parts = Parts {
            topic: text(&names.route, &fields.values()[columns.route])?,
            partition: None,
            timestamp: match columns.timestamp(fields)? {
                Some(millis) => Some(millis),
                None => seen_at(event.get_without_default(TIMESTAMP))?,
            },
            key: row.datum(columns.key),
            payload: Value::Null,
        };
        record.headers.add("id", row.datum(columns.id));
        let payload = row.datum(columns.payload);
        let payload = expanded(self.json, &mut self.payloads, &names.payload, payload);
        parts.payload = payload.value.clone();
        record.value = if names.has_envelope() {
            // Also of a row that is refused below: in Java's dialect later ones get its schema.
            self.wrapper.wrapped(payload, &row, &parts.topic)?
        } else {
            payload
        };
        for (additional, index) in row.additional() {
            match (additional.placement, index) {
                (Placement::Header, Some(index)) => {
                    record.headers.add(&additional.alias, row.datum(index));
                }
                (Placement::Partition, Some(index)) => {
                    let number = &fields.values()[index];
                    parts.partition = partition(&additional.column, number, dialect)?;
                }
                _ => {}
            }
        }
        self.finish(record, parts)
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
        json_payload::not_expanded(&error);
        payload
    })
}
