//! [`JsonConverterConfig`]: the options of the JSON converter.

use connect_api::Dialect;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::ConverterType;

/// The options of [`JsonConverter`](crate::JsonConverter); keys and defaults are Java's.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(default)]
#[non_exhaustive]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each one is a key of Kafka Connect's"
)]
pub struct JsonConverterConfig {
    /// Whether each message carries its schema, as `{"schema":…,"payload":…}`.
    pub schemas_enable: bool,
    /// How many schemas are kept in read and in written form.
    pub schemas_cache_size: usize,
    /// The schema, as JSON, of messages that are read without an envelope; used with `schemas.enable` only.
    pub schema_content: Option<String>,
    /// How decimals are written: `BASE64` or `NUMERIC`, in any case. Both are read.
    pub decimal_format: DecimalFormat,
    /// Whether a null field that has a default becomes the default.
    pub replace_null_with_default: bool,
    /// What the converter converts; set by the runtime.
    pub converter_type: Option<ConverterType>,
    /// Whether Java's silent conversions are copied: text read as the number 0, integers that wrap around, ignored
    /// text behind the value, empty bytes read as null.
    pub compat_java: bool,
}

impl Default for JsonConverterConfig {
    fn default() -> Self {
        Self {
            schemas_enable: true,
            schemas_cache_size: 1000,
            schema_content: None,
            decimal_format: DecimalFormat::Base64,
            replace_null_with_default: true,
            converter_type: None,
            compat_java: false,
        }
    }
}

/// How decimals are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(try_from = "String")]
#[non_exhaustive]
pub enum DecimalFormat {
    /// As the base64 of their unscaled bytes.
    Base64,
    /// As JSON numbers.
    Numeric,
}

impl TryFrom<String> for DecimalFormat {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        if text.eq_ignore_ascii_case("BASE64") {
            Ok(Self::Base64)
        } else if text.eq_ignore_ascii_case("NUMERIC") {
            Ok(Self::Numeric)
        } else {
            Err(format!("expected BASE64 or NUMERIC, found {text:?}"))
        }
    }
}

/// What both directions go by.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rules {
    pub(super) decimals: DecimalFormat,
    pub(super) nulls: Nulls,
    pub(super) dialect: Dialect,
}

/// What becomes of a null that has a default.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Nulls {
    Replaced,
    Kept,
}

impl Rules {
    pub(super) fn of(config: &JsonConverterConfig) -> Self {
        Self {
            decimals: config.decimal_format,
            nulls: if config.replace_null_with_default {
                Nulls::Replaced
            } else {
                Nulls::Kept
            },
            dialect: if config.compat_java {
                Dialect::Java
            } else {
                Dialect::Strict
            },
        }
    }
}
