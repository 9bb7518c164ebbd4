//! Aiven's `ExtractTimestamp`.

use connect_api::{Record, Result, Schema, SchemaAndValue, Struct, Value};

use crate::subject::{apply, build};

const NAME: &str = "io.aiven.kafka.connect.transforms.ExtractTimestamp$Value";

const FIELD: (&str, &str) = ("field.name", "at");

fn extracted(options: &[(&str, &str)], value: impl Into<SchemaAndValue>) -> Result<i64> {
    let mut transform = build(NAME, options)?;
    let records = apply(&mut *transform, Record::new("topic", value))?;
    Ok(records[0].timestamp.unwrap())
}

#[test]
fn the_field_becomes_the_time_of_the_record() {
    let at = |at: Value| Value::map([("at", at)]);
    assert_eq!(extracted(&[FIELD], at(5_i64.into())).unwrap(), 5);
    assert_eq!(extracted(&[FIELD], at(Value::Timestamp(6))).unwrap(), 6);
    assert_eq!(extracted(&[FIELD], at(Value::Date(1))).unwrap(), 86_400_000);
    let seconds = [FIELD, ("timestamp.resolution", "seconds")];
    assert_eq!(extracted(&seconds, at(5_i64.into())).unwrap(), 5000);
    assert_eq!(extracted(&seconds, at(Value::Timestamp(6))).unwrap(), 6);
    let schema = Schema::structure().field("at", Schema::plain_int64());
    let value = Struct::new(&schema.build().unwrap()).and_then(|s| s.with("at", 7_i64));
    assert_eq!(extracted(&[FIELD], value.unwrap()).unwrap(), 7);
}

#[test]
fn the_time_of_a_key_and_of_a_nested_field_counts() {
    let options = [("field.name", "a.at"), ("field.syntax.version", "V2")];
    let mut transform = build("extract-timestamp-key", &options).unwrap();
    let key = Value::map([("a", Value::map([("at", 5_i64)]))]);
    let record = Record::new("topic", Value::Null).with_key(key);
    assert_eq!(
        apply(&mut *transform, record).unwrap()[0].timestamp,
        Some(5)
    );
}

#[test]
fn what_is_no_time_is_refused() {
    let refused = |value: Value| extracted(&[FIELD], value).unwrap_err().to_string();
    assert_eq!(
        refused(Value::Null),
        "taking the time of the record: expected a map or a struct, found null"
    );
    assert_eq!(
        refused(Value::map([("b", 1)])),
        "taking the time of the record: field `at`: expected an int64 or a timestamp, found no field"
    );
    assert_eq!(
        refused(Value::map([("at", "5")])),
        "taking the time of the record: field `at`: expected an int64 or a timestamp, found string"
    );
}

#[test]
fn seconds_that_are_too_many_are_refused_and_end_at_the_last_in_java() {
    let value = || Value::map([("at", i64::MAX)]);
    let seconds = ("timestamp.resolution", "seconds");
    assert!(extracted(&[FIELD, seconds], value()).is_err());
    let java = [FIELD, seconds, ("compat.java", "true")];
    assert_eq!(extracted(&java, value()).unwrap(), i64::MAX);
}

#[test]
fn options_that_mean_nothing_are_refused() {
    let refused = |options: &[(&str, &str)]| build(NAME, options).err().unwrap().to_string();
    assert!(refused(&[]).contains("field.name"));
    assert!(refused(&[("field.name", "")]).contains("field.name"));
    assert!(refused(&[FIELD, ("timestamp.resolution", "hours")]).contains("timestamp.resolution"));
}
