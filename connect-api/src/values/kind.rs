//! [`Kind`]: the schema of something that was inferred, which may have holes.

use super::temporal;
use crate::{Logical, MapBuilder, Schema, SchemaAndValue, Type, Value};

/// What is known of a schema: of an empty array nobody knows the elements.
#[derive(Clone, PartialEq)]
pub(super) enum Kind {
    Plain(Schema),
    Array(Option<Box<Self>>),
    Map(Option<Box<(Self, Option<Self>)>>),
}

/// Text that is not what it seemed to be, and stays text.
pub(super) struct Misfit;

impl Kind {
    /// Returns the schema, if it has no hole.
    pub(super) fn schema(&self) -> Option<Schema> {
        match self {
            Self::Plain(schema) => Some(schema.clone()),
            Self::Array(element) => Schema::array(element.as_ref()?.schema()?).build().ok(),
            Self::Map(entry) => {
                let (key, value) = &**entry.as_ref()?;
                Schema::map(key.schema()?, value.as_ref()?.schema()?)
                    .build()
                    .ok()
            }
        }
    }

    fn type_(&self) -> Type {
        match self {
            Self::Plain(schema) => schema.type_(),
            Self::Array(_) => Type::Array,
            Self::Map(_) => Type::Map,
        }
    }

    fn logical(&self) -> Option<Logical> {
        match self {
            Self::Plain(schema) => schema.logical(),
            _ => None,
        }
    }

    /// Returns the kind that both are values of: the later one of two of one type, the wider one of two numbers.
    fn merged(self, other: Self) -> Option<Self> {
        let (one, two) = (self.type_(), other.type_());
        if one == two {
            return Some(other);
        }
        Some(if width(one)? > width(two)? {
            self
        } else {
            other
        })
    }

    /// Makes a value that was merged into this kind one of its values.
    fn fit(&self, value: Value) -> Result<Value, Misfit> {
        if value.is_null() {
            return Err(Misfit);
        }
        let integer = || value.as_i64().ok_or(Misfit);
        Ok(match (self.type_(), self.logical()) {
            (_, Some(Logical::Date)) if !matches!(value, Value::Date(_)) => {
                Value::Date(integer()? as i32)
            }
            (_, Some(Logical::Time)) if !matches!(value, Value::Time(_)) => {
                match integer()? as i32 {
                    millis @ 0..=86_400_000 => Value::Time(millis),
                    _ => return Err(Misfit),
                }
            }
            (_, Some(Logical::Timestamp)) => match value {
                Value::Date(_) | Value::Time(_) => Value::Timestamp(temporal::millis(&value)),
                Value::Timestamp(_) => value,
                _ => Value::Timestamp(integer()?),
            },
            (Type::Int16, None) => Value::Int16(integer()? as i16),
            (Type::Int32, None) => Value::Int32(integer()? as i32),
            (Type::Int64, None) => Value::Int64(integer()?),
            (Type::Float32, None) => match value {
                Value::Float32(_) => value,
                _ => Value::Float32(integer()? as f64 as f32),
            },
            (Type::Float64, None) => match value {
                Value::Float64(_) => value,
                Value::Float32(narrow) => Value::Float64(narrow.into()),
                _ => Value::Float64(integer()? as f64),
            },
            _ => value,
        })
    }
}

/// The order in which numbers become wider ones; other types have none.
fn width(of: Type) -> Option<u8> {
    match of {
        Type::Int8 => Some(0),
        Type::Int16 => Some(1),
        Type::Int32 => Some(2),
        Type::Int64 => Some(3),
        Type::Float32 => Some(4),
        Type::Float64 => Some(5),
        _ => None,
    }
}

/// The kind that all values so far have in common.
pub(super) enum Common {
    /// Nothing but nulls was seen.
    Unknown,
    Known(Kind),
    /// Two values have nothing in common.
    None,
}

impl Common {
    pub(super) fn merge(self, latest: Option<Kind>) -> Self {
        match (self, latest) {
            (Self::Unknown, Some(kind)) => Self::Known(kind),
            (Self::Known(known), Some(kind)) => known.merged(kind).map_or(Self::None, Self::Known),
            (same, _) => same,
        }
    }

    fn known(self) -> Option<Kind> {
        match self {
            Self::Known(kind) => Some(kind),
            _ => None,
        }
    }
}

/// A value with what is known of its schema; `None` is null.
pub(super) type Inferred = Option<(Kind, Value)>;

/// Builds the array of what was found.
pub(super) fn array(elements: Vec<Value>, common: Common) -> Result<Inferred, Misfit> {
    let Some(kind) = common.known() else {
        return Ok(Some((Kind::Array(None), Value::Array(elements.into()))));
    };
    let fitting: Result<Vec<Value>, Misfit> = elements
        .into_iter()
        .map(|element| kind.fit(element))
        .collect();
    let elements = Value::Array(fitting?.into());
    Ok(Some((Kind::Array(Some(Box::new(kind))), elements)))
}

/// Builds the map of what was found.
pub(super) fn map(
    entries: Vec<(Value, Value)>,
    keys: Common,
    values: Common,
) -> Result<Inferred, Misfit> {
    let (keys, values) = (keys.known(), values.known());
    let mut distinct = MapBuilder::new();
    for (key, value) in entries {
        distinct.insert(key, value);
    }
    let Some(keys) = keys else {
        return Ok(Some((Kind::Map(None), distinct.build())));
    };
    let mut map = MapBuilder::new();
    if let Value::Map(entries) = distinct.build() {
        for (key, value) in entries.iter() {
            let value = match &values {
                Some(values) => values.fit(value.clone())?,
                None => value.clone(),
            };
            map.insert(keys.fit(key.clone())?, value);
        }
    }
    Ok(Some((
        Kind::Map(Some(Box::new((keys, values)))),
        map.build(),
    )))
}

/// Leaves the schema away if something in it is unknown.
pub(super) fn finish(inferred: Inferred) -> SchemaAndValue {
    match inferred {
        Some((kind, value)) => SchemaAndValue {
            schema: kind.schema(),
            value,
        },
        None => SchemaAndValue::NULL,
    }
}
