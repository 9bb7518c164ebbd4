//! What Java converts silently: errors, unless Java's behaviour is asked for.

use connect_api::{Decimal, Result, Schema, SchemaAndValue, Struct, Value};
use connect_converters::JsonConverter;
use expect_test::{Expect, expect};

use crate::json_converter::{converter, decode, encode, with_schema};

fn read(schema: &str, payload: &str) -> Result<Value> {
    let data = decode(&JsonConverter::default(), &with_schema(schema, payload))?;
    Ok(data.value)
}

#[track_caller]
fn check_refused(schema: &str, payload: &str, refused: Expect) {
    refused.assert_eq(read(schema, payload).unwrap_err().message());
}

fn read_java(schema: &str, payload: &str) -> Result<Value> {
    let java = converter(|config| config.compat_java = true);
    Ok(decode(&java, &with_schema(schema, payload))?.value)
}

#[track_caller]
fn check_quirk(type_: &str, payload: &str, java: impl Into<Value>, refused: Expect) {
    let schema = format!(r#"{{"type":"{type_}","optional":true}}"#);
    check_refused(&schema, payload, refused);
    assert_eq!(read_java(&schema, payload).unwrap(), java.into());
}

#[test]
fn integers_do_not_wrap_around_or_lose_their_fraction() {
    check_quirk(
        "int8",
        "300",
        44i8,
        expect![[
            r#"payload: json: byte 52: expected int8, found `300`, in `…al":true},"payload":300}`"#
        ]],
    );
    check_quirk(
        "int64",
        "18446744073709551617",
        1i64,
        expect![[
            r#"payload: json: byte 53: expected int64, found `18446744073709551617`, in `…al":true},"payload":18446744073709551617…`"#
        ]],
    );
    check_quirk(
        "int16",
        "1.5",
        1i16,
        expect![[
            r#"payload: json: byte 53: expected int16, found `1.5`, in `…al":true},"payload":1.5}`"#
        ]],
    );
    check_quirk(
        "int32",
        "007",
        7,
        expect![[
            r#"payload: json: byte 53: expected a number without leading zeros, found `007`, in `…al":true},"payload":007}`"#
        ]],
    );
    check_quirk(
        "int32",
        r#""5""#,
        0,
        expect![[
            r#"payload: json: byte 53: expected int32, found `"5"`, in `…al":true},"payload":"5"}`"#
        ]],
    );
}

#[test]
fn whole_numbers_are_integers_however_they_are_written() {
    assert_eq!(read(r#"{"type":"int32"}"#, "1e2").unwrap(), 100.into());
    assert_eq!(read(r#"{"type":"int8"}"#, "-5.0").unwrap(), (-5i8).into());
}

#[test]
fn other_types_do_not_become_zero_or_null() {
    check_quirk(
        "boolean",
        "1",
        false,
        expect![[
            r#"payload: json: byte 55: expected boolean, found `1`, in `…al":true},"payload":1}`"#
        ]],
    );
    check_quirk(
        "double",
        "1e400",
        f64::INFINITY,
        expect![[
            r#"payload: json: byte 54: expected float64, found `1e400`, in `…al":true},"payload":1e400}`"#
        ]],
    );
    check_quirk(
        "float",
        "1e39",
        f32::INFINITY,
        expect![[
            r#"payload: json: byte 53: expected float32, found `1e39`, in `…al":true},"payload":1e39}`"#
        ]],
    );
    check_quirk(
        "float",
        "[1]",
        0.0f32,
        expect![[
            r#"payload: json: byte 53: expected float32, found `[`, in `…al":true},"payload":[1]}`"#
        ]],
    );
    check_quirk(
        "double",
        r#""NaN of all""#,
        0.0,
        expect![[
            r#"payload: json: byte 54: expected float64, found `"NaN of all"`, in `…al":true},"payload":"NaN of all"}`"#
        ]],
    );
    check_quirk(
        "string",
        "5",
        Value::Null,
        expect![[
            r#"payload: json: byte 54: expected string, found `5`, in `…al":true},"payload":5}`"#
        ]],
    );
    check_quirk(
        "bytes",
        "true",
        Value::Null,
        expect![[
            r#"payload: json: byte 53: expected bytes as base64, found `true`, in `…al":true},"payload":true}`"#
        ]],
    );
}

#[test]
fn bytes_are_base64_to_the_last_character() {
    let schema = r#"{"type":"bytes"}"#;
    let ff = Value::from(vec![0, 0xFF]);
    assert_eq!(read(schema, r#""AP8=""#).unwrap(), ff);
    assert_eq!(
        read(schema, r#""AP9=""#).unwrap(),
        ff,
        "bits behind the end are ignored"
    );
    check_refused(
        schema,
        r#""AP8""#,
        expect![[
            r#"payload: json: byte 37: expected bytes as base64, found `"AP8"`, in `{"schema":{"type":"bytes"},"payload":"AP…`"#
        ]],
    );
    check_refused(
        schema,
        r#"" AP8=""#,
        expect![[
            r#"payload: json: byte 37: expected bytes as base64, found `" AP8="`, in `{"schema":{"type":"bytes"},"payload":" A…`"#
        ]],
    );
    assert_eq!(read_java(schema, r#"" AP8=""#).unwrap(), ff);
    assert!(read_java(schema, r#""AP8""#).is_err());
}

#[test]
fn a_decimal_keeps_its_digits_and_its_scale() {
    let schema = r#"{"type":"bytes","name":"org.apache.kafka.connect.data.Decimal","parameters":{"scale":"2"}}"#;
    check_refused(
        schema,
        "12.305",
        expect![[
            r#"payload: json: byte 111: expected a decimal with at most 2 digits after the point, found `12.305`, in `…le":"2"}},"payload":12.305}`"#
        ]],
    );
    check_refused(
        schema,
        "1e999999999",
        expect![[
            r#"payload: json: byte 111: expected a decimal with at most 2 digits after the point, found `1e999999999`, in `…le":"2"}},"payload":1e999999999}`"#
        ]],
    );
    check_refused(
        schema,
        r#""""#,
        expect![[
            r#"payload: json: byte 111: expected the bytes of a decimal, found `""`, in `…le":"2"}},"payload":""}`"#
        ]],
    );
    check_refused(
        schema,
        "true",
        expect![[
            r#"payload: json: byte 111: expected a decimal as a number or as base64, found `true`, in `…le":"2"}},"payload":true}`"#
        ]],
    );
    assert_eq!(
        read_java(schema, "12.305").unwrap(),
        Decimal::new(12_305, 3).into()
    );
    let unscaled = r#"{"type":"bytes","name":"org.apache.kafka.connect.data.Decimal"}"#;
    check_refused(
        unscaled,
        "1",
        expect![[
            r#"schema: json: byte 10: expected a decimal with the parameter `scale`, found `{`, in `{"schema":{"type":"bytes","name":"org.ap…`"#
        ]],
    );
}

#[test]
fn dates_and_times_are_integers_in_their_range() {
    let logical = |type_: &str, name: &str| {
        format!(r#"{{"type":"{type_}","name":"org.apache.kafka.connect.data.{name}"}}"#)
    };
    check_refused(
        &logical("int32", "Date"),
        "1.0",
        expect![[
            r#"payload: json: byte 81: expected an integer, found `1.0`, in `…ta.Date"},"payload":1.0}`"#
        ]],
    );
    check_refused(
        &logical("int32", "Date"),
        "2147483648",
        expect![[
            r#"payload: json: byte 81: expected org.apache.kafka.connect.data.Date, found `2147483648`, in `…ta.Date"},"payload":2147483648}`"#
        ]],
    );
    check_refused(
        &logical("int32", "Time"),
        "86400001",
        expect![[
            r#"payload: json: byte 81: expected org.apache.kafka.connect.data.Time, found `86400001`, in `…ta.Time"},"payload":86400001}`"#
        ]],
    );
    check_refused(
        &logical("int64", "Timestamp"),
        "9223372036854775808",
        expect![[
            r#"payload: json: byte 86: expected org.apache.kafka.connect.data.Timestamp, found `9223372036854775808`, in `…mestamp"},"payload":9223372036854775808}`"#
        ]],
    );
    let wrapped = read_java(&logical("int64", "Timestamp"), "9223372036854775808");
    assert_eq!(wrapped.unwrap(), Value::Timestamp(i64::MIN));
}

#[test]
fn arrays_are_arrays() {
    let array = r#"{"type":"array","items":{"type":"int8"}}"#;
    check_refused(
        array,
        "5",
        expect![[
            r#"payload: json: byte 61: expected an array, found `5`, in `…:"int8"}},"payload":5}`"#
        ]],
    );
    check_refused(
        array,
        r#"{"a":1}"#,
        expect![[
            r#"payload: json: byte 61: expected an array, found `{`, in `…:"int8"}},"payload":{"a":1}}`"#
        ]],
    );
    assert_eq!(read_java(array, "5").unwrap(), Value::array([0i8; 0]));
    assert_eq!(read_java(array, r#"{"a":1}"#).unwrap(), Value::array([1i8]));
}

#[test]
fn maps_are_objects_or_arrays_of_pairs() {
    let map = r#"{"type":"map","keys":{"type":"int8"},"values":{"type":"int8"}}"#;
    check_refused(
        map,
        r#"{"a":1}"#,
        expect![[
            r#"payload: json: byte 83: expected an array, found `{`, in `…:"int8"}},"payload":{"a":1}}`"#
        ]],
    );
    check_refused(
        map,
        "[1]",
        expect![[
            r#"payload: map entry: json: byte 84: expected an array, found `1`, in `…"int8"}},"payload":[1]}`"#
        ]],
    );
    check_refused(
        map,
        "[[1]]",
        expect![[
            r#"payload: map entry: json: byte 87: expected an array of a key and a value, found `]`, in `…t8"}},"payload":[[1]]}`"#
        ]],
    );
    check_refused(
        map,
        "[[1,2,3]]",
        expect![[
            r#"payload: map entry: json: byte 89: expected an array of a key and a value, found `3`, in `…"}},"payload":[[1,2,3]]}`"#
        ]],
    );
    let object = r#"{"type":"map","keys":{"type":"string"},"values":{"type":"int8"}}"#;
    check_refused(
        object,
        "[]",
        expect![[
            r#"payload: json: byte 85: expected an object, found `[`, in `…:"int8"}},"payload":[]}`"#
        ]],
    );
    check_refused(
        object,
        r#"{"k":1000}"#,
        expect![[
            r#"payload: value of map key `k`: json: byte 90: expected int8, found `1000`, in `…8"}},"payload":{"k":1000}}`"#
        ]],
    );
}

#[test]
fn empty_bytes_are_refused_and_null_in_java() {
    assert!(decode(&JsonConverter::schemaless(), "").is_err());
    let java = converter(|config| {
        config.schemas_enable = false;
        config.compat_java = true;
    });
    assert_eq!(decode(&java, "").unwrap(), SchemaAndValue::NULL);
    assert_eq!(decode(&java, " ").unwrap(), SchemaAndValue::NULL);
    assert_eq!(decode(&java, "1 garbage").unwrap(), 1i64.into());
    let java = converter(|config| config.compat_java = true);
    assert!(decode(&java, "").is_err());
}

#[test]
fn an_error_names_the_path_to_what_does_not_fit() {
    let schema = concat!(
        r#"{"type":"struct","fields":[{"field":"rows","type":"array","items":"#,
        r#"{"type":"struct","fields":[{"field":"n","type":"int8"}]}}]}"#
    );
    check_refused(
        schema,
        r#"{"rows":[{"n":1},{"n":"x"}]}"#,
        expect![[
            r#"payload: field `rows`: element 1: field `n`: json: byte 168: expected int8, found `"x"`, in `…rows":[{"n":1},{"n":"x"}]}}`"#
        ]],
    );
    check_refused(
        schema,
        r#"{"rows":[{}]}"#,
        expect![
            "payload: field `rows`: element 0: field `n`: expected int8, which is required, found nothing"
        ],
    );
    check_refused(
        schema,
        r#"{"rows":null}"#,
        expect!["payload: field `rows`: expected array, which is required, found nothing"],
    );
    check_refused(
        schema,
        r#"{"rows":[null]}"#,
        expect!["payload: field `rows`: element 0: expected struct, which is required, found null"],
    );
    check_refused(
        schema,
        "5",
        expect![[
            r#"payload: json: byte 146: expected an object, found `5`, in `…t8"}]}}]},"payload":5}`"#
        ]],
    );
}

#[test]
fn a_schema_that_is_none_is_refused_with_the_reason() {
    check_refused(
        "5",
        "1",
        expect![[
            r#"schema: json: byte 10: expected a schema with `type`, found `5`, in `{"schema":5,"payload":1}`"#
        ]],
    );
    check_refused(
        "{}",
        "1",
        expect![[
            r#"schema: json: byte 10: expected a schema with `type`, found `{`, in `{"schema":{},"payload":1}`"#
        ]],
    );
    check_refused(
        r#"{"type":"array"}"#,
        "1",
        expect![[
            r#"schema: json: byte 10: expected a schema with `items`, found `{`, in `{"schema":{"type":"array"},"payload":1}`"#
        ]],
    );
    check_refused(
        r#"{"type":"map","keys":{"type":"string"},"values":null}"#,
        "1",
        expect![[
            r#"schema: json: byte 10: expected a schema with `values`, found `{`, in `{"schema":{"type":"map","keys":{"type":"…`"#
        ]],
    );
    check_refused(
        r#"{"type":"struct"}"#,
        "1",
        expect![[
            r#"schema: json: byte 10: expected a schema with an array `fields`, found `{`, in `{"schema":{"type":"struct"},"payload":1}`"#
        ]],
    );
}

#[test]
fn a_schema_with_a_wrong_part_is_refused_with_its_place() {
    check_refused(
        r#"{"type":"struct","fields":[{"type":"int8"}]}"#,
        "1",
        expect![[
            r#"schema: json: byte 37: expected a field schema with `field`, found `{`, in `{"schema":{"type":"struct","fields":[{"t…`"#
        ]],
    );
    check_refused(
        r#"{"type":"struct","fields":[{"field":"a"}]}"#,
        "1",
        expect![[
            r#"schema: field `a`: json: byte 37: expected a schema with `type`, found `{`, in `{"schema":{"type":"struct","fields":[{"f…`"#
        ]],
    );
    check_refused(
        r#"{"type":"int8","default":"x"}"#,
        "1",
        expect![[
            r#"schema: default value: json: byte 35: expected int8, found `"x"`, in `{"schema":{"type":"int8","default":"x"},…`"#
        ]],
    );
    check_refused(
        r#"{"type":"int8","version":3000000000}"#,
        "1",
        expect![[
            r#"schema: json: byte 35: expected a version that fits int32, found `3000000000`, in `{"schema":{"type":"int8","version":30000…`"#
        ]],
    );
    check_refused(
        r#"{"type":"int8","parameters":{"a":1}}"#,
        "1",
        expect![[
            r#"schema: json: byte 43: expected a string, found `1`, in `…","parameters":{"a":1}},"payload":1}`"#
        ]],
    );
    let twice =
        r#"{"type":"struct","fields":[{"field":"a","type":"int8"},{"field":"a","type":"int8"}]}"#;
    check_refused(
        twice,
        "{}",
        expect!["schema: schema cannot be built: field `a` is already there"],
    );
}

#[test]
fn a_value_that_does_not_fit_its_schema_is_not_written() {
    let write = |schema: Schema, value: Value| {
        let error = encode(
            &JsonConverter::default(),
            &SchemaAndValue::new(schema, value),
        );
        error.unwrap_err().message().to_owned()
    };
    let array = Schema::array(Schema::optional_int32()).build().unwrap();
    expect!["element 1: expected int32, found string"]
        .assert_eq(&write(array, Value::array([Value::Null, "x".into()])));
    expect!["expected int32, found null"].assert_eq(&write(Schema::plain_int32(), Value::Null));
    expect!["expected int32, found int64"]
        .assert_eq(&write(Schema::plain_int32(), Value::Int64(5)));
    expect![
        "expected org.apache.kafka.connect.data.Time, found the time -1, which is outside of a day"
    ]
    .assert_eq(&write(Schema::time().build().unwrap(), Value::Time(-1)));
    let map = Schema::map(Schema::optional_string(), Schema::plain_int8())
        .build()
        .unwrap();
    expect![[r#"value of map key "a": expected int8, found string"#]]
        .assert_eq(&write(map.clone(), Value::map([("a", "b")])));
    expect!["map key: expected string, found null"]
        .assert_eq(&write(map.clone(), Value::map([(Value::Null, 1i8)])));
    let one = Schema::structure()
        .field("a", Schema::plain_int8())
        .build()
        .unwrap();
    let two = Schema::structure()
        .field("b", Schema::plain_int8())
        .build()
        .unwrap();
    expect![
        "expected a struct of Schema{STRUCT}, found one of Schema{STRUCT} that differs from it"
    ]
    .assert_eq(&write(one, Struct::new(&two).unwrap().into()));
    let java = converter(|config| {
        config.schemas_enable = false;
        config.compat_java = true;
    });
    let null_key = SchemaAndValue::new(map, Value::map([(Value::Null, 1i8)]));
    assert_eq!(encode(&java, &null_key).unwrap().unwrap(), r#"{"null":1}"#);
}

#[test]
fn deeply_nested_schemas_and_payloads_are_errors() {
    let json = JsonConverter::default();
    let nested = |depth: usize| {
        let open = r#"{"type":"array","items":"#.repeat(depth);
        let schema = format!(r#"{open}{{"type":"int8"}}{}"#, "}".repeat(depth));
        with_schema(
            &schema,
            &format!("{}1{}", "[".repeat(depth), "]".repeat(depth)),
        )
    };
    assert!(decode(&json, &nested(99)).is_ok());
    for depth in [100, 990, 100_000] {
        let error = decode(&json, &nested(depth)).unwrap_err();
        assert!(error.message().contains("levels of"), "{error}");
    }
}
