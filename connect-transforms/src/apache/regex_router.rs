//! [`RegexRouter`]: another topic, made of the name of the old one.

use std::collections::HashMap;

use connect_api::{Dialect, Outcome, Record, Result, Str, Transform};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::{renaming::Renaming, routing::route};

/// The options of [`RegexRouter`]; keys are Java's.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[expect(clippy::exhaustive_structs, reason = "meant to be built by literal")]
pub struct RegexRouterConfig {
    /// The regular expression that the whole name of the topic must match.
    #[schemars(extend("x-importance" = "high"))]
    pub regex: String,
    /// The new name; `$1` and `${name}` stand for what groups matched, `\$` for a dollar.
    #[schemars(extend("x-importance" = "high"))]
    pub replacement: String,
    /// Whether the first match inside of the name is replaced, as in Java, even where it is not the whole name.
    #[serde(default)]
    #[schemars(extend("x-importance" = "low"))]
    pub compat_java: bool,
}

/// Renames topics: `org.apache.kafka.connect.transforms.RegexRouter`.
///
/// A record whose topic does not match as a whole goes on as it is.
#[derive(Clone, Debug)]
pub struct RegexRouter {
    renaming: Renaming,
    dialect: Dialect,
    /// The topics that were seen, and what they become: there are few of them.
    routes: HashMap<Str, Str>,
}

impl RegexRouter {
    /// How many topics are remembered, for connectors that make one up for each record.
    const MOST: usize = 1000;

    /// Builds it.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Config`](connect_api::ErrorKind::Config): the regular expression is none, or the replacement names a
    /// group that it does not have.
    pub fn new(config: RegexRouterConfig) -> Result<Self> {
        let (regex, replacement) = (&config.regex, &config.replacement);
        Ok(Self {
            renaming: Renaming::new(("regex", regex), ("replacement", replacement))?,
            dialect: config.compat_java.into(),
            routes: HashMap::new(),
        })
    }

    fn renamed(&mut self, topic: &Str) -> Result<Str> {
        if let Some(known) = self.routes.get(topic) {
            return Ok(known.clone());
        }
        let renamed = self.renaming.of(topic, self.dialect)?;
        let renamed = renamed.unwrap_or_else(|| topic.clone());
        if self.routes.len() >= Self::MOST {
            self.routes.clear();
        }
        self.routes.insert(topic.clone(), renamed.clone());
        Ok(renamed)
    }
}

impl Transform for RegexRouter {
    fn apply(&mut self, record: &mut Record, _: &mut Vec<Record>) -> Result<Outcome> {
        let topic = self.renamed(&record.topic)?;
        route(record, topic, self.dialect)?;
        Ok(Outcome::Kept)
    }
}
