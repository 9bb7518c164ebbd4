//! [`MakeTombstone`]: records without their value.

use connect_api::{Outcome, Record, Result, SchemaAndValue, Transform};
use schemars::JsonSchema;
use serde::Deserialize;

/// [`MakeTombstone`] has no options.
#[derive(Clone, Copy, Debug, Default, Deserialize, JsonSchema)]
#[expect(clippy::exhaustive_structs, reason = "there is nothing to add")]
pub struct MakeTombstoneConfig {}

/// Takes the value and its schema away: `io.aiven.kafka.connect.transforms.MakeTombstone`.
#[derive(Clone, Debug)]
pub struct MakeTombstone(());

impl MakeTombstone {
    /// Builds it.
    ///
    /// # Errors
    ///
    /// There are none; all constructors of transforms are alike.
    pub fn new(MakeTombstoneConfig {}: MakeTombstoneConfig) -> Result<Self> {
        Ok(Self(()))
    }
}

impl Transform for MakeTombstone {
    fn apply(&mut self, record: &mut Record, _: &mut Vec<Record>) -> Result<Outcome> {
        record.value = SchemaAndValue::NULL;
        Ok(Outcome::Kept)
    }
}
