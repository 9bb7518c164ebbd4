//! [`ProtobufData`]: Connect's values as messages, without a registry.

use std::sync::Arc;

use bytes::Bytes;
use connect_api::{Result, Schema, SchemaAndValue, Value};

use super::{
    ProtobufDataConfig,
    format::{Protobuf, alone},
    pool::Pool,
    read::FileReader,
    write::MessageWriter,
};
use crate::{
    registry::{Resolved, SchemaText, SchemaType},
    wire::Format,
};

/// Connect's values as Protobuf's messages, and back.
///
/// The bytes are the message alone: no number of a schema and no message indexes.
#[derive(Clone, Debug, Default)]
pub struct ProtobufData(Protobuf);

impl ProtobufData {
    /// Maps as `config` says.
    #[must_use]
    pub fn new(config: ProtobufDataConfig) -> Self {
        Self(Protobuf::new(config))
    }

    /// Returns the `.proto` file that values of `schema` are written with.
    ///
    /// # Errors
    ///
    /// `Rejected`, if Protobuf cannot hold such values; the message names the field.
    pub fn schema_of(&self, schema: &Schema) -> Result<SchemaText> {
        self.0
            .describe(Some(schema))
            .map(|described| described.schema)
    }

    /// Prepares the writing of values of `schema`.
    ///
    /// They are written with the file that [`schema_of`](Self::schema_of) returns.
    ///
    /// # Errors
    ///
    /// As [`schema_of`](Self::schema_of).
    pub fn writer(&self, schema: &Schema) -> Result<ProtobufWriter> {
        self.writer_as(schema, &self.schema_of(schema)?.text)
    }

    /// Prepares the writing of values of `schema` as a message of a `.proto` file.
    ///
    /// That is the message of the schema's name. The file may be its descriptor in base64 instead, and imports what is well known.
    ///
    /// # Errors
    ///
    /// `Rejected`, if the file is wrong or a field of the schema does not fit it.
    pub fn writer_as(&self, schema: &Schema, proto: &str) -> Result<ProtobufWriter> {
        let pool = Arc::new(Pool::of(&text(proto))?);
        MessageWriter::new(schema, &pool, self.0.config()).map(ProtobufWriter)
    }

    /// Prepares the reading of the messages of a `.proto` file.
    ///
    /// The file may import what is well known.
    ///
    /// # Errors
    ///
    /// `Rejected`, if the file is wrong.
    pub fn reader(&self, proto: &str) -> Result<ProtobufReader> {
        self.0.reader(&text(proto), None, None).map(ProtobufReader)
    }
}

fn text(proto: &str) -> Resolved {
    alone(&SchemaText::new(SchemaType::Protobuf, proto))
}

/// Writes values of one schema as one message.
#[derive(Debug)]
pub struct ProtobufWriter(MessageWriter);

impl ProtobufWriter {
    /// Appends a value.
    ///
    /// # Errors
    ///
    /// `Rejected`, naming the field: the value is not one of the schema, or Protobuf cannot hold it.
    pub fn write(&self, value: &Value, out: &mut Vec<u8>) -> Result<()> {
        self.0.write(value, out)
    }

    /// Returns the message of a value.
    ///
    /// # Errors
    ///
    /// As [`write`](Self::write).
    pub fn to_bytes(&self, value: &Value) -> Result<Bytes> {
        let mut out = Vec::new();
        self.write(value, &mut out)?;
        Ok(out.into())
    }

    /// Returns which message of the file it is, as Confluent's framing says.
    #[must_use]
    pub fn indexes(&self) -> &[u8] {
        self.0.indexes()
    }
}

/// Reads the messages of a file.
#[derive(Debug)]
pub struct ProtobufReader(FileReader);

impl ProtobufReader {
    /// Returns the Connect schema of a message.
    ///
    /// It is found by its full name; without one, it is the first in the file.
    ///
    /// # Errors
    ///
    /// `Rejected`, if there is no such message or Connect has no schema for it.
    pub fn schema(&self, message: Option<&str>) -> Result<Schema> {
        self.0.schema(message)
    }

    /// Reads the first message of the file.
    ///
    /// # Errors
    ///
    /// `Rejected`, naming the field, what was expected and what was found.
    pub fn from_bytes(&self, bytes: &Bytes) -> Result<SchemaAndValue> {
        self.0.read_alone(None, bytes)
    }

    /// Reads a message by its full name.
    ///
    /// # Errors
    ///
    /// As [`from_bytes`](Self::from_bytes).
    pub fn message_from_bytes(&self, message: &str, bytes: &Bytes) -> Result<SchemaAndValue> {
        self.0.read_alone(Some(message), bytes)
    }

    /// Reads a message behind its message indexes.
    ///
    /// That is what stands behind the number of a schema.
    ///
    /// # Errors
    ///
    /// As [`from_bytes`](Self::from_bytes).
    pub fn indexed_from_bytes(&self, bytes: &Bytes) -> Result<SchemaAndValue> {
        self.0.read(None, bytes)
    }
}
