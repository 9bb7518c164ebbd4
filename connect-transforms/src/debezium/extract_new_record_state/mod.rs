//! [`ExtractNewRecordState`]: rows out of change events.

mod added;
mod config;
mod dropped;
mod head;
mod row;

use std::sync::Arc;

use connect_api::{
    Dialect, Outcome, Record, Result, Schema, SchemaAndValue, Str, Struct, Transform, Value,
};

use self::{
    added::Added,
    config::{Deletes, Tombstones},
    dropped::{DroppedFields, Keys, Which},
    head::Head,
    row::{Additions, Deleted, Row},
};
use super::envelope::{self, AFTER, BEFORE, DELETE, Entries};
use crate::{by_schema::BySchema, path::Nulls, recent::Recent};

pub use self::config::{DeleteHandling, ExtractNewRecordStateConfig, TombstoneHandling};

/// Makes the row of a change event the value: `io.debezium.transforms.ExtractNewRecordState`.
///
/// What is not a change event of Debezium passes as it is: heartbeats, changes of schemas, borders of transactions.
/// Truncations are dropped.
#[derive(Clone, Debug)]
pub struct ExtractNewRecordState {
    deletes: Deletes,
    tombstones: Tombstones,
    route: Option<Str>,
    headers: Vec<Added>,
    additions: Additions,
    dropped: Option<DroppedFields>,
    heads: BySchema<Head>,
    before: BySchema<Row>,
    after: BySchema<Row>,
}

impl ExtractNewRecordState {
    /// Builds it.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Config`](connect_api::ErrorKind::Config): an entry of `add.fields` or `add.headers` names nothing.
    pub fn new(config: ExtractNewRecordStateConfig) -> Result<Self> {
        let dialect = Dialect::from(config.compat_java);
        let (deletes, tombstones) = config.handling();
        let nulls = Nulls::from(config.replace_null_with_default);
        let added = |key: &str, prefix: &str, entries: &[String]| {
            // As in Debezium: a comma at the end does no harm.
            let entries = entries.iter().filter(|entry| !entry.is_empty());
            let added = entries.map(|entry| Added::new(key, prefix, entry, dialect));
            added.collect::<Result<Vec<_>>>()
        };
        let header = config
            .drop_fields_header_name
            .filter(|name| !name.trim().is_empty());
        let dropped = header.map(|header| DroppedFields {
            header: header.into(),
            keys: if config.drop_fields_from_key {
                Keys::Too
            } else {
                Keys::Not
            },
            which: match config.drop_fields_keep_schema_compatible {
                true => Which::Optional,
                false => Which::All,
            },
            nulls,
            dialect,
            plans: Recent::new(64),
        });
        let additions = Additions {
            fields: added("add.fields", &config.add_fields_prefix, &config.add_fields)?,
            deleted: match deletes {
                Deletes::Rewrite => Deleted::Said,
                _ => Deleted::Unsaid,
            },
            nulls,
            dialect,
        };
        Ok(Self {
            deletes,
            tombstones,
            route: Some(config.route_by_field)
                .filter(|name| !name.is_empty())
                .map(Into::into),
            headers: added(
                "add.headers",
                &config.add_headers_prefix,
                &config.add_headers,
            )?,
            additions,
            dropped,
            heads: BySchema::with_room(ROOM),
            before: BySchema::with_room(ROOM),
            after: BySchema::with_room(ROOM),
        })
    }

    fn extract(&mut self, record: &mut Record) -> Result<Outcome> {
        if record.value.value.is_null() {
            return Ok(self.tombstone(record));
        }
        if envelope::has_schema(record) {
            self.structured(record)
        } else if self.additions.dialect == Dialect::Strict && envelope::is_map(&record.value) {
            self.schemaless(record)
        } else {
            Ok(Outcome::Kept)
        }
    }

    fn tombstone(&self, record: &mut Record) -> Outcome {
        if self.tombstones == Tombstones::Drop {
            return Outcome::Dropped;
        }
        for added in self.headers.iter().filter(|added| added.is_operation()) {
            let code = SchemaAndValue::new(Schema::plain_string(), DELETE);
            record.headers.add(added.name(), code);
        }
        Outcome::Kept
    }

    fn structured(&mut self, record: &mut Record) -> Result<Outcome> {
        let event = envelope::take_struct(&mut record.value, "extracting rows")?;
        let (headers, route, dialect) =
            (&self.headers, self.route.as_ref(), self.additions.dialect);
        let head = self.heads.get(event.schema(), |schema| {
            Head::new(schema, headers, route, dialect)
        })?;
        let change = head.change(&event);
        if change == Change::Truncation
            || change == Change::Deletion && self.deletes == Deletes::Drop
        {
            return Ok(Outcome::Dropped);
        }
        head.add_headers(&event, &mut record.headers);
        // A row that gets `__deleted` has its defaults before it is asked for the topic; one that is gone does not.
        let nulls = match (change, self.deletes) {
            (Change::Write, Deletes::Rewrite) => self.additions.nulls,
            _ => Nulls::Kept,
        };
        if let Some(topic) = head.topic(&event, change, nulls)? {
            record.topic = topic;
        }
        if change == Change::Write || self.deletes == Deletes::Rewrite {
            self.take_row(record, event, change)?;
        } else {
            record.value = SchemaAndValue {
                schema: (self.deletes == Deletes::Null).then(|| head.null_schema().clone()),
                value: Value::Null,
            };
            drop_fields(&mut self.dropped, record)?;
        }
        Ok(Outcome::Kept)
    }

    /// Makes the row of an event the value, with what is added to it and without what is dropped.
    ///
    /// As in Debezium fields are added to a deleted row last: they stay, and may be called like one that is dropped.
    fn take_row(&mut self, record: &mut Record, event: Struct, change: Change) -> Result<()> {
        let (rows, side) = match change {
            Change::Write => (&mut self.after, AFTER),
            _ => (&mut self.before, BEFORE),
        };
        let row = rows.get_mut(event.schema(), |schema| {
            Row::new(schema, side, &self.additions)
        })?;
        let additions = row.additions(&event)?;
        let taken = row.take(event, change)?;
        if change == Change::Write {
            record.value = row.extend(taken, additions)?.into();
            return drop_fields(&mut self.dropped, record);
        }
        record.value = taken.into();
        drop_fields(&mut self.dropped, record)?;
        let left = envelope::take_struct(&mut record.value, "extracting rows")?;
        record.value = row.extend(left, additions)?.into();
        Ok(())
    }

    fn schemaless(&mut self, record: &mut Record) -> Result<Outcome> {
        let Value::Map(event) = std::mem::take(&mut record.value.value) else {
            return Ok(Outcome::Kept);
        };
        let change = change(
            envelope::entry(&event, BEFORE),
            envelope::entry(&event, AFTER),
        );
        if change == Change::Truncation
            || change == Change::Deletion && self.deletes == Deletes::Drop
        {
            return Ok(Outcome::Dropped);
        }
        for added in &self.headers {
            if let Some(value) = added.in_map(&event) {
                record.headers.add(added.name(), value.clone());
            }
        }
        let side = change.side();
        if let Some(route) = &self.route {
            let column = envelope::entry(&event, side).and_then(|row| row.get(route));
            if let Some(topic) = head::topic(route, column)? {
                record.topic = topic;
            }
        }
        if change == Change::Write || self.deletes == Deletes::Rewrite {
            self.take_entries(record, Arc::unwrap_or_clone(event), change)?;
        } else {
            drop_fields(&mut self.dropped, record)?;
        }
        Ok(Outcome::Kept)
    }

    /// Does the same as [`take_row`](Self::take_row) without a schema.
    fn take_entries(
        &mut self,
        record: &mut Record,
        mut event: Entries,
        change: Change,
    ) -> Result<()> {
        let row = envelope::take_entry(&mut event, change.side()).unwrap_or_default();
        let Value::Map(mut row) = row else {
            return Err(envelope::not_a("map", "extracting rows", &row));
        };
        row::mark(Arc::make_mut(&mut row), &self.additions, change)?;
        if change == Change::Write {
            row::extend(Arc::make_mut(&mut row), &event, &self.additions)?;
        }
        record.value.value = Value::Map(row);
        drop_fields(&mut self.dropped, record)?;
        if change == Change::Deletion
            && let Value::Map(row) = &mut record.value.value
        {
            row::extend(Arc::make_mut(row), &event, &self.additions)?;
        }
        Ok(())
    }
}

/// Drops what a header lists.
fn drop_fields(dropped: &mut Option<DroppedFields>, record: &mut Record) -> Result<()> {
    match dropped {
        Some(dropped) => dropped.apply(record),
        None => Ok(()),
    }
}

/// How many schemas are remembered: a database has many tables, each with its own.
const ROOM: usize = 256;

/// What happened to a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Change {
    /// It is there now.
    Write,
    /// It was there before.
    Deletion,
    /// There is no row: all of the table is gone.
    Truncation,
}

impl Change {
    /// Returns which row of the event tells about it.
    fn side(self) -> &'static str {
        match self {
            Self::Write => AFTER,
            _ => BEFORE,
        }
    }
}

/// Tells what happened by the rows.
fn change(before: Option<&Value>, after: Option<&Value>) -> Change {
    match (before, after) {
        (_, Some(row)) if !row.is_null() => Change::Write,
        (Some(row), _) if !row.is_null() => Change::Deletion,
        _ => Change::Truncation,
    }
}

impl Transform for ExtractNewRecordState {
    fn apply(&mut self, record: &mut Record, _: &mut Vec<Record>) -> Result<Outcome> {
        self.extract(record)
    }
}
