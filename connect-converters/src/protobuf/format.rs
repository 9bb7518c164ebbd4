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
    wire::{Described, Format, Message, Null},
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

    fn null(&self, _schema: Option<&Schema>) -> Result<Null> {
        Ok(Null::Tombstone)
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

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use connect_api::{Struct, Value};

    use super::*;

    fn resolved(text: &str, references: &[(&str, Resolved)]) -> Resolved {
        let references = references.iter();
        Resolved {
            schema_type: SchemaType::Protobuf,
            text: format!("syntax = \"proto3\"; {text}").into(),
            references: references
                .map(|(name, schema)| ((*name).to_owned(), Arc::new(schema.clone())))
                .collect(),
        }
    }

    fn read(
        reader: &FileReader,
        indexes: Option<&[u8]>,
        body: &'static [u8],
    ) -> Result<SchemaAndValue> {
        let body = &Bytes::from_static(body);
        Protobuf::default().read(reader, Message { indexes, body })
    }

    #[test]
    fn imports_are_found_among_the_references_of_every_file_around() {
        let c = resolved("package c; message C { int32 x = 1; }", &[]);
        let b = resolved(
            "package b; import \"c.proto\"; message B { c.C c = 1; }",
            &[],
        );
        let a = "package a; import \"b.proto\"; import \"c.proto\"; message A { b.B b = 1; .c.C c = 2; }";
        let a = resolved(a, &[("b.proto", b), ("c.proto", c)]);
        let reader = Protobuf::default().reader(&a, None, Some(3)).unwrap();
        let found = read(&reader, None, b"\x00\x0a\x04\x0a\x02\x08\x07").unwrap();
        let x = ["b", "c", "x"]
            .iter()
            .fold(&found.value, |value, name| value.get(name).unwrap());
        assert_eq!(x, &Value::Int32(7));
        assert_eq!(found.schema.unwrap().version(), Some(3));
    }

    #[test]
    fn files_that_import_each_other_end() {
        let a = resolved("import \"b.proto\"; message A { int32 x = 1; }", &[]);
        let b = resolved(
            "import \"a.proto\"; message B { int32 x = 1; }",
            &[("a.proto", a)],
        );
        let c = resolved(
            "import \"b.proto\"; message C { B b = 1; }",
            &[("b.proto", b)],
        );
        Protobuf::default().reader(&c, None, None).unwrap();
    }

    #[test]
    fn indexes_come_from_the_header_or_from_the_body() {
        let file = resolved("message A { int32 x = 1; } message B { int32 y = 1; }", &[]);
        let reader = Protobuf::default().reader(&file, None, None).unwrap();
        let from_header = read(&reader, Some(&[2, 2]), b"\x08\x07").unwrap();
        assert_eq!(from_header.value.get("y"), Some(&Value::Int32(7)));
        assert_eq!(
            read(&reader, None, b"\x02\x02\x08\x07").unwrap(),
            from_header
        );
        let trailing = read(&reader, Some(&[2, 2, 0]), b"\x08\x07").unwrap_err();
        assert_eq!(
            trailing.to_string(),
            "message indexes: expected their end, found 1 more bytes"
        );
    }

    #[test]
    fn values_look_like_the_message_of_the_wanted_file() {
        let written = resolved(
            "message B { int32 x = 1; } message A { int32 x = 1; string y = 2; }",
            &[],
        );
        let wanted = resolved("message A { int64 renamed = 1; bool more = 3; }", &[]);
        let reader = Protobuf::default()
            .reader(&written, Some(&wanted), None)
            .unwrap();
        let found = read(&reader, None, b"\x02\x02\x08\x07\x12\x01a").unwrap();
        assert_eq!(found.value.get("renamed"), Some(&Value::Int64(7)));
        assert_eq!(found.value.get("more"), Some(&Value::Boolean(false)));
        let missing = read(&reader, None, b"\x00\x08\x07").unwrap_err();
        assert_eq!(
            missing.to_string(),
            "expected `B` in the `.proto` file, found none"
        );
    }

    #[test]
    fn what_is_described_is_what_is_written() {
        let schema = Schema::record("a.b.M")
            .field("x", Schema::plain_int32())
            .build()
            .unwrap();
        let format = Protobuf::default();
        let described = format.describe(Some(&schema)).unwrap();
        assert_eq!(described.name.as_deref(), Some("a.b.M"));
        let registered = alone(&described.schema);
        format.check_fits(&described, &registered).unwrap();
        let writer = format.writer(Some(&schema), &registered).unwrap();
        assert_eq!(format.indexes(&writer), [0]);
        let value = Struct::new(&schema).unwrap().with("x", 1).unwrap();
        let mut out = vec![9];
        format
            .write(&writer, &SchemaAndValue::new(schema, value), &mut out)
            .unwrap();
        assert_eq!(out, [9, 8, 1]);
        let error = format.describe(None).unwrap_err();
        assert_eq!(
            error.to_string(),
            "expected a value with a schema, found one without"
        );
    }
}
