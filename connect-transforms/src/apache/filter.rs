//! [`Filter`]: records that are not to go on.

use connect_api::{Outcome, Record, Result, Transform};
use schemars::JsonSchema;
use serde::Deserialize;

/// The options of [`Filter`]: none.
#[derive(Clone, Copy, Debug, Default, Deserialize, JsonSchema)]
#[expect(clippy::exhaustive_structs, reason = "meant to be built by literal")]
pub struct FilterConfig {}

/// Drops every record: `org.apache.kafka.connect.transforms.Filter`.
///
/// A predicate says which records it gets to see.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Filter;

impl Filter {
    /// Builds it.
    ///
    /// # Errors
    ///
    /// None; the registry of plugins expects a result.
    pub fn new(_: FilterConfig) -> Result<Self> {
        Ok(Self)
    }
}

impl Transform for Filter {
    fn apply(&mut self, _: &mut Record, _: &mut Vec<Record>) -> Result<Outcome> {
        Ok(Outcome::Dropped)
    }
}
