//! [`Avro`]: the format behind a registry.

use connect_api::{Error, Result, Schema, SchemaAndValue};

use super::{
    compatible,
    config::{AvroDataConfig, Rules},
    connect::connect_schema,
    decode::{self, DecodePlan},
    describe::describe,
    encode::{self, EncodePlan},
    schema::{AvroSchema, Kind},
};
use crate::{
    registry::{Resolved, SchemaText, SchemaType},
    wire::{Described, Format, Message, Null},
};

/// Avro, mapped as its options say.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Avro {
    rules: Rules,
}

/// What writes values with one Avro schema.
#[derive(Debug)]
pub(crate) struct Writer {
    plan: EncodePlan,
}

/// What reads messages that were written with one Avro schema.
#[derive(Debug)]
pub(crate) struct Reader {
    schema: Option<Schema>,
    plan: DecodePlan,
}

impl Avro {
    pub(crate) fn new(config: AvroDataConfig) -> Self {
        Self {
            rules: Rules::of(&config),
        }
    }
}

impl Reader {
    /// Returns the schema that values come with.
    pub(super) fn schema(&self) -> Option<&Schema> {
        self.schema.as_ref()
    }
}

impl Format for Avro {
    const TYPE: SchemaType = SchemaType::Avro;

    type Writer = Writer;
    type Reader = Reader;

    fn describe(&self, schema: Option<&Schema>) -> Result<Described> {
        let avro = describe(schema, self.rules)?;
        Ok(Described {
            schema: SchemaText::new(SchemaType::Avro, avro.to_string()),
            name: name(&avro),
        })
    }

    fn writer(&self, schema: Option<&Schema>, registered: &Resolved) -> Result<Writer> {
        let avro = AvroSchema::resolve(registered)?;
        let plan = encode::compile(schema, &avro, self.rules)?;
        Ok(Writer { plan })
    }

    /// As in Java, also where the schema has a default.
    fn null(&self, schema: Option<&Schema>) -> Result<Null> {
        match schema {
            Some(schema) if !schema.is_optional() => Err(Error::rejected(format!(
                "expected a value, as its schema {schema} is not optional, found null"
            ))),
            _ => Ok(Null::Tombstone),
        }
    }

    fn write(&self, writer: &Writer, data: &SchemaAndValue, out: &mut Vec<u8>) -> Result<()> {
        writer.plan.write(&data.value, out)
    }

    fn reader(
        &self,
        written: &Resolved,
        wanted: Option<&Resolved>,
        version: Option<i32>,
    ) -> Result<Reader> {
        let writer = AvroSchema::resolve(written)?;
        let wanted = wanted.map(AvroSchema::resolve).transpose()?;
        let reader = wanted.unwrap_or_else(|| writer.clone());
        let schema = connect_schema(&reader, version, self.rules)?;
        let plan = decode::compile(writer, &reader, schema.as_ref(), self.rules)?;
        Ok(Reader { schema, plan })
    }

    fn read(&self, reader: &Reader, message: Message<'_>) -> Result<SchemaAndValue> {
        let value = reader.plan.read(message.body)?;
        Ok(match &reader.schema {
            Some(schema) => SchemaAndValue::new(schema.clone(), value),
            None => value.into(),
        })
    }

    fn name(&self, registered: &Resolved) -> Result<Option<String>> {
        AvroSchema::resolve(registered).map(|avro| name(&avro))
    }

    fn check_fits(&self, described: &Described, registered: &Resolved) -> Result<()> {
        let writer = AvroSchema::parse(&described.schema.text)?;
        let reader = AvroSchema::resolve(registered)?;
        let problems = compatible::problems(&writer, &reader, self.rules.dialect);
        if problems.is_empty() {
            return Ok(());
        }
        Err(Error::rejected(format!(
            "what is written cannot be read with the registered schema: {}",
            problems.join("; ")
        )))
    }
}

/// Returns the full name of a record.
fn name(avro: &AvroSchema) -> Option<String> {
    match &avro[avro.root()].kind {
        Kind::Record(record) => Some(record.named.name.to_string()),
        _ => None,
    }
}
