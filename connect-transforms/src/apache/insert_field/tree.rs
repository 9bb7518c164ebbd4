//! [`Node`]: what is inserted into a value and into those inside of it.

use std::sync::Arc;

use connect_api::{Dialect, Error, Result, Value};

use super::insertion::Insertion;
use crate::{
    options::refused,
    path::Step,
    shape::{misfit, set},
};

/// What is inserted into a value and into those inside of it, in order.
#[derive(Clone, Debug, Default)]
pub(super) struct Node {
    pub(super) children: Vec<(Step, Child)>,
}

#[derive(Clone, Debug)]
pub(super) enum Child {
    /// A field that gets the value of the insertion with that number.
    New(usize),
    /// Something that is inserted into, and added if it is not there.
    Inside(Node),
}

impl Node {
    /// Adds the insertion with the number `index`.
    ///
    /// # Errors
    ///
    /// The field has another value already, or is to have fields itself. In Java's dialect the last value counts, where
    /// there is no schema.
    pub(super) fn insert(
        &mut self,
        insertion: &Insertion,
        index: usize,
        dialect: Dialect,
    ) -> Result<()> {
        let mut node = self;
        let Some((last, way)) = insertion.path.steps().split_last() else {
            return Ok(());
        };
        let path = &insertion.path;
        let taken = || {
            let reason = format!("the field `{path}` gets a value from another option, too");
            refused(insertion.key, &path.to_string(), reason)
        };
        for step in way {
            let known = node.children.iter().position(|(known, _)| known == step);
            let at = known.unwrap_or_else(|| {
                let inside = Child::Inside(Self::default());
                node.children.push((step.clone(), inside));
                node.children.len() - 1
            });
            match &mut node.children[at].1 {
                Child::Inside(inside) => node = inside,
                Child::New(_) => return Err(taken()),
            }
        }
        let mut known = node.children.iter().filter(|(known, _)| known == last);
        if known.any(|(_, child)| dialect != Dialect::Java || matches!(child, Child::Inside(_))) {
            return Err(taken());
        }
        node.children.push((last.clone(), Child::New(index)));
        Ok(())
    }

    /// Inserts into a map without a schema; what is null is not inserted.
    pub(super) fn insert_into(
        &self,
        entries: &mut Vec<(Value, Value)>,
        values: &[Value],
    ) -> Result<()> {
        for (step, child) in &self.children {
            let Step::Field(name) = step else {
                return Err(Error::rejected("expected an array, found a map"));
            };
            match child {
                Child::New(index) if values[*index].is_null() => {}
                Child::New(index) => set(entries, name, values[*index].clone()),
                Child::Inside(inside) => {
                    let known = |(key, _): &(Value, Value)| key.as_str() == Some(name);
                    let at = entries.iter().position(known).unwrap_or_else(|| {
                        entries.push((name.clone().into(), inside.empty()));
                        entries.len() - 1
                    });
                    inside
                        .insert_inside(&mut entries[at].1, values)
                        .map_err(|error| error.context(format_args!("field `{name}`")))?;
                }
            }
        }
        Ok(())
    }

    /// Inserts into what is inside of a map; a null stays null.
    fn insert_inside(&self, place: &mut Value, values: &[Value]) -> Result<()> {
        match (place, self.elements()) {
            (Value::Null, _) => Ok(()),
            (Value::Map(entries), None) => self.insert_into(Arc::make_mut(entries), values),
            (Value::Array(elements), Some(each)) => Arc::make_mut(elements)
                .iter_mut()
                .try_for_each(|element| each.insert_inside(element, values)),
            (found, Some(_)) => Err(misfit("expected an array", found)),
            (found, None) => Err(misfit("expected a map", found)),
        }
    }

    /// Returns what is inserted into each element, if this is about an array.
    pub(super) fn elements(&self) -> Option<&Self> {
        self.children.iter().find_map(|child| match child {
            (Step::Elements, Child::Inside(each)) => Some(each),
            _ => None,
        })
    }

    /// Returns what is added where nothing is yet.
    fn empty(&self) -> Value {
        match self.elements() {
            Some(_) => Value::array(Vec::<Value>::new()),
            None => Value::map(Vec::<(Value, Value)>::new()),
        }
    }
}
