//! [`Added`]: what an event says about its row.

use connect_api::{Dialect, Error, Result, Schema, Str, Struct, Type, Value};

use crate::{
    debezium::envelope::{self, Entries, OPERATION, SOURCE, TIMESTAMP, TRANSACTION},
    options::refused,
    rebuilt::named_like,
};

/// A field of an event, and how it is called where it is added.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Added {
    /// The field of the event that it is in; without one it is a field of the event.
    parent: Option<Str>,
    /// The way from there.
    steps: Vec<Str>,
    name: Str,
}

impl Added {
    /// Reads one entry of `add.fields` or `add.headers`.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Config`](connect_api::ErrorKind::Config), naming `key`: a name is missing, or there are too many.
    pub(super) fn new(key: &str, prefix: &str, text: &str, dialect: Dialect) -> Result<Self> {
        let parts: Vec<_> = text.split(':').collect();
        let (path, renamed) = match parts.as_slice() {
            [path] => (*path, None),
            [path, name] if !name.is_empty() => (*path, Some(*name)),
            _ => {
                return Err(refused(
                    key,
                    text,
                    "expected a field like op, source.table or op:operation",
                ));
            }
        };
        let mut steps: Vec<&str> = path.split('.').collect();
        if steps.contains(&"") {
            return Err(refused(
                key,
                text,
                "expected the name of a field, found none",
            ));
        }
        if dialect == Dialect::Java {
            steps.truncate(2);
        }
        let (parent, steps) = match steps.split_first() {
            Some((parent, steps)) if !steps.is_empty() => (Some(*parent), steps.to_vec()),
            _ => (parent_of(path), steps),
        };
        let name = match (renamed, path.contains('.')) {
            (Some(name), _) => name.to_owned(),
            (None, false) => path.to_owned(),
            (None, true) => format!("{}_{}", parent.unwrap_or_default(), steps.join("_")),
        };
        Ok(Self {
            parent: parent.map(Into::into),
            steps: steps.into_iter().map(Into::into).collect(),
            name: format!("{prefix}{name}").into(),
        })
    }

    /// Returns what it is called.
    pub(super) fn name(&self) -> &Str {
        &self.name
    }

    /// Returns whether it is the operation, the one thing that a tombstone tells too.
    pub(super) fn is_operation(&self) -> bool {
        self.steps.as_slice() == [OPERATION]
    }

    /// Finds it in events of a schema; if it is not there, one of that name in the event itself.
    ///
    /// # Errors
    ///
    /// In Java's dialect: the event does not even have the field that it should be in.
    pub(super) fn find(&self, event: &Schema, dialect: Dialect) -> Result<Option<Found>> {
        let parent = match &self.parent {
            None => None,
            Some(name) => match event.field_index(name) {
                Some(index) => Some(index),
                None if dialect == Dialect::Java => {
                    return Err(Error::rejected(format!(
                        "adding fields: no field `{name}` in {event}"
                    )));
                }
                None => None,
            },
        };
        let inside = parent.map(|index| (index, event.fields()[index].schema()));
        if dialect == Dialect::Java
            && let Some((_, schema)) = inside
            && schema.type_() != Type::Struct
        {
            return Err(Error::rejected(format!(
                "adding fields: expected a struct, found {schema}"
            )));
        }
        if let Some((index, schema)) = inside
            && let Some((mut way, schema)) = way(&self.steps, schema)
        {
            way.insert(0, index);
            return Found::new(way, None, schema, dialect).map(Some);
        }
        match way(&self.steps, event) {
            Some((way, schema)) => Found::new(way, parent, schema, dialect).map(Some),
            None => Ok(None),
        }
    }

    /// Returns it in an event without a schema.
    pub(super) fn in_map<'a>(&self, event: &'a Entries) -> Option<&'a Value> {
        let (first, rest) = self.steps.split_first()?;
        let inside = |value: &'a Value| rest.iter().try_fold(value, |value, step| value.get(step));
        let parent = self
            .parent
            .as_ref()
            .and_then(|name| envelope::entry(event, name));
        let there = parent.and_then(|parent| parent.get(first)).and_then(inside);
        there.or_else(|| envelope::entry(event, first).and_then(inside))
    }
}

/// Says where a field is whose name stands alone.
fn parent_of(field: &str) -> Option<&'static str> {
    match field {
        "id" | "data_collection_order" | "total_order" => Some(TRANSACTION),
        OPERATION | TIMESTAMP | "ts_us" | "ts_ns" => None,
        "updateDescription" => Some("updateDescription"),
        _ => Some(SOURCE),
    }
}

/// Leads through structs: the indices of the fields, and the schema of the last one.
fn way<'a>(steps: &[Str], schema: &'a Schema) -> Option<(Vec<usize>, &'a Schema)> {
    let mut indices = Vec::with_capacity(steps.len() + 1);
    let mut schema = schema;
    for step in steps {
        let index = schema.field_index(step)?;
        indices.push(index);
        schema = schema.fields()[index].schema();
    }
    Some((indices, schema))
}

/// A field in events of one schema.
#[derive(Clone, Debug)]
pub(super) struct Found {
    way: Vec<usize>,
    /// In Java's dialect: the field that must not be null if the value is to count.
    guard: Option<usize>,
    schema: Schema,
}

impl Found {
    fn new(
        way: Vec<usize>,
        guard: Option<usize>,
        schema: &Schema,
        dialect: Dialect,
    ) -> Result<Self> {
        let java = dialect == Dialect::Java;
        let schema = match schema.type_() {
            // Debezium's copy of a schema has neither fields nor keys.
            Type::Struct if java => named_like(schema, Schema::structure()).optional().build()?,
            Type::Map if java => {
                return Err(Error::rejected(format!(
                    "adding fields: {schema} cannot be copied"
                )));
            }
            _ => schema.to_builder().without_default().optional().build()?,
        };
        Ok(Self {
            way,
            guard: guard.filter(|_| java),
            schema,
        })
    }

    /// Returns the schema that it has where it is added: optional, without a default.
    pub(super) fn schema(&self) -> &Schema {
        &self.schema
    }

    /// Returns the value, null where the way to it is.
    pub(super) fn value(&self, event: &Struct) -> Value {
        let is_null = |index| event.values().get(index).is_none_or(Value::is_null);
        if self.guard.is_some_and(is_null) {
            return Value::Null;
        }
        let mut values = event.values();
        let mut found = &Value::Null;
        for index in &self.way {
            let Some(value) = values.get(*index) else {
                return Value::Null;
            };
            found = value;
            values = value.as_struct().map_or(&[], Struct::values);
        }
        found.clone()
    }
}
