//! [`Row`]: the row of an event becomes a value of its own.

use connect_api::{Dialect, Error, Result, Schema, Str, Struct, Type, Value};

use super::{
    Change,
    added::{Added, Found},
};
use crate::{
    by_schema::BySchema,
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
    /// The row with [`DELETED`] alone.
    schema: Schema,
    taken_over: TakenOver,
    deleted: Deleted,
    added: Vec<(Str, Found)>,
    /// What the added fields make of a row's schema; fields may have been dropped from it.
    extended: BySchema<Schema>,
}

impl Row {
    /// Prepares the rows in the field `name` of events of a schema.
    ///
    /// # Errors
    ///
    /// They are no structs, or have a field [`DELETED`] already.
    pub(super) fn new(event: &Schema, name: &str, additions: &Additions) -> Result<Self> {
        let missing = || Error::rejected(format!("extracting rows: no field `{name}` in {event}"));
        let index = event.field_index(name).ok_or_else(missing)?;
        let row = event.fields()[index].schema();
        if row.type_() != Type::Struct {
            return Err(Error::rejected(format!(
                "extracting rows: expected a struct in the field `{name}`, found {row}"
            )));
        }
        let nulls = match additions.deleted {
            Deleted::Said => additions.nulls,
            Deleted::Unsaid => Nulls::Kept,
        };
        let deleted = match additions.deleted {
            Deleted::Said => vec![(DELETED, Schema::optional_string())],
            Deleted::Unsaid => Vec::new(),
        };
        let mut added = Vec::new();
        for field in &additions.fields {
            let found = field.find(event, additions.dialect)?;
            added.extend(found.map(|found| (field.name().clone(), found)));
        }
        Ok(Self {
            index,
            schema: extended(row, deleted)?,
            taken_over: TakenOver::new(row, nulls, Dialect::Strict),
            deleted: additions.deleted,
            added,
            extended: BySchema::default(),
        })
    }

    /// Finds what is to be added to the row of an event.
    ///
    /// # Errors
    ///
    /// In Java's dialect: a struct that has fields.
    pub(super) fn additions(&self, event: &Struct) -> Result<Vec<Value>> {
        let mut values = Vec::with_capacity(self.added.len());
        for (_, found) in &self.added {
            let value = found.value(event);
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
            values.push(value);
        }
        Ok(values)
    }

    /// Takes the row out of an event.
    ///
    /// # Errors
    ///
    /// It is not what the schema says.
    pub(super) fn take(&self, event: Struct, change: Change) -> Result<Struct> {
        let mut values = event.into_values();
        let row = match std::mem::take(&mut values[self.index]) {
            Value::Struct(row) => row,
            other => return Err(envelope::not_a("struct", "extracting rows", &other)),
        };
        let mut row = row.into_values();
        self.taken_over.fill(&mut row)?;
        row.reserve_exact(self.added.len() + 1);
        if self.deleted == Deleted::Said {
            row.push(text(change));
        }
        Struct::from_values(&self.schema, row)
    }

    /// Adds to what is left of a row.
    ///
    /// # Errors
    ///
    /// It has a field of one of the names already.
    pub(super) fn extend(&mut self, row: Struct, mut additions: Vec<Value>) -> Result<Struct> {
        if additions.is_empty() {
            return Ok(row);
        }
        let added = &self.added;
        let schema = self.extended.get(row.schema(), |row| {
            let fields = added.iter();
            extended(
                row,
                fields.map(|(name, found)| (name.clone(), found.schema().clone())),
            )
        })?;
        let mut values = row.into_values();
        values.append(&mut additions);
        Struct::from_values(schema, values)
    }
}

/// Appends fields to a schema of structs.
fn extended(row: &Schema, fields: impl IntoIterator<Item = (Str, Schema)>) -> Result<Schema> {
    let mut builder = named_like(row, Schema::structure());
    for field in row.fields() {
        builder = builder.field(field.name(), field.schema().clone());
    }
    for (name, schema) in fields {
        builder = builder.field(name, schema);
    }
    let built = builder.build();
    built.map_err(|error| error.context("extracting rows"))
}

/// Says in a row without a schema whether it was deleted.
///
/// # Errors
///
/// It has a field [`DELETED`] already.
pub(super) fn mark(row: &mut Entries, additions: &Additions, change: Change) -> Result<()> {
    match additions.deleted {
        Deleted::Said => add(row, &DELETED, text(change)),
        Deleted::Unsaid => Ok(()),
    }
}

/// Adds to a row without a schema what the rest of its event says.
///
/// # Errors
///
/// It has a field of one of the names already.
pub(super) fn extend(row: &mut Entries, event: &Entries, additions: &Additions) -> Result<()> {
    for field in &additions.fields {
        if let Some(value) = field.in_map(event) {
            add(row, field.name(), value.clone())?;
        }
    }
    Ok(())
}

fn add(row: &mut Entries, name: &Str, value: Value) -> Result<()> {
    if envelope::entry(row, name).is_some() {
        return Err(Error::rejected(format!(
            "extracting rows: field `{name}` is already there"
        )));
    }
    row.push((name.clone().into(), value));
    Ok(())
}

fn text(change: Change) -> Value {
    let text = match change {
        Change::Deletion => "true",
        _ => "false",
    };
    Value::String(Str::from_static(text))
}
