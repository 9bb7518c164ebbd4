//! [`FieldPath`]: the way to a field.

mod place;
mod syntax;

use std::fmt;

use connect_api::{Result, Schema, Str, Value};

pub(crate) use self::place::Place;
pub use self::syntax::FieldSyntax;
use crate::options::refused;

/// The way to a field from the top of a datum; without steps, the datum itself.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct FieldPath {
    steps: Vec<Step>,
}

/// One step from a value to one inside of it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Step {
    /// The field of a struct, or the entry of a map, of that name.
    Field(Str),
    /// The element of an array, counted from 0: `[0]`.
    Element(usize),
    /// Each element of an array: `[*]`.
    Elements,
}

impl Step {
    /// Returns the name of a field; elements have none.
    pub(crate) fn name(&self) -> Option<&Str> {
        match self {
            Self::Field(name) => Some(name),
            Self::Element(_) | Self::Elements => None,
        }
    }
}

impl FieldPath {
    /// Returns the way to the datum itself.
    pub(crate) const fn whole() -> Self {
        Self { steps: Vec::new() }
    }

    /// Returns the steps in order.
    pub(crate) fn steps(&self) -> &[Step] {
        &self.steps
    }

    /// Returns the name of the last field on the way.
    pub(crate) fn last_name(&self) -> Option<&Str> {
        self.steps.iter().rev().find_map(Step::name)
    }

    /// Returns the names on the way, if it leads through fields alone.
    pub(crate) fn names(&self) -> Option<Vec<Str>> {
        self.steps.iter().map(|step| step.name().cloned()).collect()
    }

    /// Returns this way if it leads to one place, as it does without `[*]`.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Config`](connect_api::ErrorKind::Config), naming `key`: it leads to several.
    pub(crate) fn one(self, key: &str, text: &str) -> Result<Self> {
        if self.steps.contains(&Step::Elements) {
            let reason = "expected one field, found several: [*]";
            return Err(refused(key, text, reason));
        }
        Ok(self)
    }

    /// Returns this way if structs and maps can get or lose the field at its end.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Config`](connect_api::ErrorKind::Config), naming `key`: there is no field at its end, or it leads through
    /// one element, which cannot have other fields than those beside it.
    pub(crate) fn of_fields(self, key: &str, text: &str) -> Result<Self> {
        let reason = if !matches!(self.steps.last(), Some(Step::Field(_))) {
            "expected the name of a field at the end"
        } else if self
            .steps
            .iter()
            .any(|step| matches!(step, Step::Element(_)))
        {
            "one element cannot have other fields: name them all with [*]"
        } else {
            return Ok(self);
        };
        Err(refused(key, text, reason))
    }

    /// Returns the schema at the end of the way through `schema`: of an array behind each `[*]`.
    pub(crate) fn schema_in(&self, schema: &Schema) -> Result<Option<Schema>> {
        schema_at(&self.steps, schema)
    }

    /// Returns the value at the end of the way through `value`: an array behind each `[*]`.
    ///
    /// Where there is no such field, element or array there is none. Null fields that have a default count as it if
    /// `nulls` says so.
    pub(crate) fn value_in(&self, value: &Value, nulls: Nulls) -> Option<Value> {
        value_at(&self.steps, value, nulls)
    }
}

/// What a null field with a default counts as: `replace.null.with.default`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Nulls {
    /// Its default.
    Replaced,
    /// Null.
    Kept,
}

/// What `replace.null.with.default` says.
impl From<bool> for Nulls {
    fn from(replace_null_with_default: bool) -> Self {
        if replace_null_with_default {
            Self::Replaced
        } else {
            Self::Kept
        }
    }
}

impl Nulls {
    /// Returns what a field of a struct counts as.
    pub(crate) fn field(self, fields: &connect_api::Struct, index: usize) -> &Value {
        match self {
            Self::Replaced => fields.get_at(index),
            Self::Kept => &fields.values()[index],
        }
    }
}

fn schema_at(steps: &[Step], schema: &Schema) -> Result<Option<Schema>> {
    let Some((step, rest)) = steps.split_first() else {
        return Ok(Some(schema.clone()));
    };
    match step {
        Step::Field(name) => match (schema.field(name), schema.key_schema()) {
            (Some(field), _) => schema_at(rest, field.schema()),
            (None, Some(_)) => inner(rest, schema),
            (None, None) => Ok(None),
        },
        Step::Element(_) if schema.key_schema().is_none() => inner(rest, schema),
        Step::Elements if schema.key_schema().is_none() => {
            let Some(element) = inner(rest, schema)? else {
                return Ok(None);
            };
            let array = Schema::array(element);
            let array = if schema.is_optional() {
                array.optional()
            } else {
                array
            };
            array.build().map(Some)
        }
        Step::Element(_) | Step::Elements => Ok(None),
    }
}

/// Goes on in the elements of an array or the values of a map, which may be absent.
fn inner(rest: &[Step], schema: &Schema) -> Result<Option<Schema>> {
    match schema.value_schema() {
        Some(inner) => schema_at(rest, inner),
        None => Ok(None),
    }
}

fn value_at(steps: &[Step], value: &Value, nulls: Nulls) -> Option<Value> {
    let Some((step, rest)) = steps.split_first() else {
        return Some(value.clone());
    };
    match (step, value) {
        (Step::Field(name), Value::Struct(fields)) => {
            let index = fields.schema().field_index(name)?;
            value_at(rest, nulls.field(fields, index), nulls)
        }
        (Step::Field(name), Value::Map(_)) => value_at(rest, value.get(name)?, nulls),
        (Step::Element(index), Value::Array(elements)) => {
            value_at(rest, elements.get(*index)?, nulls)
        }
        (Step::Elements, Value::Array(elements)) => {
            let found = |element| value_at(rest, element, nulls).unwrap_or_default();
            Some(Value::array(elements.iter().map(found)))
        }
        // What is inside of null is null.
        (_, Value::Null) => Some(Value::Null),
        _ => None,
    }
}

/// As it is written in options.
impl fmt::Display for FieldPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, step) in self.steps.iter().enumerate() {
            match step {
                Step::Field(name) if at == 0 => f.write_str(name)?,
                Step::Field(name) => write!(f, ".{name}")?,
                Step::Element(index) => write!(f, "[{index}]")?,
                Step::Elements => f.write_str("[*]")?,
            }
        }
        Ok(())
    }
}
