//! What stands inside of maps and arrays with a schema, edited where it is.

use connect_api::{Schema, SchemaAndValue, Struct, Value};

use crate::subject::{rejection, transformed};

const V2: (&str, &str) = ("field.syntax.version", "V2");

/// A schema with one field.
fn around(name: &str, schema: Schema) -> Schema {
    let builder = Schema::record("Whole").field(name, schema);
    builder.build().unwrap()
}

/// A struct with one field.
fn whole(schema: &Schema, field: impl Into<Value>) -> SchemaAndValue {
    let value = Struct::from_values(schema, vec![field.into()]).unwrap();
    value.check().unwrap();
    SchemaAndValue::new(schema.clone(), value)
}

fn labels(schema: Schema) -> Schema {
    let map = Schema::map(Schema::plain_string(), schema);
    around("labels", map.build().unwrap())
}

fn texts(entries: [(&str, &str); 2]) -> SchemaAndValue {
    whole(&labels(Schema::plain_string()), Value::map(entries))
}

#[test]
fn an_entry_of_a_map_is_edited_and_those_beside_it_stay() {
    let hash = "a9993e364706816aba3e25717850c26c9cd0d89d";
    for (name, options, expected) in [
        ("mask-field-value", vec![("fields", "labels.card"), V2], ""),
        (
            "mask-field-value",
            vec![("fields", "labels.card"), ("replacement", "x"), V2],
            "x",
        ),
        (
            "case-transform-value",
            vec![("field.names", "labels.card"), ("case", "upper"), V2],
            "ABC",
        ),
        (
            "hash-value",
            vec![("field.name", "labels.card"), ("function", "sha1"), V2],
            hash,
        ),
        (
            "cast-value",
            vec![("spec", "labels.card:string"), V2],
            "abc",
        ),
    ] {
        let found = transformed(name, &options, texts([("card", "abc"), ("b", "abc")])).unwrap();
        assert_eq!(found, texts([("card", expected), ("b", "abc")]), "{name}");
        let others = || texts([("a", "abc"), ("b", "abc")]);
        let found = transformed(name, &options, others());
        match name {
            "hash-value" => assert!(found.is_err(), "what is missing cannot be hashed"),
            _ => assert_eq!(found.unwrap(), others(), "{name}"),
        }
    }
}

#[test]
fn an_entry_that_would_get_another_schema_is_refused() {
    let one_of_many = "an entry of a map cannot get another schema than the others";
    let times = || texts([("at", "1970-01-01T00:00:00"), ("b", "c")]);
    for (name, options) in [
        ("string-to-date-time", [("field", "labels.at"), V2]),
        ("cast-value", [("spec", "labels.at:int8"), V2]),
    ] {
        assert_eq!(
            rejection(name, &options, times()),
            format!("field `labels`: field `at`: {one_of_many}")
        );
    }
    let options = [
        ("field", "labels.at"),
        ("target.type", "unix"),
        ("format", "yyyy-MM-dd'T'HH:mm:ss"),
        V2,
    ];
    assert!(rejection("timestamp-converter-value", &options, times()).ends_with(one_of_many));
    let numbers = || whole(&labels(Schema::plain_int32()), Value::map([("n", 1)]));
    let options = [("field.name", "labels.n"), ("function", "sha1"), V2];
    assert_eq!(
        rejection("hash-value", &options, numbers()),
        "hashing the value: field `labels`: field `n`: expected a schema of type string, found int32"
    );
}

#[test]
fn what_is_inside_of_an_entry_is_edited_by_its_path() {
    let user = around("name", Schema::plain_string());
    let users = |name: &str| {
        let user = |name: &str| whole(&user, name).value;
        let entries = [("a", user(name)), ("b", user("Bo"))];
        whole(
            &labels(user("").as_struct().unwrap().schema().clone()),
            Value::map(entries),
        )
    };
    let options = [("field.names", "labels.a.name"), ("case", "upper"), V2];
    let found = transformed("case-transform-value", &options, users("Ann")).unwrap();
    assert_eq!(found, users("ANN"));
    let options = [("spec", "labels.a.name:int8"), V2];
    let refused = rejection("cast-value", &options, users("7"));
    assert!(
        refused.starts_with("field `labels`: field `a`: an entry"),
        "{refused}"
    );
}

#[test]
fn a_map_that_is_the_whole_value_changes_its_case_inside_too() {
    let name = around("name", Schema::plain_string());
    let schema = Schema::map(Schema::plain_string(), name.clone());
    let schema = schema.build().unwrap();
    let users = |text: &str| {
        let entries = [("a", whole(&name, text).value)];
        SchemaAndValue::new(schema.clone(), Value::map(entries))
    };
    let options = [("field.names", "a.name"), ("case", "upper"), V2];
    let found = transformed("case-transform-value", &options, users("Ann")).unwrap();
    assert_eq!(found, users("ANN"));
}

#[test]
fn each_element_that_is_named_is_edited() {
    let schema = Schema::array(Schema::plain_string()).build().unwrap();
    let cards = |cards: [&str; 3]| whole(&around("cards", schema.clone()), Value::array(cards));
    let options = [("fields", "cards[0],cards[2],cards[7]"), V2];
    let found = transformed("mask-field-value", &options, cards(["1", "2", "3"])).unwrap();
    assert_eq!(found, cards(["", "2", ""]));
    let refused = rejection(
        "cast-value",
        &[("spec", "cards[0]:int8"), V2],
        cards(["1", "2", "3"]),
    );
    assert_eq!(
        refused,
        "field `cards`: element 0: one element cannot get another schema than the others: name them all with [*]"
    );
}

#[test]
fn the_default_of_an_array_is_edited_like_its_values() {
    let item = |schema: Schema| around("n", schema);
    let list = |item: &Schema, default: Option<Value>| {
        let schema = Schema::array(item.clone());
        let schema = match default {
            Some(default) => schema.default_value(Value::array([whole(item, default).value])),
            None => schema,
        };
        around("list", schema.build().unwrap())
    };
    let numbers = item(Schema::plain_int32());
    let texts = item(Schema::plain_string());
    let value = || {
        let elements = Value::array([whole(&numbers, 5).value]);
        whole(&list(&numbers, Some(7.into())), elements)
    };
    let found = transformed("cast-value", &[("spec", "list[*].n:string"), V2], value()).unwrap();
    let elements = Value::array([whole(&texts, "5").value]);
    assert_eq!(found, whole(&list(&texts, Some("7".into())), elements));
    let options = [("fields", "list[*].n"), ("replacement", "1"), V2];
    let found = transformed("mask-field-value", &options, value()).unwrap();
    let elements = Value::array([whole(&numbers, 1).value]);
    assert_eq!(found, whole(&list(&numbers, Some(1.into())), elements));
    let options = [("spec", "list[*].m:string"), V2];
    assert_eq!(
        transformed("cast-value", &options, value()).unwrap(),
        value()
    );
}

#[test]
fn a_schema_that_stays_as_it_is_stays_the_same_one() {
    let schema = around("card", Schema::plain_string());
    let masked = transformed(
        "mask-field-value",
        &[("fields", "card")],
        whole(&schema, "1"),
    );
    assert!(masked.unwrap().schema.unwrap().is_same(&schema));
}
