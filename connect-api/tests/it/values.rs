//! Types inferred from text, and the text of values.

use connect_api::{
    Bytes, Decimal, Dialect, Schema, SchemaAndValue, SchemaBuilder, Struct, Value, values,
};

fn read(text: &str, dialect: Dialect) -> SchemaAndValue {
    values::parse(&text.into(), dialect)
}

/// Checks what both dialects agree on.
#[track_caller]
fn check(text: &str, schema: Schema, value: impl Into<Value>) {
    let expected = SchemaAndValue::new(schema, value);
    assert_eq!(read(text, Dialect::Strict), expected, "{text:?}");
    assert_eq!(read(text, Dialect::Java), expected, "{text:?}");
}

#[track_caller]
fn check_text(text: &str) {
    check(text, Schema::plain_string(), text);
}

/// Checks what Java reads of a text, which stays text otherwise.
#[track_caller]
fn check_lost(text: &str, schema: Schema, value: impl Into<Value>) {
    assert_eq!(
        read(text, Dialect::Java),
        SchemaAndValue::new(schema, value),
        "{text:?}"
    );
    let kept = SchemaAndValue::new(Schema::plain_string(), text);
    assert_eq!(read(text, Dialect::Strict), kept, "{text:?}");
}

fn built(builder: SchemaBuilder) -> Schema {
    builder.build().unwrap()
}

#[test]
fn text_stays_text() {
    for text in [
        "",
        "  ",
        "TRUE",
        "5 6",
        "NaN",
        "0x10",
        "1_000",
        "hello, world",
        "a:b",
        "é",
    ] {
        check_text(text);
    }
    for text in [
        "[true,null]",
        "{a:1}",
        "[,1]",
        "[1",
        "{\"a\"}",
        "[a]",
        "true}",
        "\"quoted\"",
    ] {
        check_text(text);
    }
}

#[test]
fn literals_are_null_and_booleans() {
    assert_eq!(read("null", Dialect::Strict), SchemaAndValue::NULL);
    check("true", Schema::plain_boolean(), true);
    check(" false", Schema::plain_boolean(), false);
}

#[test]
fn whole_numbers_get_the_smallest_type() {
    for (text, value) in [
        ("1", 1i8),
        ("+5", 5),
        ("007", 7),
        (" 5 ", 5),
        ("1.0", 1),
        ("-128", -128),
    ] {
        check(text, Schema::plain_int8(), value);
    }
    check("128", Schema::plain_int16(), 128i16);
    check("1e3", Schema::plain_int16(), 1000i16);
    check("32768", Schema::plain_int32(), 32_768);
    check("2147483648", Schema::plain_int64(), 2_147_483_648i64);
    let large: Decimal = "12345678901234567890".parse().unwrap();
    check("12345678901234567890", built(Schema::decimal(0)), large);
    check("1e400", built(Schema::decimal(-400)), Decimal::new(1, -400));
}

#[test]
fn other_numbers_get_the_smallest_type_for_their_size() {
    check("1.5", Schema::plain_float32(), 1.5f32);
    check("3.4028236e38", Schema::plain_float64(), 3.402_823_6e38);
    check("0.1e-400", Schema::plain_float32(), 0.0f32);
}

#[test]
fn numbers_that_are_too_long_stay_text() {
    check_text(&"9".repeat(1001));
}

#[test]
fn elements_of_an_array_get_a_common_type() {
    let int8 = built(Schema::array(Schema::plain_int8()));
    check("[1,2,3]", int8, Value::array([1i8, 2, 3]));
    let float = built(Schema::array(Schema::plain_float32()));
    check("[1,2.5]", float, Value::array([1.0f32, 2.5]));
    let int64 = built(Schema::array(Schema::plain_int64()));
    check("[5000000000,1]", int64, Value::array([5_000_000_000i64, 1]));
    let date = built(Schema::array(built(Schema::date())));
    check(
        "[5,\"2020-01-01\"]",
        date,
        Value::array([Value::Date(5), Value::Date(18_262)]),
    );
}

#[test]
fn elements_without_a_common_type_have_no_schema() {
    for (text, value) in [
        ("[1,\"a\"]", Value::array([Value::from(1i8), "a".into()])),
        ("[]", Value::array([0i8; 0])),
        ("[[]]", Value::array([Value::array([0i8; 0])])),
        ("{}", Value::map([("", 0); 0])),
        ("{\"a\":null}", Value::map([("a", Value::Null)])),
    ] {
        assert_eq!(read(text, Dialect::Strict), value.into(), "{text}");
    }
}

#[test]
fn maps_are_read_with_the_types_of_their_keys_and_values() {
    let map = built(Schema::map(Schema::plain_string(), Schema::plain_int8()));
    check("{\"a\":1}", map.clone(), Value::map([("a", 1i8)]));
    check("{\"a\":1,\"a\":2}", map, Value::map([("a", 2i8)]));
}

#[test]
fn dates_and_times_are_told_apart_by_their_form() {
    check("2020-01-01", built(Schema::date()), Value::Date(18_262));
    check(
        "12:00:00.000Z",
        built(Schema::time()),
        Value::Time(43_200_000),
    );
    let moment = Value::Timestamp(1_577_836_800_000);
    check(
        "2020-01-01T00:00:00.000Z",
        built(Schema::timestamp()),
        moment.clone(),
    );
    check(
        "2020-01-01T00\\:00\\:00.000Z",
        built(Schema::timestamp()),
        moment,
    );
    check_text("2020-01-01T00:00:00Z");
    check("1582-10-04", built(Schema::date()), Value::Date(-141_428));
}

#[test]
fn what_follows_a_value_is_ignored_by_java_alone() {
    check_lost("1,2,3", Schema::plain_int8(), 1i8);
    check_lost("12:00:00Z", Schema::plain_int8(), 12i8);
    let array = built(Schema::array(Schema::plain_int8()));
    check_lost("[1] x", array, Value::array([1i8]));
}

#[test]
fn dates_that_do_not_exist_roll_over_in_java_alone() {
    check_lost("2020-13-45", built(Schema::date()), Value::Date(18_672));
    check_lost("2020-1-001", built(Schema::date()), Value::Date(18_262));
}

#[test]
fn a_moment_beyond_all_clocks_stays_text() {
    for dialect in [Dialect::Strict, Dialect::Java] {
        for token in [
            "99999999999-1-1T0:0:0.0Z",
            "2147483647-1-1T0:0:0.00Z",
            "\r922333333733333333-08-27",
            "9-1-99999999999999999999",
        ] {
            let value = values::parse(&token.into(), dialect).value;
            let is_moment = matches!(value, Value::Timestamp(_) | Value::Date(_));
            assert!(!is_moment, "{value:?}");
        }
    }
}

#[test]
fn deep_nesting_stays_text() {
    for deep in [100_000, 101] {
        check_text(&format!("{}1{}", "[".repeat(deep), "]".repeat(deep)));
        check_text(&"[".repeat(deep));
        check_text(&"{1:".repeat(deep));
    }
    let nested = format!("{}1{}", "[".repeat(100), "]".repeat(100));
    assert!(matches!(
        read(&nested, Dialect::Strict).value,
        Value::Array(_)
    ));
}

#[track_caller]
fn check_format(value: impl Into<Value>, text: &str) {
    assert_eq!(values::format(&value.into(), Dialect::Strict), text);
}

#[test]
fn values_are_written_raw_at_the_top_and_quoted_inside() {
    check_format("a \"b\"", "a \"b\"");
    check_format(Bytes::from_static(&[1, 2]), "AQI=");
    check_format(Value::array(["a\"b\\", "c"]), r#"["a\"b\\","c"]"#);
    check_format(Value::array([Bytes::from_static(&[1, 2])]), r#"["AQI="]"#);
    check_format(Value::map([(Value::from(1), 1e10)]), "{1:1.0E10}");
    check_format(Value::Null, "null");
    let field = Schema::int32().default_value(7).build().unwrap();
    let schema = built(Schema::structure().field("a", field));
    check_format(Struct::new(&schema).unwrap(), r#"{"a":7}"#);
}

#[test]
fn the_form_of_a_moment_follows_from_its_size() {
    check_format(Value::Timestamp(5), "00:00:00.005Z");
    check_format(Value::Timestamp(1_577_836_800_000), "2020-01-01");
    check_format(
        Value::Timestamp(1_577_836_800_001),
        "2020-01-01T00:00:00.001Z",
    );
    check_format(Value::Date(-1), "1969-12-31");
    assert_eq!(
        values::format(&Value::Date(-1), Dialect::Java),
        "00:00:00.000Z"
    );
}

#[test]
fn formatted_values_are_read_back() {
    for value in [
        Value::from(7i8),
        (-70_000).into(),
        1.5f32.into(),
        true.into(),
        Value::Date(18_262),
        Value::Timestamp(1_577_836_800_001),
        Value::array(["a", "b c"]),
        Value::map([("k", Value::array([1i8, 2]))]),
    ] {
        let text = values::format(&value, Dialect::Strict);
        assert_eq!(read(&text, Dialect::Strict).value, value, "{text}");
    }
}
