//! Confluent's `MessageTimestampRouter`.

use connect_api::{Record, Result, Schema, SchemaAndValue, Struct, Value};

use crate::subject::{apply, build};

const NAME: &str = "io.confluent.connect.transforms.MessageTimestampRouter";

const KEYS: (&str, &str) = ("message.timestamp.keys", "timestamp,time,ts");

fn routed(options: &[(&str, &str)], value: impl Into<SchemaAndValue>) -> Result<String> {
    let mut transform = build(NAME, options)?;
    let records = apply(&mut *transform, Record::new("bar", value))?;
    Ok(records[0].topic.to_string())
}

#[test]
fn the_topic_is_named_after_the_first_field_that_is_there() {
    let options = [
        KEYS,
        ("topic.format", "foo-${topic}-${timestamp}"),
        ("message.timestamp.format", "yyyy-MM-dd"),
        ("topic.timestamp.format", "yyyy.MM.dd"),
    ];
    let value = Value::map([
        ("ts", Value::from(7)),
        ("time", "2019-08-06".into()),
        ("timestamp", Value::Null),
    ]);
    assert_eq!(routed(&options, value).unwrap(), "foo-bar-2019.08.06");
}

#[test]
fn without_a_pattern_the_field_counts_milliseconds() {
    let routed = |ts: Value| routed(&[KEYS], Value::map([("ts", ts)])).unwrap();
    assert_eq!(routed(86_400_000_i64.into()), "bar-19700102");
    assert_eq!(routed("86400000".into()), "bar-19700102");
    assert_eq!(routed(Value::Timestamp(0)), "bar-19700101");
    assert_eq!(routed(Value::Date(1)), "bar-19700102");
}

#[test]
fn structs_and_nested_fields_tell_the_time_too() {
    let schema = Schema::structure().field("ts", Schema::plain_int64());
    let value = Struct::new(&schema.build().unwrap()).and_then(|s| s.with("ts", 0_i64));
    assert_eq!(routed(&[KEYS], value.unwrap()).unwrap(), "bar-19700101");
    let options = [
        ("message.timestamp.keys", "event.time"),
        ("field.syntax.version", "V2"),
    ];
    let value = Value::map([("event", Value::map([("time", 0_i64)]))]);
    assert_eq!(routed(&options, value).unwrap(), "bar-19700101");
}

#[test]
fn a_value_without_a_time_is_refused() {
    let refused = |value: Value| routed(&[KEYS], value).unwrap_err().to_string();
    assert_eq!(
        refused(Value::map([("a", 1)])),
        "routing by the time of the value: expected a time in `timestamp`, `time`, `ts`, found none"
    );
    assert_eq!(
        refused(Value::Null),
        "routing by the time of the value: expected a map or a struct, found null"
    );
    assert_eq!(
        refused(Value::map([("ts", "x")])),
        r#"routing by the time of the value: field `ts`: expected milliseconds, found "x""#
    );
}

#[test]
fn options_that_mean_nothing_are_refused() {
    let refused = |options: &[(&str, &str)]| build(NAME, options).err().unwrap().to_string();
    assert!(refused(&[]).contains("message.timestamp.keys"));
    assert!(
        refused(&[KEYS, ("message.timestamp.format", "b")]).contains("message.timestamp.format")
    );
    assert!(refused(&[KEYS, ("topic.timestamp.format", "b")]).contains("topic.timestamp.format"));
    let several = [
        ("message.timestamp.keys", "a[*]"),
        ("field.syntax.version", "V2"),
    ];
    assert!(refused(&several).contains("found several"));
}
