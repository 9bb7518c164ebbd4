//! [`Place`]: where a path leads in the values of one schema.

use connect_api::{Dialect, Error, Result, Schema, Str, Value};

use super::{FieldPath, Nulls, Step};

/// Where a path leads in the values of one schema, found by position.
#[derive(Clone, Debug)]
pub(crate) struct Place {
    hops: Vec<Hop>,
    schema: Schema,
}

#[derive(Clone, Debug)]
enum Hop {
    Field(usize),
    Entry(Str),
    Element(usize),
    Elements,
}

/// Whether something on the way may be null, so that there is nothing at its end.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    Sure,
    Unsure,
}

impl FieldPath {
    /// Finds the place in values of `schema`.
    ///
    /// What is inside of something optional is optional itself; in Java's dialect it stays as it is.
    ///
    /// # Errors
    ///
    /// They have no such place.
    pub(crate) fn place_in(&self, schema: &Schema, dialect: Dialect) -> Result<Place> {
        let mut hops = Vec::new();
        match locate(self.steps(), schema, Way::Sure, dialect, &mut hops)? {
            Some(schema) => Ok(Place { hops, schema }),
            None => Err(Error::rejected(format!(
                "expected a field `{self}` in {schema}, found none"
            ))),
        }
    }

    /// Returns the value at the end of the way through one that has no schema: null where there is none.
    ///
    /// # Errors
    ///
    /// Something on the way is neither null nor what has such an inside.
    pub(crate) fn find(&self, value: &Value) -> Result<Value> {
        find(self.steps(), value)
    }
}

impl Place {
    /// Returns the schema of the values there: of an array behind each `[*]`.
    pub(crate) fn schema(&self) -> &Schema {
        &self.schema
    }

    /// Returns the value there: null if something on the way is, or has another schema.
    pub(crate) fn value_in(&self, value: &Value, nulls: Nulls) -> Value {
        value_at(&self.hops, value, nulls)
    }
}

fn locate(
    steps: &[Step],
    schema: &Schema,
    mut way: Way,
    dialect: Dialect,
    hops: &mut Vec<Hop>,
) -> Result<Option<Schema>> {
    let mut current = schema;
    for (at, step) in steps.iter().enumerate() {
        let inner = current.value_schema();
        let field = step.name().and_then(|name| current.field_index(name));
        current = match (step, field, inner) {
            (Step::Field(_), Some(index), _) => {
                hops.push(Hop::Field(index));
                current.fields()[index].schema()
            }
            (Step::Field(name), None, Some(inner)) if current.key_schema().is_some() => {
                hops.push(Hop::Entry(name.clone()));
                way = Way::Unsure;
                inner
            }
            (Step::Element(index), _, Some(inner)) if current.key_schema().is_none() => {
                hops.push(Hop::Element(*index));
                way = Way::Unsure;
                inner
            }
            (Step::Elements, _, Some(inner)) if current.key_schema().is_none() => {
                hops.push(Hop::Elements);
                let rest = &steps[at + 1..];
                let inside = way_into(inner, rest, Way::Sure, dialect);
                let Some(element) = locate(rest, inner, inside, dialect, hops)? else {
                    return Ok(None);
                };
                return end(&Schema::array(element).build()?, current, way);
            }
            _ => return Ok(None),
        };
        way = way_into(current, &steps[at + 1..], way, dialect);
    }
    end(current, current, way)
}

/// Says whether one arrives, when the way goes on in `schema`.
fn way_into(schema: &Schema, rest: &[Step], way: Way, dialect: Dialect) -> Way {
    if schema.is_optional() && !rest.is_empty() && dialect != Dialect::Java {
        Way::Unsure
    } else {
        way
    }
}

/// Makes the schema at the end optional where `of` is, or if the way there is unsure.
fn end(schema: &Schema, of: &Schema, way: Way) -> Result<Option<Schema>> {
    let optional = of.is_optional() || way == Way::Unsure;
    if optional && !schema.is_optional() {
        schema.to_builder().optional().build().map(Some)
    } else {
        Ok(Some(schema.clone()))
    }
}

fn value_at(hops: &[Hop], value: &Value, nulls: Nulls) -> Value {
    let Some((hop, rest)) = hops.split_first() else {
        return value.clone();
    };
    let inner = match (hop, value) {
        (Hop::Field(index), Value::Struct(fields)) if *index < fields.values().len() => {
            Some(nulls.field(fields, *index))
        }
        (Hop::Entry(name), Value::Map(_)) => value.get(name),
        (Hop::Element(index), Value::Array(elements)) => elements.get(*index),
        (Hop::Elements, Value::Array(elements)) => {
            return Value::array(elements.iter().map(|inner| value_at(rest, inner, nulls)));
        }
        _ => None,
    };
    inner.map_or(Value::Null, |inner| value_at(rest, inner, nulls))
}

fn find(steps: &[Step], value: &Value) -> Result<Value> {
    let Some((step, rest)) = steps.split_first() else {
        return Ok(value.clone());
    };
    let (inner, expected) = match (step, value) {
        (_, Value::Null) => return Ok(Value::Null),
        (Step::Field(name), Value::Map(_)) => (value.get(name), ""),
        (Step::Element(index), Value::Array(elements)) => (elements.get(*index), ""),
        (Step::Elements, Value::Array(elements)) => {
            let found: Result<Vec<_>> = elements.iter().map(|inner| find(rest, inner)).collect();
            return found.map(Value::array);
        }
        (Step::Field(_), _) => (None, "a map"),
        (Step::Element(_) | Step::Elements, _) => (None, "an array"),
    };
    match inner {
        Some(inner) => find(rest, inner),
        None if expected.is_empty() => Ok(Value::Null),
        None => Err(Error::rejected(format!(
            "on the way there expected {expected}, found {}",
            value.type_name()
        ))),
    }
}
