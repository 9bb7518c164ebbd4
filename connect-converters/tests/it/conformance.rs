//! The conformance suites, for each converter.

use connect_api::{
    Bytes, Converter, Decimal, HeaderConverter, Schema, SchemaAndValue, Struct, Value,
};
use connect_converters::{
    ByteArrayConverter, JsonConverter, PrimitiveConverter, SimpleHeaderConverter,
    SimpleHeaderConverterConfig, StringConverter,
};
use connect_testkit::converter::{converter, header_converter};

/// Holds a converter of records and headers to the claims about both.
async fn check<C: Converter + HeaderConverter>(subject: &C, samples: &[SchemaAndValue]) {
    converter(subject, samples).await;
    header_converter(subject, samples).await;
}

fn null(schema: Schema) -> SchemaAndValue {
    SchemaAndValue::new(schema, Value::Null)
}

/// An order as a source with a schema makes it.
fn order() -> SchemaAndValue {
    let tags = Schema::array(Schema::plain_string()).build().unwrap();
    let schema = Schema::structure()
        .field("id", Schema::plain_int64())
        .field("price", Schema::decimal(2).build().unwrap())
        .field("note", Schema::optional_string())
        .field("tags", tags)
        .build()
        .unwrap();
    let order = Struct::new(&schema)
        .and_then(|order| order.with("id", 7_i64))
        .and_then(|order| order.with("price", Decimal::new(1999, 2)))
        .and_then(|order| order.with("note", Value::Null))
        .and_then(|order| order.with("tags", Value::array(["a", "b"])))
        .unwrap();
    SchemaAndValue::new(schema, order)
}

#[tokio::test]
async fn json_with_schemas_keeps_the_converter_contract() {
    check(
        &JsonConverter::default(),
        &[
            order(),
            SchemaAndValue::new(Schema::plain_int32(), 5),
            SchemaAndValue::new(Schema::plain_bytes(), Bytes::from_static(&[0, 255])),
            null(Schema::optional_string()),
        ],
    )
    .await;
}

#[tokio::test]
async fn json_without_schemas_keeps_the_converter_contract() {
    check(
        &JsonConverter::schemaless(),
        &[
            Value::map([
                ("a", Value::from(1_i64)),
                ("b", Value::array([true, false])),
            ])
            .into(),
            "text".into(),
            SchemaAndValue::NULL,
        ],
    )
    .await;
}

#[tokio::test]
async fn text_keeps_the_converter_contract() {
    let text = |text: &'static str| SchemaAndValue::new(Schema::optional_string(), text);
    let samples = [
        text(""),
        text("a line"),
        text("ä\u{1F600}"),
        null(Schema::optional_string()),
    ];
    check(&StringConverter::default(), &samples).await;
}

#[tokio::test]
async fn bytes_keep_the_converter_contract() {
    let bytes = |bytes| SchemaAndValue::new(Schema::optional_bytes(), Bytes::from_static(bytes));
    let samples = [
        bytes(b""),
        bytes(b"\x00\xff"),
        null(Schema::optional_bytes()),
    ];
    check(&ByteArrayConverter::default(), &samples).await;
}

/// Holds a converter to the claims, with two values of its type and null.
async fn check_primitive<V: Into<Value>>(
    subject: PrimitiveConverter,
    schema: Schema,
    values: [V; 2],
) {
    let mut samples = vec![null(schema.clone())];
    samples.extend(values.map(|value| SchemaAndValue::new(schema.clone(), value)));
    check(&subject, &samples).await;
}

#[tokio::test]
async fn numbers_and_booleans_keep_the_converter_contract() {
    use PrimitiveConverter as Of;
    check_primitive(Of::short(), Schema::optional_int16(), [i16::MIN, 258]).await;
    check_primitive(Of::integer(), Schema::optional_int32(), [i32::MIN, 258]).await;
    check_primitive(Of::long(), Schema::optional_int64(), [i64::MIN, 258]).await;
    check_primitive(Of::float(), Schema::optional_float32(), [f32::MIN, 1.5]).await;
    check_primitive(Of::double(), Schema::optional_float64(), [f64::MIN, 1.5]).await;
    check_primitive(Of::boolean(), Schema::optional_boolean(), [false, true]).await;
}

#[tokio::test]
async fn simple_headers_keep_the_converter_contract() {
    let simple = SimpleHeaderConverter::new(&SimpleHeaderConverterConfig::default());
    let samples = [
        SchemaAndValue::new(Schema::plain_int8(), 1_i8),
        SchemaAndValue::new(Schema::plain_string(), "x"),
        SchemaAndValue::NULL,
    ];
    header_converter(&simple, &samples).await;
}
