//! Connect's values as an expression sees them, and back.

use std::collections::HashMap;

use cel::{
    common::{
        types::{
            CelBool, CelBytes, CelDouble, CelDuration, CelInt, CelList, CelMap, CelMapKey, CelNull,
            CelString, CelTimestamp,
        },
        value::Val,
    },
    objects::Key,
};
use chrono::{DateTime, Duration};
use connect_api::{
    Decimal, Error, Headers, Logical, MapBuilder, Result, Schema, Struct, Type, Value,
};

/// How deep values may be nested, on the way in and out.
const DEEPEST: usize = 64;

/// A value as an expression sees it: text and bytes are those of the record.
pub(super) type Seen<'r> = Box<dyn Val + 'r>;

/// Reads values, and counts them.
#[derive(Clone, Debug, Default)]
pub(super) struct Reader {
    size: usize,
}

impl Reader {
    /// How many values an expression may see of one record, and how many bytes of text.
    const MOST: usize = 1_000_000;
    const MOST_BYTES: usize = 64 << 20;

    pub(super) fn size(&self) -> usize {
        self.size
    }

    pub(super) fn read<'r>(&mut self, value: &'r Value) -> Result<Seen<'r>> {
        self.nested(value, 0)
    }

    pub(super) fn text<'r>(&mut self, text: &'r str) -> Result<Seen<'r>> {
        self.count(0)?;
        within(text.len())?;
        Ok(Box::new(CelString::from(text)))
    }

    pub(super) fn timestamp<'r>(&mut self, millis: i64) -> Result<Seen<'r>> {
        self.count(0)?;
        timestamp(millis)
    }

    /// Reads headers as a map; of those with one name the last counts.
    pub(super) fn headers<'r>(&mut self, headers: &'r Headers) -> Result<Seen<'r>> {
        let mut map = HashMap::with_capacity(headers.len());
        for (name, datum) in headers {
            let key = CelMapKey::from(name.as_str());
            map.insert(key, self.nested(&datum.value, 1)?);
        }
        Ok(Box::new(CelMap::from(map)))
    }

    /// Counts one more value, which is as deep as that.
    fn count(&mut self, depth: usize) -> Result<()> {
        self.size += 1;
        if depth > DEEPEST || self.size > Self::MOST {
            let (deepest, most) = (DEEPEST, Self::MOST);
            return Err(Error::rejected(format!(
                "an expression sees at most {most} values, nested {deepest} deep"
            )));
        }
        Ok(())
    }

    fn nested<'r>(&mut self, value: &'r Value, depth: usize) -> Result<Seen<'r>> {
        self.count(depth)?;
        Ok(match value {
            Value::Null => Box::new(CelNull),
            Value::Boolean(truth) => Box::new(CelBool::from(*truth)),
            Value::Int8(_) | Value::Int16(_) | Value::Int32(_) | Value::Int64(_) => {
                Box::new(CelInt::from(value.as_i64().unwrap_or_default()))
            }
            Value::Float32(number) => Box::new(CelDouble::from(f64::from(*number))),
            Value::Float64(number) => Box::new(CelDouble::from(*number)),
            Value::String(text) => {
                within(text.len())?;
                Box::new(CelString::from(text.as_str()))
            }
            Value::Bytes(bytes) => {
                within(bytes.len())?;
                Box::new(CelBytes::from(bytes.as_ref()))
            }
            Value::Array(elements) => {
                let elements = elements
                    .iter()
                    .map(|element| self.nested(element, depth + 1));
                let elements = elements.collect::<Result<Vec<_>>>()?;
                Box::new(CelList::from(elements))
            }
            Value::Map(entries) => self.map(entries, depth)?,
            Value::Struct(fields) => self.fields(fields, depth)?,
            Value::Decimal(number) => match number.to_f64() {
                double if double.is_finite() => Box::new(CelDouble::from(double)),
                _ => return Err(Error::rejected(format!("{number} is no double"))),
            },
            Value::Date(days) => timestamp(i64::from(*days) * 86_400_000)?,
            Value::Time(millis) => {
                let duration = Duration::milliseconds(i64::from(*millis));
                Box::new(CelDuration::from(duration))
            }
            Value::Timestamp(millis) => timestamp(*millis)?,
            other => {
                let found = other.type_name();
                return Err(Error::rejected(format!(
                    "an expression cannot see a {found}"
                )));
            }
        })
    }

    fn map<'r>(&mut self, entries: &'r [(Value, Value)], depth: usize) -> Result<Seen<'r>> {
        let mut map = HashMap::with_capacity(entries.len());
        for (key, value) in entries {
            let key = match key {
                Value::String(text) => CelMapKey::from(text.as_str()),
                Value::Boolean(truth) => CelMapKey::from(*truth),
                other => CelMapKey::from(other.as_i64().ok_or_else(|| {
                    let found = other.type_name();
                    Error::rejected(format!(
                        "an expression sees maps whose keys are text, integers or booleans, found {found}"
                    ))
                })?),
            };
            map.insert(key, self.nested(value, depth + 1)?);
        }
        Ok(Box::new(CelMap::from(map)))
    }

    fn fields<'r>(&mut self, fields: &'r Struct, depth: usize) -> Result<Seen<'r>> {
        let names = fields.schema().fields();
        let mut map = HashMap::with_capacity(names.len());
        for (index, field) in names.iter().enumerate() {
            let value = self.nested(fields.get_at(index), depth + 1)?;
            map.insert(CelMapKey::from(field.name().as_str()), value);
        }
        Ok(Box::new(CelMap::from(map)))
    }
}

fn within(bytes: usize) -> Result<()> {
    if bytes <= Reader::MOST_BYTES {
        return Ok(());
    }
    let most = Reader::MOST_BYTES;
    Err(Error::rejected(format!(
        "an expression sees at most {most} bytes, found {bytes}"
    )))
}

fn timestamp<'r>(millis: i64) -> Result<Seen<'r>> {
    match DateTime::from_timestamp_millis(millis) {
        Some(at) => Ok(Box::new(CelTimestamp::from(at.fixed_offset()))),
        None => Err(Error::rejected(format!(
            "an expression sees no timestamp {millis} ms from the epoch"
        ))),
    }
}

/// Reads what an expression says; the entries of a map are in the order of their keys.
pub(super) fn to_value(found: &cel::Value) -> Result<Value> {
    nested(found, 0)
}

fn nested(found: &cel::Value, depth: usize) -> Result<Value> {
    if depth > DEEPEST {
        return Err(Error::rejected(format!(
            "expected values nested at most {DEEPEST} deep"
        )));
    }
    Ok(match found {
        cel::Value::Null => Value::Null,
        cel::Value::Bool(truth) => (*truth).into(),
        cel::Value::Int(number) => (*number).into(),
        cel::Value::UInt(number) => i64::try_from(*number)
            .map_err(|_wide| Error::rejected(format!("{number} does not fit 64 bits with a sign")))?
            .into(),
        cel::Value::Float(number) => (*number).into(),
        cel::Value::String(text) => text.as_str().into(),
        cel::Value::Bytes(bytes) => bytes.as_ref().clone().into(),
        cel::Value::Timestamp(at) => Value::Timestamp(at.timestamp_millis()),
        cel::Value::Duration(duration) => duration.num_milliseconds().into(),
        cel::Value::List(elements) => {
            let elements = elements.iter().map(|element| nested(element, depth + 1));
            Value::array(elements.collect::<Result<Vec<_>>>()?)
        }
        cel::Value::Map(map) => {
            let mut entries: Vec<_> = map.map.iter().collect();
            entries.sort_unstable_by_key(|(key, _)| *key);
            let mut built = MapBuilder::new();
            for (key, value) in entries {
                built.insert(to_key(key)?, nested(value, depth + 1)?);
            }
            built.build()
        }
        other => {
            let found = other.type_of();
            return Err(Error::rejected(format!(
                "expected a value, found a {found}"
            )));
        }
    })
}

fn to_key(key: &Key) -> Result<Value> {
    Ok(match key {
        Key::String(text) => text.as_str().into(),
        Key::Bool(truth) => (*truth).into(),
        Key::Int(number) => (*number).into(),
        Key::Uint(number) => i64::try_from(*number)
            .map_err(|_wide| {
                Error::rejected(format!("key {number} does not fit 64 bits with a sign"))
            })?
            .into(),
    })
}

/// Returns the schema of what an expression said: optional, and none if its values have nothing in common.
pub(super) fn inferred(value: &Value) -> Option<Schema> {
    match value {
        Value::Boolean(_) => Some(Schema::optional_boolean()),
        Value::Int64(_) => Some(Schema::optional_int64()),
        Value::Float64(_) => Some(Schema::optional_float64()),
        Value::String(_) => Some(Schema::optional_string()),
        Value::Bytes(_) => Some(Schema::optional_bytes()),
        Value::Timestamp(_) => Schema::timestamp().optional().build().ok(),
        Value::Array(elements) => {
            let mut known = elements
                .iter()
                .filter(|element| !element.is_null())
                .map(inferred);
            let first = known.next()??;
            let alike = known.all(|schema| schema.as_ref() == Some(&first));
            let array = alike.then(|| Schema::array(first).optional().build());
            array?.ok()
        }
        _ => None,
    }
}

/// Makes a value of `schema` of what an expression said.
///
/// # Errors
///
/// It is no such value, or does not fit its width.
pub(super) fn fitted(value: Value, schema: &Schema) -> Result<Value> {
    let fitted = match (&value, schema.logical()) {
        (Value::Null, _) => Some(Value::Null),
        (_, Some(logical)) => of_logical(&value, logical),
        (_, None) => of_type(&value, schema)?,
    };
    let Some(fitted) = fitted else {
        let (expected, found) = (schema.type_(), value.type_name());
        return Err(Error::rejected(format!(
            "expected {expected}, found {found} {value:?}"
        )));
    };
    if !(fitted.is_null() && schema.default_value().is_some()) {
        schema.check(&fitted)?;
    }
    Ok(fitted)
}

fn of_logical(value: &Value, logical: Logical) -> Option<Value> {
    match (logical, value) {
        (Logical::Timestamp, Value::Timestamp(at) | Value::Int64(at)) => {
            Some(Value::Timestamp(*at))
        }
        (Logical::Date, Value::Timestamp(at)) => i32::try_from(at.div_euclid(86_400_000))
            .ok()
            .map(Value::Date),
        (Logical::Date, Value::Int64(days)) => i32::try_from(*days).ok().map(Value::Date),
        (Logical::Time, Value::Int64(millis)) => i32::try_from(*millis).ok().map(Value::Time),
        (Logical::Decimal { scale }, Value::Int64(number)) => {
            Decimal::new(*number, 0).rescale(scale).map(Value::from)
        }
        (Logical::Decimal { scale }, Value::Float64(number)) => {
            let exact: Decimal = number.to_string().parse().ok()?;
            exact.rescale(scale).map(Value::from)
        }
        (Logical::Decimal { scale }, Value::String(text)) => {
            let exact: Decimal = text.parse().ok()?;
            exact.rescale(scale).map(Value::from)
        }
        _ => None,
    }
}

fn of_type(value: &Value, schema: &Schema) -> Result<Option<Value>> {
    Ok(match (schema.type_(), value) {
        (Type::Int8, Value::Int64(n)) => i8::try_from(*n).ok().map(Value::from),
        (Type::Int16, Value::Int64(n)) => i16::try_from(*n).ok().map(Value::from),
        (Type::Int32, Value::Int64(n)) => i32::try_from(*n).ok().map(Value::from),
        (Type::Float32, Value::Float64(n)) => Some(Value::Float32(*n as f32)),
        (Type::Float32, Value::Int64(n)) => Some(Value::Float32(*n as f32)),
        (Type::Float64, Value::Int64(n)) => Some(Value::Float64(*n as f64)),
        (Type::Array, Value::Array(elements)) => {
            let Some(of) = schema.value_schema() else {
                return Ok(None);
            };
            let elements = elements.iter().map(|element| fitted(element.clone(), of));
            Some(Value::array(elements.collect::<Result<Vec<_>>>()?))
        }
        (Type::Map, Value::Map(entries)) => {
            let (Some(keys), Some(values)) = (schema.key_schema(), schema.value_schema()) else {
                return Ok(None);
            };
            let mut map = MapBuilder::new();
            for (key, value) in entries.iter() {
                map.insert(fitted(key.clone(), keys)?, fitted(value.clone(), values)?);
            }
            Some(map.build())
        }
        (Type::Struct, Value::Map(_)) => {
            let fields = schema.fields().iter().map(|field| {
                let given = value.get(field.name()).cloned().unwrap_or_default();
                fitted(given, field.schema())
                    .map_err(|error| error.context(format_args!("field `{}`", field.name())))
            });
            Some(Struct::from_values(schema, fields.collect::<Result<_>>()?)?.into())
        }
        (Type::Int64, Value::Int64(_))
        | (Type::Float64, Value::Float64(_))
        | (Type::Boolean, Value::Boolean(_))
        | (Type::String, Value::String(_))
        | (Type::Bytes, Value::Bytes(_)) => Some(value.clone()),
        _ => None,
    })
}
