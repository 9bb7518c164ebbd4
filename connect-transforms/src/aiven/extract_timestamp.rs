//! [`ExtractTimestamp`]: the time of a record, from a field of it.

use connect_api::{Dialect, Error, Outcome, Record, Result, Transform, Value};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    FieldSyntax, Side,
    options::refused,
    path::{FieldPath, Nulls},
    shape::misfit,
};

/// The options of [`ExtractTimestamp`]; keys and defaults are Aiven's, but for `field.syntax.version`.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[expect(clippy::exhaustive_structs, reason = "meant to be built by literal")]
pub struct ExtractTimestampConfig {
    /// The field that holds the time: an int64 or a timestamp.
    #[schemars(length(min = 1), extend("x-importance" = "high"))]
    pub field_name: String,
    /// What an int64 counts.
    #[serde(default)]
    #[schemars(extend("x-importance" = "low"))]
    pub timestamp_resolution: TimestampResolution,
    /// How the field is named: `V1`, a field at the top; `V2`, the way to a nested one, as `event.time`.
    #[serde(default)]
    #[schemars(extend("x-case" = "insensitive"))]
    pub field_syntax_version: FieldSyntax,
    /// Whether seconds that are too many for milliseconds end at the last one, and any date counts, as in Java.
    #[serde(default)]
    #[schemars(extend("x-importance" = "low"))]
    pub compat_java: bool,
}

/// What numbers count: `timestamp.resolution`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[expect(clippy::exhaustive_enums, reason = "Aiven has these two")]
pub enum TimestampResolution {
    /// Milliseconds.
    #[default]
    Milliseconds,
    /// Seconds.
    Seconds,
}

/// Takes the time of a record from a field: `io.aiven.kafka.connect.transforms.ExtractTimestamp`.
#[derive(Clone, Debug)]
pub struct ExtractTimestamp {
    side: Side,
    field: FieldPath,
    resolution: TimestampResolution,
    dialect: Dialect,
}

impl ExtractTimestamp {
    /// Builds it for the key or the value.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Config`](connect_api::ErrorKind::Config): there is no field, or its name is none or names several.
    pub fn new(config: ExtractTimestampConfig, side: Side) -> Result<Self> {
        const KEY: &str = "field.name";
        let dialect = Dialect::from(config.compat_java);
        let name = &config.field_name;
        if name.is_empty() {
            return Err(refused(KEY, name, "expected a field"));
        }
        let field = config.field_syntax_version.path(KEY, name, dialect)?;
        Ok(Self {
            side,
            field: field.one(KEY, name)?,
            resolution: config.timestamp_resolution,
            dialect,
        })
    }

    fn millis(&self, value: &Value) -> Result<i64> {
        if !matches!(value, Value::Map(_) | Value::Struct(_)) {
            return Err(misfit("expected a map or a struct", value));
        }
        let at = |error: Error| error.context(format_args!("field `{}`", self.field));
        match self.field.value_in(value, Nulls::Replaced) {
            Some(Value::Int64(number)) => self.of_number(number).map_err(at),
            Some(Value::Timestamp(millis)) => Ok(millis),
            // Any date of Java's counts, whatever its schema says.
            Some(Value::Date(days)) => Ok(i64::from(days) * 86_400_000),
            Some(Value::Time(millis)) if self.dialect == Dialect::Java => Ok(millis.into()),
            found => {
                let found = found.as_ref().map_or("no field", Value::type_name);
                Err(at(Error::rejected(format!(
                    "expected an int64 or a timestamp, found {found}"
                ))))
            }
        }
    }

    fn of_number(&self, number: i64) -> Result<i64> {
        match (self.resolution, self.dialect) {
            (TimestampResolution::Milliseconds, _) => Ok(number),
            (TimestampResolution::Seconds, Dialect::Java) => Ok(number.saturating_mul(1000)),
            (TimestampResolution::Seconds, _) => number.checked_mul(1000).ok_or_else(|| {
                Error::rejected(format!(
                    "{number} seconds are more milliseconds than 64 bits hold"
                ))
            }),
        }
    }
}

impl Transform for ExtractTimestamp {
    fn apply(&mut self, record: &mut Record, _: &mut Vec<Record>) -> Result<Outcome> {
        let millis = self
            .millis(&self.side.of(record).value)
            .map_err(|error| error.context("taking the time of the record"))?;
        record.timestamp = Some(millis);
        Ok(Outcome::Kept)
    }
}
