//! [`Edits`]: what changes values where they stand.

mod plan;
mod tree;

use std::fmt;

use connect_api::{Dialect, Error, Result, Schema, SchemaAndValue, Value};

use self::{plan::Plan, tree::Node};
use crate::{
    by_schema::BySchema,
    path::{FieldPath, Nulls},
    rebuilt::TakenOver,
};

/// What is done to a value, wherever it stands.
pub(crate) trait Edit: Clone + fmt::Debug + Send + 'static {
    /// Returns the schema of what values of `schema` become.
    ///
    /// # Errors
    ///
    /// No value of `schema` can be edited.
    fn schema(&self, schema: &Schema) -> Result<Schema>;

    /// Returns what becomes of a value; null is one. `schema` is the one that it had, if it had one.
    ///
    /// # Errors
    ///
    /// This value cannot be edited.
    fn value(&self, schema: Option<&Schema>, value: Value) -> Result<Value>;
}

/// What is done to the values at some paths, everything else being left where it is.
///
/// A schema is rewritten once ([`BySchema`]); then values of it are changed in place. What a path does not find is left
/// out: in a struct always, in a map unless the dialect is Java's, where a missing entry at the top is a null.
#[derive(Clone, Debug)]
pub(crate) struct Edits<E> {
    /// For messages: what is done, such as `masking fields`.
    purpose: &'static str,
    edits: Vec<E>,
    root: Node,
    plans: BySchema<Plan>,
    taken_over: BySchema<TakenOver>,
    nulls: Nulls,
    dialect: Dialect,
}

impl<E: Edit> Edits<E> {
    /// Prepares `edits`, each for its path; of two for one path the last counts.
    pub(crate) fn new(
        purpose: &'static str,
        edits: impl IntoIterator<Item = (FieldPath, E)>,
        nulls: Nulls,
        dialect: Dialect,
    ) -> Self {
        let (mut root, mut list) = (Node::default(), Vec::new());
        for (path, edit) in edits {
            root.insert(path.steps(), list.len());
            list.push(edit);
        }
        Self {
            purpose,
            edits: list,
            root,
            plans: BySchema::default(),
            taken_over: BySchema::default(),
            nulls,
            dialect,
        }
    }

    /// Edits a datum; null at the top stays null unless it is edited as a whole.
    ///
    /// # Errors
    ///
    /// A schema or a value cannot be edited, or without a schema there is something else than a map; names the field.
    pub(crate) fn apply(&mut self, datum: &mut SchemaAndValue) -> Result<()> {
        let value = std::mem::take(&mut datum.value);
        let Some(schema) = &datum.schema else {
            datum.value = self.schemaless(value)?;
            return Ok(());
        };
        if !self.root.is_whole() && !matches!(value, Value::Struct(_) | Value::Null) {
            return Err(self.unexpected("with a schema expected a struct", &value));
        }
        let value = match value {
            // Java copies all fields, even where it edits none of them.
            Value::Struct(mut fields) if self.dialect == Dialect::Java && !self.root.is_whole() => {
                let (nulls, dialect) = (self.nulls, self.dialect);
                let taken_over = self
                    .taken_over
                    .get(schema, |schema| Ok(TakenOver::new(schema, nulls, dialect)))?;
                taken_over.fill(fields.values_mut())?;
                fields.into()
            }
            other => other,
        };
        let (root, edits) = (&self.root, &self.edits);
        let plan = self.plans.get(schema, |schema| {
            let plan = root.plan(schema, edits)?;
            Ok(plan.unwrap_or_else(|| Plan::untouched(schema)))
        })?;
        datum.value = plan.apply(value, &self.edits, self.nulls)?;
        datum.schema = Some(plan.schema().clone());
        Ok(())
    }

    fn schemaless(&self, value: Value) -> Result<Value> {
        let whole = self.root.is_whole();
        match value {
            Value::Null if !whole => Ok(Value::Null),
            Value::Map(_) | Value::Null => self.root.edit(value, &self.edits, self.dialect),
            _ if whole => self.root.edit(value, &self.edits, self.dialect),
            found => Err(self.unexpected("without a schema expected a map", &found)),
        }
    }

    fn unexpected(&self, expected: &str, found: &Value) -> Error {
        let found = found.type_name();
        Error::rejected(format!("{}: {expected}, found {found}", self.purpose))
    }
}

/// Checks that a datum with a schema is one that has fields.
///
/// # Errors
///
/// It is none.
pub(crate) fn expect_fields(purpose: &str, datum: &SchemaAndValue) -> Result<()> {
    match &datum.value {
        Value::Struct(_) | Value::Null => Ok(()),
        _ if datum.schema.is_none() => Ok(()),
        found => Err(Error::rejected(format!(
            "{purpose}: with a schema expected a struct, found {}",
            found.type_name()
        ))),
    }
}
