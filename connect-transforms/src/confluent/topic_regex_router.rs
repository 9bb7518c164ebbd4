//! [`TopicRegexRouter`]: topics renamed by a regular expression.

use connect_api::{Record, Result, Transform};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::{
    options::refused,
    pattern::{Pattern, Replacement},
};

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
    pattern: Pattern,
    replacement: Replacement,
}

impl TopicRegexRouter {
    /// Builds it.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Config`](connect_api::ErrorKind::Config): the expression is none, or the replacement names a group
    /// that it does not have.
    pub fn new(config: TopicRegexRouterConfig) -> Result<Self> {
        let pattern = Pattern::new(&config.regex);
        let pattern = pattern.map_err(|why| refused("regex", &config.regex, why))?;
        let replacement = Replacement::new(&config.replacement, &pattern);
        let replacement =
            replacement.map_err(|why| refused("replacement", &config.replacement, why))?;
        Ok(Self {
            pattern,
            replacement,
        })
    }
}

impl Transform for TopicRegexRouter {
    fn apply(&mut self, mut record: Record, out: &mut Vec<Record>) -> Result<()> {
        let topic = record.topic.clone();
        if let Some(captures) = self.pattern.captures(&topic)? {
            record.topic = self.replacement.expand(&captures).into();
        }
        out.push(record);
        Ok(())
    }
}
