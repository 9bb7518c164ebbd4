//! `HoistField`.

use connect_api::{Record, Schema, SchemaAndValue, Struct, Value};

use crate::subject::{changed, refusal, rejection, transformed};

const NAME: &str = "org.apache.kafka.connect.transforms.HoistField$Value";

fn hoisted(value: impl Into<SchemaAndValue>) -> SchemaAndValue {
    transformed(NAME, &[("field", "f")], value).unwrap()
}

#[test]
fn without_a_schema_the_whole_becomes_an_entry() {
    assert_eq!(hoisted(7), Value::map([("f", 7)]).into());
    assert_eq!(
        hoisted(SchemaAndValue::NULL),
        Value::map([("f", Value::Null)]).into()
    );
}

#[test]
fn with_a_schema_the_whole_becomes_a_field() {
    for (inner, value) in [
        (Schema::plain_int32(), Value::from(7)),
        (Schema::optional_int32(), Value::Null),
    ] {
        let schema = Schema::structure()
            .field("f", inner.clone())
            .build()
            .unwrap();
        let expected = Struct::new(&schema)
            .unwrap()
            .with("f", value.clone())
            .unwrap();
        assert_eq!(hoisted(SchemaAndValue::new(inner, value)), expected.into());
    }
}

#[test]
fn the_key_is_another_transform() {
    let record = Record::new("topic", 1).with_key(7);
    let hoisted = changed("hoist-field-key", &[("field", "f")], record).unwrap();
    assert_eq!(
        hoisted,
        Record::new("topic", 1).with_key(Value::map([("f", 7)]))
    );
}

#[test]
fn a_null_whose_schema_is_not_optional_is_refused() {
    let null = SchemaAndValue::new(Schema::plain_int32(), Value::Null);
    assert_eq!(
        rejection(NAME, &[("field", "f")], null),
        "hoisting a field: field `f`: expected a value, found null"
    );
}

#[test]
fn a_path_makes_fields_inside_of_fields() {
    let options = [("field", "a.b"), ("field.syntax.version", "V2")];
    let hoisted = transformed(NAME, &options, 7).unwrap();
    assert_eq!(hoisted.value, Value::map([("a", Value::map([("b", 7)]))]));
    let typed = SchemaAndValue::new(Schema::plain_int32(), 7);
    let hoisted = transformed(NAME, &options, typed).unwrap();
    hoisted
        .schema
        .as_ref()
        .unwrap()
        .check(&hoisted.value)
        .unwrap();
    assert_eq!(hoisted.value.get("a").unwrap().get("b"), Some(&7.into()));
    let (key, message) = refusal(NAME, &[("field", "a[*]"), ("field.syntax.version", "V2")]);
    assert_eq!(key, "field");
    assert!(message.contains("there are no elements yet"), "{message}");
    assert_eq!(refusal(NAME, &[]).0, "field");
}
