//! `Flatten`.

use connect_api::{Decimal, Record, Schema, SchemaAndValue, Struct, Value};

use crate::subject::{build, changed, rejection, transformed};

const NAME: &str = "org.apache.kafka.connect.transforms.Flatten$Value";

#[test]
fn nested_maps_come_to_the_top() {
    let inner = Value::map([("b", Value::from(1)), ("c", Value::array([1, 2]))]);
    let empty = Value::map(Vec::<(Value, Value)>::new());
    let nested = Value::map([
        ("x", Value::from("y")),
        ("a", inner),
        ("none", empty),
        ("null", Value::Null),
    ]);
    let flat = transformed(NAME, &[], nested.clone()).unwrap();
    let expected = |names: [&'static str; 4]| {
        let values = ["y".into(), 1.into(), Value::array([1, 2]), Value::Null];
        SchemaAndValue::from(Value::map(names.into_iter().zip(values)))
    };
    assert_eq!(flat, expected(["x", "a.b", "a.c", "null"]));
    let flat = transformed(NAME, &[("delimiter", "_")], nested).unwrap();
    assert_eq!(flat, expected(["x", "a_b", "a_c", "null"]));
}

#[test]
fn of_two_entries_with_one_name_the_later_counts() {
    let nested = Value::map([("a.b", Value::from(1)), ("a", Value::map([("b", 2)]))]);
    let flat = transformed(NAME, &[], nested).unwrap();
    assert_eq!(flat.value, Value::map([("a.b", 2)]));
}

/// `{id, customer {name, age = 18, address {city}}}`, where the customer may be missing.
fn order() -> (Schema, Schema, Schema) {
    let address = Schema::structure()
        .field("city", Schema::plain_string())
        .build()
        .unwrap();
    let customer = Schema::structure()
        .optional()
        .field("name", Schema::optional_string())
        .field("age", Schema::int32().default_value(18).build().unwrap())
        .field("address", address.clone())
        .build()
        .unwrap();
    let order = Schema::record("Order")
        .version(2)
        .field("id", Schema::plain_int32())
        .field("customer", customer.clone())
        .build()
        .unwrap();
    (order, customer, address)
}

fn flat() -> Schema {
    let age = Schema::int32()
        .optional()
        .default_value(18)
        .build()
        .unwrap();
    Schema::record("Order")
        .version(2)
        .field("id", Schema::plain_int32())
        .field("customer.name", Schema::optional_string())
        .field("customer.age", age)
        .field("customer.address.city", Schema::optional_string())
        .build()
        .unwrap()
}

#[test]
fn nested_structs_come_to_the_top_and_are_optional_where_something_around_them_is() {
    let (order, customer, address) = order();
    let address = Struct::new(&address)
        .unwrap()
        .with("city", "Paris")
        .unwrap();
    let customer = Struct::new(&customer)
        .unwrap()
        .with("address", address)
        .unwrap();
    let order = Struct::new(&order)
        .and_then(|order| order.with("id", 7))
        .unwrap();
    let full = order.clone().with("customer", customer).unwrap();
    let values = vec![7.into(), Value::Null, 18.into(), "Paris".into()];
    let expected = Struct::from_values(&flat(), values).unwrap();
    assert_eq!(transformed(NAME, &[], full).unwrap(), expected.into());
    let values = vec![7.into(), Value::Null, Value::Null, Value::Null];
    let expected = Struct::from_values(&flat(), values).unwrap();
    assert_eq!(transformed(NAME, &[], order).unwrap(), expected.into());
}

#[test]
fn an_optional_struct_stays_so_but_for_java() {
    let schema = Schema::structure()
        .optional()
        .field("id", Schema::plain_int32());
    let order = || {
        Struct::new(&schema.clone().build().unwrap())
            .unwrap()
            .with("id", 7)
            .unwrap()
    };
    let found = |options| transformed(NAME, options, order()).unwrap().schema.unwrap();
    let flat = found(&[]);
    assert!(flat.is_optional());
    assert!(flat.field("id").unwrap().schema().is_optional());
    let flat = found(&[("compat.java", "true")]);
    assert!(!flat.is_optional());
    assert!(flat.field("id").unwrap().schema().is_optional());
}

#[test]
fn a_null_goes_on_as_it_is() {
    let null = SchemaAndValue::new(order().0, Value::Null);
    assert_eq!(transformed(NAME, &[], null.clone()).unwrap(), null);
    let tombstone = Record::tombstone("topic", Value::map([("a", Value::map([("b", 1)]))]));
    let record = changed("flatten-key", &[], tombstone).unwrap();
    assert_eq!(record, Record::tombstone("topic", Value::map([("a.b", 1)])));
}

#[test]
fn what_cannot_be_flattened_is_refused() {
    assert_eq!(
        rejection(NAME, &[], 7),
        "flattening: without a schema expected a map, found int32"
    );
    let map = Schema::map(Schema::plain_string(), Schema::plain_int32())
        .build()
        .unwrap();
    let inner = Schema::structure().field("m", map).build().unwrap();
    let schema = Schema::structure().field("a", inner).build().unwrap();
    assert_eq!(
        rejection(NAME, &[], Struct::new(&schema).unwrap()),
        "flattening: field `a.m`: a map that has a schema cannot be flattened"
    );
    let inner = Schema::structure()
        .field("b", Schema::plain_int32())
        .build()
        .unwrap();
    let schema = Schema::structure()
        .field("a", inner)
        .field("a.b", Schema::plain_int32())
        .build()
        .unwrap();
    let message = rejection(NAME, &[], Struct::new(&schema).unwrap());
    assert!(
        message.contains("field `a.b` is already there"),
        "{message}"
    );
    let keyed = Value::map([(Value::from(1), 2)]);
    assert_eq!(
        rejection(NAME, &[], keyed),
        "flattening: expected the name of a field, found int32"
    );
}

#[test]
fn logical_values_without_a_schema_are_kept_but_for_java() {
    let map = Value::map([("price", Decimal::new(5, 1))]);
    assert_eq!(transformed(NAME, &[], map.clone()).unwrap().value, map);
    assert_eq!(
        rejection(NAME, &[("compat.java", "true")], map),
        "flattening: field `price`: without a schema expected a plain type, found decimal"
    );
}

#[test]
fn unknown_options_are_refused_under_the_own_name() {
    let error = build("flatten-value", &[("delimeter", "_")]).err().unwrap();
    assert!(
        error.to_string().contains("did you mean \"delimiter\"?"),
        "{error}"
    );
}
