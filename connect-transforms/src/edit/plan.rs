//! [`Plan`]: how values of one schema are edited.

use std::sync::Arc;

use connect_api::{Dialect, Error, Result, Schema, Value};

use super::{Edit, tree::at};
use crate::{
    path::{Nulls, Step},
    rebuilt::like,
};

/// How values of one schema are edited, and the schema that they have then.
#[derive(Clone, Debug)]
pub(super) struct Plan {
    schema: Schema,
    action: Action,
}

#[derive(Clone, Debug)]
pub(super) enum Action {
    /// Nothing is done.
    Nothing,
    /// The value itself is edited; it had that schema.
    Edit(usize, Schema),
    /// Fields of a struct are edited.
    Fields {
        edited: Vec<(usize, Plan)>,
        /// Those whose nulls may count as their defaults.
        defaulted: Vec<(usize, Value)>,
    },
    /// Every element is edited.
    Elements(Box<Plan>),
    /// One element is edited.
    Element(usize, Box<Plan>),
}

impl Plan {
    pub(super) fn new(schema: Schema, action: Action) -> Self {
        Self { schema, action }
    }

    pub(super) fn untouched(schema: &Schema) -> Self {
        Self::new(schema.clone(), Action::Nothing)
    }

    pub(super) fn of_elements(schema: &Schema, step: &Step, plan: Self) -> Result<Self> {
        if let Step::Element(index) = step {
            if Some(&plan.schema) != schema.value_schema() {
                return Err(at(
                    step,
                    Error::rejected(
                        "one element cannot get another schema than the others: name them all with [*]",
                    ),
                ));
            }
            return Ok(Self::new(
                schema.clone(),
                Action::Element(*index, Box::new(plan)),
            ));
        }
        let array = like(schema, Schema::array(plan.schema.clone()), Dialect::Strict);
        // A default of the array would hold elements of the old schema.
        Ok(Self::new(array.build()?, Action::Elements(Box::new(plan))))
    }

    pub(super) fn of_fields<E: Edit>(
        schema: &Schema,
        edited: Vec<(usize, Self)>,
        edits: &[E],
    ) -> Result<Self> {
        let mut builder = like(schema, Schema::structure(), Dialect::Strict);
        for (index, field) in schema.fields().iter().enumerate() {
            let plan = edited.iter().find(|(edited, _)| *edited == index);
            let of_field = plan.map_or(field.schema(), |(_, plan)| &plan.schema);
            builder = builder.field(field.name().clone(), of_field.clone());
        }
        let fields = schema.fields().iter().enumerate();
        let defaulted = fields.filter_map(|(index, field)| {
            let default = field.schema().default_value()?;
            Some((index, default.clone()))
        });
        let action = Action::Fields {
            edited,
            defaulted: defaulted.collect(),
        };
        let plan = Self::new(builder.build()?, action);
        let Some(default) = schema.default_value() else {
            return Ok(plan);
        };
        let default = plan.apply(default.clone(), edits, Nulls::Kept)?;
        let schema = plan.schema.to_builder().default_value(default).build()?;
        Ok(Self { schema, ..plan })
    }

    pub(super) fn schema(&self) -> &Schema {
        &self.schema
    }

    /// Edits a value of the schema that this is for; what is no such value is left alone.
    pub(super) fn apply<E: Edit>(&self, value: Value, edits: &[E], nulls: Nulls) -> Result<Value> {
        match (&self.action, value) {
            (Action::Edit(edit, schema), value) => edits[*edit].value(Some(schema), value),
            (Action::Fields { edited, defaulted }, Value::Struct(mut fields)) => {
                let values = fields.values_mut();
                if nulls == Nulls::Replaced {
                    for (index, default) in defaulted {
                        if let Some(place @ Value::Null) = values.get_mut(*index) {
                            *place = default.clone();
                        }
                    }
                }
                for (index, plan) in edited {
                    let Some(place) = values.get_mut(*index) else {
                        continue;
                    };
                    *place = plan
                        .apply(std::mem::take(place), edits, nulls)
                        .map_err(|error| self.in_field(*index, error))?;
                }
                Ok(fields.with_schema(&self.schema)?.into())
            }
            (Action::Elements(plan), Value::Array(mut elements)) => {
                for place in Arc::make_mut(&mut elements) {
                    *place = plan
                        .apply(std::mem::take(place), edits, nulls)
                        .map_err(|error| at(&Step::Elements, error))?;
                }
                Ok(Value::Array(elements))
            }
            (Action::Element(index, plan), Value::Array(mut elements)) => {
                if let Some(place) = Arc::make_mut(&mut elements).get_mut(*index) {
                    *place = plan
                        .apply(std::mem::take(place), edits, nulls)
                        .map_err(|error| at(&Step::Element(*index), error))?;
                }
                Ok(Value::Array(elements))
            }
            (_, value) => Ok(value),
        }
    }

    fn in_field(&self, index: usize, error: Error) -> Error {
        at(
            &Step::Field(self.schema.fields()[index].name().clone()),
            error,
        )
    }
}
