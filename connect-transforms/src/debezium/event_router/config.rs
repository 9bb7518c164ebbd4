//! [`EventRouterConfig`]: the options.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::debezium::naming::NameAdjustment;

/// The options of [`EventRouter`](super::EventRouter); keys and defaults are Debezium's.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(default)]
#[expect(clippy::exhaustive_structs, reason = "meant to be built by literal")]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each one is a key of Debezium's"
)]
pub struct EventRouterConfig {
    /// What happens when a row of the table is updated, which is not meant to be.
    #[schemars(extend("x-group" = "Table", "x-case" = "insensitive"))]
    pub table_op_invalid_behavior: InvalidOperation,
    /// The column with the id of the event, which goes to the header `id`.
    #[schemars(length(min = 1), extend("x-importance" = "low", "x-group" = "Table"))]
    pub table_field_event_id: String,
    /// The column with the key of the record.
    #[schemars(length(min = 1), extend("x-importance" = "low", "x-group" = "Table"))]
    pub table_field_event_key: String,
    /// The column with the timestamp of the record; without it, or where it is null, it is when Debezium saw the row.
    #[schemars(extend("x-group" = "Table"))]
    pub table_field_event_timestamp: Option<String>,
    /// The column with the payload, which becomes the value.
    #[schemars(length(min = 1), extend("x-importance" = "low", "x-group" = "Table"))]
    pub table_field_event_payload: String,
    /// Whether a payload that is the text of a JSON object becomes the object; other text stays.
    #[schemars(extend("x-group" = "Table"))]
    pub table_expand_json_payload: bool,
    /// What becomes of the nulls in it.
    #[schemars(extend("x-group" = "Table", "x-case" = "insensitive"))]
    pub table_json_payload_null_behavior: JsonNulls,
    /// Where other columns go: `column:header`, `column:envelope` or `column:partition`, each with `:alias` behind it
    /// if it is to have another name there.
    #[schemars(extend("x-importance" = "high", "x-group" = "Table"))]
    pub table_fields_additional_placement: Vec<String>,
    /// Whether it is an error that such a column is not there; otherwise it is left out.
    #[schemars(extend("x-group" = "Table"))]
    pub table_fields_additional_error_on_missing: bool,
    /// The column with the version of the value's schema; it counts if some column goes to the envelope.
    #[schemars(extend("x-importance" = "low", "x-group" = "Table"))]
    pub table_field_event_schema_version: Option<String>,
    /// The column that the topic is made of.
    #[schemars(length(min = 1), extend("x-importance" = "high", "x-group" = "Router"))]
    pub route_by_field: String,
    /// How it is taken apart; if it does not match, it is the topic itself.
    #[schemars(length(min = 1), extend("x-importance" = "low", "x-group" = "Router"))]
    pub route_topic_regex: String,
    /// The topic, with groups of `route.topic.regex`.
    #[schemars(extend("x-importance" = "high", "x-group" = "Router"))]
    pub route_topic_replacement: String,
    /// Whether a null or empty payload makes a tombstone.
    #[schemars(extend("x-importance" = "high", "x-group" = "Router"))]
    pub route_tombstone_on_empty_payload: bool,
    /// What becomes of characters in the names of JSON's members that Avro does not allow in those of fields.
    #[schemars(extend("x-importance" = "low", "x-case" = "insensitive"))]
    pub field_name_adjustment_mode: NameAdjustment,
    /// Whether events without a schema are left alone, and what Debezium does by mistake is done.
    #[schemars(extend("x-importance" = "low"))]
    pub compat_java: bool,
}

impl Default for EventRouterConfig {
    fn default() -> Self {
        Self {
            table_op_invalid_behavior: InvalidOperation::Warn,
            table_field_event_id: "id".to_owned(),
            table_field_event_key: "aggregateid".to_owned(),
            table_field_event_timestamp: None,
            table_field_event_payload: "payload".to_owned(),
            table_expand_json_payload: false,
            table_json_payload_null_behavior: JsonNulls::Ignore,
            table_fields_additional_placement: Vec::new(),
            table_fields_additional_error_on_missing: true,
            table_field_event_schema_version: None,
            route_by_field: "aggregatetype".to_owned(),
            route_topic_regex: "(?<routedByValue>.*)".to_owned(),
            route_topic_replacement: "outbox.event.${routedByValue}".to_owned(),
            route_tombstone_on_empty_payload: false,
            field_name_adjustment_mode: NameAdjustment::None,
            compat_java: false,
        }
    }
}

/// What happens when a row of an outbox is updated.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[expect(clippy::exhaustive_enums, reason = "Debezium has these three")]
pub enum InvalidOperation {
    /// It is dropped with a warning in the log.
    #[default]
    Warn,
    /// It is dropped with an error in the log.
    Error,
    /// It is refused.
    Fatal,
}

/// What becomes of the nulls of an expanded payload.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[expect(clippy::exhaustive_enums, reason = "Debezium has these two")]
pub enum JsonNulls {
    /// Members that are null are left out.
    #[default]
    Ignore,
    /// They are kept, as optional bytes.
    OptionalBytes,
}
