//! [`Plan`]: what becomes of values of one schema.

use std::sync::Arc;

use connect_api::{Dialect, Error, Result, Schema, Str, Type, Value};

use super::tree::Node;
use crate::{
    path::Nulls,
    rebuilt::{TakenOver, like},
    shape::misfit,
};

/// What becomes of values of one schema, and the schema that they have then.
#[derive(Clone, Debug)]
pub(super) struct Plan {
    schema: Schema,
    action: Action,
}

#[derive(Clone, Debug)]
enum Action {
    Nothing,
    Fields {
        taken_over: TakenOver,
        kept: Vec<(usize, Plan)>,
        source: Source,
    },
    Elements(Box<Plan>),
}

/// Where the values of a field are from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Source {
    /// The field that it was.
    Itself,
    /// Maybe another one, whose values may not fit.
    Other,
}

impl Plan {
    /// Says what becomes of structs of `schema`.
    pub(super) fn new(
        node: &Node,
        schema: &Schema,
        nulls: Nulls,
        dialect: Dialect,
    ) -> Result<Self> {
        let mut builder = like(schema, Schema::structure(), dialect);
        let mut kept = Vec::new();
        let mut source = Source::Itself;
        for (index, field) in schema.fields().iter().enumerate() {
            let Some(keeps) = node.keeps(field.name()) else {
                continue;
            };
            let plan = match keeps.inside {
                Some(inside) => Self::of_field(inside, field.schema(), nulls, dialect)
                    .map_err(|error| in_field(field.name(), error))?,
                None => Some(Self::nothing(field.schema())),
            };
            let Some(plan) = plan else { continue };
            let name = keeps.new_name.unwrap_or(field.name());
            let from = match dialect {
                Dialect::Java => javas_source(node, schema, name)?,
                _ => index,
            };
            if from != index {
                source = Source::Other;
            }
            builder = builder.field(name.clone(), plan.schema.clone());
            kept.push((from, plan));
        }
        let copied: Vec<_> = kept.iter().map(|(from, _)| *from).collect();
        let taken_over = TakenOver::new(schema, nulls, dialect).only(&copied);
        Ok(Self {
            schema: builder.build()?,
            action: Action::Fields {
                taken_over,
                kept,
                source,
            },
        })
    }

    fn nothing(schema: &Schema) -> Self {
        Self {
            schema: schema.clone(),
            action: Action::Nothing,
        }
    }

    /// Says what becomes of the values of a field; `None` if nothing of them stays.
    fn of_field(
        node: &Node,
        schema: &Schema,
        nulls: Nulls,
        dialect: Dialect,
    ) -> Result<Option<Self>> {
        match (schema.type_(), schema.value_schema(), node.elements()) {
            (Type::Struct, ..) => Self::new(node, schema, nulls, dialect).map(Some),
            (Type::Array, Some(element), Some(each)) => {
                let Some(plan) = Self::of_field(each, element, nulls, dialect)? else {
                    return Ok(None);
                };
                // A default of the array would hold elements of the old schema.
                let array = Schema::array(plan.schema.clone());
                Ok(Some(Self {
                    schema: like(schema, array, dialect).build()?,
                    action: Action::Elements(Box::new(plan)),
                }))
            }
            _ if node.is_selective() => Ok(None),
            _ => Ok(Some(Self::nothing(schema))),
        }
    }

    /// Changes a value; null stays null.
    pub(super) fn apply(&self, value: Value) -> Result<Value> {
        match (&self.action, value) {
            (Action::Nothing, value) => Ok(value),
            (_, Value::Null) => Ok(Value::Null),
            (
                Action::Fields {
                    taken_over,
                    kept,
                    source,
                },
                Value::Struct(fields),
            ) => {
                let fields = fields.reshaped(&self.schema, |values| {
                    taken_over.fill(values)?;
                    match source {
                        Source::Itself => self.keep(kept, values),
                        Source::Other => {
                            *values = self.taken(kept, values)?;
                            Ok(())
                        }
                    }
                })?;
                if *source == Source::Other {
                    fields.check()?;
                }
                Ok(fields.into())
            }
            (Action::Elements(plan), Value::Array(mut elements)) => {
                for place in Arc::make_mut(&mut elements) {
                    *place = plan
                        .apply(std::mem::take(place))
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
}

impl Plan {
    /// Keeps fields in their order, where the values stand.
    fn keep(&self, kept: &[(usize, Self)], values: &mut Vec<Value>) -> Result<()> {
        for (at, (from, plan)) in kept.iter().enumerate() {
            if *from >= values.len() {
                break;
            }
            values.swap(at, *from);
            if !matches!(plan.action, Action::Nothing) {
                let value = plan.apply(std::mem::take(&mut values[at]));
                values[at] = value.map_err(|error| self.in_field(at, error))?;
            }
        }
        values.truncate(kept.len());
        Ok(())
    }

    /// Takes the values of fields from wherever they are.
    fn taken(&self, kept: &[(usize, Self)], values: &mut [Value]) -> Result<Vec<Value>> {
        let taken = kept.iter().enumerate().map(|(at, (from, plan))| {
            let value = values.get_mut(*from).map(std::mem::take);
            plan.apply(value.unwrap_or_default())
                .map_err(|error| self.in_field(at, error))
        });
        taken.collect()
    }

    fn in_field(&self, at: usize, error: Error) -> Error {
        in_field(self.schema.fields()[at].name(), error)
    }
}

/// Finds the field that gets the name `new` as Java does, which is misled by a renaming that does not take place.
fn javas_source(node: &Node, schema: &Schema, new: &Str) -> Result<usize> {
    let old = node.renamed_to(new).unwrap_or(new);
    schema.field_index(old).ok_or_else(|| {
        Error::rejected(format!(
            "field `{new}`: expected a field `{old}` that is renamed to it, found none"
        ))
    })
}

fn in_field(name: &Str, error: Error) -> Error {
    error.context(format_args!("field `{name}`"))
}
