//! `ExtractField`.

use connect_api::{Record, Schema, SchemaAndValue, Struct, Value};

use crate::subject::{changed, refusal, rejection, transformed};

const NAME: &str = "org.apache.kafka.connect.transforms.ExtractField$Value";

/// `{id, note with a default, customer {name}, or none, items [{price}]}`
fn order() -> Schema {
    let customer = Schema::structure()
        .optional()
        .field("name", Schema::plain_string())
        .build()
        .unwrap();
    let item = Schema::structure()
        .field("price", Schema::plain_int64())
        .build()
        .unwrap();
    let note = Schema::string()
        .optional()
        .default_value("none")
        .build()
        .unwrap();
    Schema::record("Order")
        .optional()
        .field("id", Schema::plain_int32())
        .field("note", note)
        .field("customer", customer)
        .field("items", Schema::array(item).build().unwrap())
        .build()
        .unwrap()
}

fn an_order() -> SchemaAndValue {
    let schema = order();
    let inner = |name: &str| schema.field(name).unwrap().schema().clone();
    let customer = Struct::new(&inner("customer"))
        .unwrap()
        .with("name", "Ada")
        .unwrap();
    let item = inner("items").value_schema().unwrap().clone();
    let item = |price: i64| Struct::new(&item).unwrap().with("price", price).unwrap();
    let order = Struct::new(&schema)
        .and_then(|order| order.with("id", 7))
        .and_then(|order| order.with("customer", customer))
        .and_then(|order| order.with("items", Value::array([item(5), item(6)])))
        .unwrap();
    order.into()
}

fn extracted(field: &str, more: &[(&str, &str)], value: SchemaAndValue) -> SchemaAndValue {
    let options = [&[("field", field)], more].concat();
    transformed(NAME, &options, value).unwrap()
}

const V2: (&str, &str) = ("field.syntax.version", "V2");

#[test]
fn a_field_takes_the_place_of_the_whole_with_its_schema() {
    let expected = SchemaAndValue::new(Schema::plain_int32(), 7);
    assert_eq!(extracted("id", &[], an_order()), expected);
    let map = Value::map([("id", 7)]);
    assert_eq!(extracted("id", &[], map.into()), 7.into());
}

#[test]
fn the_key_is_another_transform() {
    let record = Record::new("topic", "value").with_key(Value::map([("id", 7)]));
    let options = [("field", "id")];
    let record = changed("extract-field-key", &options, record).unwrap();
    assert_eq!(record, Record::new("topic", "value").with_key(7));
}

#[test]
fn a_null_stays_null_with_the_schema_of_the_field() {
    let null = SchemaAndValue::new(order(), Value::Null);
    let found = extracted("id", &[], null);
    assert_eq!(
        found,
        SchemaAndValue::new(Schema::plain_int32(), Value::Null)
    );
    assert_eq!(
        extracted("id", &[], SchemaAndValue::NULL),
        SchemaAndValue::NULL
    );
}

#[test]
fn a_null_field_counts_as_its_default_or_not() {
    let found = extracted("note", &[], an_order());
    assert_eq!(found.value, "none".into());
    let found = extracted(
        "note",
        &[("replace.null.with.default", "false")],
        an_order(),
    );
    assert_eq!(found.value, Value::Null);
}

#[test]
fn a_missing_field_is_null_without_a_schema_and_refused_with_one() {
    let map = Value::map([("id", 7)]);
    assert_eq!(extracted("other", &[], map.into()), SchemaAndValue::NULL);
    for value in [an_order(), SchemaAndValue::new(order(), Value::Null)] {
        assert_eq!(
            rejection(NAME, &[("field", "other")], value),
            "extracting a field: expected a field `other` in Schema{Order:STRUCT}, found none"
        );
    }
}

#[test]
fn what_is_no_map_and_no_struct_is_refused() {
    assert_eq!(
        rejection(NAME, &[("field", "id")], 7),
        "extracting a field `id`: without a schema expected a map, found int32"
    );
    assert_eq!(
        rejection(
            NAME,
            &[("field", "id")],
            SchemaAndValue::new(Schema::plain_int32(), 7)
        ),
        "extracting a field `id`: with a schema expected a struct, found int32"
    );
    let map = Value::map([("a", 7)]);
    assert_eq!(
        rejection(NAME, &[("field", "a.b"), V2], map),
        "extracting a field `a.b`: on the way there expected a map, found int32"
    );
}

#[test]
fn a_nested_field_is_found_by_its_path() {
    let found = extracted("customer.name", &[V2], an_order());
    assert_eq!(found, SchemaAndValue::new(Schema::optional_string(), "Ada"));
    let prices = Value::array([5i64, 6]);
    let found = extracted("items[*].price", &[V2], an_order());
    let schema = Schema::array(Schema::plain_int64()).build().unwrap();
    assert_eq!(found, SchemaAndValue::new(schema, prices.clone()));
    let found = extracted("items[1].price", &[V2], an_order());
    assert_eq!(found, SchemaAndValue::new(Schema::optional_int64(), 6i64));
    let found = extracted("items[9].price", &[V2], an_order());
    assert_eq!(found.value, Value::Null);
    let map = |price: i64| Value::map([("price", price)]);
    let order = Value::map([("items", Value::array([map(5), map(6)]))]);
    assert_eq!(
        extracted("items[*].price", &[V2], order.clone().into()).value,
        prices
    );
    assert_eq!(extracted("a.b", &[V2], order.into()).value, Value::Null);
}

#[test]
fn a_field_in_something_optional_is_optional_but_for_java() {
    let nobody = {
        let Value::Struct(order) = an_order().value else {
            unreachable!()
        };
        SchemaAndValue::from(order.with("customer", Value::Null).unwrap())
    };
    let found = extracted("customer.name", &[V2], nobody.clone());
    assert_eq!(
        found,
        SchemaAndValue::new(Schema::optional_string(), Value::Null)
    );
    let found = extracted("customer.name", &[V2, ("compat.java", "true")], nobody);
    assert_eq!(
        found,
        SchemaAndValue::new(Schema::plain_string(), Value::Null)
    );
}

#[test]
fn the_field_must_be_named() {
    assert_eq!(refusal(NAME, &[]).0, "field");
    assert_eq!(refusal(NAME, &[("field", "`a"), V2]).0, "field");
    assert_eq!(
        refusal(NAME, &[("field", "a"), ("field.syntax.version", "V3")]).0,
        "field.syntax.version"
    );
}
