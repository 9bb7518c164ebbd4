//! [`TimestampRouter`]: a topic for each day, or another span of time.

use connect_api::{Dialect, Error, Outcome, Record, Result, Transform};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::{
    date::{Century, DatePattern, Zone},
    options::refused,
    routing::route,
    topic_format::TopicFormat,
};

/// The options of [`TimestampRouter`]; keys and defaults are Java's, but for the time zone.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(default)]
#[expect(clippy::exhaustive_structs, reason = "meant to be built by literal")]
pub struct TimestampRouterConfig {
    /// The name of the topic that a record goes to; `${topic}` is the one that it had, `${timestamp}` its time.
    #[schemars(extend("x-importance" = "high"))]
    pub topic_format: String,
    /// The pattern of the time: Java's `SimpleDateFormat`.
    #[schemars(extend("x-importance" = "high"))]
    pub timestamp_format: String,
    /// Where the clock hangs that the time is taken from: a name of IANA's database, or an offset.
    #[schemars(extend("x-importance" = "low"))]
    pub timezone: String,
    /// Whether patterns that cannot be meant are taken all the same, as in Java: `SSSSSS`.
    #[schemars(extend("x-importance" = "low"))]
    pub compat_java: bool,
}

impl Default for TimestampRouterConfig {
    fn default() -> Self {
        Self {
            topic_format: "${topic}-${timestamp}".to_owned(),
            timestamp_format: "yyyyMMdd".to_owned(),
            timezone: "UTC".to_owned(),
            compat_java: false,
        }
    }
}

/// Names the topic after the time of the record: `org.apache.kafka.connect.transforms.TimestampRouter`.
#[derive(Clone, Debug)]
pub struct TimestampRouter {
    topic: TopicFormat,
    timestamp: DatePattern,
    dialect: Dialect,
}

impl TimestampRouter {
    /// Builds it.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Config`](connect_api::ErrorKind::Config): the pattern or the time zone is none.
    pub fn new(config: TimestampRouterConfig) -> Result<Self> {
        let zone = Zone::named(&config.timezone)
            .map_err(|reason| refused("timezone", &config.timezone, reason))?;
        let text = &config.timestamp_format;
        let century = Century::new(None, &zone);
        let dialect = Dialect::from(config.compat_java);
        let timestamp = DatePattern::new(text, zone, century, dialect)
            .map_err(|reason| refused("timestamp.format", text, reason))?;
        Ok(Self {
            topic: TopicFormat::new(&config.topic_format),
            timestamp,
            dialect,
        })
    }
}

impl Transform for TimestampRouter {
    fn apply(&mut self, record: &mut Record, _: &mut Vec<Record>) -> Result<Outcome> {
        let Some(millis) = record.timestamp else {
            return Err(Error::rejected(
                "routing by time: expected a record with a timestamp, found none",
            ));
        };
        let timestamp = self.timestamp.format(millis);
        let topic = self.topic.name(&record.topic, &timestamp);
        route(record, topic, self.dialect)?;
        Ok(Outcome::Kept)
    }
}
