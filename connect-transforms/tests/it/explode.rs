//! `Explode`.

use connect_api::{ErrorKind, Record, Schema, SchemaAndValue, Struct, Value};

use crate::subject::{apply, build};

fn exploded(options: &[(&str, &str)], value: impl Into<SchemaAndValue>) -> Vec<Record> {
    let mut explode = build("explode", options).unwrap();
    apply(&mut *explode, Record::new("orders", value).with_key("k")).unwrap()
}

fn order(items: Value) -> Value {
    Value::map([("id", Value::from(7_i64)), ("items", items)])
}

#[test]
fn each_element_takes_the_place_of_the_array() {
    let records = exploded(&[("field", "items")], order(Value::array(["a", "b"])));
    let values: Vec<_> = records
        .iter()
        .map(|record| record.value.value.clone())
        .collect();
    assert_eq!(values, [order("a".into()), order("b".into())]);
    assert!(
        records
            .iter()
            .all(|record| record.key.value.as_str() == Some("k"))
    );
}

#[test]
fn each_element_may_be_the_value_itself_and_is_numbered() {
    let options = [
        ("field", "items"),
        ("output", "element"),
        ("index.header", "n"),
    ];
    let records = exploded(&options, order(Value::array(["a", "b"])));
    let values: Vec<_> = records
        .iter()
        .map(|record| record.value.value.clone())
        .collect();
    assert_eq!(values, ["a".into(), "b".into()]);
    let numbers = records
        .iter()
        .map(|record| record.headers.last("n").unwrap().value.clone());
    assert_eq!(
        numbers.collect::<Vec<_>>(),
        [Value::Int32(0), Value::Int32(1)]
    );
}

#[test]
fn the_schema_of_the_array_becomes_that_of_its_elements() {
    let items = Schema::array(Schema::plain_int32())
        .optional()
        .build()
        .unwrap();
    let schema = Schema::record("Order")
        .field("id", Schema::plain_int64())
        .field("items", items)
        .build()
        .unwrap();
    let whole = Struct::new(&schema)
        .and_then(|order| order.with("id", 7_i64))
        .and_then(|order| order.with("items", Value::array([1, 2])))
        .unwrap();
    let whole = SchemaAndValue::new(schema, whole);
    let records = exploded(&[("field", "items")], whole.clone());
    let expected = Schema::record("Order")
        .field("id", Schema::plain_int64())
        .field("items", Schema::plain_int32())
        .build()
        .unwrap();
    assert_eq!(records.len(), 2);
    for (record, n) in records.iter().zip(1..) {
        assert_eq!(record.value.schema, Some(expected.clone()));
        assert_eq!(record.value.value.get("items"), Some(&Value::Int32(n)));
        expected.check(&record.value.value).unwrap();
    }
    let elements = exploded(&[("field", "items"), ("output", "element")], whole);
    assert_eq!(
        elements[1].value,
        SchemaAndValue::new(Schema::plain_int32(), 2)
    );
}

#[test]
fn a_way_through_a_map_with_a_schema_leads_to_elements_alone() {
    let numbers = Schema::array(Schema::plain_int32()).build().unwrap();
    let lists = Schema::map(Schema::plain_string(), numbers)
        .build()
        .unwrap();
    let schema = Schema::record("Order")
        .field("lists", lists)
        .build()
        .unwrap();
    let lists = Value::map([("a", Value::array([1, 2])), ("b", Value::array([3]))]);
    let order = Struct::new(&schema).unwrap().with("lists", lists).unwrap();
    let order = SchemaAndValue::new(schema, order);
    let options = [("field", "lists.a"), ("field.syntax.version", "V2")];
    let mut explode = build("explode", &options).unwrap();
    let error = apply(&mut *explode, Record::new("orders", order.clone())).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Rejected);
    assert_eq!(
        error.to_string(),
        "exploding `lists.a`: expected structs on the way, found Schema{MAP}: one entry cannot get another schema than \
         the others, use output=element"
    );
    let options = [options[0], options[1], ("output", "element")];
    let values = exploded(&options, order).into_iter();
    let values: Vec<_> = values.map(|record| record.value).collect();
    let number = |n: i32| SchemaAndValue::new(Schema::plain_int32(), n);
    assert_eq!(values, [number(1), number(2)]);
}

#[test]
fn the_default_of_a_null_array_is_exploded() {
    let items = Schema::array(Schema::plain_int32()).optional();
    let items = items.default_value(Value::array([1, 2])).build().unwrap();
    let schema = Schema::record("Order")
        .field("items", items)
        .build()
        .unwrap();
    let order = Struct::new(&schema).unwrap();
    let records = exploded(&[("field", "items")], SchemaAndValue::new(schema, order));
    let values = records
        .iter()
        .map(|record| record.value.value.get("items").cloned());
    let values: Vec<_> = values.collect();
    assert_eq!(values, [Some(1.into()), Some(2.into())]);
}

#[test]
fn elements_of_a_value_that_is_not_of_its_schema_are_not_lost() {
    let schema = Schema::record("Order").build().unwrap();
    let datum = SchemaAndValue::new(schema, order(Value::array([1, 2])));
    let mut explode = build("explode", &[("field", "items")]).unwrap();
    let error = apply(&mut *explode, Record::new("orders", datum)).unwrap_err();
    assert_eq!(
        error.to_string(),
        "exploding `items`: with a schema expected a struct, found map"
    );
}

#[test]
fn a_nested_array_is_named_by_its_path() {
    let value = Value::map([("order", order(Value::array([1, 2])))]);
    let options = [("field", "order.items"), ("field.syntax.version", "V2")];
    let records = exploded(&options, value);
    let second = Value::map([("order", order(2.into()))]);
    assert_eq!(records[1].value.value, second);
}

#[test]
fn without_elements_a_record_is_dropped_kept_or_refused() {
    for empty in [
        order(Value::Null),
        order(Value::array(Vec::<Value>::new())),
        Value::map([("id", 7)]),
        Value::Null,
    ] {
        let options = [("field", "items")];
        assert!(exploded(&options, empty.clone()).is_empty());
        let options = [("field", "items"), ("empty.behavior", "keep")];
        assert_eq!(exploded(&options, empty.clone())[0].value.value, empty);
        let mut explode =
            build("explode", &[("field", "items"), ("empty.behavior", "fail")]).unwrap();
        let error = apply(&mut *explode, Record::new("orders", empty)).unwrap_err();
        assert!(
            error
                .to_string()
                .starts_with("exploding `items`: expected elements, found "),
            "{error}"
        );
    }
}

#[test]
fn what_is_no_array_is_refused() {
    let mut explode = build("explode", &[("field", "id")]).unwrap();
    let error = apply(&mut *explode, Record::new("orders", order(Value::Null))).unwrap_err();
    assert_eq!(
        error.to_string(),
        "exploding `id`: expected an array, found int64"
    );
    let options = [("field", "a[*].b"), ("field.syntax.version", "V2")];
    assert!(
        build("explode", &options)
            .err()
            .unwrap()
            .to_string()
            .contains("field")
    );
}
