//! [`Edits`]: what changes values where they stand.

mod plan;
mod tree;

use std::fmt;

use connect_api::{Dialect, Result, Schema, SchemaAndValue, Value};

use self::{plan::Plan, tree::Node};
use crate::{
    by_schema::BySchema,
    path::{FieldPath, Nulls},
    rebuilt::TakenOver,
    shape::misfit,
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
    prepared: BySchema<Prepared>,
    nulls: Nulls,
    dialect: Dialect,
}

/// What is done to values of one schema.
#[derive(Clone, Debug)]
struct Prepared {
    /// Java copies all fields of a struct, even where it edits none of them.
    copied: Option<TakenOver>,
    plan: Plan,
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
            prepared: BySchema::default(),
            nulls,
            dialect,
        }
    }

    /// Edits a datum; null at the top stays null unless it is edited as a whole.
    ///
    /// # Errors
    ///
    /// A schema or a value cannot be edited, with a schema there is something else than a struct, or without one something
    /// else than a map; names the field.
    pub(crate) fn apply(&mut self, datum: &mut SchemaAndValue) -> Result<()> {
        let may_be_edited = matches!(datum.value, Value::Struct(_) | Value::Null);
        if datum.schema.is_some() && !may_be_edited && !self.root.is_whole() {
            let error = misfit("with a schema expected a struct", &datum.value);
            return Err(error.context(self.purpose));
        }
        self.apply_to_any(datum)
    }

    /// Edits a datum that may also be a map with a schema.
    ///
    /// # Errors
    ///
    /// As [`apply`](Self::apply).
    pub(crate) fn apply_to_any(&mut self, datum: &mut SchemaAndValue) -> Result<()> {
        let Some(schema) = &datum.schema else {
            return self.schemaless(&mut datum.value);
        };
        let value = std::mem::take(&mut datum.value);
        let (root, edits) = (&self.root, &self.edits);
        let (nulls, dialect) = (self.nulls, self.dialect);
        let prepared = self.prepared.get(schema, |schema| {
            let copies = dialect == Dialect::Java && !root.is_whole();
            let plan = root.plan(schema, edits)?;
            Ok(Prepared {
                copied: copies.then(|| TakenOver::new(schema, nulls, dialect)),
                plan: plan.unwrap_or_else(|| Plan::untouched(schema)),
            })
        })?;
        datum.value = prepared.apply(value, edits, nulls)?;
        datum.schema = Some(prepared.plan.schema().clone());
        Ok(())
    }

    fn schemaless(&self, value: &mut Value) -> Result<()> {
        let whole = self.root.is_whole();
        match value {
            Value::Null if !whole => Ok(()),
            Value::Map(_) | Value::Null => self.root.edit(value, &self.edits, self.dialect),
            _ if whole => self.root.edit(value, &self.edits, self.dialect),
            found => Err(misfit("without a schema expected a map", found).context(self.purpose)),
        }
    }
}

impl Prepared {
    fn apply<E: Edit>(&self, value: Value, edits: &[E], nulls: Nulls) -> Result<Value> {
        let value = match (&self.copied, value) {
            (Some(copied), Value::Struct(mut fields)) => {
                copied.fill(fields.values_mut())?;
                fields.into()
            }
            (_, value) => value,
        };
        self.plan.apply(value, edits, nulls)
    }
}
