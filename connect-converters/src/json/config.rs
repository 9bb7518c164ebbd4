//! [`JsonConverterConfig`]: the options of the JSON converter.

use connect_api::Dialect;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{ConverterType, nulls::Nulls};

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
    #[schemars(extend(
        "x-importance" = "high",
        "x-group" = "Schemas",
        "x-display-name" = "Enable Schemas"
    ))]
    pub schemas_enable: bool,
    /// How many schemas are kept in read and in written form.
    #[schemars(range(max = 2_147_483_647))]
    #[schemars(extend(
        "x-importance" = "high",
        "x-group" = "Schemas",
        "x-display-name" = "Schema Cache Size"
    ))]
    pub schemas_cache_size: u32,
    /// The schema, as JSON, of messages that are read without an envelope; used with `schemas.enable` only.
    #[schemars(extend(
        "x-importance" = "high",
        "x-group" = "Schemas",
        "x-display-name" = "Schema Content"
    ))]
    pub schema_content: Option<String>,
    /// How decimals are written: `BASE64` or `NUMERIC`, in any case. Both are read.
    #[schemars(extend(
        "x-case" = "insensitive",
        "x-importance" = "low",
        "x-group" = "Serialization",
        "x-display-name" = "Decimal Format"
    ))]
    pub decimal_format: DecimalFormat,
    /// Whether a null field that has a default becomes the default.
    #[schemars(extend(
        "x-importance" = "low",
        "x-group" = "Serialization",
        "x-display-name" = "Replace null with default"
    ))]
    pub replace_null_with_default: bool,
    /// What the converter converts; set by the runtime.
    #[schemars(extend("x-importance" = "low"))]
    pub converter_type: Option<ConverterType>,
    /// Whether Java's silent conversions are copied.
    ///
    /// Text is read as the number 0, integers wrap around, text behind the value is ignored, empty bytes are null.
    #[schemars(extend("x-importance" = "low"))]
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
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "UPPERCASE")]
#[non_exhaustive]
pub enum DecimalFormat {
    /// As the base64 of their unscaled bytes.
    #[default]
    Base64,
    /// As JSON numbers.
    Numeric,
}

/// What both directions go by.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rules {
    pub(crate) decimals: DecimalFormat,
    pub(crate) nulls: Nulls,
    pub(crate) dialect: Dialect,
}

impl Rules {
    pub(super) fn of(config: &JsonConverterConfig) -> Self {
        Self {
            decimals: config.decimal_format,
            nulls: Nulls::from(config.replace_null_with_default),
            dialect: config.compat_java.into(),
        }
    }
}
