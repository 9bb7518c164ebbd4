//! [`TopicNameMatches`]: records of some topics.

use connect_api::{Predicate, Record, Result};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::{options::refused, pattern::Pattern};

/// The options of [`TopicNameMatches`]; keys are Java's.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[expect(clippy::exhaustive_structs, reason = "meant to be built by literal")]
pub struct TopicNameMatchesConfig {
    /// The regular expression that the whole name of the topic must match.
    #[schemars(length(min = 1))]
    pub pattern: String,
}

/// Holds for topics of a pattern: `org.apache.kafka.connect.transforms.predicates.TopicNameMatches`.
///
/// It sees the topic that earlier transforms gave to the record.
#[derive(Clone, Debug)]
pub struct TopicNameMatches {
    pattern: Pattern,
}

impl TopicNameMatches {
    /// Builds it.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Config`](connect_api::ErrorKind::Config): the pattern is empty or no regular expression.
    pub fn new(config: TopicNameMatchesConfig) -> Result<Self> {
        let text = config.pattern;
        if text.is_empty() {
            return Err(refused("pattern", &text, "String must be non-empty"));
        }
        let pattern = Pattern::new(&text).map_err(|reason| refused("pattern", &text, reason))?;
        Ok(Self { pattern })
    }
}

impl Predicate for TopicNameMatches {
    fn test(&self, record: &Record) -> Result<bool> {
        self.pattern.matches(&record.topic)
    }
}
