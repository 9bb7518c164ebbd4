//! [`Head`]: what is the same for all events of a schema.

use connect_api::{Dialect, Error, Headers, Result, Schema, SchemaAndValue, Str, Struct, Value};

use super::{
    Change,
    added::{Added, Found},
    change,
};
use crate::{
    debezium::envelope::{AFTER, BEFORE},
    path::Nulls,
};

/// What is the same for all events of a schema, whatever happened.
#[derive(Clone, Debug)]
pub(super) struct Head {
    before: Option<usize>,
    after: usize,
    null_schema: Schema,
    headers: Vec<(Str, Found)>,
    route: Option<Route>,
}

/// The column that holds the topic.
#[derive(Clone, Debug)]
struct Route {
    column: Str,
    before: Option<usize>,
    after: Option<usize>,
}

impl Head {
    /// Prepares events of a schema.
    ///
    /// # Errors
    ///
    /// They have no row after the change, or in Java's dialect not what a header needs.
    pub(super) fn new(
        event: &Schema,
        headers: &[Added],
        route: Option<&Str>,
        dialect: Dialect,
    ) -> Result<Self> {
        let field = |name| event.field_index(name);
        let missing =
            |name| Error::rejected(format!("extracting rows: no field `{name}` in {event}"));
        let after = field(AFTER).ok_or_else(|| missing(AFTER))?;
        let before = field(BEFORE);
        let mut found = Vec::new();
        for header in headers {
            let header = header
                .find(event, dialect)?
                .map(|found| (header.name().clone(), found));
            found.extend(header);
        }
        let column = |index: usize, name: &str| event.fields()[index].schema().field_index(name);
        Ok(Self {
            before,
            after,
            null_schema: event.fields()[after].schema().clone(),
            headers: found,
            route: route.map(|name| Route {
                column: name.clone(),
                before: before.and_then(|index| column(index, name)),
                after: column(after, name),
            }),
        })
    }

    /// Tells what happened.
    pub(super) fn change(&self, event: &Struct) -> Change {
        change(
            self.before.map(|index| event.get_at(index)),
            Some(event.get_at(self.after)),
        )
    }

    /// Returns the schema of the null that a deleted row becomes.
    pub(super) fn null_schema(&self) -> &Schema {
        &self.null_schema
    }

    /// Adds what an event says as headers.
    pub(super) fn add_headers(&self, event: &Struct, headers: &mut Headers) {
        for (name, found) in &self.headers {
            let value = found.value(event);
            headers.add(name, SchemaAndValue::new(found.schema().clone(), value));
        }
    }

    /// Returns the topic that the row names, if it names one; `nulls` says what a null in a row that is there counts as.
    ///
    /// # Errors
    ///
    /// There is no such column, or it holds something else than text.
    pub(super) fn topic(
        &self,
        event: &Struct,
        change: Change,
        nulls: Nulls,
    ) -> Result<Option<Str>> {
        let Some(route) = &self.route else {
            return Ok(None);
        };
        let (row, column) = match change {
            Change::Write => (Some(self.after), route.after),
            _ => (self.before, route.before),
        };
        let row = row.and_then(|index| event.get_at(index).as_struct());
        let column = row
            .zip(column)
            .filter(|(row, column)| *column < row.values().len());
        let value = column.map(|(row, column)| nulls.field(row, column));
        topic(&route.column, value)
    }
}

/// Returns the topic that a column holds; a blank one is none.
///
/// # Errors
///
/// There is no such column, or it holds something else than text.
pub(super) fn topic(column: &str, value: Option<&Value>) -> Result<Option<Str>> {
    match value {
        Some(Value::String(topic)) => {
            let blank = topic.chars().all(|character| character <= ' ');
            Ok((!blank).then(|| topic.clone()))
        }
        Some(Value::Null) => Ok(None),
        Some(other) => Err(Error::rejected(format!(
            "routing by field `{column}`: expected a string, found {}",
            other.type_name()
        ))),
        None => Err(Error::rejected(format!(
            "routing by field `{column}`: there is no such field"
        ))),
    }
}
