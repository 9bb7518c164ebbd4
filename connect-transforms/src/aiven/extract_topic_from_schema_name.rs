//! [`ExtractTopicFromSchemaName`]: topics named after schemas.

use std::collections::HashMap;

use connect_api::{Dialect, Error, Outcome, Record, Result, Str, Transform};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::{
    Side,
    finder::Finder,
    options::{pairs, refused},
    routing::route,
};

/// The options of [`ExtractTopicFromSchemaName`]; keys are Aiven's.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
#[expect(clippy::exhaustive_structs, reason = "meant to be built by literal")]
pub struct ExtractTopicFromSchemaNameConfig {
    /// Topics by the names of schemas: `com.acme.Order:orders,com.acme.Item:items`.
    #[serde(rename = "schema.name.topic-map")]
    #[schemars(extend("x-importance" = "low"))]
    pub schema_name_topic_map: Option<String>,
    /// What finds the topic in the name of the schema, as its one group; where it is not found, the whole name counts.
    #[schemars(extend("x-importance" = "low"))]
    pub schema_name_regex: Option<String>,
    /// Whether, as in Java, an expression without one group is accepted, and does nothing.
    #[schemars(extend("x-importance" = "low"))]
    pub compat_java: bool,
}

/// Sends records to the topic that the name of their schema says: `io.aiven.kafka.connect.transforms.ExtractTopicFromSchemaName`.
#[derive(Clone, Debug)]
pub struct ExtractTopicFromSchemaName {
    side: Side,
    topics: HashMap<Str, Str>,
    regex: Option<Finder>,
    dialect: Dialect,
}

impl ExtractTopicFromSchemaName {
    /// Builds it for the key or the value.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Config`](connect_api::ErrorKind::Config): both options are given, or one of them cannot be read.
    pub fn new(config: ExtractTopicFromSchemaNameConfig, side: Side) -> Result<Self> {
        let dialect = Dialect::from(config.compat_java);
        let map = config.schema_name_topic_map.as_deref();
        let regex = config.schema_name_regex.as_deref();
        if let (Some(_), Some(regex)) = (map, regex) {
            let reason = "expected it not to be defined together with schema.name.topic-map";
            return Err(refused("schema.name.regex", regex, reason));
        }
        let regex = regex.filter(|regex| !regex.is_empty());
        Ok(Self {
            side,
            topics: map.map(topics).transpose()?.unwrap_or_default(),
            regex: regex.map(|regex| compiled(regex, dialect)).transpose()?,
            dialect,
        })
    }

    fn topic(&self, record: &Record) -> Result<Str> {
        let schema = self.side.of(record).schema.as_ref();
        let Some(name) = schema.and_then(|schema| schema.name()) else {
            let found = schema.map_or("none", |_| "one without a name");
            return Err(Error::rejected(format!(
                "extracting the topic from the schema of the {}: expected a schema with a name, found {found}",
                self.side
            )));
        };
        if let Some(topic) = self.topics.get(name) {
            return Ok(topic.clone());
        }
        let Some(regex) = self.regex.as_ref().filter(|regex| regex.groups() == 1) else {
            return Ok(name.clone());
        };
        let found = regex.captures(name)?;
        let group = found.as_ref().and_then(|found| found.get(1));
        Ok(group.map_or_else(|| name.clone(), |group| name.slice(group.range())))
    }
}

fn topics(map: &str) -> Result<HashMap<Str, Str>> {
    let key = "schema.name.topic-map";
    let entries: Vec<String> = map.split(',').map(str::to_owned).collect();
    let mut topics = HashMap::new();
    for (name, topic) in pairs(key, &entries)? {
        if topics.insert(name.into(), topic.into()).is_some() {
            let reason = format_args!("expected each name once, found {name} twice");
            return Err(refused(key, map, reason));
        }
    }
    Ok(topics)
}

fn compiled(regex: &str, dialect: Dialect) -> Result<Finder> {
    let key = "schema.name.regex";
    let pattern = Finder::new(regex).map_err(|why| refused(key, regex, why))?;
    if pattern.groups() != 1 && dialect != Dialect::Java {
        let reason = format_args!("expected one group, found {}", pattern.groups());
        return Err(refused(key, regex, reason));
    }
    Ok(pattern)
}

impl Transform for ExtractTopicFromSchemaName {
    fn apply(&mut self, record: &mut Record, _: &mut Vec<Record>) -> Result<Outcome> {
        let topic = self.topic(record)?;
        route(record, topic, self.dialect)?;
        Ok(Outcome::Kept)
    }
}
