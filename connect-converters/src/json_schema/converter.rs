//! [`JsonSchemaConverter`]: JSON with a schema registry.

use super::{JsonSchemaData, JsonSchemaDataConfig};
use crate::wire::registered;

registered! {
    /// JSON whose JSON Schemas stand in a registry: `io.confluent.connect.json.JsonSchemaConverter`.
    ///
    /// Bytes, schemas and subjects are those of Confluent's converter, so that a topic may be written by one and read by
    /// the other. How types are mapped says [the module](crate::json_schema).
    JsonSchemaConverter(JsonSchemaData, JsonSchemaData::new);
    /// The options of [`JsonSchemaConverter`].
    JsonSchemaConverterConfig(JsonSchemaDataConfig);
}
