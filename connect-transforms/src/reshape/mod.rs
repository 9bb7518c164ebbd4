//! [`Reshape`]: fields that go, fields that stay, fields that get another name.

mod plan;
mod tree;

use std::sync::Arc;

use connect_api::{Dialect, Result, SchemaAndValue, Str, Struct, Value};

use self::{plan::Plan, tree::Node};
use crate::{
    by_schema::BySchema,
    path::{FieldPath, Nulls},
    shape,
};

/// What happens to the fields at some paths.
#[derive(Clone, Debug)]
pub(crate) struct Reshape {
    /// For messages: what is done, such as `replacing fields`.
    purpose: &'static str,
    root: Node,
    plans: BySchema<Plan>,
    nulls: Nulls,
    dialect: Dialect,
}

/// What happens to one field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Change {
    /// It goes, whatever else is said of it.
    Exclude,
    /// It stays, and of the fields beside it only those of which the same is said.
    Include,
    /// It gets another name.
    Rename(Str),
}

impl Reshape {
    /// Prepares changes, each with the key that it is from and its path.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Config`](connect_api::ErrorKind::Config), naming the key: a path names elements and no field, or one
    /// element alone, which cannot have other fields than those beside it.
    pub(crate) fn new(
        purpose: &'static str,
        changes: impl IntoIterator<Item = (&'static str, FieldPath, Change)>,
        nulls: Nulls,
        dialect: Dialect,
    ) -> Result<Self> {
        let mut root = Node::default();
        for (key, path, change) in changes {
            let text = path.to_string();
            let path = path.of_fields(key, &text)?;
            root.insert(path.steps(), change);
        }
        root.settle();
        Ok(Self {
            purpose,
            root,
            plans: BySchema::default(),
            nulls,
            dialect,
        })
    }

    /// Changes the fields of a datum.
    ///
    /// # Errors
    ///
    /// It is neither a struct with a schema nor a map without one, or two fields would have one name.
    pub(crate) fn apply(&mut self, datum: &mut SchemaAndValue) -> Result<()> {
        if datum.schema.is_none() {
            let entries = shape::map(&mut datum.value, self.purpose)?;
            self.root.reshape(entries);
            return Ok(());
        }
        let fields = shape::structure(std::mem::take(&mut datum.value), self.purpose)?;
        let (root, nulls, dialect) = (&self.root, self.nulls, self.dialect);
        let purpose = self.purpose;
        let plan = self.plans.get(fields.schema(), |schema| {
            let plan = Plan::new(root, schema, nulls, dialect);
            plan.map_err(|error| error.context(purpose))
        })?;
        let applied = plan.apply(fields.into());
        datum.value = applied.map_err(|error| error.context(purpose))?;
        datum.schema = datum.value.as_struct().map(Struct::schema).cloned();
        Ok(())
    }
}

impl Node {
    /// Changes the entries of a map without a schema.
    fn reshape(&self, entries: &mut Arc<Vec<(Value, Value)>>) {
        let list = Arc::make_mut(entries);
        list.retain_mut(|(key, value)| {
            let kept = match key {
                Value::String(name) => self.keeps(name),
                // What is no text is named by nobody.
                _ => return !self.is_selective(),
            };
            let Some(kept) = kept else {
                return false;
            };
            if let Some(new) = kept.new_name {
                *key = new.clone().into();
            }
            match kept.inside {
                Some(inside) => inside.reshape_value(value),
                None => true,
            }
        });
        let is_double = |name: &Str| {
            let same = |(key, _): &&(Value, Value)| key.as_str() == Some(name);
            list.iter().filter(same).nth(1).is_some()
        };
        if self.new_names().any(is_double)
            && let Value::Map(distinct) = Value::map(std::mem::take(list))
        {
            *entries = distinct;
        }
    }

    /// Changes what is inside of a value; false if it has no inside of which anything is to stay.
    fn reshape_value(&self, value: &mut Value) -> bool {
        match (value, self.elements()) {
            (Value::Map(entries), _) => {
                self.reshape(entries);
                true
            }
            (Value::Array(elements), Some(each)) => {
                let elements = Arc::make_mut(elements);
                elements.retain_mut(|element| each.reshape_value(element));
                true
            }
            (Value::Null, _) => true,
            _ => !self.is_selective(),
        }
    }
}
