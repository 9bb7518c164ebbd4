//! [`ConverterType`]: what a converter converts.

use schemars::JsonSchema;
use serde::Deserialize;

/// What a converter converts; the runtime sets it, as Java's does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum ConverterType {
    /// Keys of records.
    Key,
    /// Values of records.
    Value,
    /// Values of headers.
    Header,
}
