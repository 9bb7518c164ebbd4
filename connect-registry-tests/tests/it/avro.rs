//! Avro, beside `AvroSerializer` and `fastavro`.

use connect_api::{Schema, Struct, Value};
use connect_registry_lab::Format;
use serde_json::json;

use crate::subject::{Beside, built, everything, list, record};

#[tokio::test]
async fn every_type_goes_both_ways() {
    let mut beside = Beside::new(Format::Avro, "avro-everything", &[]);
    let json = json!({
        "i8": -8, "i16": 1600, "i32": -320_000, "i64": 9_007_199_254_740_992_i64,
        "f32": {"$float": "1.5"}, "f64": {"$float": "-0.25"}, "truth": true,
        "text": "\u{e9}\u{1F600}", "bytes": {"$bytes": "AP8="}, "some": "x", "none": null,
        "list": ["a", "b"], "names": {"k": 7}, "inner": {"id": 3},
        "price": {"$decimal": "12.30"}, "day": {"$date": "2024-02-29"},
        "time": {"$time": "12:34:56.789000"}, "at": {"$moment": "2024-02-29T12:34:56.789000+00:00"},
    });
    beside.check(&everything(), &json).await;
}

#[tokio::test]
async fn what_contains_itself_goes_both_ways() {
    let mut beside = Beside::new(Format::Avro, "avro-list", &[]);
    let json = json!({"value": 1, "next": {"value": 2, "next": null}});
    beside.check(&list(), &json).await;
}

#[tokio::test]
async fn a_map_without_text_keys_is_an_array_of_entries_both_ways() {
    let mut beside = Beside::new(Format::Avro, "avro-map", &[]);
    let numbers = built(Schema::map(Schema::plain_int32(), Schema::plain_boolean()));
    let data = record("shop.Map", [("map", numbers, Value::map([(7, true)]))]);
    let json = json!({"map": [{"key": 7, "value": true}]});
    beside.check(&data, &json).await;
}

#[tokio::test]
async fn a_value_alone_needs_no_record() {
    let mut beside = Beside::new(Format::Avro, "avro-text", &[]);
    let data = connect_api::SchemaAndValue::new(built(Schema::string().version(1)), "x");
    beside.check(&data, &json!("x")).await;
}

#[tokio::test]
async fn unions_enums_and_fixed_of_others_are_read() {
    let mut beside = Beside::new(Format::Avro, "avro-foreign", &[]);
    let schema = r#"{"type": "record", "name": "Foreign", "namespace": "shop", "fields": [
        {"name": "either", "type": ["string", "long"]},
        {"name": "state", "type": {"type": "enum", "name": "State", "symbols": ["OPEN", "DONE"]}},
        {"name": "hash", "type": {"type": "fixed", "name": "Hash", "size": 2}}]}"#;
    let json = json!({
        "either": {"$branch": ["long", 7]}, "state": "DONE", "hash": {"$bytes": "AP8="},
    });
    let read = beside.read(schema, &json).await;
    let either = read
        .value
        .get("either")
        .and_then(Value::as_struct)
        .map(Struct::values);
    assert_eq!(either, Some(&[Value::Null, 7i64.into()][..]));
    assert_eq!(read.value.get("state"), Some(&"DONE".into()));
    assert_eq!(read.value.get("hash"), Some(&vec![0u8, 255].into()));
}
