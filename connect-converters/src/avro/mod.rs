//! Avro: how Connect's schemas and values are kept in it.
//!
//! Everything here is synchronous and knows no registry: [`AvroData`] maps schemas to their text and values to bytes.
//!
//! # How types are mapped
//!
//! | Connect | Avro |
//! |---|---|
//! | int8, int16 | `int` with `connect.type` |
//! | int32, int64, float32, float64, boolean | `int`, `long`, `float`, `double`, `boolean` |
//! | string | `string`; with `enhanced.avro.schema.support` an `enum`, if parameters say its symbols |
//! | bytes | `bytes`; `fixed`, if it has a name and the parameter `connect.fixed.size` |
//! | array | `array` |
//! | map with required text keys | `map` |
//! | another map | `array` of records `io.confluent.connect.avro.MapEntry` with `key` and `value` |
//! | struct | `record`; `ConnectDefault`, `ConnectDefault2`, … if it has no name |
//! | struct called `io.confluent.connect.avro.Union` | a union of its fields |
//! | optional | `["null", …]`, or `[…, "null"]` if there is a default |
//! | no schema | record `io.confluent.connect.avro.Anything` |
//! | Decimal, Date, Time, Timestamp | `decimal`, `date`, `time-millis`, `timestamp-millis` |
//!
//! Names, versions, docs, parameters and defaults are kept in properties: `connect.name`, `connect.version`,
//! `connect.doc`, `connect.parameters`, `connect.default`. The text is Java's, byte for byte, so that a registry gives
//! both the same number.
//!
//! # What Avro cannot hold
//!
//! - Names of fields, structs and symbols that are not letters, digits and `_`. They are errors, unless
//!   `scrub.invalid.names` replaces what is invalid, and then other names are read.
//! - Fields of a union that are required: they are read as optional.
//! - An optional union in a field: it gets the parameter `io.confluent.connect.avro.field.default`, as in Java.
//! - Two structs with one name that differ: the later one is called by a number too, and `connect.name` keeps its name.
//!   Java writes a name for both, and then values of one are read as the other.
//! - The default of a struct: no Connect schema here has one.
//! - Decimals, dates and the like without a schema: they are errors, as in Java.

mod compatible;
mod config;
mod connect;
mod converter;
mod decode;
mod describe;
mod encode;
mod format;
mod links;
mod marks;
mod matching;
mod meaning;
mod schema;

use std::{fmt, sync::Arc};

use bytes::Bytes;
use connect_api::{Result, Schema, SchemaAndValue};

pub(crate) use self::format::Avro;
pub use self::{
    config::{AvroDataConfig, AvroLogicalTypes},
    converter::{AvroConverter, AvroConverterConfig},
};
use crate::{
    registry::{Resolved, SchemaText, SchemaType},
    wire::{Described, Format, Message},
};

/// Maps Connect's schemas and values to Avro's and back, without a registry.
///
/// ```
/// use connect_api::{Schema, SchemaAndValue};
/// use connect_converters::avro::{AvroData, AvroDataConfig};
///
/// # fn main() -> connect_api::Result<()> {
/// let avro = AvroData::new(AvroDataConfig::default());
/// let text = avro.schema_of(Some(&Schema::plain_int8()))?;
/// assert_eq!(text, r#"{"type":"int","connect.type":"int8"}"#);
///
/// let data = SchemaAndValue::new(Schema::plain_int8(), 7i8);
/// let bytes = avro.encoder(data.schema.as_ref(), &text)?.to_bytes(&data)?;
/// assert_eq!(bytes, [14]);
/// assert_eq!(avro.decoder(&text, None)?.from_bytes(&bytes.into())?, data);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, Debug)]
pub struct AvroData {
    format: Avro,
}

impl AvroData {
    /// Builds a mapping.
    #[must_use]
    pub fn new(config: AvroDataConfig) -> Self {
        Self {
            format: Avro::new(config),
        }
    }

    /// Returns the text of the Avro schema that values of `schema` are written with.
    ///
    /// # Errors
    ///
    /// `Rejected`: Avro cannot hold the schema; says which field, what was expected and what was found.
    pub fn schema_of(&self, schema: Option<&Schema>) -> Result<String> {
        let described = self.format.describe(schema)?;
        Ok(described.schema.text.as_ref().to_owned())
    }

    /// Returns the Connect schema of what is written with an Avro schema.
    ///
    /// It is `None` if values have none.
    ///
    /// # Errors
    ///
    /// `Rejected`: the text is no Avro schema, or Connect cannot hold it.
    pub fn connect_schema(&self, text: &str) -> Result<Option<Schema>> {
        let reader = self.format.reader(&resolved(text), None, None)?;
        Ok(reader.schema().cloned())
    }

    /// Prepares the writing of values of `schema` with an Avro schema.
    ///
    /// Fields are found by name; those that only the Avro schema has get their defaults.
    ///
    /// # Errors
    ///
    /// `Rejected`: the text is no Avro schema, or does not fit `schema`.
    pub fn encoder(&self, schema: Option<&Schema>, text: &str) -> Result<AvroEncoder> {
        let writer = self.format.writer(schema, &resolved(text))?;
        Ok(AvroEncoder {
            format: self.format,
            writer,
        })
    }

    /// Prepares the reading of what was written with an Avro schema.
    ///
    /// Values come as another one wants them, if it is given.
    ///
    /// # Errors
    ///
    /// `Rejected`: a text is no Avro schema, or the one cannot be read as the other.
    pub fn decoder(&self, written: &str, wanted: Option<&str>) -> Result<AvroDecoder> {
        let wanted = wanted.map(resolved);
        let reader = self
            .format
            .reader(&resolved(written), wanted.as_ref(), None)?;
        Ok(AvroDecoder {
            format: self.format,
            reader,
        })
    }

    /// Refuses a reader's schema that cannot read all that another one writes.
    ///
    /// # Errors
    ///
    /// `Rejected`: lists what does not fit.
    pub fn check_readable(&self, written: &str, reader: &str) -> Result<()> {
        let described = Described {
            schema: SchemaText::new(SchemaType::Avro, written),
            name: None,
        };
        self.format.check_fits(&described, &resolved(reader))
    }
}

fn resolved(text: &str) -> Resolved {
    Resolved {
        schema_type: SchemaType::Avro,
        text: Arc::from(text),
        references: Vec::new(),
    }
}

/// Writes values with one Avro schema.
pub struct AvroEncoder {
    format: Avro,
    writer: format::Writer,
}

impl AvroEncoder {
    /// Writes a value.
    ///
    /// # Errors
    ///
    /// `Rejected`: the value does not fit the schema; says which field, what was expected and what was found.
    pub fn to_bytes(&self, data: &SchemaAndValue) -> Result<Vec<u8>> {
        let mut out = Vec::new();
        self.append(data, &mut out)?;
        Ok(out)
    }

    /// Appends a value.
    ///
    /// # Errors
    ///
    /// As [`to_bytes`](Self::to_bytes); some bytes may be appended already.
    pub fn append(&self, data: &SchemaAndValue, out: &mut Vec<u8>) -> Result<()> {
        self.format.write(&self.writer, data, out)
    }
}

impl fmt::Debug for AvroEncoder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AvroEncoder").finish_non_exhaustive()
    }
}

/// Reads values that were written with one Avro schema.
pub struct AvroDecoder {
    format: Avro,
    reader: format::Reader,
}

impl AvroDecoder {
    /// Reads a value, whose text and bytes are slices of `bytes`.
    ///
    /// # Errors
    ///
    /// `Rejected`: the bytes are no value of the schema; says where, what was expected and what was found.
    pub fn from_bytes(&self, bytes: &Bytes) -> Result<SchemaAndValue> {
        let message = Message {
            indexes: None,
            body: bytes,
        };
        self.format.read(&self.reader, message)
    }
}

impl fmt::Debug for AvroDecoder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AvroDecoder").finish_non_exhaustive()
    }
}
