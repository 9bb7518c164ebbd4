//! [`Protobuf`]: the format as the registry's converters see it.

use std::sync::Arc;

use connect_api::{Error, Result, Schema, SchemaAndValue};

use super::{
    ProtobufDataConfig, compatibility,
    describe::Description,
    pool::{Pool, WRAPPERS},
    read::FileReader,
    write::MessageWriter,
};
use crate::{
    registry::{Resolved, SchemaText, SchemaType},
    wire::{Described, Format, Message},
};

/// Protobuf with a registry.
#[derive(Clone, Debug, Default)]
pub(crate) struct Protobuf {
    config: Arc<ProtobufDataConfig>,
}

impl Protobuf {
    pub(crate) fn new(config: ProtobufDataConfig) -> Self {
        Self {
            config: Arc::new(config),
        }
    }

    pub(super) fn config(&self) -> &Arc<ProtobufDataConfig> {
        &self.config
    }
}

impl Format for Protobuf {
    const TYPE: SchemaType = SchemaType::Protobuf;

    const INDEXED: bool = true;

    type Writer = MessageWriter;

    type Reader = FileReader;

    fn describe(&self, schema: Option<&Schema>) -> Result<Described> {
        let description = Description::of(expect_schema(schema)?, &self.config)?;
        let text = match &description {
            Description::Message(file) => file.to_string(),
            Description::Wrapper(_) => WRAPPERS.to_owned(),
        };
        Ok(Described {
            schema: SchemaText::new(SchemaType::Protobuf, text),
            name: Some(description.name()),
        })
    }

    fn writer(&self, schema: Option<&Schema>, registered: &Resolved) -> Result<MessageWriter> {
        let pool = Arc::new(Pool::of(registered)?);
        MessageWriter::new(expect_schema(schema)?, &pool, &self.config)
    }

    fn write(
        &self,
        writer: &MessageWriter,
        data: &SchemaAndValue,
        out: &mut Vec<u8>,
    ) -> Result<()> {
        writer.write(&data.value, out)
    }

    fn indexes<'a>(&self, writer: &'a MessageWriter) -> &'a [u8] {
        writer.indexes()
    }

    fn reader(
        &self,
        written: &Resolved,
        wanted: Option<&Resolved>,
        version: Option<i32>,
    ) -> Result<FileReader> {
        let written = Arc::new(Pool::of(written)?);
        let wanted = wanted.map(Pool::of).transpose()?.map(Arc::new);
        Ok(FileReader::new(
            Arc::clone(&self.config),
            written,
            wanted,
            version,
        ))
    }

    fn read(&self, reader: &FileReader, message: Message<'_>) -> Result<SchemaAndValue> {
        reader.read(message.indexes, message.body)
    }

    /// The first message of the file, as for Confluent's.
    fn name(&self, registered: &Resolved) -> Result<Option<String>> {
        Ok(Pool::of(registered)?.first().map(ToOwned::to_owned))
    }

    fn check_fits(&self, described: &Described, registered: &Resolved) -> Result<()> {
        let written = Pool::of(&alone(&described.schema))?;
        compatibility::check(&written, &Pool::of(registered)?)
    }
}

/// A schema that refers to no other: ours import only what everybody knows.
pub(super) fn alone(schema: &SchemaText) -> Resolved {
    Resolved {
        schema_type: schema.schema_type,
        text: Arc::clone(&schema.text),
        references: Vec::new(),
    }
}

fn expect_schema(schema: Option<&Schema>) -> Result<&Schema> {
    schema.ok_or_else(|| Error::rejected("expected a value with a schema, found one without"))
}
