//! Protobuf, beside `ProtobufSerializer` and Google's `protobuf`.

use connect_api::Value;
use connect_registry_lab::Format;
use serde_json::json;

use crate::subject::{Beside, everything, list};

/// Without it, packages are left out of the names of schemas.
const PACKAGES: (&str, &str) = ("enhanced.protobuf.schema.support", "true");

#[tokio::test]
async fn every_type_goes_both_ways() {
    let mut beside = Beside::new(
        Format::Protobuf,
        "protobuf-everything",
        &[("optional.for.nullables", "true"), PACKAGES],
    );
    let json = json!({
        "i8": -8, "i16": 1600, "i32": -320_000, "i64": "9007199254740992",
        "f32": {"$float": "1.5"}, "f64": {"$float": "-0.25"}, "truth": true,
        "text": "\u{e9}\u{1F600}", "bytes": "AP8=", "some": "x",
        "list": ["a", "b"], "names": [{"key": "k", "value": "7"}], "inner": {"id": 3},
        "price": {"value": "BM4=", "precision": 4, "scale": 2}, "day": {"year": 2024, "month": 2, "day": 29},
        "time": {"hours": 12, "minutes": 34, "seconds": 56, "nanos": 789_000_000},
        "at": "2024-02-29T12:34:56.789Z",
    });
    beside.check(&everything(), &json).await;
}

#[tokio::test]
async fn what_contains_itself_goes_both_ways() {
    let mut beside = Beside::new(Format::Protobuf, "protobuf-list", &[PACKAGES]);
    let json = json!({"value": 1, "next": {"value": 2}});
    beside.check(&list(), &json).await;
}

#[tokio::test]
async fn oneofs_enums_and_wrappers_of_others_are_read() {
    let mut beside = Beside::new(Format::Protobuf, "protobuf-foreign", &[]);
    let schema = r#"syntax = "proto3";
        package shop;
        import "google/protobuf/wrappers.proto";
        message Foreign {
          enum State { OPEN = 0; DONE = 1; }
          State state = 1;
          oneof either { string text = 2; int64 number = 3; }
          google.protobuf.StringValue note = 4;
          repeated uint32 small = 5;
        }"#;
    let json =
        json!({"state": "DONE", "number": "7", "note": "n", "small": [1, 4_294_967_295_u32]});
    let read = beside.read(schema, &json).await;
    assert_eq!(read.value.get("state"), Some(&"DONE".into()));
    let small = Value::array([1i64, 4_294_967_295]);
    assert_eq!(read.value.get("small"), Some(&small));
    let shown = format!("{:?}", read.value);
    assert!(shown.contains(r#""number": Int64(7)"#), "{shown}");
    assert!(shown.contains("\"n\""), "{shown}");
}
