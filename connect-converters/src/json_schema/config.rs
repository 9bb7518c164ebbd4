//! [`JsonSchemaDataConfig`]: how Connect's schemas and JSON Schema's become each other.

use connect_api::Dialect;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::{DecimalFormat, json::Rules, nulls::Nulls};

/// The options of the mapping between Connect and JSON Schema; keys and defaults are Confluent's.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(default)]
#[non_exhaustive]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each one is a key of Confluent's"
)]
pub struct JsonSchemaDataConfig {
    /// Whether the objects of a schema that is written may have properties that it does not name.
    #[schemars(extend("x-importance" = "medium"))]
    pub object_additional_properties: bool,
    /// Whether a property that is not `required` is an optional field.
    #[schemars(extend("x-importance" = "medium"))]
    pub use_optional_for_nonrequired: bool,
    /// Whether schemas of drafts 2019-09 and 2020-12 are read as such of draft 7.
    #[schemars(extend("x-importance" = "low"))]
    pub ignore_modern_dialects: bool,
    /// How decimals are written: `BASE64` or `NUMERIC`, in any case. Both are read.
    #[schemars(extend("x-case" = "insensitive", "x-importance" = "low"))]
    pub decimal_format: DecimalFormat,
    /// Whether an `allOf`, `anyOf` or `oneOf` of one schema is that schema.
    #[schemars(extend("x-importance" = "low"))]
    pub flatten_singleton_unions: bool,
    /// Whether properties that a schema allows and does not name are kept, in `__connect_additional_properties__`.
    #[schemars(extend("x-importance" = "medium"))]
    pub preserve_additional_properties: bool,
    /// Whether unions and enums have the names that all formats share.
    #[schemars(extend("x-importance" = "medium"))]
    pub generalized_sum_type_support: bool,
    /// Whether a null that has a default is written as null.
    #[schemars(extend("x-importance" = "medium"))]
    pub ignore_default_for_nullables: bool,
    /// Must be false: values are held against Connect's types, not against all that a JSON Schema says.
    #[schemars(extend("x-importance" = "low"))]
    pub json_fail_invalid_schema: bool,
    /// Whether Java's silent conversions are copied, as the converter `json` does with this key.
    #[schemars(extend("x-importance" = "low"))]
    pub compat_java: bool,
}

impl Default for JsonSchemaDataConfig {
    fn default() -> Self {
        Self {
            object_additional_properties: true,
            use_optional_for_nonrequired: false,
            ignore_modern_dialects: false,
            decimal_format: DecimalFormat::Base64,
            flatten_singleton_unions: true,
            preserve_additional_properties: false,
            generalized_sum_type_support: false,
            ignore_default_for_nullables: false,
            json_fail_invalid_schema: false,
            compat_java: false,
        }
    }
}

impl JsonSchemaDataConfig {
    /// What scalars are written and read by.
    pub(super) fn rules(&self) -> Rules {
        Rules {
            decimals: self.decimal_format,
            nulls: Nulls::from(!self.ignore_default_for_nullables),
            dialect: Dialect::from(self.compat_java),
        }
    }

    /// Which parameter tells the symbols of an enum.
    pub(super) fn enum_parameter(&self) -> &'static str {
        if self.generalized_sum_type_support {
            super::names::GENERAL_ENUM
        } else {
            super::names::ENUM
        }
    }
}
