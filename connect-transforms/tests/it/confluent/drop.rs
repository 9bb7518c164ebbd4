//! `Drop`.

use connect_api::{Record, Schema, SchemaAndValue, Value};

use crate::subject::{apply, build};

const KEY: &str = "io.confluent.connect.transforms.Drop$Key";
const VALUE: &str = "io.confluent.connect.transforms.Drop$Value";

fn dropped(name: &str, behavior: &str, schema: Schema) -> connect_api::Result<Record> {
    let mut transform = build(name, &[("schema.behavior", behavior)]).unwrap();
    let datum = || SchemaAndValue::new(schema.clone(), 7);
    let record = Record::new("topic", datum()).with_key(datum());
    apply(&mut *transform, record).map(|mut records| records.remove(0))
}

#[test]
fn one_datum_becomes_null_and_the_other_stays() {
    let seven = SchemaAndValue::new(Schema::plain_int32(), 7);
    let without_key = dropped(KEY, "nullify", Schema::plain_int32()).unwrap();
    assert_eq!(without_key.key, SchemaAndValue::NULL);
    assert_eq!(without_key.value, seven);
    let without_value = dropped(VALUE, "nullify", Schema::plain_int32()).unwrap();
    assert_eq!(without_value.key, seven);
    assert_eq!(without_value.value, SchemaAndValue::NULL);
    let mut by_default = build(VALUE, &[]).unwrap();
    let records = apply(&mut *by_default, Record::new("topic", seven)).unwrap();
    assert_eq!(records[0].value, SchemaAndValue::NULL);
}

#[test]
fn the_schema_stays_if_it_is_to() {
    let null = |schema| SchemaAndValue::new(schema, Value::Null);
    let (required, optional) = (Schema::plain_int32(), Schema::optional_int32());
    let value = |behavior, schema| dropped(VALUE, behavior, schema).unwrap().value;
    assert_eq!(value("retain", required.clone()), null(required.clone()));
    assert_eq!(
        value("force_optional", required.clone()),
        null(optional.clone())
    );
    assert_eq!(
        value("FORCE_OPTIONAL", optional.clone()),
        null(optional.clone())
    );
    assert_eq!(value("validate", optional.clone()), null(optional));
    let error = dropped(VALUE, "validate", required).unwrap_err();
    assert_eq!(
        error.to_string(),
        "dropping the value: expected an optional schema, found Schema{INT32}"
    );
}

#[test]
fn an_unknown_behavior_is_refused() {
    let error = build(VALUE, &[("schema.behavior", "keep")]).err().unwrap();
    assert!(
        error.to_string().contains(
            "schema.behavior: String must be one of (case insensitive): nullify, retain, validate, force_optional"
        ),
        "{error}"
    );
}
