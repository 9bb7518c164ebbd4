//! Confluent's Python clients, which understand themselves.

use connect_registry_lab::{Format, Framing, Message, PythonClients, Registry};
use serde_json::{Value, json};

#[track_caller]
fn check(python: &mut PythonClients, format: Format, schema: &str, value: &Value, read: &Value) {
    let topic = format!("lab-{format:?}");
    let message = Message {
        format,
        topic: &topic,
        schema,
        value: value.clone(),
        framing: Framing::Prefix,
    };
    let written = python.write(&message).unwrap();
    assert_eq!(written.bytes[0], 0);
    assert!(written.headers.is_empty());
    assert_eq!(python.read(format, &topic, &written).unwrap(), *read);
}

#[test]
fn what_python_writes_python_reads_and_what_it_refuses_has_a_reason() {
    let registry = Registry::start().unwrap();
    let mut python = PythonClients::start(&registry.url()).unwrap();

    let avro = r#"{"type":"record","name":"Avro","fields":[
        {"name":"bytes","type":"bytes"},{"name":"float","type":"float"},{"name":"text","type":["null","string"]},
        {"name":"date","type":{"type":"int","logicalType":"date"}},
        {"name":"time","type":{"type":"int","logicalType":"time-millis"}},
        {"name":"moment","type":{"type":"long","logicalType":"timestamp-millis"}},
        {"name":"price","type":{"type":"bytes","logicalType":"decimal","precision":9,"scale":2}}]}"#;
    let value = json!({
        "bytes": {"$bytes": "AP8="}, "float": {"$float": "inf"}, "text": {"$branch": ["string", "x"]},
        "date": {"$date": "2024-02-29"}, "time": {"$time": "12:34:56.789000"},
        "moment": {"$moment": "2024-02-29T12:34:56.789000+00:00"}, "price": {"$decimal": "12.30"},
    });
    let mut read = value.clone();
    read["text"] = "x".into();
    check(&mut python, Format::Avro, avro, &value, &read);

    let protobuf = r#"syntax = "proto3"; package lab; import "google/protobuf/timestamp.proto"; import "confluent/meta.proto";
        message Proto { int64 id = 1 [(confluent.field_meta) = {doc: "a number"}]; google.protobuf.Timestamp at = 2; }"#;
    let value = json!({"id": "7", "at": "2024-02-29T12:34:56.789Z"});
    check(&mut python, Format::Protobuf, protobuf, &value, &value);

    let schema = r#"{"type":"object","title":"Json","properties":{"id":{"type":"integer"}}}"#;
    check(
        &mut python,
        Format::Json,
        schema,
        &json!({"id": 7}),
        &json!({"id": 7}),
    );

    let refused = python.write(&Message {
        format: Format::Json,
        topic: "lab-Json",
        schema,
        value: json!({"id": "seven"}),
        framing: Framing::Prefix,
    });
    let refused = refused.unwrap_err().to_string();
    assert!(
        refused.contains("'seven' is not of type 'integer'"),
        "{refused}"
    );
}
