//! `CaseTransform`.

use connect_api::{Schema, SchemaAndValue, Struct, Value};

use crate::subject::{build, transformed};

const NAME: &str = "io.aiven.kafka.connect.transforms.CaseTransform$Value";

fn person() -> SchemaAndValue {
    let schema = Schema::record("Person")
        .optional()
        .field("name", Schema::plain_string())
        .field("age", Schema::plain_int32())
        .field(
            "nick",
            Schema::string()
                .optional()
                .default_value("none")
                .build()
                .unwrap(),
        )
        .build()
        .unwrap();
    let person = Struct::new(&schema)
        .and_then(|person| person.with("name", "Ståle ß"))
        .and_then(|person| person.with("age", 7))
        .unwrap();
    SchemaAndValue::new(schema, person)
}

#[test]
fn text_changes_and_nothing_else() {
    let options = [("field.names", "name, age,nick, other"), ("case", "upper")];
    let found = transformed(NAME, &options, person()).unwrap();
    assert_eq!(found.schema, person().schema);
    let fields = found.value.as_struct().unwrap();
    assert_eq!(fields.values(), &["STÅLE SS".into(), 7.into(), Value::Null]);
    let map = Value::map([
        ("a", Value::from("AbC")),
        ("b", 7.into()),
        ("c", Value::Null),
    ]);
    let options = [("field.names", "a,b,c,d"), ("case", "lower")];
    let found = transformed(NAME, &options, map).unwrap().value;
    let expected = Value::map([
        ("a", Value::from("abc")),
        ("b", 7.into()),
        ("c", Value::Null),
    ]);
    assert_eq!(found, expected);
}

#[test]
fn javas_maps_get_texts_and_nulls() {
    let map = Value::map([("a", Value::from(true)), ("b", Value::array(["x"]))]);
    let options = [
        ("field.names", "a,b,c"),
        ("case", "upper"),
        ("compat.java", "true"),
    ];
    let found = transformed(NAME, &options, map).unwrap().value;
    let expected = Value::map([
        ("a", Value::from("TRUE")),
        ("b", "[X]".into()),
        ("c", Value::Null),
    ]);
    assert_eq!(found, expected);
    let options = [("field.names", "name"), options[1], options[2]];
    let found = transformed(NAME, &options, person()).unwrap().value;
    let nick = found.as_struct().unwrap().get_without_default("nick");
    assert_eq!(nick, Some(&"none".into()));
}

#[test]
fn nested_text_is_found_by_its_path() {
    let options = [
        ("field.names", "items[*].name"),
        ("case", "upper"),
        ("field.syntax.version", "V2"),
    ];
    let items = |one, two| {
        Value::map([(
            "items",
            Value::array([Value::map([("name", one)]), Value::map([("name", two)])]),
        )])
    };
    let found = transformed(NAME, &options, items("a", "b")).unwrap();
    assert_eq!(found.value, items("A", "B"));
}

#[test]
fn a_map_may_have_a_schema() {
    let schema = Schema::map(Schema::plain_string(), Schema::plain_string())
        .build()
        .unwrap();
    let datum = |text| SchemaAndValue::new(schema.clone(), Value::map([("a", text)]));
    let options = [("field.names", "a"), ("case", "upper")];
    assert_eq!(transformed(NAME, &options, datum("x")).unwrap(), datum("X"));
}

#[test]
fn what_has_no_fields_is_refused() {
    let options = [("field.names", "a"), ("case", "upper")];
    let refused = |value: Value| transformed(NAME, &options, value).unwrap_err().to_string();
    assert_eq!(
        refused(Value::Null),
        "changing the case: expected a value, found null"
    );
    assert_eq!(
        refused("text".into()),
        "changing the case: expected a map or a struct, found string"
    );
    let refused = |options| build(NAME, options).err().unwrap().to_string();
    assert!(refused(&[("case", "upper")]).contains("field.names"));
    assert!(refused(&[("field.names", ""), ("case", "upper")]).contains("field.names"));
    assert!(refused(&[("field.names", "a"), ("case", "title")]).contains("lower, upper"));
}
