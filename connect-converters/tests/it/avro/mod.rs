//! Avro: schemas, values, evolution, and bytes that nobody should have written.

mod laws;
mod meanings;
mod options;
mod resolution;
mod schemas;
mod values;

use connect_api::{Bytes, Schema, SchemaAndValue, Value};
use connect_converters::avro::{AvroData, AvroDataConfig};

/// Confluent's defaults.
fn avro() -> AvroData {
    AvroData::new(AvroDataConfig::default())
}

fn with(change: impl FnOnce(&mut AvroDataConfig)) -> AvroData {
    let mut config = AvroDataConfig::default();
    change(&mut config);
    AvroData::new(config)
}

/// Writes a value with the schema that it is described with.
#[track_caller]
fn written(avro: AvroData, schema: &Schema, value: impl Into<Value>) -> Vec<u8> {
    let text = avro.schema_of(Some(schema)).unwrap();
    let data = SchemaAndValue::new(schema.clone(), value);
    avro.encoder(Some(schema), &text)
        .unwrap()
        .to_bytes(&data)
        .unwrap()
}

/// Reads bytes that were written with one schema as another one.
fn read(written: &str, reader: &str, bytes: &[u8]) -> connect_api::Result<Value> {
    let decoder = avro().decoder(written, Some(reader))?;
    Ok(decoder.from_bytes(&Bytes::copy_from_slice(bytes))?.value)
}

/// Reads bytes with the schema that they were written with.
fn plainly(schema: &str, bytes: &[u8]) -> connect_api::Result<Value> {
    read(schema, schema, bytes)
}
