//! [`AvroDataConfig`]: how Connect's schemas become Avro's and back.

use connect_api::Dialect;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::nulls::Nulls;

/// How schemas and values are mapped; keys and defaults are those of Confluent's `AvroDataConfig`.
///
/// `avro.logical.types` is ours.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(default)]
#[non_exhaustive]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each one is a key of Confluent's"
)]
pub struct AvroDataConfig {
    /// Whether enums stay enums, and branches of unions are called by their full names.
    #[schemars(extend("x-importance" = "medium"))]
    pub enhanced_avro_schema_support: bool,
    /// Whether characters that Avro's names may not have are replaced. Two names may become one.
    #[schemars(extend("x-importance" = "medium"))]
    pub scrub_invalid_names: bool,
    /// Whether names, versions, docs, parameters, defaults and narrow integers are kept in `connect.*` properties.
    #[schemars(extend("x-importance" = "low"))]
    pub connect_meta_data: bool,
    /// Whether only the docs and defaults of fields are kept, and not those of types. Deprecated by Confluent.
    #[schemars(extend("x-importance" = "low"))]
    pub discard_type_doc_default: bool,
    /// Whether maps with optional text keys become Avro maps; a null key is an error then.
    #[schemars(extend("x-importance" = "low"))]
    pub allow_optional_map_keys: bool,
    /// Whether a union of one type is that type.
    #[schemars(extend("x-importance" = "low"))]
    pub flatten_singleton_unions: bool,
    /// Whether unions and enums are marked as in Confluent's other converters.
    #[schemars(extend("x-importance" = "medium"))]
    pub generalized_sum_type_support: bool,
    /// Whether a null in a field that has a default is written as null.
    #[schemars(extend("x-importance" = "medium"))]
    pub ignore_default_for_nullables: bool,
    /// Which logical types are kept: `confluent`, those that Confluent maps; `all`, every one that Avro has.
    #[schemars(extend("x-case" = "insensitive", "x-importance" = "low"))]
    pub avro_logical_types: AvroLogicalTypes,
    /// Whether Java's silent conversions are copied: wide integers wrap around, what stands behind a value is ignored, and
    /// logical types of another unit are read and written as if they were the same.
    #[schemars(extend("x-importance" = "low"))]
    pub compat_java: bool,
}

impl Default for AvroDataConfig {
    fn default() -> Self {
        Self {
            enhanced_avro_schema_support: false,
            scrub_invalid_names: false,
            connect_meta_data: true,
            discard_type_doc_default: false,
            allow_optional_map_keys: false,
            flatten_singleton_unions: true,
            generalized_sum_type_support: false,
            ignore_default_for_nullables: false,
            avro_logical_types: AvroLogicalTypes::Confluent,
            compat_java: false,
        }
    }
}

/// Which logical types are kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum AvroLogicalTypes {
    /// `decimal`, `date`, `time-millis` and `timestamp-millis`; all others are read as what they are stored as.
    #[default]
    Confluent,
    /// Also `time-micros`, `timestamp-micros`, `timestamp-nanos`, `local-timestamp-*`, `uuid` and `duration`.
    ///
    /// Values stay what they are stored as, so nothing is rounded; the schema has the parameter
    /// `connect.avro.logical.type`. Debezium's names for such numbers and texts are understood when schemas are written.
    All,
}

/// What both directions go by.
#[derive(Clone, Copy, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each one is a key")]
pub(super) struct Rules {
    pub(super) enhanced: bool,
    pub(super) scrub: bool,
    pub(super) meta: bool,
    pub(super) discard: bool,
    pub(super) optional_keys: bool,
    pub(super) flatten: bool,
    pub(super) generalized: bool,
    pub(super) nulls: Nulls,
    pub(super) logical: AvroLogicalTypes,
    pub(super) dialect: Dialect,
}

impl Rules {
    pub(super) fn of(config: &AvroDataConfig) -> Self {
        Self {
            enhanced: config.enhanced_avro_schema_support,
            scrub: config.scrub_invalid_names,
            meta: config.connect_meta_data,
            discard: config.discard_type_doc_default,
            optional_keys: config.allow_optional_map_keys,
            flatten: config.flatten_singleton_unions,
            generalized: config.generalized_sum_type_support,
            nulls: Nulls::from(!config.ignore_default_for_nullables),
            logical: config.avro_logical_types,
            dialect: config.compat_java.into(),
        }
    }
}
