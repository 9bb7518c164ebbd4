//! The conformance suite, on each format.

use connect_api::{Converter, Headers, Schema, SchemaAndValue, TypedConfig, UnknownKeys, Value};
use connect_converters::{
    JsonSchemaConverter, JsonSchemaConverterConfig, ProtobufConverter, ProtobufConverterConfig,
};
use connect_testkit::registry::MockRegistry;

use super::{avro, bytes, options, order, read};

/// A value whose schema has a version; one without would get the registry's.
fn sample() -> SchemaAndValue {
    let order = order(7);
    let schema = order.schema.as_ref().map(Schema::to_builder);
    let schema = schema.unwrap().version(1).build().unwrap();
    let value = order.value.as_struct().unwrap().clone();
    let value = value.with_schema(&schema).unwrap();
    SchemaAndValue::new(schema, Value::Struct(value))
}

async fn check(build: impl FnOnce(&MockRegistry) -> Box<dyn Converter>) {
    let registry = MockRegistry::start().await;
    let converter = build(&registry);
    // Protobuf adds the numbers of the fields to the schema: what was read once comes back as it was.
    let written = bytes(&*converter, &sample()).await.unwrap();
    let sample = read(&*converter, &Headers::new(), &written).await.unwrap();
    connect_testkit::converter(&*converter, &[sample]).await;
}

#[tokio::test]
async fn avro_keeps_the_contract_of_converters() {
    check(|registry| Box::new(avro(registry, &[]))).await;
}

#[tokio::test]
async fn json_schema_keeps_the_contract_of_converters() {
    check(|registry| {
        let config = JsonSchemaConverterConfig::parse(&options(registry, &[]), UnknownKeys::Refuse);
        Box::new(config.and_then(JsonSchemaConverter::new).unwrap())
    })
    .await;
}

#[tokio::test]
async fn protobuf_keeps_the_contract_of_converters() {
    check(|registry| {
        // Without them a null would come back as an empty text, and the name without its package.
        let lossless = [
            ("optional.for.nullables", "true"),
            ("enhanced.protobuf.schema.support", "true"),
        ];
        let options = options(registry, &lossless);
        let config = ProtobufConverterConfig::parse(&options, UnknownKeys::Refuse);
        Box::new(config.and_then(ProtobufConverter::new).unwrap())
    })
    .await;
}
