//! [`MessageTimestampRouter`]: a topic for each day, or another span of time, that a field tells.

use connect_api::{Dialect, Error, Outcome, Record, Result, SchemaAndValue, Transform, Value};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::{
    FieldSyntax,
    date::{Century, DatePattern, Zone},
    options::refused,
    path::{FieldPath, Nulls},
    routing::route,
    shape::misfit,
    topic_format::TopicFormat,
};

/// The options of [`MessageTimestampRouter`]; keys are Confluent's, but for what Confluent does not have.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(default)]
#[expect(clippy::exhaustive_structs, reason = "meant to be built by literal")]
pub struct MessageTimestampRouterConfig {
    /// The name of the topic that a record goes to; `${topic}` is the one that it had, `${timestamp}` its time.
    #[schemars(extend("x-importance" = "high"))]
    pub topic_format: String,
    /// The pattern of the time in the name of the topic: Java's `SimpleDateFormat`.
    #[schemars(extend("x-importance" = "high"))]
    pub topic_timestamp_format: String,
    /// The fields of the value that may hold the time; the first that does counts.
    #[schemars(length(min = 1), extend("x-importance" = "high"))]
    pub message_timestamp_keys: Vec<String>,
    /// The pattern of the time in the field; if empty, the field counts milliseconds since the epoch.
    #[schemars(extend("x-importance" = "high"))]
    pub message_timestamp_format: String,
    /// Where the clock hangs that both times are taken from: a name of IANA's database, or an offset.
    #[schemars(extend("x-importance" = "low"))]
    pub timezone: String,
    /// The first of the hundred years in which a year of two digits lies; without it they begin 80 years before the start.
    #[schemars(range(min = 1, max = 9900), extend("x-importance" = "low"))]
    pub two_digit_year_start: Option<i32>,
    /// How fields are named: `V1`, a field at the top; `V2`, the way to a nested one, as `event.time`.
    #[schemars(extend("x-case" = "insensitive"))]
    pub field_syntax_version: FieldSyntax,
    /// Whether text that does not fit is read as far as it goes, and what does not exist rolls over, as in Java.
    #[schemars(extend("x-importance" = "low"))]
    pub compat_java: bool,
}

impl Default for MessageTimestampRouterConfig {
    fn default() -> Self {
        Self {
            topic_format: "${topic}-${timestamp}".to_owned(),
            topic_timestamp_format: "yyyyMMdd".to_owned(),
            message_timestamp_keys: Vec::new(),
            message_timestamp_format: String::new(),
            timezone: "UTC".to_owned(),
            two_digit_year_start: None,
            field_syntax_version: FieldSyntax::V1,
            compat_java: false,
        }
    }
}

/// Names the topic after a time in the value: `io.confluent.connect.transforms.MessageTimestampRouter`.
///
/// The value is a map, or a struct, which Confluent's does not take.
#[derive(Clone, Debug)]
pub struct MessageTimestampRouter {
    topic: TopicFormat,
    written: DatePattern,
    fields: Vec<FieldPath>,
    read: Option<DatePattern>,
    dialect: Dialect,
}

impl MessageTimestampRouter {
    /// Builds it.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Config`](connect_api::ErrorKind::Config): there is no field, a pattern or the time zone is none, or the
    /// name of a field, or it names several with `[*]`.
    pub fn new(config: MessageTimestampRouterConfig) -> Result<Self> {
        const KEYS: &str = "message.timestamp.keys";
        let dialect = Dialect::from(config.compat_java);
        if config.message_timestamp_keys.is_empty() {
            return Err(refused(KEYS, "[]", "expected at least one field"));
        }
        let zone = Zone::named(&config.timezone)
            .map_err(|reason| refused("timezone", &config.timezone, reason))?;
        let century = Century::new(config.two_digit_year_start, &zone);
        let pattern = |key, text: &str| {
            DatePattern::new(text, zone.clone(), century, dialect)
                .map_err(|reason| refused(key, text, reason))
        };
        let read = match config.message_timestamp_format.as_str() {
            "" => None,
            text => Some(pattern("message.timestamp.format", text)?),
        };
        let fields = config.message_timestamp_keys.iter().map(|field| {
            let path = config.field_syntax_version.path(KEYS, field, dialect)?;
            path.one(KEYS, field)
        });
        Ok(Self {
            topic: TopicFormat::new(&config.topic_format),
            written: pattern("topic.timestamp.format", &config.topic_timestamp_format)?,
            fields: fields.collect::<Result<_>>()?,
            read,
            dialect,
        })
    }

    /// Returns the first time that is there, in milliseconds since the epoch.
    fn millis(&self, datum: &SchemaAndValue) -> Result<i64> {
        if !matches!(datum.value, Value::Map(_) | Value::Struct(_)) {
            return Err(misfit("expected a map or a struct", &datum.value));
        }
        let found = self.fields.iter().find_map(|field| {
            let value = field.value_in(&datum.value, Nulls::Replaced)?;
            (!value.is_null()).then_some((field, value))
        });
        let Some((field, value)) = found else {
            let fields: Vec<_> = self.fields.iter().map(ToString::to_string).collect();
            let fields = fields.join("`, `");
            return Err(Error::rejected(format!(
                "expected a time in `{fields}`, found none"
            )));
        };
        self.millis_of(&value)
            .map_err(|error| error.context(format_args!("field `{field}`")))
    }

    fn millis_of(&self, value: &Value) -> Result<i64> {
        match (value, &self.read) {
            (Value::Timestamp(millis), _) => Ok(*millis),
            (Value::Date(days), _) => Ok(i64::from(*days) * 86_400_000),
            (Value::String(text), Some(pattern)) => pattern.parse(text),
            (Value::Int64(millis), None) => Ok(*millis),
            (Value::String(text), None) => text.parse().map_err(|_other| {
                let shown: String = text.chars().take(100).collect();
                Error::rejected(format!("expected milliseconds, found {shown:?}"))
            }),
            (found, read) => {
                let expected = if read.is_some() { "text" } else { "an int64" };
                let expected = format_args!("expected {expected} or a timestamp");
                Err(misfit(expected, found))
            }
        }
    }
}

impl Transform for MessageTimestampRouter {
    fn apply(&mut self, record: &mut Record, _: &mut Vec<Record>) -> Result<Outcome> {
        let millis = self
            .millis(&record.value)
            .map_err(|error| error.context("routing by the time of the value"))?;
        let topic = self.topic.name(&record.topic, &self.written.format(millis));
        route(record, topic, self.dialect)?;
        Ok(Outcome::Kept)
    }
}
