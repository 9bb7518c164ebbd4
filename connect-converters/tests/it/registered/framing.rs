//! What stands in front of messages, or in their headers.

use connect_api::{Bytes, Converter, ErrorKind, Headers, SchemaAndValue, Value};
use connect_testkit::{converter::encode, registry::MockRegistry};

use super::{avro, bytes, id, order, read};

const HEADER: &str = "__value_schema_id";
const IN_HEADERS: (&str, &str) = ("value.schema.id.serializer", "header");

#[tokio::test]
async fn messages_begin_with_a_zero_and_the_number_of_their_schema() {
    let registry = MockRegistry::start().await;
    let converter = avro(&registry, &[]);
    let written = bytes(&converter, &order(7)).await.unwrap();
    assert_eq!(written[..5], [0, 0, 0, 0, 1]);
    assert_eq!(written[5..], [14, 0]);
}

#[tokio::test]
async fn with_headers_messages_are_bare_and_the_header_has_the_guid() {
    let registry = MockRegistry::start().await;
    let converter = avro(&registry, &[IN_HEADERS]);
    let mut headers = Headers::new();
    let written = encode(&converter, "orders", &mut headers, &order(7)).await;
    assert_eq!(written.unwrap().unwrap()[..], [14, 0]);
    let Some(Value::Bytes(header)) = headers.last(HEADER).map(|header| &header.value) else {
        panic!("{headers:?}");
    };
    assert_eq!((header[0], header.len()), (1, 17));
}

#[tokio::test]
async fn both_framings_are_read_whatever_is_written() {
    let registry = MockRegistry::start().await;
    let [prefix, header] = [avro(&registry, &[]), avro(&registry, &[IN_HEADERS])];
    for writer in [&prefix, &header] {
        let mut headers = Headers::new();
        let written = encode(writer, "orders", &mut headers, &order(7)).await;
        let written = written.unwrap().unwrap();
        for reader in [&prefix, &header] {
            let found = read(reader, &headers, &written).await.unwrap();
            assert_eq!(id(&found.value), Some(7));
        }
    }
}

#[tokio::test]
async fn a_header_that_is_there_is_not_added_again() {
    let registry = MockRegistry::start().await;
    let converter = avro(&registry, &[IN_HEADERS]);
    let mut headers = Headers::new();
    for _ in 0..2 {
        let written = encode(&converter, "orders", &mut headers, &order(7)).await;
        written.unwrap();
    }
    assert_eq!(headers.len(), 1);
}

#[tokio::test]
async fn a_missing_value_is_no_bytes_in_both_directions_and_asks_nothing() {
    let registry = MockRegistry::start().await;
    let converter = avro(&registry, &[]);
    let schema = order(7).schema.unwrap().to_builder().optional();
    let missing = SchemaAndValue::new(schema.build().unwrap(), Value::Null);
    for data in [missing, SchemaAndValue::NULL] {
        let written = converter.encode("orders", &mut Headers::new(), &data);
        assert_eq!(written.unwrap(), None);
    }
    let found = converter.decode("orders", &Headers::new(), None);
    assert!(found.unwrap().value.is_null());
    assert!(registry.requests().is_empty());
}

#[tokio::test]
async fn null_is_refused_where_the_schema_is_not_optional() {
    let registry = MockRegistry::start().await;
    let converter = avro(&registry, &[]);
    let mut data = order(7);
    data.value = Value::Null;
    let error = converter.encode("orders", &mut Headers::new(), &data);
    assert_eq!(error.unwrap_err().kind(), ErrorKind::Rejected);
}

#[tokio::test]
async fn what_was_not_written_with_a_registry_is_refused_with_its_first_bytes() {
    let registry = MockRegistry::start().await;
    let converter = avro(&registry, &[]);
    let headers = Headers::new();
    let foreign = [
        (&b"{\"id\":7}"[..], "found the byte 0x7b"),
        (b"\0\0\0", "found 3 bytes"),
        (b"", "found no bytes at all"),
    ];
    for (bytes, expected) in foreign {
        let error = read(&converter, &headers, &Bytes::from_static(bytes)).await;
        let error = error.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Rejected);
        let message = error.report().to_string();
        assert!(message.contains(expected), "{message}");
        assert!(message.contains("topic `orders`, value of"), "{message}");
        let first = bytes.first().map(|byte| format!("{byte:02x}"));
        assert!(message.contains(&first.unwrap_or_default()), "{message}");
    }
    assert!(registry.requests().is_empty());
}
