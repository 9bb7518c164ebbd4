//! `MaskField`.

use connect_api::{Decimal, Schema, SchemaAndValue, Struct, Value};

use crate::subject::{build, transformed};

const NAME: &str = "org.apache.kafka.connect.transforms.MaskField$Value";

fn order() -> SchemaAndValue {
    let schema = Schema::record("Order")
        .field("id", Schema::plain_int32())
        .field("card", Schema::optional_string())
        .field("price", Schema::decimal(2).build().unwrap())
        .build()
        .unwrap();
    let order = Struct::new(&schema)
        .and_then(|order| order.with("id", 7))
        .and_then(|order| order.with("card", "4111"))
        .and_then(|order| order.with("price", Decimal::new(1999, 2)))
        .unwrap();
    SchemaAndValue::new(schema, order)
}

#[test]
fn a_masked_field_holds_nothing_of_its_type() {
    let masked = transformed(NAME, &[("fields", "card,price,other")], order()).unwrap();
    assert_eq!(masked.schema, order().schema);
    let masked = masked.value;
    assert_eq!(masked.get("id"), Some(&7.into()));
    assert_eq!(masked.get("card"), Some(&"".into()));
    assert_eq!(masked.get("price"), Some(&Decimal::new(0, 2).into()));
}

#[test]
fn a_replacement_is_read_as_the_type_of_the_field() {
    let options = [("fields", "id,card,price"), ("replacement", "12")];
    let masked = transformed(NAME, &options, order()).unwrap().value;
    assert_eq!(masked.get("id"), Some(&12.into()));
    assert_eq!(masked.get("card"), Some(&"12".into()));
    assert_eq!(masked.get("price"), Some(&Decimal::new(1200, 2).into()));
    let error = transformed(NAME, &[("fields", "id"), ("replacement", "x")], order()).unwrap_err();
    assert_eq!(
        error.to_string(),
        "field `id`: expected a replacement of type int32, found `x`"
    );
}

#[test]
fn what_is_not_there_is_not_added_unless_java_is_asked_for() {
    let map = || Value::map([("a", 1)]);
    let options = [("fields", "a,b")];
    let masked = transformed(NAME, &options, map()).unwrap();
    assert_eq!(masked.value, Value::map([("a", 0)]));
    let options = [("fields", "a,b"), ("compat.java", "true")];
    let masked = transformed(NAME, &options, map()).unwrap();
    assert_eq!(
        masked.value,
        Value::map([("a", Value::from(0)), ("b", Value::Null)])
    );
}

#[test]
fn fields_inside_of_others_are_masked_by_their_path() {
    let options = [
        ("fields", "items[*].price,a.b"),
        ("field.syntax.version", "v2"),
    ];
    let item = |price: i64| Value::map([("price", price)]);
    let order = |one, two, b: &str| {
        Value::map([
            ("items", Value::array([item(one), item(two)])),
            ("a", Value::map([("b", b)])),
        ])
    };
    let masked = transformed(NAME, &options, order(5, 6, "x")).unwrap();
    assert_eq!(masked.value, order(0, 0, ""));
}

#[test]
fn options_that_name_nothing_are_refused() {
    let refused = |options| build(NAME, options).err().unwrap().to_string();
    assert!(refused(&[]).contains("fields"));
    assert!(refused(&[("fields", "")]).contains("fields"));
    assert!(refused(&[("fields", "a"), ("replacement", "")]).contains("replacement"));
}

#[test]
fn javas_dialect_copies_every_field_even_if_none_is_masked() {
    let defaulted = Schema::int32().default_value(5).build().unwrap();
    let schema = Schema::structure().field("a", defaulted).build().unwrap();
    let order = Struct::from_values(&schema, vec![Value::Null]).unwrap();
    let masked = |options: &[(&str, &str)]| {
        let options = [&[("fields", "b")], options].concat();
        transformed(NAME, &options, order.clone())
    };
    let first = |masked: SchemaAndValue| masked.value.as_struct().unwrap().values()[0].clone();
    let java = ("compat.java", "true");
    assert_eq!(first(masked(&[]).unwrap()), Value::Null);
    assert_eq!(first(masked(&[java]).unwrap()), Value::Int32(5));
    let kept = ("replace.null.with.default", "false");
    assert_eq!(first(masked(&[kept]).unwrap()), Value::Null);
    assert_eq!(
        masked(&[kept, java]).unwrap_err().to_string(),
        "field `a`: expected a value, found null"
    );
}
