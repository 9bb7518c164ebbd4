//! Confluent's `TombstoneHandler`.

use connect_api::{Record, Schema, SchemaAndValue, Value};

use crate::subject::{apply, build};

const NAME: &str = "io.confluent.connect.transforms.TombstoneHandler";

#[test]
fn tombstones_are_dropped_or_refused_and_nothing_else() {
    for behavior in ["ignore", "warn", "fail"] {
        let mut transform = build(NAME, &[("behavior", behavior)]).unwrap();
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
    let mut by_default = build(NAME, &[]).unwrap();
    assert_eq!(
        apply(&mut *by_default, Record::tombstone("topic", "key")).unwrap(),
        []
    );
}
