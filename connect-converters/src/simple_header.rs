//! [`SimpleHeaderConverter`]: header values as text, types inferred.

use bytes::Bytes;
use connect_api::{Dialect, HeaderConverter, Result, Schema, SchemaAndValue, Str, Value, values};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::ConverterType;

/// Header values as text, types inferred: `org.apache.kafka.connect.storage.SimpleHeaderConverter`.
///
/// It writes [`values::format()`] and reads [`values::parse`]: schemas are not kept, `"007"` comes back as the byte 7.
/// Where that hurts, `string` keeps headers as text. Bytes that are not UTF-8 are read as bytes.
#[derive(Clone, Debug, Default)]
pub struct SimpleHeaderConverter {
    dialect: Dialect,
}

/// The options of [`SimpleHeaderConverter`].
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
#[non_exhaustive]
pub struct SimpleHeaderConverterConfig {
    /// What the converter converts; set by the runtime.
    #[schemars(extend("x-importance" = "low"))]
    pub converter_type: Option<ConverterType>,
    /// Whether Java's quirks are copied: `1,2,3` is read as the number 1, moments before 1970 lose their date, dates that
    /// do not exist roll over, and bytes that are not UTF-8 become text with U+FFFD in it.
    #[schemars(extend("x-importance" = "low"))]
    pub compat_java: bool,
}

impl SimpleHeaderConverter {
    /// Builds a converter.
    #[must_use]
    pub fn new(config: &SimpleHeaderConverterConfig) -> Self {
        Self {
            dialect: if config.compat_java {
                Dialect::Java
            } else {
                Dialect::Strict
            },
        }
    }
}

impl HeaderConverter for SimpleHeaderConverter {
    fn encode(&self, _topic: &str, _name: &str, data: &SchemaAndValue) -> Result<Option<Bytes>> {
        Ok(match &data.value {
            Value::Null => None,
            Value::String(text) => Some(text.bytes()),
            other => Some(values::format(other, self.dialect).into()),
        })
    }

    fn decode(&self, _topic: &str, _name: &str, bytes: Option<&Bytes>) -> Result<SchemaAndValue> {
        let Some(bytes) = bytes else {
            return Ok(SchemaAndValue::NULL);
        };
        Ok(match Str::from_utf8(bytes.clone()) {
            Ok(text) => values::parse(&text, self.dialect),
            Err(_) if self.dialect == Dialect::Java => {
                values::parse(&(&*String::from_utf8_lossy(bytes)).into(), self.dialect)
            }
            Err(_) => SchemaAndValue::new(Schema::plain_bytes(), bytes.clone()),
        })
    }
}
