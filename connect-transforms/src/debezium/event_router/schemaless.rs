//! Events of rows without a schema.

use std::sync::Arc;

use connect_api::{Record, Result, Str, Value};

use super::{
    EventRouter,
    columns::{Missing, no_column},
    json_payload,
    parts::{Parts, partition, seen_at, text},
    placement::Placement,
};
use crate::debezium::envelope::{self, AFTER, Entries, TIMESTAMP};

impl EventRouter {
    /// Makes the event of a row that was inserted.
    ///
    /// # Errors
    ///
    /// A column is not there, or holds something that it cannot hold.
    pub(super) fn schemaless(&mut self, record: &mut Record) -> Result<()> {
        let event = std::mem::take(&mut record.value.value);
        let row = match event.get(AFTER) {
            Some(Value::Map(row)) => Arc::clone(row),
            other => {
                let found = other.unwrap_or(&Value::Null);
                return Err(envelope::not_a("map", "routing events", found));
            }
        };
        let names = &self.names;
        let column = |what: &str, name: &Str| {
            let found = envelope::entry(&row, name);
            found.ok_or_else(|| no_column(what, name))
        };
        let timestamp = match &names.timestamp {
            Some(name) => Some(column("timestamp", name)?).filter(|value| !value.is_null()),
            None => None,
        };
        let mut parts = Parts {
            topic: text(&names.route, column("topic", &names.route)?)?,
            partition: None,
            timestamp: seen_at(timestamp.or_else(|| event.get(TIMESTAMP)))?,
            key: column("key", &names.key)?.clone().into(),
            payload: self.expanded(column("payload", &names.payload)?),
        };
        record.headers.add("id", column("id", &names.id)?.clone());
        let wrapper = self.place(record, &row, &mut parts)?;
        record.value.value = if names.has_envelope() {
            Value::map(wrapper)
        } else {
            parts.payload.clone()
        };
        self.finish(record, parts)
    }

    /// Puts the columns beside the payload where they go, and returns what is around the payload.
    fn place(&self, record: &mut Record, row: &Entries, parts: &mut Parts) -> Result<Entries> {
        let mut wrapper: Entries = vec![("payload".into(), parts.payload.clone())];
        for additional in &self.names.additional {
            let value = match envelope::entry(row, &additional.column) {
                Some(value) => value.clone(),
                None if self.names.missing == Missing::LeftOut => continue,
                None => {
                    let what = format!("field `{}`", additional.alias);
                    return Err(no_column(&what, &additional.column));
                }
            };
            match additional.placement {
                Placement::Header => record.headers.add(&additional.alias, value),
                Placement::Partition => {
                    parts.partition = partition(&additional.column, &value, self.dialect)?;
                }
                Placement::Envelope => wrapper.push((additional.alias.clone().into(), value)),
            }
        }
        Ok(wrapper)
    }

    fn expanded(&self, payload: &Value) -> Value {
        let (Some(json), Value::String(text)) = (self.json, payload) else {
            return payload.clone();
        };
        json.parse(text).unwrap_or_else(|error| {
            json_payload::not_expanded(&error);
            payload.clone()
        })
    }
}
