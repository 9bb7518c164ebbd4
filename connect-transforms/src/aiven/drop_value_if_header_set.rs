//! [`DropValueIfHeaderSet`]: records that a header makes tombstones.

use connect_api::{Outcome, Record, Result, SchemaAndValue, Transform};
use schemars::JsonSchema;
use serde::Deserialize;

/// The options of [`DropValueIfHeaderSet`]; keys are Aiven's.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[expect(clippy::exhaustive_structs, reason = "meant to be built by literal")]
pub struct DropValueIfHeaderSetConfig {
    /// The name of the header, of which the last one counts.
    #[schemars(length(min = 1), extend("x-importance" = "high"))]
    pub header_key: String,
    /// The text that it has to be.
    #[serde(rename = "header.string_value")]
    #[schemars(length(min = 1), extend("x-importance" = "high"))]
    pub header_string_value: String,
}

/// Takes the value and its schema away where a header says so: `io.aiven.kafka.connect.transforms.DropValueIfHeaderSet`.
#[derive(Clone, Debug)]
pub struct DropValueIfHeaderSet {
    header: String,
    text: String,
}

impl DropValueIfHeaderSet {
    /// Builds it.
    ///
    /// # Errors
    ///
    /// There are none; all constructors of transforms are alike.
    pub fn new(config: DropValueIfHeaderSetConfig) -> Result<Self> {
        Ok(Self {
            header: config.header_key,
            text: config.header_string_value,
        })
    }
}

impl Transform for DropValueIfHeaderSet {
    fn apply(&mut self, record: &mut Record, _: &mut Vec<Record>) -> Result<Outcome> {
        let header = record.headers.last(&self.header);
        if header.is_some_and(|header| header.value.as_str() == Some(&self.text)) {
            record.value = SchemaAndValue::NULL;
        }
        Ok(Outcome::Kept)
    }
}
