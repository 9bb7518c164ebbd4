//! [`TimestampConverter`]: instants as text, numbers, days, times and timestamps.

mod conversion;

use connect_api::{Dialect, Outcome, Record, Result, Transform};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use self::conversion::Conversion;
use crate::{
    FieldSyntax, Side,
    date::{Century, DatePattern, Zone},
    edit::Edits,
    options::{refused, yes},
    path::Nulls,
};

/// The options of [`TimestampConverter`]; keys and defaults are Java's.
///
/// Java does not have `timezone`, `two.digit.year.start`, `field.syntax.version` and `compat.java`.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[expect(clippy::exhaustive_structs, reason = "meant to be built by literal")]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each one is a key of Kafka Connect's"
)]
pub struct TimestampConverterConfig {
    /// The field that holds the time; empty if the whole key or value is one.
    #[serde(default)]
    #[schemars(extend("x-importance" = "high"))]
    pub field: String,
    /// What the time becomes.
    #[schemars(extend("x-importance" = "high"))]
    pub target_type: TimestampType,
    /// The pattern of times in text, of those that are read and of those that are written: Java's `SimpleDateFormat`.
    #[serde(default)]
    pub format: String,
    /// What times in numbers count, those that are read and those that are written.
    #[serde(default)]
    #[schemars(extend("x-importance" = "low"))]
    pub unix_precision: UnixPrecision,
    /// Where the clock hangs that texts, days and times of day are taken from: a name of IANA's database, or an offset.
    #[serde(default = "utc")]
    #[schemars(extend("x-importance" = "low"))]
    pub timezone: String,
    /// The first of the hundred years in which a year of two digits lies; without it they begin 80 years before the start.
    #[serde(default)]
    #[schemars(range(min = 1, max = 9900), extend("x-importance" = "low"))]
    pub two_digit_year_start: Option<i32>,
    /// How the field is named: `V1`, a field at the top; `V2`, the way to a nested one, as `items[*].sold`.
    #[serde(default)]
    #[schemars(extend("x-case" = "insensitive"))]
    pub field_syntax_version: FieldSyntax,
    /// Whether a null field that has a default counts as the default.
    #[serde(default = "yes")]
    pub replace_null_with_default: bool,
    /// Whether text that does not fit is read as far as it goes, and what does not exist rolls over, as in Java.
    #[serde(default)]
    #[schemars(extend("x-importance" = "low"))]
    pub compat_java: bool,
}

fn utc() -> String {
    "UTC".to_owned()
}

impl TimestampConverterConfig {
    /// Converts the whole key or value; everything else is as Java's defaults are.
    #[must_use]
    pub fn new(target_type: TimestampType) -> Self {
        Self {
            field: String::new(),
            target_type,
            format: String::new(),
            unix_precision: UnixPrecision::Milliseconds,
            timezone: utc(),
            two_digit_year_start: None,
            field_syntax_version: FieldSyntax::V1,
            replace_null_with_default: yes(),
            compat_java: false,
        }
    }
}

/// What a time is: `target.type`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[expect(clippy::exhaustive_enums, reason = "Kafka Connect has these")]
pub enum TimestampType {
    /// Text in the `format`.
    #[serde(rename = "string")]
    String,
    /// A number of units of `unix.precision` since the epoch.
    #[serde(rename = "unix")]
    Unix,
    /// Connect's `Date`: the day.
    Date,
    /// Connect's `Time`: the time of day.
    Time,
    /// Connect's `Timestamp`.
    Timestamp,
}

/// What numbers count: `unix.precision`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[expect(clippy::exhaustive_enums, reason = "Kafka Connect has these")]
pub enum UnixPrecision {
    /// Seconds.
    Seconds,
    /// Milliseconds.
    #[default]
    Milliseconds,
    /// Microseconds.
    Microseconds,
    /// Nanoseconds.
    Nanoseconds,
}

/// Converts times between their forms: `org.apache.kafka.connect.transforms.TimestampConverter`.
///
/// What a field holds is told by its schema, and without one by its value. Nulls stay null. Between the forms it is
/// milliseconds.
#[derive(Clone, Debug)]
pub struct TimestampConverter {
    side: Side,
    edits: Edits<Conversion>,
}

impl TimestampConverter {
    /// Builds it for the key or the value.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Config`](connect_api::ErrorKind::Config): there is no format for text, the format or the time zone is
    /// none, or the name of the field.
    pub fn new(config: TimestampConverterConfig, side: Side) -> Result<Self> {
        let dialect = Dialect::from(config.compat_java);
        let target = config.target_type;
        let zone = Zone::named(&config.timezone)
            .map_err(|reason| refused("timezone", &config.timezone, reason))?;
        let century = Century::new(config.two_digit_year_start, &zone);
        let text = &config.format;
        let format = match text.trim() {
            "" if target == TimestampType::String => {
                return Err(refused(
                    "format",
                    text,
                    "target.type=string needs a pattern",
                ));
            }
            "" => None,
            _ => Some(
                DatePattern::new(text, zone.clone(), century, dialect)
                    .map_err(|reason| refused("format", text, reason))?,
            ),
        };
        let (syntax, field) = (config.field_syntax_version, Some(config.field.as_str()));
        let path = syntax.path_or_whole("field", field, dialect)?;
        let conversion = Conversion {
            target,
            format,
            precision: config.unix_precision,
            zone,
            dialect,
        };
        let nulls = Nulls::from(config.replace_null_with_default);
        Ok(Self {
            side,
            edits: Edits::new("converting times", [(path, conversion)], nulls, dialect),
        })
    }
}

impl Transform for TimestampConverter {
    fn apply(&mut self, record: &mut Record, _: &mut Vec<Record>) -> Result<Outcome> {
        self.edits.apply(self.side.of_mut(record))?;
        Ok(Outcome::Kept)
    }
}
