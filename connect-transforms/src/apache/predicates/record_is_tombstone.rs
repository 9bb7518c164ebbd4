//! [`RecordIsTombstone`]: records that delete their key.

use connect_api::{Predicate, Record, Result};
use schemars::JsonSchema;
use serde::Deserialize;

/// The options of [`RecordIsTombstone`]: none.
#[derive(Clone, Copy, Debug, Default, Deserialize, JsonSchema)]
#[expect(clippy::exhaustive_structs, reason = "meant to be built by literal")]
pub struct RecordIsTombstoneConfig {}

/// Holds for null values: `org.apache.kafka.connect.transforms.predicates.RecordIsTombstone`.
///
/// Whether there is a schema does not matter.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct RecordIsTombstone;

impl RecordIsTombstone {
    /// Builds it.
    ///
    /// # Errors
    ///
    /// None; the registry of plugins expects a result.
    pub fn new(_: RecordIsTombstoneConfig) -> Result<Self> {
        Ok(Self)
    }
}

impl Predicate for RecordIsTombstone {
    fn test(&self, record: &Record) -> Result<bool> {
        Ok(record.value.value.is_null())
    }
}
