//! [`TopicRegexRouter`]: topics renamed by a regular expression.

use connect_api::{Dialect, Outcome, Record, Result, Transform};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::{renaming::Renaming, routing::route};

/// The options of [`TopicRegexRouter`]; keys are Confluent's.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[expect(clippy::exhaustive_structs, reason = "meant to be built by literal")]
pub struct TopicRegexRouterConfig {
    /// What the whole name of a topic has to match to be replaced.
    #[schemars(extend("x-importance" = "high"))]
    pub regex: String,
    /// What it is replaced with; `$1` and `${name}` stand for groups, `$0` for the name.
    #[schemars(extend("x-importance" = "high"))]
    pub replacement: String,
}

/// Renames topics: `io.confluent.connect.cloud.transforms.TopicRegexRouter`.
///
/// Expressions of RE2, for which that class was made, are understood, and so are Java's.
#[derive(Clone, Debug)]
pub struct TopicRegexRouter {
    renaming: Renaming,
}

impl TopicRegexRouter {
    /// Builds it.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Config`](connect_api::ErrorKind::Config): the expression is none, or the replacement names a group
    /// that it does not have.
    pub fn new(config: TopicRegexRouterConfig) -> Result<Self> {
        let (regex, replacement) = (&config.regex, &config.replacement);
        Ok(Self {
            renaming: Renaming::new(("regex", regex), ("replacement", replacement))?,
        })
    }
}

impl Transform for TopicRegexRouter {
    fn apply(&mut self, record: &mut Record, _: &mut Vec<Record>) -> Result<Outcome> {
        if let Some(topic) = self.renaming.of(&record.topic, Dialect::Strict)? {
            route(record, topic, Dialect::Strict)?;
        }
        Ok(Outcome::Kept)
    }
}
