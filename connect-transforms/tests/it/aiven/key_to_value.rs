//! `KeyToValue`.

use connect_api::{Headers, Record, Result, Schema, SchemaAndValue, Struct, Value};

use crate::subject::{apply, build};

const NAME: &str = "io.aiven.kafka.connect.transforms.KeyToValue";
const JAVA: (&str, &str) = ("compat.java", "true");

fn copied(
    options: &[(&str, &str)],
    key: impl Into<SchemaAndValue>,
    value: impl Into<SchemaAndValue>,
) -> Result<SchemaAndValue> {
    let mut transform = build(NAME, options)?;
    let key = key.into();
    let headers: Headers = [("h", 1)].into_iter().collect();
    let record = Record::new("topic", value)
        .with_key(key.clone())
        .with_headers(headers);
    let mut records = apply(&mut *transform, record)?;
    assert_eq!(records.len(), 1);
    let record = records.remove(0);
    assert_eq!(record.key, key);
    assert_eq!(record.headers.len(), 1);
    Ok(record.value)
}

fn key() -> SchemaAndValue {
    let schema = Schema::record("Key")
        .field("id", Schema::plain_int32())
        .field(
            "department",
            Schema::string().default_value("none").build().unwrap(),
        )
        .build()
        .unwrap();
    let key = Struct::new(&schema).unwrap().with("id", 7).unwrap();
    SchemaAndValue::new(schema, key)
}

fn value() -> SchemaAndValue {
    let schema = Schema::record("Value")
        .optional()
        .field("note", Schema::string().default_value("-").build().unwrap())
        .field("id", Schema::plain_string())
        .build()
        .unwrap();
    let value = Struct::new(&schema).unwrap().with("id", "x").unwrap();
    SchemaAndValue::new(schema, value)
}

#[test]
fn fields_of_a_struct_are_added_to_a_struct() {
    let options = [
        ("key.fields", "id, department"),
        ("value.fields", "id, dept"),
    ];
    let found = copied(&options, key(), value()).unwrap();
    let schema = found.schema.unwrap();
    assert_eq!(schema.name().map(|name| name.as_str()), Some("Value"));
    assert!(schema.is_optional());
    let names: Vec<_> = schema
        .fields()
        .iter()
        .map(|field| field.name().as_str())
        .collect();
    assert_eq!(names, ["note", "id", "dept"]);
    assert_eq!(schema.field("id").unwrap().schema(), &Schema::plain_int32());
    let fields = found.value.as_struct().unwrap();
    assert_eq!(fields.values(), &[Value::Null, 7.into(), "none".into()]);
    fields.check().unwrap();
    let java = [options[0], options[1], JAVA];
    let found = copied(&java, key(), value()).unwrap().value;
    let note = found.as_struct().unwrap().get_without_default("note");
    assert_eq!(note, Some(&"-".into()));
}

#[test]
fn the_whole_key_is_added() {
    let options = [("key.fields", "*")];
    let found = copied(&options, key(), value()).unwrap();
    assert_eq!(found.value.get("_key"), Some(&key().value));
    let found = copied(&options, "k", value()).unwrap();
    let schema = found.schema.unwrap();
    assert_eq!(
        schema.field("_key").unwrap().schema(),
        &Schema::plain_string()
    );
    let found = copied(&options, 5i64, Value::map([("a", 1)])).unwrap();
    assert_eq!(
        found.value,
        Value::map([("a", Value::from(1)), ("_key", 5i64.into())])
    );
    let options = [("key.fields", "*"), ("value.fields", "whole")];
    let found = copied(&options, key(), Value::map([("a", 1)])).unwrap();
    assert_eq!(found.value.get("whole"), Some(&key().value));
}

#[test]
fn entries_of_a_map_are_added_to_a_map() {
    let options = [("key.fields", "id,other"), ("value.fields", ",x")];
    let key = || Value::map([("id", Value::from(7)), ("a", Value::map([("b", "nested")]))]);
    let map = || Value::map([("id", "x"), ("z", "y")]);
    let found = copied(&options, key(), map()).unwrap();
    assert_eq!(
        found.value,
        Value::map([("id", Value::from(7)), ("z", "y".into())])
    );
    let java = [options[0], options[1], JAVA];
    let found = copied(&java, key(), map()).unwrap().value;
    assert_eq!(
        (found.get("x"), found.get("")),
        (Some(&Value::Null), Some(&7.into()))
    );
    let schema = Schema::record("Key").optional().build().unwrap();
    let null = SchemaAndValue::new(schema, Value::Null);
    assert_eq!(copied(&java, null, map()).unwrap().value, map());
    let nested = [("key.fields", "a.b"), ("field.syntax.version", "V2")];
    let found = copied(&nested, key(), map()).unwrap();
    assert_eq!(found.value.get("b"), Some(&"nested".into()));
}

#[test]
fn keys_and_values_that_do_not_fit_are_refused() {
    let refused = |options: &[(&str, &str)], key: SchemaAndValue, value: SchemaAndValue| {
        copied(options, key, value).unwrap_err().to_string()
    };
    let other = [("key.fields", "other")];
    assert_eq!(
        refused(&other, key(), value()),
        "copying the key into the value: expected a field `other` in the key, found none"
    );
    assert_eq!(
        refused(&other, key(), Value::map([("a", 1)]).into()),
        "copying the key into the value: expected a field `other` in the key, found none"
    );
    assert_eq!(
        refused(&other, "text".into(), value()),
        "copying the key into the value: expected a key with a field `other`, found string"
    );
    let whole = [("key.fields", "*")];
    assert_eq!(
        refused(&whole, Value::map([("a", 1)]).into(), value()),
        "copying the key into the value: expected a key with a schema, because the value has one, found map without"
    );
    assert_eq!(
        refused(&whole, key(), Value::Null.into()),
        "copying the key into the value: expected a value that is a struct, or a map without a schema, found null"
    );
}

#[test]
fn options_that_cannot_be_are_refused() {
    let refused = |options: &[(&str, &str)]| build(NAME, options).err().unwrap().to_string();
    assert!(refused(&[]).contains("key.fields"));
    assert!(refused(&[("key.fields", "")]).contains("key.fields"));
    let twice = [("key.fields", "a,b"), ("value.fields", "x,x")];
    assert!(refused(&twice).contains("found `x` twice"));
}
