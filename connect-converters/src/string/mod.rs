//! [`StringConverter`]: text.

mod encoding;

use bytes::Bytes;
use connect_api::{Dialect, Error, Result, Schema, SchemaAndValue, Value, values};
use schemars::JsonSchema;
use serde::Deserialize;

use self::encoding::Encoding;
use crate::{ConverterType, contextless::contextless};

/// Text: `org.apache.kafka.connect.storage.StringConverter`.
///
/// Text in UTF-8 is never copied, in neither direction. Other values are written as Java's `toString` prints them,
/// `Struct{a=1,b=x}`: for people to read, not for programs. Bytes have no text form and are refused; use `bytes`.
///
/// What is read has the optional string schema.
#[derive(Clone, Debug)]
pub struct StringConverter {
    encoding: Encoding,
    dialect: Dialect,
    schema: Schema,
}

/// The options of [`StringConverter`].
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(default)]
#[non_exhaustive]
pub struct StringConverterConfig {
    /// The encoding of the text: UTF-8, ISO-8859-1, US-ASCII, UTF-16, UTF-16BE or UTF-16LE, in any case.
    #[schemars(extend("x-importance" = "high", "x-display-name" = "Encoding"))]
    pub converter_encoding: String,
    /// What the converter converts; set by the runtime.
    #[schemars(extend("x-importance" = "low"))]
    pub converter_type: Option<ConverterType>,
    /// Whether Java's quirks are copied: what the encoding lacks becomes `?` when written and U+FFFD when read, and
    /// bytes are written as the name of their Java class.
    #[schemars(extend("x-importance" = "low"))]
    pub compat_java: bool,
}

impl Default for StringConverterConfig {
    fn default() -> Self {
        Self {
            converter_encoding: "UTF-8".to_owned(),
            converter_type: None,
            compat_java: false,
        }
    }
}

impl StringConverter {
    /// Builds a converter.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Config`](connect_api::ErrorKind::Config): an unknown encoding.
    pub fn new(config: &StringConverterConfig) -> Result<Self> {
        let Some(encoding) = Encoding::named(&config.converter_encoding) else {
            return Err(Error::config(format!(
                "converter.encoding: expected one of {}, found `{}`",
                Encoding::NAMES,
                config.converter_encoding
            )));
        };
        Ok(Self {
            encoding,
            dialect: if config.compat_java {
                Dialect::Java
            } else {
                Dialect::Strict
            },
            ..Self::default()
        })
    }

    fn write(&self, data: &SchemaAndValue) -> Result<Option<Bytes>> {
        let encoded = match &data.value {
            Value::Null => return Ok(None),
            Value::String(text) => self.encoding.encode(text, self.dialect),
            other => values::object_text(other, self.dialect)
                .and_then(|text| self.encoding.encode(&text.into(), self.dialect)),
        };
        encoded
            .map(Some)
            .map_err(|error| error.context("string converter"))
    }

    fn read(&self, bytes: Option<&Bytes>) -> Result<SchemaAndValue> {
        let value = match bytes {
            None => Value::Null,
            Some(bytes) => self
                .encoding
                .decode(bytes, self.dialect)
                .map_err(|error| error.context("string converter"))?
                .into(),
        };
        Ok(SchemaAndValue::new(self.schema.clone(), value))
    }
}

/// UTF-8.
impl Default for StringConverter {
    fn default() -> Self {
        Self {
            encoding: Encoding::Utf8,
            dialect: Dialect::Strict,
            schema: Schema::optional_string(),
        }
    }
}

contextless!(StringConverter);
