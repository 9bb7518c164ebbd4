//! `ConcatFields`.

use connect_api::{Decimal, Schema, SchemaAndValue, Struct, Value};

use crate::subject::{build, transformed};

const NAME: &str = "io.aiven.kafka.connect.transforms.ConcatFields$Value";

const OPTIONS: [(&str, &str); 4] = [
    ("field.names", "test,foo,price,age"),
    ("output.field.name", "combined"),
    ("delimiter", "-"),
    ("field.replace.missing", "*"),
];

fn schema(more: &[&str]) -> Schema {
    let mut schema = Schema::record("Row")
        .version(3)
        .field(
            "foo",
            Schema::string().default_value("bar").build().unwrap(),
        )
        .field("price", Schema::decimal(2).build().unwrap())
        .field("age", Schema::optional_int32());
    for name in more {
        schema = schema.field(*name, Schema::optional_string());
    }
    schema.build().unwrap()
}

fn row() -> SchemaAndValue {
    let row = Struct::new(&schema(&[]))
        .and_then(|row| row.with("price", Decimal::new(1999, 2)))
        .unwrap();
    SchemaAndValue::new(schema(&[]), row)
}

#[test]
fn fields_are_joined_in_a_field_of_their_own() {
    let found = transformed(NAME, &OPTIONS, row()).unwrap();
    assert_eq!(found.schema, Some(schema(&["combined"])));
    let fields = found.value.as_struct().unwrap();
    assert_eq!(fields.schema(), &schema(&["combined"]));
    let price = Value::from(Decimal::new(1999, 2));
    let expected = [Value::Null, price, Value::Null, "*-bar-19.99-*".into()];
    assert_eq!(fields.values(), &expected);
    let map = Value::map([("age", Value::from(1.5)), ("test", true.into())]);
    let found = transformed(NAME, &OPTIONS, map).unwrap().value;
    assert_eq!(found.get("combined"), Some(&"true-*-*-1.5".into()));
}

#[test]
fn without_options_nothing_stands_between_and_for_what_is_missing() {
    let options = [("field.names", "a,b,c"), ("output.field.name", "a")];
    let map = Value::map([("a", Value::from("x")), ("c", "y".into())]);
    let found = transformed(NAME, &options, map).unwrap().value;
    assert_eq!(found, Value::map([("a", "xy"), ("c", "y")]));
}

#[test]
fn a_field_that_is_there_is_replaced_but_not_in_java() {
    let options = [("field.names", "foo,price"), ("output.field.name", "price")];
    let found = transformed(NAME, &options, row()).unwrap();
    let price = found.schema.as_ref().unwrap().field("price").unwrap();
    assert_eq!(price.schema(), &Schema::optional_string());
    assert_eq!(found.value.get("price"), Some(&"bar19.99".into()));
    let java = [options[0], options[1], ("compat.java", "true")];
    let error = transformed(NAME, &java, row()).unwrap_err();
    assert_eq!(
        error.to_string(),
        "joining fields: expected no field `price` yet"
    );
}

#[test]
fn java_loses_what_the_schema_says_and_makes_nulls_defaults() {
    let mut options = OPTIONS.to_vec();
    options.push(("compat.java", "true"));
    let found = transformed(NAME, &options, row()).unwrap();
    let found_schema = found.schema.unwrap();
    assert_eq!((found_schema.name(), found_schema.version()), (None, None));
    let fields = found.value.as_struct().unwrap();
    assert_eq!(fields.values()[0], "bar".into());
    assert_eq!(fields.get("combined"), Some(&"*-bar-19.99-*".into()));
}

#[test]
fn nested_fields_are_named_by_their_path() {
    let options = [
        ("field.names", "a.b,list[1]"),
        ("output.field.name", "a.b"),
        ("field.syntax.version", "V2"),
        ("delimiter", "/"),
    ];
    let map = Value::map([
        ("a", Value::map([("b", "x")])),
        ("list", Value::array([1, 2])),
    ]);
    let found = transformed(NAME, &options, map).unwrap().value;
    assert_eq!(found.get("a.b"), Some(&"x/2".into()));
}

#[test]
fn what_has_no_fields_is_refused() {
    let refused = |value: Value| transformed(NAME, &OPTIONS, value).unwrap_err().to_string();
    assert_eq!(
        refused(Value::Null),
        "joining fields: expected a value, found null"
    );
    assert_eq!(
        refused(7.into()),
        "joining fields: expected a struct, or a map without a schema, found int32"
    );
    assert_eq!(
        refused(Value::map([("age", vec![1u8])])),
        "joining fields: field `age`: expected something that has a text form, found bytes"
    );
    let refused = |options| build(NAME, options).err().unwrap().to_string();
    assert!(refused(&[("output.field.name", "a"), ("field.names", "")]).contains("field.names"));
    assert!(
        refused(&[("output.field.name", ""), ("field.names", "a")]).contains("output.field.name")
    );
}
