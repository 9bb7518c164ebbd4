//! [`Conversion`]: from one form of a time to another.

use connect_api::{Dialect, Error, Logical, Result, Schema, Type, Value};

use super::{TimestampType, UnixPrecision};
use crate::{
    date::{DatePattern, Zone},
    edit::Edit,
};

const DAY: i64 = 86_400_000;

/// From the form that is found to one other.
#[derive(Clone, Debug)]
pub(super) struct Conversion {
    pub(super) target: TimestampType,
    pub(super) format: Option<DatePattern>,
    pub(super) precision: UnixPrecision,
    pub(super) zone: Zone,
    pub(super) dialect: Dialect,
}

impl Edit for Conversion {
    /// Java's loses the default.
    fn schema(&self, schema: &Schema) -> Result<Schema> {
        let mut builder = match self.target {
            TimestampType::String => Schema::string(),
            TimestampType::Unix => Schema::int64(),
            TimestampType::Date => Schema::date(),
            TimestampType::Time => Schema::time(),
            TimestampType::Timestamp => Schema::timestamp(),
        };
        if schema.is_optional() {
            builder = builder.optional();
        }
        if let (Some(default), Dialect::Strict) = (schema.default_value(), self.dialect) {
            builder = builder.default_value(self.value(Some(schema), default.clone())?);
        }
        builder.build()
    }

    fn value(&self, schema: Option<&Schema>, value: Value) -> Result<Value> {
        let form = match schema {
            Some(schema) => form(schema)?,
            None => Form::of(&value),
        };
        if value.is_null() {
            return Ok(Value::Null);
        }
        let millis = self.millis(form, &value)?;
        self.target(millis)
    }
}

/// What a time is found as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    Text,
    Unix,
    Logical,
    None,
}

impl Form {
    fn of(value: &Value) -> Self {
        match value {
            Value::String(_) => Self::Text,
            Value::Int64(_) => Self::Unix,
            Value::Date(_) | Value::Time(_) | Value::Timestamp(_) => Self::Logical,
            _ => Self::None,
        }
    }
}

/// Tells by its schema what a field holds.
fn form(schema: &Schema) -> Result<Form> {
    match (schema.logical(), schema.type_()) {
        (Some(Logical::Date | Logical::Time | Logical::Timestamp), _) => Ok(Form::Logical),
        (_, Type::String) => Ok(Form::Text),
        (_, Type::Int64) => Ok(Form::Unix),
        _ => Err(Error::rejected(format!(
            "expected a schema of Timestamp, Date, Time, string or int64, found {schema}"
        ))),
    }
}

impl Conversion {
    fn millis(&self, form: Form, value: &Value) -> Result<i64> {
        match (form, value) {
            (Form::Text, Value::String(text)) => match &self.format {
                Some(format) => format.parse(text),
                None => Err(Error::rejected(
                    "text is read with a `format`, and the transform has none",
                )),
            },
            (Form::Unix, Value::Int64(number)) => self.of_unix(*number),
            (Form::Logical, Value::Date(days)) => Ok(i64::from(*days) * DAY),
            (Form::Logical, Value::Time(millis)) => Ok(i64::from(*millis)),
            (Form::Logical, Value::Timestamp(millis)) => Ok(*millis),
            (_, found) => {
                let expected = match form {
                    Form::Text => "a string",
                    Form::Unix => "an int64",
                    Form::Logical => "a timestamp, a date or a time",
                    Form::None => "a timestamp, a date, a time, a string or an int64",
                };
                let found = found.type_name();
                Err(Error::rejected(format!(
                    "expected {expected}, found {found}"
                )))
            }
        }
    }

    fn target(&self, millis: i64) -> Result<Value> {
        match (self.target, &self.format) {
            (TimestampType::String, Some(format)) => Ok(format.format(millis).into()),
            // `TimestampConverter::new` refuses it.
            (TimestampType::String, None) => Err(Error::fatal("text is written with a `format`")),
            (TimestampType::Unix, _) => self.unix(millis).map(Value::Int64),
            (TimestampType::Date, _) => {
                let (days, _) = self.zone.day_and_time(millis);
                let days = i32::try_from(days).map_err(|_wide| {
                    Error::rejected(format!(
                        "a date is no farther than 32 bits count days, found {millis} ms"
                    ))
                })?;
                Ok(Value::Date(days))
            }
            (TimestampType::Time, _) => {
                let (_, time) = self.zone.day_and_time(millis);
                Ok(Value::Time(time as i32))
            }
            (TimestampType::Timestamp, _) => Ok(Value::Timestamp(millis)),
        }
    }

    /// Cuts off what is less than a millisecond.
    fn of_unix(&self, number: i64) -> Result<i64> {
        match self.precision {
            UnixPrecision::Seconds => self.times(number, 1000),
            UnixPrecision::Milliseconds => Ok(number),
            UnixPrecision::Microseconds => Ok(number / 1000),
            UnixPrecision::Nanoseconds => Ok(number / 1_000_000),
        }
    }

    /// Cuts off what is less than a second if these are counted.
    fn unix(&self, millis: i64) -> Result<i64> {
        match self.precision {
            UnixPrecision::Seconds => Ok(millis / 1000),
            UnixPrecision::Milliseconds => Ok(millis),
            UnixPrecision::Microseconds => self.times(millis, 1000),
            UnixPrecision::Nanoseconds => self.times(millis, 1_000_000),
        }
    }

    /// What 64 bits do not hold ends at the last number in Java's dialect.
    fn times(&self, number: i64, factor: i64) -> Result<i64> {
        if self.dialect == Dialect::Java {
            return Ok(number.saturating_mul(factor));
        }
        number.checked_mul(factor).ok_or_else(|| {
            Error::rejected(format!("{number} × {factor} is no time that 64 bits hold"))
        })
    }
}
