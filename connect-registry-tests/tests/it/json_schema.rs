//! JSON Schema, beside `JSONSerializer` and `jsonschema`.

use connect_api::Value;
use connect_registry_lab::Format;
use serde_json::json;

use crate::subject::{Beside, everything};

#[tokio::test]
async fn every_type_goes_both_ways() {
    let mut beside = Beside::new(Format::Json, "json-everything", &[]);
    let json = json!({
        "i8": -8, "i16": 1600, "i32": -320_000, "i64": 9_007_199_254_740_992_i64,
        "f32": {"$float": "1.5"}, "f64": {"$float": "-0.25"}, "truth": true,
        "text": "\u{e9}\u{1F600}", "bytes": "AP8=", "some": "x", "none": null,
        "list": ["a", "b"], "names": {"k": 7}, "inner": {"id": 3},
        "price": "BM4=", "day": 19_782, "time": 45_296_789, "at": 1_709_210_096_789_i64,
    });
    beside.check(&everything(), &json).await;
}

/// Ours is written as Confluent's converter does, with an `id` that Python's `jsonschema` does not look for.
#[tokio::test]
async fn what_contains_itself_is_read() {
    let mut beside = Beside::new(Format::Json, "json-list", &[]);
    let schema = r##"{"title": "List", "type": "object", "properties": {
        "value": {"type": "integer"}, "next": {"oneOf": [{"type": "null"}, {"$ref": "#"}]}}}"##;
    let json = json!({"value": 1, "next": {"value": 2, "next": null}});
    let read = beside.read(schema, &json).await;
    let next = read.value.get("next").unwrap();
    assert_eq!(next.get("value"), Some(&2i64.into()));
    assert!(read.schema.unwrap().is_recursive());
}

#[tokio::test]
async fn schemas_of_others_are_read() {
    let mut beside = Beside::new(Format::Json, "json-foreign", &[]);
    let schema = r##"{"$schema": "http://json-schema.org/draft-07/schema#", "title": "Foreign", "type": "object",
        "definitions": {"state": {"enum": ["OPEN", "DONE"]}},
        "properties": {"id": {"type": "integer"}, "state": {"$ref": "#/definitions/state"},
            "tags": {"type": "array", "items": {"type": "string"}}},
        "required": ["id"]}"##;
    let json = json!({"id": 7, "state": "DONE", "tags": ["a"]});
    let read = beside.read(schema, &json).await;
    assert_eq!(read.value.get("id"), Some(&7i64.into()));
    assert_eq!(read.value.get("state"), Some(&"DONE".into()));
    assert_eq!(read.value.get("tags"), Some(&Value::array(["a"])));
}
