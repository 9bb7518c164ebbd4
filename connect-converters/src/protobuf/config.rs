//! [`ProtobufDataConfig`]: how Connect's values and Protobuf's messages map.

use schemars::JsonSchema;
use serde::Deserialize;

/// How Connect's values and Protobuf's messages map; keys and defaults are Confluent's.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(default)]
#[non_exhaustive]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each one is a key of Confluent's"
)]
pub struct ProtobufDataConfig {
    /// Whether unions and enums have the names that all formats share.
    ///
    /// `org.apache.kafka.connect.data.Union` and `….Enum`, instead of `io.confluent.connect.protobuf.Union` and `….Enum`.
    #[schemars(extend("x-importance" = "medium", "x-group" = "Data"))]
    pub generalized_sum_type_support: bool,
    /// Whether a null stays null although its field has a default.
    #[schemars(extend("x-importance" = "medium", "x-group" = "Data"))]
    pub ignore_default_for_nullables: bool,
    /// Whether schemas are named with their package: `shop.Order` instead of `Order`.
    #[schemars(extend("x-importance" = "medium", "x-group" = "Data"))]
    pub enhanced_protobuf_schema_support: bool,
    /// Whether names that Protobuf does not allow are changed into ones that it does.
    #[schemars(extend("x-importance" = "medium", "x-group" = "Data"))]
    pub scrub_invalid_names: bool,
    /// Whether enums are read as their numbers instead of their names.
    #[schemars(extend("x-importance" = "medium", "x-group" = "Data"))]
    pub int_for_enums: bool,
    /// Whether what is optional has the label `optional`, and what has no label is required.
    #[schemars(extend("x-importance" = "medium", "x-group" = "Data"))]
    pub optional_for_nullables: bool,
    /// Whether an absent `optional` field of a proto2 message is null instead of its default.
    #[schemars(extend("x-importance" = "medium", "x-group" = "Data"))]
    pub optional_for_proto2: bool,
    /// Whether optional primitives are wrapped in messages like `google.protobuf.StringValue`.
    #[schemars(extend("x-importance" = "medium", "x-group" = "Data"))]
    pub wrapper_for_nullables: bool,
    /// Whether messages like `google.protobuf.StringValue` are read as the primitive in them.
    #[schemars(extend("x-importance" = "medium", "x-group" = "Data"))]
    pub wrapper_for_raw_primitives: bool,
    /// Whether an absent message is read as one without fields, instead of null.
    ///
    /// A message within itself stays null.
    #[schemars(extend("x-importance" = "medium", "x-group" = "Data"))]
    pub generate_struct_for_nulls: bool,
    /// Whether the field of a `oneof` is called `name_0`, by its place among the message's, instead of `name`.
    #[schemars(extend("x-importance" = "low", "x-group" = "Data"))]
    pub generate_index_for_unions: bool,
    /// Whether the members of a `oneof` are fields of the struct, instead of a struct of their own.
    #[schemars(extend("x-importance" = "low", "x-group" = "Data"))]
    pub flatten_unions: bool,
}

impl Default for ProtobufDataConfig {
    fn default() -> Self {
        Self {
            generalized_sum_type_support: false,
            ignore_default_for_nullables: false,
            enhanced_protobuf_schema_support: false,
            scrub_invalid_names: false,
            int_for_enums: false,
            optional_for_nullables: false,
            optional_for_proto2: true,
            wrapper_for_nullables: false,
            wrapper_for_raw_primitives: true,
            generate_struct_for_nulls: false,
            generate_index_for_unions: true,
            flatten_unions: false,
        }
    }
}
