//! [`Plan`]: how fields are inserted into values of one schema.

use std::sync::Arc;

use connect_api::{Dialect, Error, Result, Schema, Struct, Type, Value};

use super::{
    insertion::Insertion,
    tree::{Child, Node},
};
use crate::{
    path::{Nulls, Step},
    rebuilt::{TakenOver, like},
    shape::misfit,
};

/// How fields are inserted into values of one schema, and the schema that they have then.
#[derive(Clone, Debug)]
pub(super) struct Plan {
    schema: Schema,
    action: Action,
    dialect: Dialect,
}

#[derive(Clone, Debug)]
enum Action {
    Fields {
        taken_over: TakenOver,
        /// Fields that are there and are inserted into.
        inside: Vec<(usize, Plan)>,
        new: Vec<New>,
    },
    Elements(Box<Plan>),
}

/// A field at the end.
#[derive(Clone, Debug)]
enum New {
    /// The value of the insertion with that number.
    Value(usize),
    /// A struct that holds inserted fields alone.
    Struct(Plan),
}

impl Plan {
    /// Says how it is done; what else there is to know is how nulls count, and whose rules hold.
    pub(super) fn new(
        node: &Node,
        schema: &Schema,
        insertions: &[Insertion],
        rules: (Nulls, Dialect),
    ) -> Result<Self> {
        match (node.elements(), schema.value_schema(), schema.type_()) {
            (Some(each), Some(element), Type::Array) => {
                let plan = Self::new(each, element, insertions, rules)?;
                // A default of the array would hold elements of the old schema.
                let array = Schema::array(plan.schema.clone());
                Ok(Self {
                    schema: like(schema, array, rules.1).build()?,
                    action: Action::Elements(Box::new(plan)),
                    dialect: rules.1,
                })
            }
            (Some(_), _, found) => {
                Err(Error::rejected(format!("expected an array, found {found}")))
            }
            (None, _, Type::Struct) => Self::of_fields(node, schema, insertions, rules),
            (None, _, found) => Err(Error::rejected(format!("expected a struct, found {found}"))),
        }
    }

    fn of_fields(
        node: &Node,
        schema: &Schema,
        insertions: &[Insertion],
        rules: (Nulls, Dialect),
    ) -> Result<Self> {
        let (mut inside, mut added, mut new) = (Vec::new(), Vec::new(), Vec::new());
        for (step, child) in &node.children {
            let Step::Field(name) = step else {
                return Err(Error::rejected("expected an array, found struct"));
            };
            let in_field = |error: Error| error.context(format_args!("field `{name}`"));
            match (child, schema.field_index(name)) {
                (Child::New(insertion), _) => {
                    added.push((name, insertions[*insertion].schema()?));
                    new.push(New::Value(*insertion));
                }
                (Child::Inside(node), Some(index)) => {
                    let field = schema.fields()[index].schema();
                    let plan = Self::new(node, field, insertions, rules).map_err(in_field)?;
                    inside.push((index, plan));
                }
                (Child::Inside(node), None) => {
                    let empty = Schema::structure().build()?;
                    let plan = Self::new(node, &empty, insertions, rules).map_err(in_field)?;
                    added.push((name, plan.schema.clone()));
                    new.push(New::Struct(plan));
                }
            }
        }
        let mut builder = like(schema, Schema::structure(), rules.1);
        for (index, field) in schema.fields().iter().enumerate() {
            let plan = inside.iter().find(|(known, _)| *known == index);
            let of_field = plan.map_or(field.schema(), |(_, plan)| &plan.schema);
            builder = builder.field(field.name(), of_field.clone());
        }
        for (name, schema) in added {
            builder = builder.field(name, schema);
        }
        Ok(Self {
            schema: builder.build()?,
            action: Action::Fields {
                taken_over: TakenOver::new(schema, rules.0, rules.1),
                inside,
                new,
            },
            dialect: rules.1,
        })
    }

    /// Inserts `values`; null stays null.
    pub(super) fn apply(
        &self,
        value: Value,
        insertions: &[Insertion],
        values: &[Value],
    ) -> Result<Value> {
        match (&self.action, value) {
            (_, Value::Null) => Ok(Value::Null),
            (Action::Fields { taken_over, .. }, Value::Struct(fields)) => {
                let inserted = fields.reshaped(&self.schema, |list| {
                    taken_over.fill(list)?;
                    self.insert(list, insertions, values)
                });
                inserted.map(Value::from)
            }
            (Action::Elements(plan), Value::Array(mut elements)) => {
                for place in Arc::make_mut(&mut elements) {
                    *place = plan
                        .apply(std::mem::take(place), insertions, values)
                        .map_err(|error| error.context("an element"))?;
                }
                Ok(Value::Array(elements))
            }
            (_, found) => {
                let expected = self.schema.type_().name();
                Err(misfit(format!("expected {expected}"), &found))
            }
        }
    }

    /// Inserts `values` into the list of a struct's.
    fn insert(
        &self,
        list: &mut Vec<Value>,
        insertions: &[Insertion],
        values: &[Value],
    ) -> Result<()> {
        let Action::Fields { inside, new, .. } = &self.action else {
            return Err(Error::rejected("expected an array, found a struct"));
        };
        for (index, plan) in inside {
            if let Some(place) = list.get_mut(*index) {
                let name = self.schema.fields()[*index].name();
                *place = plan
                    .apply(std::mem::take(place), insertions, values)
                    .map_err(|error| error.context(format_args!("field `{name}`")))?;
            }
        }
        list.reserve_exact(new.len());
        for new in new {
            list.push(match new {
                New::Value(index) => {
                    insertions[*index].check(&values[*index], self.dialect)?;
                    values[*index].clone()
                }
                New::Struct(plan) => {
                    let mut list = Vec::new();
                    plan.insert(&mut list, insertions, values)?;
                    Struct::from_values(&plan.schema, list)?.into()
                }
            });
        }
        Ok(())
    }
}
