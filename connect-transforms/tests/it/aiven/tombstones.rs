//! `MakeTombstone`, `DropValueIfHeaderSet` and Aiven's `TombstoneHandler`.

use connect_api::{Headers, Record, Schema, SchemaAndValue, Value};

use crate::subject::{apply, build};

const HANDLER: &str = "io.aiven.kafka.connect.transforms.TombstoneHandler";
const MAKE: &str = "io.aiven.kafka.connect.transforms.MakeTombstone";
const DROP_VALUE: &str = "io.aiven.kafka.connect.transforms.DropValueIfHeaderSet";

#[test]
fn tombstones_are_dropped_or_refused_and_nothing_else() {
    for behavior in ["drop_silent", "DROP_WARN", "fail"] {
        let mut transform = build(HANDLER, &[("behavior", behavior)]).unwrap();
        let record = Record::new("topic", "value");
        assert_eq!(apply(&mut *transform, record.clone()).unwrap(), [record]);
        let null = SchemaAndValue::new(Schema::optional_string(), Value::Null);
        for tombstone in [
            Record::tombstone("topic", "key"),
            Record::new("topic", null),
        ] {
            match apply(&mut *transform, tombstone) {
                Ok(records) => assert!(records.is_empty() && behavior != "fail"),
                Err(error) => assert_eq!(
                    error.to_string(),
                    "handling tombstones: expected a value, found null (behavior=fail)"
                ),
            }
        }
    }
    assert!(build(HANDLER, &[]).is_err());
}

#[test]
fn a_record_is_made_a_tombstone() {
    let value = SchemaAndValue::new(Schema::plain_string(), "value");
    let record = Record::new("topic", value).with_key("key");
    let mut transform = build(MAKE, &[]).unwrap();
    let expected = Record::tombstone("topic", "key");
    assert_eq!(apply(&mut *transform, record).unwrap(), [expected]);
}

#[test]
fn a_header_makes_a_record_a_tombstone() {
    let options = [("header.key", "op"), ("header.string_value", "delete")];
    let mut transform = build(DROP_VALUE, &options).unwrap();
    let record = |headers: &[(&str, &str)]| {
        let headers: Headers = headers.iter().copied().collect();
        let value = SchemaAndValue::new(Schema::plain_string(), "value");
        Record::new("topic", value).with_headers(headers)
    };
    for (headers, dropped) in [
        (&[("op", "delete")][..], true),
        (&[("op", "insert"), ("op", "delete")], true),
        (&[("op", "delete"), ("op", "insert")], false),
        (&[("OP", "delete")], false),
        (&[], false),
    ] {
        let found = apply(&mut *transform, record(headers)).unwrap().remove(0);
        assert_eq!(found.value == SchemaAndValue::NULL, dropped, "{headers:?}");
        assert_eq!(found.headers.len(), headers.len());
    }
    let number: Headers = [("op", 7)].into_iter().collect();
    let found = apply(&mut *transform, record(&[]).with_headers(number)).unwrap();
    assert_eq!(found[0].value.value, "value".into());
    assert!(build(DROP_VALUE, &[("header.key", ""), options[1]]).is_err());
    assert!(build(DROP_VALUE, &[options[0]]).is_err());
}
