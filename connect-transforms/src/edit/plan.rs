//! [`Plan`]: how values of one schema are edited.

use std::sync::Arc;

use connect_api::{Dialect, Error, Result, Schema, Str, Value};

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
    /// The values of entries of a map are edited.
    Entries(Vec<(Str, Plan)>),
    /// Elements of an array are edited, each one or one of them.
    Elements(Vec<(Step, Plan)>),
}

impl Plan {
    pub(super) fn new(schema: Schema, action: Action) -> Self {
        Self { schema, action }
    }

    pub(super) fn untouched(schema: &Schema) -> Self {
        Self::new(schema.clone(), Action::Nothing)
    }

    /// Edits elements; only all of them together can get another schema.
    pub(super) fn of_elements<E: Edit>(
        schema: &Schema,
        edited: Vec<(&Step, Self)>,
        edits: &[E],
    ) -> Result<Self> {
        let kept = |plan: &Self| Some(&plan.schema) == schema.value_schema();
        let array = match edited.as_slice() {
            [(Step::Elements, each)] if !kept(each) => {
                let array = Schema::array(each.schema.clone());
                like(schema, array, Dialect::Strict).build()?
            }
            _ => schema.clone(),
        };
        for (step, plan) in &edited {
            if Some(&plan.schema) != array.value_schema() {
                let reason =
                    "one element cannot get another schema than the others: name them all with [*]";
                return Err(at(step, Error::rejected(reason)));
            }
        }
        let edited = edited.into_iter().map(|(step, plan)| (step.clone(), plan));
        let action = Action::Elements(edited.collect());
        Self::new(array, action).with_default_of(schema, edits)
    }

    /// Edits the values of entries, which keep their schema: it is that of all of them.
    pub(super) fn of_entries<E: Edit>(
        schema: &Schema,
        edited: Vec<(&Step, Self)>,
        edits: &[E],
    ) -> Result<Self> {
        let mut entries = Vec::new();
        for (step, plan) in edited {
            if Some(&plan.schema) != schema.value_schema() {
                let reason = "an entry of a map cannot get another schema than the others";
                return Err(at(step, Error::rejected(reason)));
            }
            entries.extend(step.name().map(|name| (name.clone(), plan)));
        }
        Self::new(schema.clone(), Action::Entries(entries)).with_default_of(schema, edits)
    }

    pub(super) fn of_fields<E: Edit>(
        schema: &Schema,
        edited: Vec<(&Step, Self)>,
        edits: &[E],
    ) -> Result<Self> {
        let index = |step: &Step| step.name().and_then(|name| schema.field_index(name));
        let edited = edited
            .into_iter()
            .filter_map(|(step, plan)| Some((index(step)?, plan)));
        let edited: Vec<_> = edited.collect();
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
        let plan = Self::new(builder.build()?, action).with_default_of(schema, edits)?;
        if plan.schema == *schema {
            // What knows the schema that was there recognizes it.
            return Ok(Self::new(schema.clone(), plan.action));
        }
        Ok(plan)
    }

    /// Edits the default of the schema that was there like a value of it.
    fn with_default_of<E: Edit>(self, schema: &Schema, edits: &[E]) -> Result<Self> {
        let Some(default) = schema.default_value() else {
            return Ok(self);
        };
        let default = self.apply(default.clone(), edits, Nulls::Kept)?;
        if self.schema.default_value() == Some(&default) {
            return Ok(self);
        }
        let schema = self.schema.to_builder().default_value(default).build()?;
        Ok(Self { schema, ..self })
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
            (Action::Entries(edited), Value::Map(mut entries)) => {
                for (name, plan) in edited {
                    let known = |(key, _): &&mut (Value, Value)| key.as_str() == Some(name);
                    if let Some((_, place)) = Arc::make_mut(&mut entries).iter_mut().find(known) {
                        *place = plan
                            .apply(std::mem::take(place), edits, nulls)
                            .map_err(|error| at(&Step::Field(name.clone()), error))?;
                    }
                }
                Ok(Value::Map(entries))
            }
            (Action::Elements(edited), Value::Array(mut elements)) => {
                for (step, plan) in edited {
                    let elements = Arc::make_mut(&mut elements).as_mut_slice();
                    let elements = match step {
                        Step::Element(index) => elements.get_mut(*index..=*index),
                        _ => Some(elements),
                    };
                    for place in elements.into_iter().flatten() {
                        *place = plan
                            .apply(std::mem::take(place), edits, nulls)
                            .map_err(|error| at(step, error))?;
                    }
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
