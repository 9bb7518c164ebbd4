//! [`StringToDateTime`]: timestamps from ISO 8601 text.

use connect_api::{Dialect, Error, Outcome, Record, Result, Schema, Transform, Type, Value};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::{
    FieldSyntax,
    date::{Century, DatePattern, Zone},
    edit::{Edit, Edits},
    options::refused,
    path::Nulls,
    shape::misfit,
};

/// The options of [`StringToDateTime`]; `field` is Aiven's.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[expect(clippy::exhaustive_structs, reason = "meant to be built by literal")]
pub struct StringToDateTimeConfig {
    /// The field that holds the text.
    #[schemars(length(min = 1), extend("x-importance" = "high"))]
    pub field: String,
    /// Where the clock hangs that shows the time: a name of IANA's database, or an offset.
    #[serde(default = "utc")]
    #[schemars(extend("x-importance" = "low"))]
    pub timezone: String,
    /// How the field is named: `V1`, a field at the top; `V2`, the way to a nested one, as `items[*].sold`.
    #[serde(default)]
    #[schemars(extend("x-case" = "insensitive"))]
    pub field_syntax_version: FieldSyntax,
}

fn utc() -> String {
    "UTC".to_owned()
}

/// Makes a timestamp of text like `2024-04-28T09:53:32.5`: `io.aiven.kafka.connect.transforms.StringToDateTime`.
///
/// Seconds and their fraction, of which milliseconds are kept, may be absent; an offset may not be there. Nulls stay null,
/// and what else the value holds stays as it is.
#[derive(Clone, Debug)]
pub struct StringToDateTime {
    edits: Edits<ToTimestamp>,
}

impl StringToDateTime {
    /// Builds it.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Config`](connect_api::ErrorKind::Config): there is no field, or its name or the time zone is none.
    pub fn new(config: StringToDateTimeConfig) -> Result<Self> {
        let name = &config.field;
        if name.is_empty() {
            return Err(refused("field", name, "expected a field"));
        }
        let path = config
            .field_syntax_version
            .path("field", name, Dialect::Strict)?;
        let zone = Zone::named(&config.timezone)
            .map_err(|reason| refused("timezone", &config.timezone, reason))?;
        let edit = ToTimestamp {
            minutes: pattern("yyyy-MM-dd'T'HH:mm", &zone)?,
            seconds: pattern("yyyy-MM-dd'T'HH:mm:ss", &zone)?,
        };
        Ok(Self {
            edits: Edits::new(PURPOSE, [(path, edit)], Nulls::Replaced, Dialect::Strict),
        })
    }
}

const PURPOSE: &str = "reading dates and times";

fn pattern(text: &str, zone: &Zone) -> Result<DatePattern> {
    let century = Century::new(None, zone);
    DatePattern::new(text, zone.clone(), century, Dialect::Strict).map_err(Error::fatal)
}

impl Transform for StringToDateTime {
    fn apply(&mut self, record: &mut Record, _: &mut Vec<Record>) -> Result<Outcome> {
        self.edits.apply(&mut record.value)?;
        Ok(Outcome::Kept)
    }
}

#[derive(Clone, Debug)]
struct ToTimestamp {
    minutes: DatePattern,
    seconds: DatePattern,
}

impl Edit for ToTimestamp {
    fn schema(&self, schema: &Schema) -> Result<Schema> {
        if schema.type_() != Type::String {
            return Err(Error::rejected(format!(
                "expected a schema of string, found {schema}"
            )));
        }
        let mut builder = Schema::timestamp();
        if schema.is_optional() {
            builder = builder.optional();
        }
        if let Some(default) = schema.default_value() {
            builder = builder.default_value(self.value(None, default.clone())?);
        }
        builder.build()
    }

    fn value(&self, _: Option<&Schema>, value: Value) -> Result<Value> {
        match value {
            Value::Null => Ok(Value::Null),
            Value::String(text) => self.millis(&text).map(Value::Timestamp),
            other => Err(misfit("expected a string", &other)),
        }
    }
}

impl ToTimestamp {
    fn millis(&self, text: &str) -> Result<i64> {
        const WITH_MINUTES: usize = "2024-04-28T09:53".len();
        if text.len() == WITH_MINUTES {
            return self.minutes.parse(text);
        }
        let Some((seconds, fraction)) = text.split_once('.') else {
            return self.seconds.parse(text);
        };
        let digits = fraction.bytes().all(|byte| byte.is_ascii_digit());
        if !digits || !(1..=9).contains(&fraction.len()) {
            let shown: String = fraction.chars().take(100).collect();
            return Err(Error::rejected(format!(
                "expected 1 to 9 digits of a second, found {shown:?}"
            )));
        }
        let millis = fraction
            .bytes()
            .chain([b'0', b'0'])
            .take(3)
            .fold(0, |millis, digit| millis * 10 + i64::from(digit - b'0'));
        Ok(self.seconds.parse(seconds)? + millis)
    }
}
