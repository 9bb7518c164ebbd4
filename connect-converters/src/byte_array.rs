//! [`ByteArrayConverter`]: bytes as they are.

use bytes::Bytes;
use connect_api::{
    Converter, Error, HeaderConverter, Headers, Result, Schema, SchemaAndValue, Type, Value,
};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::ConverterType;

/// Bytes as they are, never copied: `org.apache.kafka.connect.converters.ByteArrayConverter`.
#[derive(Clone, Debug)]
pub struct ByteArrayConverter {
    schema: Schema,
}

/// The options of [`ByteArrayConverter`], none of which changes anything.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
#[non_exhaustive]
pub struct ByteArrayConverterConfig {
    /// What the converter converts; set by the runtime.
    #[schemars(extend("x-importance" = "low"))]
    pub converter_type: Option<ConverterType>,
    /// Whether Java's quirks are copied; this converter has none.
    #[schemars(extend("x-importance" = "low"))]
    pub compat_java: bool,
}

impl Default for ByteArrayConverter {
    fn default() -> Self {
        Self {
            schema: Schema::optional_bytes(),
        }
    }
}

impl ByteArrayConverter {
    fn read(&self, bytes: Option<&Bytes>) -> SchemaAndValue {
        SchemaAndValue {
            schema: Some(self.schema.clone()),
            value: bytes.cloned().into(),
        }
    }
}

fn write(data: &SchemaAndValue) -> Result<Option<Bytes>> {
    match (&data.schema, &data.value) {
        (Some(schema), _) if schema.type_() != Type::Bytes => Err(Error::rejected(format!(
            "bytes converter: expected a schema of type bytes, found {schema}"
        ))),
        (_, Value::Null) => Ok(None),
        (_, Value::Bytes(bytes)) => Ok(Some(bytes.clone())),
        (_, other) => Err(Error::rejected(format!(
            "bytes converter: expected bytes, found {}",
            other.type_name()
        ))),
    }
}

impl Converter for ByteArrayConverter {
    fn encode(
        &self,
        _topic: &str,
        _headers: &mut Headers,
        data: &SchemaAndValue,
    ) -> Result<Option<Bytes>> {
        write(data)
    }

    fn decode(
        &self,
        _topic: &str,
        _headers: &Headers,
        bytes: Option<&Bytes>,
    ) -> Result<SchemaAndValue> {
        Ok(self.read(bytes))
    }
}

impl HeaderConverter for ByteArrayConverter {
    fn encode(&self, _topic: &str, _name: &str, data: &SchemaAndValue) -> Result<Option<Bytes>> {
        write(data)
    }

    fn decode(&self, _topic: &str, _name: &str, bytes: Option<&Bytes>) -> Result<SchemaAndValue> {
        Ok(self.read(bytes))
    }
}
