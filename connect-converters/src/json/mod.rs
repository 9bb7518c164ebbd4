//! [`JsonConverter`]: JSON text, with or without its schema.

mod cache;
mod config;
mod decode;
mod encode;
mod envelope;
mod schema_reader;
mod schema_text;

use std::fmt;

use bytes::Bytes;
use connect_api::{Dialect, Error, Result, Schema, SchemaAndValue, json::Reader};

use self::cache::{SchemaTexts, TextSchemas};
pub(crate) use self::config::Rules;
pub use self::config::{DecimalFormat, JsonConverterConfig};
#[cfg(feature = "json-schema")]
pub(crate) use self::{
    decode::expectation,
    encode::{in_field, misfit, separate},
};
use crate::{contextless::contextless, typical::Typical};

/// JSON text, with or without its schema: `org.apache.kafka.connect.json.JsonConverter`.
///
/// Written bytes are those of Java's converter on JDK 19 and later. Both directions work straight between bytes and
/// values; text that was read is a slice of the record's buffer. A schema's text is read and written once, then cached.
///
/// ```
/// use connect_api::{Converter, Headers, Value};
/// use connect_converters::JsonConverter;
///
/// let json = JsonConverter::schemaless();
/// let data = Value::map([("id", 7)]).into();
/// let bytes = Converter::encode(&json, "orders", &mut Headers::new(), &data)?;
/// assert_eq!(bytes.as_deref(), Some(&br#"{"id":7}"#[..]));
/// # Ok::<(), connect_api::Error>(())
/// ```
///
/// # Nulls
///
/// Null without a schema is a tombstone in both modes. With a schema it is `{"schema":…,"payload":null}`, or the four
/// bytes `null` if `schemas.enable` is off. A null field that has a default becomes the default in both directions,
/// unless `replace.null.with.default` is off.
pub struct JsonConverter {
    envelope: Envelope,
    rules: Rules,
    typical: Typical,
}

/// What stands around a value.
enum Envelope {
    /// Nothing.
    None,
    /// `{"schema":…,"payload":…}`.
    Schema {
        texts: SchemaTexts,
        schemas: TextSchemas,
        /// Read instead of an envelope: `schema.content`.
        content: Option<Schema>,
    },
}

impl JsonConverter {
    /// Builds a converter.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Config`](connect_api::ErrorKind::Config): `schema.content` is not a schema.
    pub fn new(config: JsonConverterConfig) -> Result<Self> {
        let rules = Rules::of(&config);
        let content = config.schema_content.filter(|text| !text.is_empty());
        let envelope = if config.schemas_enable {
            Envelope::Schema {
                texts: SchemaTexts::new(config.schemas_cache_size as usize),
                schemas: TextSchemas::new(config.schemas_cache_size as usize),
                content: match content {
                    Some(text) => schema_reader::read(&text.into(), rules).map_err(|error| {
                        Error::config("schema.content: expected a schema as JSON")
                            .with_source(error)
                    })?,
                    None => None,
                },
            }
        } else {
            Envelope::None
        };
        Ok(Self {
            envelope,
            rules,
            typical: Typical::default(),
        })
    }

    /// Builds a converter of plain JSON: `schemas.enable=false`.
    #[must_use]
    pub fn schemaless() -> Self {
        Self {
            envelope: Envelope::None,
            rules: Rules::of(&JsonConverterConfig::default()),
            typical: Typical::default(),
        }
    }

    fn write(&self, data: &SchemaAndValue) -> Result<Option<Bytes>> {
        if data.schema.is_none() && data.value.is_null() {
            return Ok(None);
        }
        let mut out = String::with_capacity(self.typical.capacity());
        match &self.envelope {
            Envelope::None => self
                .rules
                .write(data.schema.as_ref(), &data.value, &mut out)?,
            Envelope::Schema { texts, .. } => {
                match &data.schema {
                    Some(schema) => out.push_str(&texts.opening(schema, self.rules)?),
                    None => out.push_str(r#"{"schema":null,"payload":"#),
                }
                self.rules
                    .write(data.schema.as_ref(), &data.value, &mut out)?;
                out.push('}');
            }
        }
        Ok(Some(self.typical.finish(out.into_bytes())))
    }

    fn read(&self, bytes: Option<&Bytes>) -> Result<SchemaAndValue> {
        let Some(bytes) = bytes else {
            return Ok(SchemaAndValue::NULL);
        };
        let text = Reader::text(bytes)?;
        let mut reader = Reader::new(&text, self.rules.dialect);
        match &self.envelope {
            Envelope::None if self.rules.dialect == Dialect::Java && reader.is_blank() => {
                Ok(SchemaAndValue::NULL)
            }
            Envelope::None => {
                let value = reader.value()?;
                reader.end()?;
                Ok(value.into())
            }
            Envelope::Schema {
                content: Some(schema),
                ..
            } => {
                let value = self.rules.read(&mut reader, schema)?;
                reader.end()?;
                Ok(SchemaAndValue::new(schema.clone(), value))
            }
            Envelope::Schema { schemas, .. } => {
                envelope::read(&text, |reader| schemas.read(reader, self.rules), self.rules)
            }
        }
    }
}

/// With schemas, as Java's default.
impl Default for JsonConverter {
    fn default() -> Self {
        let config = JsonConverterConfig::default();
        Self {
            envelope: Envelope::Schema {
                texts: SchemaTexts::new(config.schemas_cache_size as usize),
                schemas: TextSchemas::new(config.schemas_cache_size as usize),
                content: None,
            },
            rules: Rules::of(&config),
            typical: Typical::default(),
        }
    }
}

contextless!(JsonConverter);

impl fmt::Debug for JsonConverter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let schemas = !matches!(self.envelope, Envelope::None);
        f.debug_struct("JsonConverter")
            .field("schemas", &schemas)
            .field("rules", &self.rules)
            .finish_non_exhaustive()
    }
}
