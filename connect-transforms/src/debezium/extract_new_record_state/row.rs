//! [`Row`]: the row of an event becomes a value of its own.

use connect_api::{Dialect, Error, Result, Schema, Str, Struct, Type, Value};

use super::{
    Change,
    added::{Added, Found},
};
use crate::{
    debezium::envelope::{self, Entries},
    path::Nulls,
    rebuilt::{TakenOver, named_like},
};

/// The field that says whether a row was deleted, with the text `true` or `false`.
pub(super) const DELETED: Str = Str::from_static("__deleted");

/// What a row gets beside its own fields.
#[derive(Clone, Debug)]
pub(super) struct Additions {
    pub(super) fields: Vec<Added>,
    /// Whether [`DELETED`] is added.
    pub(super) deleted: Deleted,
    /// What a null counts as when that is done.
    pub(super) nulls: Nulls,
    pub(super) dialect: Dialect,
}

/// Whether rows say that they were deleted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Deleted {
    Said,
    Unsaid,
}

/// How rows of one schema become values.
#[derive(Clone, Debug)]
pub(super) struct Row {
    index: usize,
    schema: Schema,
    taken_over: TakenOver,
    deleted: Deleted,
    added: Vec<Found>,
}

impl Row {
    /// Prepares the rows in the field `name` of events of a schema.
    ///
    /// # Errors
    ///
    /// They are no structs, or have a field already that is to be added.
    pub(super) fn new(event: &Schema, name: &str, additions: &Additions) -> Result<Self> {
        let missing = || Error::rejected(format!("extracting rows: no field `{name}` in {event}"));
        let index = event.field_index(name).ok_or_else(missing)?;
        let row = event.fields()[index].schema();
        if row.type_() != Type::Struct {
            return Err(Error::rejected(format!(
                "extracting rows: expected a struct in the field `{name}`, found {row}"
            )));
        }
        let mut builder = named_like(row, Schema::structure());
        for field in row.fields() {
            builder = builder.field(field.name(), field.schema().clone());
        }
        let nulls = match additions.deleted {
            Deleted::Said => additions.nulls,
            Deleted::Unsaid => Nulls::Kept,
        };
        if additions.deleted == Deleted::Said {
            builder = builder.field(DELETED, Schema::optional_string());
        }
        let mut added = Vec::new();
        for field in &additions.fields {
            if let Some(found) = field.find(event, additions.dialect)? {
                builder = builder.field(field.name(), found.schema().clone());
                added.push(found);
            }
        }
        let schema = builder
            .build()
            .map_err(|error| error.context("extracting rows"))?;
        Ok(Self {
            index,
            schema,
            taken_over: TakenOver::new(row, nulls, Dialect::Strict),
            deleted: additions.deleted,
            added,
        })
    }

    /// Takes the row out of an event.
    ///
    /// # Errors
    ///
    /// It is not what the schema says.
    pub(super) fn take(&self, event: Struct, change: Change) -> Result<Struct> {
        let mut added = Vec::with_capacity(self.added.len());
        for found in &self.added {
            let value = found.value(&event);
            let emptied =
                found.schema().type_() == Type::Struct && found.schema().fields().is_empty();
            if emptied
                && value
                    .as_struct()
                    .is_some_and(|fields| fields.schema() != found.schema())
            {
                return Err(Error::rejected(format!(
                    "extracting rows: in Java's dialect {} has lost its fields",
                    found.schema()
                )));
            }
            added.push(value);
        }
        let mut values = event.into_values();
        let row = match std::mem::take(&mut values[self.index]) {
            Value::Struct(row) => row,
            other => return Err(envelope::not_a("struct", "extracting rows", &other)),
        };
        let mut row = row.into_values();
        self.taken_over.fill(&mut row)?;
        row.reserve_exact(added.len() + 1);
        if self.deleted == Deleted::Said {
            row.push(text(change));
        }
        row.append(&mut added);
        Struct::from_values(&self.schema, row)
    }
}

/// Adds the fields to a row without a schema.
///
/// # Errors
///
/// It has one of them already.
pub(super) fn extend(
    row: &mut Entries,
    event: &Entries,
    additions: &Additions,
    change: Change,
) -> Result<()> {
    let mut add = |name: &Str, value: Value| {
        if envelope::entry(row, name).is_some() {
            return Err(Error::rejected(format!(
                "extracting rows: field `{name}` is already there"
            )));
        }
        row.push((name.clone().into(), value));
        Ok(())
    };
    if additions.deleted == Deleted::Said {
        add(&DELETED, text(change))?;
    }
    for field in &additions.fields {
        if let Some(value) = field.in_map(event) {
            add(field.name(), value.clone())?;
        }
    }
    Ok(())
}

fn text(change: Change) -> Value {
    let text = match change {
        Change::Deletion => "true",
        _ => "false",
    };
    Value::String(Str::from_static(text))
}
