//! [`Filter`]: records that a condition lets through.

use connect_api::{Error, Outcome, Record, Result, Transform, Value};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    Side,
    jsonpath::{Found, JsonPath},
    options::refused,
};

/// The options of [`Filter`]; keys and defaults are Confluent's.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[expect(clippy::exhaustive_structs, reason = "meant to be built by literal")]
pub struct FilterConfig {
    /// The JSONPath that leads to something in the records that are meant, such as `$[?(@.a == 'x')]`.
    #[schemars(length(min = 1), extend("x-importance" = "high"))]
    pub filter_condition: String,
    /// Whether the records that are meant are kept, or all the others.
    #[schemars(extend("x-importance" = "high", "x-case" = "insensitive"))]
    pub filter_type: FilterType,
    /// What happens to records that lack what leads to the condition.
    #[serde(default)]
    #[schemars(extend("x-case" = "insensitive"))]
    pub missing_or_null_behavior: MissingOrNull,
}

/// Which records are kept: `filter.type`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[expect(clippy::exhaustive_enums, reason = "Confluent has these two")]
pub enum FilterType {
    /// Those for which the condition holds.
    Include,
    /// Those for which it does not hold.
    Exclude,
}

/// What happens to records without what leads to the condition: `missing.or.null.behavior`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[expect(clippy::exhaustive_enums, reason = "Confluent has these three")]
pub enum MissingOrNull {
    /// They are refused.
    #[default]
    Fail,
    /// They are kept.
    Include,
    /// They are dropped.
    Exclude,
}

/// Keeps or drops records by a condition on their content: `io.confluent.connect.transforms.Filter`.
///
/// The condition holds if its path leads to anything. A path without filters, wildcards and the like leads to one value: if
/// that is null or not there, it is missing, as is everything that a filter could be tried on. What is missing inside of
/// a filter just does not fulfil it.
#[derive(Clone, Debug)]
pub struct Filter {
    side: Side,
    condition: JsonPath,
    type_: FilterType,
    missing: MissingOrNull,
}

impl Filter {
    /// Builds it for the key or the value.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Config`](connect_api::ErrorKind::Config): the condition is no JSONPath.
    pub fn new(config: FilterConfig, side: Side) -> Result<Self> {
        let condition = JsonPath::parse(&config.filter_condition)
            .map_err(|why| refused("filter.condition", &config.filter_condition, why))?;
        Ok(Self {
            side,
            condition,
            type_: config.filter_type,
            missing: config.missing_or_null_behavior,
        })
    }

    fn keeps(&self, record: &Record) -> Result<bool> {
        let value = &self.side.of(record).value;
        let holds = match self.condition.select(value)? {
            _ if value.is_null() => None,
            Found::Missing | Found::One(Value::Null) => None,
            Found::One(_) => Some(true),
            Found::Several(found) => Some(!found.is_empty()),
        };
        match (holds, self.missing) {
            (Some(holds), _) => Ok(holds == (self.type_ == FilterType::Include)),
            (None, MissingOrNull::Include) => Ok(true),
            (None, MissingOrNull::Exclude) => Ok(false),
            (None, MissingOrNull::Fail) => Err(Error::rejected(format!(
                "filtering by `{}` of the {}: expected what the condition is about, found nothing",
                self.condition, self.side
            ))),
        }
    }
}

impl Transform for Filter {
    fn apply(&mut self, record: &mut Record, _: &mut Vec<Record>) -> Result<Outcome> {
        Ok(match self.keeps(record)? {
            true => Outcome::Kept,
            false => Outcome::Dropped,
        })
    }
}
