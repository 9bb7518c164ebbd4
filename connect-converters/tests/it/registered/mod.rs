//! Converters whose schemas stand in a registry: what they ask it, and what becomes of records meanwhile.

mod choices;
mod conformance;
mod framing;
mod outages;
mod refusals;
mod subjects;

use connect_api::{
    Bytes, ConfigMap, Converter, Headers, Result, Schema, SchemaAndValue, Struct, TypedConfig,
    UnknownKeys, Value,
};
use connect_converters::{AvroConverter, AvroConverterConfig};
use connect_testkit::{
    converter::{decode, encode},
    registry::MockRegistry,
};

const TOPIC: &str = "orders";

/// Adds the registry's address to options.
fn options(registry: &MockRegistry, options: &[(&str, &str)]) -> ConfigMap {
    let mut map: ConfigMap = options.iter().copied().collect();
    map.insert("schema.registry.url", registry.url());
    map
}

/// Builds a converter of values with these options.
fn avro(registry: &MockRegistry, more: &[(&str, &str)]) -> AvroConverter {
    let config = AvroConverterConfig::parse(&options(registry, more), UnknownKeys::Refuse);
    config.and_then(AvroConverter::new).unwrap()
}

/// An order, whose schema is another object each time.
fn order(id: i64) -> SchemaAndValue {
    let schema = Schema::record("shop.Order")
        .field("id", Schema::plain_int64())
        .field("note", Schema::optional_string())
        .build()
        .unwrap();
    let order = Struct::new(&schema).and_then(|order| order.with("id", id));
    SchemaAndValue::new(schema, Value::Struct(order.unwrap()))
}

/// Writes a value without headers.
async fn bytes(converter: &dyn Converter, data: &SchemaAndValue) -> Result<Bytes> {
    let written = encode(converter, TOPIC, &mut Headers::new(), data).await?;
    Ok(written.unwrap())
}

/// Reads a value.
async fn read(
    converter: &dyn Converter,
    headers: &Headers,
    bytes: &Bytes,
) -> Result<SchemaAndValue> {
    decode(converter, TOPIC, headers, Some(bytes)).await
}

fn id(value: &Value) -> Option<i64> {
    value.get("id").and_then(Value::as_i64)
}
