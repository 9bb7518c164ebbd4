//! [`ByLogicalTableRouterConfig`]: the options.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::debezium::naming::NameAdjustment;

/// The options of [`ByLogicalTableRouter`](super::ByLogicalTableRouter); keys and defaults are Debezium's.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(default)]
#[expect(clippy::exhaustive_structs, reason = "meant to be built by literal")]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each one is a key of Debezium's"
)]
pub struct ByLogicalTableRouterConfig {
    /// Which topics are routed: a regular expression that all of the name must match.
    #[schemars(length(min = 1), extend("x-importance" = "low"))]
    pub topic_regex: String,
    /// What their names become, with `$1` or `${name}` for groups of `topic.regex`.
    #[schemars(length(min = 1), extend("x-importance" = "low"))]
    pub topic_replacement: String,
    /// Whether the key gets a field that says which table the row is from.
    #[schemars(extend("x-importance" = "low"))]
    pub key_enforce_uniqueness: bool,
    /// What the table is told by: a regular expression for the old topic; without it, or if it does not match, the
    /// old topic itself is the table.
    #[schemars(extend("x-importance" = "low"))]
    pub key_field_regex: Option<String>,
    /// What the table is called, with groups of `key.field.regex`, which needs it.
    #[schemars(extend("x-importance" = "low"))]
    pub key_field_replacement: Option<String>,
    /// How the field of the key is called.
    #[schemars(length(min = 1), extend("x-importance" = "low"))]
    pub key_field_name: String,
    /// What becomes of characters that Avro does not allow in the names of schemas.
    #[schemars(extend("x-importance" = "low", "x-case" = "insensitive"))]
    pub schema_name_adjustment_mode: NameAdjustment,
    /// How many topics, and how many schemas of keys and of values, are remembered.
    #[schemars(range(min = 1), extend("x-importance" = "low"))]
    pub logical_table_cache_size: i32,
    /// Whether nulls become the defaults of their fields, and a schema keeps the name that it got first, as in Debezium.
    #[schemars(extend("x-importance" = "low"))]
    pub compat_java: bool,
}

impl Default for ByLogicalTableRouterConfig {
    fn default() -> Self {
        Self {
            topic_regex: String::new(),
            topic_replacement: String::new(),
            key_enforce_uniqueness: true,
            key_field_regex: None,
            key_field_replacement: None,
            key_field_name: "__dbz__physicalTableIdentifier".to_owned(),
            schema_name_adjustment_mode: NameAdjustment::None,
            logical_table_cache_size: 16,
            compat_java: false,
        }
    }
}
