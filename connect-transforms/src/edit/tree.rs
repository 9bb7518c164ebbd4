//! [`Node`]: which edits there are below a value.

use std::sync::Arc;

use connect_api::{Dialect, Error, Field, Result, Schema, Type, Value};

use super::{
    Edit,
    plan::{Action, Plan},
};
use crate::path::Step;

/// The edits of a value and of what is inside of it, by their number.
#[derive(Clone, Debug, Default)]
pub(super) struct Node {
    edit: Option<usize>,
    inside: Vec<(Step, Self)>,
}

impl Node {
    pub(super) fn insert(&mut self, steps: &[Step], edit: usize) {
        let Some((step, rest)) = steps.split_first() else {
            self.edit = Some(edit);
            return;
        };
        let known = self.inside.iter().position(|(known, _)| known == step);
        let at = known.unwrap_or_else(|| {
            self.inside.push((step.clone(), Self::default()));
            self.inside.len() - 1
        });
        self.inside[at].1.insert(rest, edit);
    }

    /// Returns whether the value itself is edited, so that nothing inside of it is.
    pub(super) fn is_whole(&self) -> bool {
        self.edit.is_some()
    }

    /// Says how values of `schema` are edited; `None` if nothing that is to be edited is there.
    pub(super) fn plan<E: Edit>(&self, schema: &Schema, edits: &[E]) -> Result<Option<Plan>> {
        if let Some(edit) = self.edit {
            let edited = edits[edit].schema(schema)?;
            return Ok(Some(Plan::new(edited, Action::Edit(edit, schema.clone()))));
        }
        let mut edited = Vec::new();
        for (step, node) in &self.inside {
            let Some(inner) = inside(schema, step) else {
                continue;
            };
            let plan = node.plan(inner, edits).map_err(|error| at(step, error))?;
            edited.extend(plan.map(|plan| (step, plan)));
        }
        if edited.is_empty() {
            return Ok(None);
        }
        let plan = match schema.type_() {
            Type::Array => Plan::of_elements(schema, edited, edits),
            Type::Map => Plan::of_entries(schema, edited, edits),
            _ => Plan::of_fields(schema, edited, edits),
        };
        plan.map(Some)
    }

    /// Edits a value without a schema.
    pub(super) fn edit<E: Edit>(
        &self,
        value: &mut Value,
        edits: &[E],
        dialect: Dialect,
    ) -> Result<()> {
        if let Some(edit) = self.edit {
            *value = edits[edit].value(None, std::mem::take(value))?;
            return Ok(());
        }
        for (step, node) in &self.inside {
            match (step, &mut *value) {
                (Step::Field(name), Value::Map(entries)) => {
                    let known = |(key, _): &(Value, Value)| key.as_str() == Some(name);
                    let entries = Arc::make_mut(entries);
                    let at = match entries.iter().position(known) {
                        Some(at) => at,
                        None if dialect == Dialect::Java && node.is_whole() => {
                            entries.push((name.clone().into(), Value::Null));
                            entries.len() - 1
                        }
                        None => continue,
                    };
                    node.edit_at(step, &mut entries[at].1, edits)?;
                }
                (Step::Elements, Value::Array(elements)) => {
                    for element in Arc::make_mut(elements) {
                        node.edit_at(step, element, edits)?;
                    }
                }
                (Step::Element(index), Value::Array(elements)) => {
                    if let Some(element) = Arc::make_mut(elements).get_mut(*index) {
                        node.edit_at(step, element, edits)?;
                    }
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// Edits what stands in a place; what is nested and missing stays missing, in Java too.
    fn edit_at<E: Edit>(&self, step: &Step, place: &mut Value, edits: &[E]) -> Result<()> {
        self.edit(place, edits, Dialect::Strict)
            .map_err(|error| at(step, error))
    }
}

/// Returns the schema of what is one step inside of values of `schema`; an entry has that of all values of its map.
fn inside<'a>(schema: &'a Schema, step: &Step) -> Option<&'a Schema> {
    match (step, schema.type_()) {
        (Step::Field(name), Type::Struct) => schema.field(name).map(Field::schema),
        (Step::Field(_), Type::Map) => schema.value_schema(),
        (Step::Element(_) | Step::Elements, Type::Array) => schema.value_schema(),
        _ => None,
    }
}

/// Says where an error is from; outer steps come first.
pub(super) fn at(step: &Step, error: Error) -> Error {
    match step {
        Step::Field(name) => error.context(format_args!("field `{name}`")),
        Step::Element(index) => error.context(format_args!("element {index}")),
        Step::Elements => error.context("an element"),
    }
}
