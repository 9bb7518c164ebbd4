//! `Cast`.

use connect_api::{Bytes, Decimal, Schema, SchemaAndValue, Struct, Value};

use crate::subject::{build, transformed};

const NAME: &str = "org.apache.kafka.connect.transforms.Cast$Value";

#[track_caller]
fn check(spec: &str, value: impl Into<Value>, expected: impl Into<Value>) {
    let cast = transformed(NAME, &[("spec", spec)], value.into()).unwrap();
    assert_eq!(cast.value, expected.into(), "{spec}");
}

#[track_caller]
fn check_java(spec: &str, value: impl Into<Value>, expected: impl Into<Value>) {
    let options = [("spec", spec), ("compat.java", "true")];
    let cast = transformed(NAME, &options, value.into()).unwrap();
    assert_eq!(cast.value, expected.into(), "{spec}");
}

#[track_caller]
fn refused(spec: &str, value: impl Into<Value>) -> String {
    let error = transformed(NAME, &[("spec", spec)], value.into());
    error.unwrap_err().to_string()
}

#[test]
fn numbers_booleans_and_text_become_each_other() {
    check("int8", 7_i64, 7_i8);
    check("int16", 1.9, 1_i16);
    check("int32", true, 1);
    check("int64", "-12", -12_i64);
    check("float32", 3, 3.0_f32);
    check("float64", " 1.5f ", 1.5);
    check("boolean", 0.5, false);
    check("boolean", -3_i8, true);
    check("boolean", "TRUE", true);
    check("string", 1e10, "1.0E10");
    check("string", true, "true");
    check("string", Bytes::from_static(&[1, 2]), "AQI=");
    check("int32", Decimal::new(12_999, 3), 12);
    check("string", Value::Timestamp(0), "00:00:00.000Z");
    check("string", Value::Date(1), "1970-01-02");
    check("int64", Value::Timestamp(5), 5_i64);
    check("INT8", 1, 1_i8);
}

#[test]
fn numbers_that_do_not_fit_are_refused_and_wrap_in_java() {
    assert_eq!(refused("int8", 300), "expected a number of int8, found 300");
    assert_eq!(
        refused("int32", 1e20),
        "expected a number of int32, found 1.0E20"
    );
    refused("int64", 1e19);
    refused("int32", f64::NAN);
    refused("float32", 1e300);
    refused("int64", Decimal::new(1_i64 << 62, -10));
    check_java("int8", 300, 44_i8);
    check_java("int32", 1e20, i32::MAX);
    check_java("int8", 1e20, -1_i8);
    check_java("int64", f64::NAN, 0_i64);
    check_java("float32", 1e300, f32::INFINITY);
}

#[test]
fn a_decimal_beyond_all_floats_is_not_infinite_but_in_java() {
    let large: Decimal = "1e400".parse().unwrap();
    assert_eq!(
        refused("float32", large.clone()),
        "expected a number of float32, found 1E+400"
    );
    refused("float64", large.clone());
    check("float32", f64::INFINITY, f32::INFINITY);
    check("boolean", large.clone(), true);
    let java = |spec| {
        let options = [("spec", spec), ("compat.java", "true")];
        let schema = Schema::decimal(-400).build().unwrap();
        let value = SchemaAndValue::new(schema, large.clone());
        transformed(NAME, &options, value).unwrap().value
    };
    assert_eq!(java("float32"), f32::INFINITY.into());
    assert_eq!(java("float64"), f64::INFINITY.into());
    assert_eq!(java("boolean"), false.into(), "its lower bits are zero");
}

#[test]
fn text_that_is_no_such_number_is_refused() {
    assert_eq!(
        refused("int8", "300"),
        r#"expected text of int8, found "300""#
    );
    refused("int32", " 1");
    refused("int32", "1.0");
    refused("float64", "inf");
    refused("float64", "");
    refused("float64", "1e400");
    refused("float32", "1e39");
    check("float64", "-Infinity", f64::NEG_INFINITY);
    check_java("float64", "1e400", f64::INFINITY);
    assert_eq!(
        refused("boolean", "yes"),
        r#"expected text of boolean, found "yes""#
    );
    check_java("boolean", "yes", false);
}

#[test]
fn what_is_no_single_value_cannot_be_cast() {
    let bytes = Bytes::from_static(b"a");
    assert_eq!(refused("int8", bytes), "bytes cannot be cast to int8");
    let list = Value::array([1]);
    assert_eq!(refused("string", list), "array cannot be cast to string");
}

#[test]
fn dates_without_a_schema_are_cast_but_in_java() {
    let options = [("spec", "int64"), ("compat.java", "true")];
    let error = transformed(NAME, &options, Value::Timestamp(5)).unwrap_err();
    assert_eq!(
        error.to_string(),
        "a timestamp without a schema cannot be cast"
    );
}

fn order() -> SchemaAndValue {
    let count = Schema::int32().optional().default_value(3).doc("how many");
    let schema = Schema::record("Order")
        .optional()
        .field("id", Schema::plain_int32())
        .field("count", count.build().unwrap())
        .field("at", Schema::timestamp().build().unwrap())
        .build()
        .unwrap();
    let order = Struct::new(&schema)
        .and_then(|order| order.with("id", 7))
        .and_then(|order| order.with("at", Value::Timestamp(1)))
        .unwrap();
    SchemaAndValue::new(schema, order)
}

#[test]
fn fields_keep_whether_they_are_optional_and_their_default() {
    let options = [("spec", "count:string, at:int64,other:int8")];
    let cast = transformed(NAME, &options, order()).unwrap();
    let count = Schema::string().optional().default_value("3");
    let expected = Schema::record("Order")
        .optional()
        .field("id", Schema::plain_int32())
        .field("count", count.build().unwrap())
        .field("at", Schema::plain_int64())
        .build()
        .unwrap();
    assert_eq!(cast.schema, Some(expected));
    let fields = cast.value.as_struct().unwrap();
    assert_eq!(fields.get("count"), Some(&"3".into()));
    assert_eq!(fields.get("at"), Some(&1_i64.into()));
    let options = [
        ("spec", "count:string"),
        ("replace.null.with.default", "false"),
    ];
    let cast = transformed(NAME, &options, order()).unwrap();
    let fields = cast.value.as_struct().unwrap();
    assert_eq!(fields.get_without_default("count"), Some(&Value::Null));
}

#[test]
fn an_error_names_the_field() {
    let error = transformed(NAME, &[("spec", "a:int8")], Value::map([("a", 300)])).unwrap_err();
    assert_eq!(
        error.to_string(),
        "field `a`: expected a number of int8, found 300"
    );
    let text = SchemaAndValue::new(Schema::plain_string(), "x");
    let error = transformed(NAME, &[("spec", "a:int8")], text).unwrap_err();
    assert_eq!(
        error.to_string(),
        "casting: with a schema expected a struct, found string"
    );
}

#[test]
fn a_whole_value_keeps_its_name_unless_that_is_of_a_logical_type() {
    let named = Schema::int64().name("Millis").version(2).doc("when");
    let value = SchemaAndValue::new(named.build().unwrap(), 5_i64);
    let cast = transformed(NAME, &[("spec", "string")], value).unwrap();
    let expected = Schema::string().name("Millis").version(2).doc("when");
    assert_eq!(cast.schema, Some(expected.build().unwrap()));
    let at = || SchemaAndValue::new(Schema::timestamp().build().unwrap(), Value::Timestamp(0));
    let cast = transformed(NAME, &[("spec", "string")], at()).unwrap();
    assert_eq!(cast.schema, Some(Schema::plain_string()));
    let options = [("spec", "string"), ("compat.java", "true")];
    let cast = transformed(NAME, &options, at()).unwrap();
    let name = cast.schema.unwrap().name().unwrap().clone();
    assert_eq!(name, "org.apache.kafka.connect.data.Timestamp");
}

#[test]
fn nulls_stay_as_they_are() {
    let null = SchemaAndValue {
        schema: Some(Schema::optional_string()),
        value: Value::Null,
    };
    for spec in ["int8", "a:int8"] {
        let cast = transformed(NAME, &[("spec", spec)], null.clone()).unwrap();
        assert_eq!(cast, null);
    }
}

#[test]
fn a_missing_entry_is_added_by_java_alone() {
    let map = || Value::map([("a", 1)]);
    let cast = transformed(NAME, &[("spec", "b:int8")], map()).unwrap();
    assert_eq!(cast.value, map());
    let options = [("spec", "b:int8"), ("compat.java", "true")];
    let cast = transformed(NAME, &options, map()).unwrap();
    assert_eq!(
        cast.value,
        Value::map([("a", Value::from(1)), ("b", Value::Null)])
    );
}

#[test]
fn fields_inside_of_others_are_cast_by_their_path() {
    let options = [
        ("spec", "items[*].price:string"),
        ("field.syntax.version", "V2"),
    ];
    let items =
        |price: Value| Value::map([("items", Value::array([Value::map([("price", price)])]))]);
    let cast = transformed(NAME, &options, items(2.5.into())).unwrap();
    assert_eq!(cast.value, items("2.5".into()));
}

#[test]
fn specs_that_mean_nothing_are_refused() {
    let refused = |spec| build(NAME, &[("spec", spec)]).err().unwrap().to_string();
    assert!(build(NAME, &[]).is_err());
    assert!(refused("a:int9").contains("expected a type of int8"));
    assert!(refused("a:bytes").contains("spec"));
    assert!(refused("int8,a:int8").contains("expected one type for the whole"));
    assert!(refused("a:b:int8").contains("spec"));
}
