//! Any JSON, and properties that a schema allows and does not name.

use connect_api::{Bytes, Schema, Struct, Type, Value};
use connect_converters::json_schema::JsonSchemaData;

use super::{check_refused, mapping, plain, read, read_value, schema_of, write};

const OTHERS: &str = "__connect_additional_properties__";

fn preserving() -> JsonSchemaData {
    mapping(|config| config.preserve_additional_properties = true)
}

/// What is read is written back.
#[track_caller]
fn check_kept(mapping: &JsonSchemaData, text: &str, json: &str) {
    let schema = schema_of(mapping, text);
    let value = read_value(mapping, text, json);
    schema.check(&value).unwrap();
    assert_eq!(write(mapping, &schema, &value).unwrap(), json);
}

#[test]
fn an_empty_schema_holds_any_json() {
    for json in [
        "null",
        "true",
        "false",
        "0",
        "-128",
        "32767",
        "-2147483648",
        "9223372036854775807",
        "3.14",
        "-0.001",
        "123456789012345678901234567890.12345678",
        "\"\"",
        "\"hello\"",
        "[]",
        "[1,null,[2.5,\"x\"]]",
        "{}",
        r#"{"age":30,"name":"Alice","nested":{"a":[{}]}}"#,
    ] {
        check_kept(&plain(), "{}", json);
    }
    check_kept(&plain(), "true", &format!("\"{}\"", "long ".repeat(100)));
    let many: Vec<String> = (0..300).map(|i| format!("\"n{i:03}\":{i}")).collect();
    check_kept(&plain(), "{}", &format!("{{{}}}", many.join(",")));
    let many = vec!["12345.5"; 70_000].join(",");
    check_kept(&plain(), "{}", &format!("[{many}]"));
}

#[test]
fn any_json_is_in_the_encoding_of_parquet() {
    let value = read_value(&plain(), "{}", r#"{"b":[true,1],"a":"x"}"#);
    assert_eq!(
        value.as_struct().unwrap().schema().name().unwrap(),
        "org.apache.kafka.connect.data.Variant"
    );
    // Version 1, two names of one byte each; offsets of one byte.
    let metadata: &[u8] = &[0x01, 2, 0, 1, 2, b'a', b'b'];
    assert_eq!(
        value.get("metadata"),
        Some(&Value::Bytes(Bytes::from_static(metadata)))
    );
    // An object of two members: a text of one byte, and an array of true and an int8.
    let expected: &[u8] = &[
        0x02, 2, 0, 1, 8, 0, 10, 0x03, 2, 0, 1, 3, 0x04, 0x0C, 1, 0x05, b'x',
    ];
    assert_eq!(
        value.get("value"),
        Some(&Value::Bytes(Bytes::from_static(expected)))
    );
}

#[test]
fn a_variant_is_described_as_anything() {
    let schema = schema_of(&plain(), "{}");
    let text = r#"{"title":"org.apache.kafka.connect.data.Variant"}"#;
    assert_eq!(plain().describe(&schema).unwrap(), text);
    assert_eq!(schema_of(&plain(), text), schema);
    let optional = schema.to_builder().optional().build().unwrap();
    assert_eq!(
        plain().describe(&optional).unwrap(),
        format!(r#"{{"oneOf":[{{"type":"null"}},{text}]}}"#)
    );
}

#[test]
fn broken_variants_are_refused() {
    let schema = schema_of(&plain(), "{}");
    let of = |metadata: &[u8], value: &[u8]| {
        let fields = [metadata, value].map(|bytes| Value::Bytes(Bytes::copy_from_slice(bytes)));
        Value::from(Struct::from_values(&schema, fields.into()).unwrap())
    };
    let names: &[u8] = &[0x01, 1, 0, 1, b'a'];
    assert_eq!(
        write(&plain(), &schema, &of(names, &[0x02, 1, 0, 0, 2, 0x0C, 5])).unwrap(),
        r#"{"a":5}"#
    );
    for (metadata, value) in [
        (&[][..], &[0x00][..]),
        (&[0x02, 0, 0], &[0x00]),
        (&[0x01, 255, 0, 1], &[0x00]),
        (names, &[]),
        (names, &[0x0C]),
        (names, &[0x02, 1, 7, 0, 2, 0x0C, 5]),
        (names, &[0x02, 1, 0, 9, 2, 0x0C, 5]),
        (names, &[0xFD]),
        (names, &[0x3C, 255, 255, 255, 255]),
        (names, &[0x05, 0xFF]),
        // Elements that are the array itself.
        (names, &[0x03, 2, 0, 0, 0]),
        (names, &[0xF3, 255, 255, 255, 255]),
    ] {
        check_refused(
            write(&plain(), &schema, &of(metadata, value)),
            &["expected", "variant"],
        );
    }
}

#[test]
fn a_variant_whose_parts_are_shared_does_not_explode() {
    // Sixty arrays of two elements, both of which are the next array.
    let mut value = Vec::new();
    for _ in 0..60 {
        value.extend([0x03, 2, 0, 0, 0]);
    }
    value.push(0x00);
    let schema = schema_of(&plain(), "{}");
    let fields = [Bytes::from_static(&[0x01, 0, 0]), value.into()].map(Value::Bytes);
    let variant = Struct::from_values(&schema, fields.into()).unwrap();
    check_refused(
        write(&plain(), &schema, &variant.into()),
        &["expected a variant"],
    );
}

#[test]
fn properties_without_a_name_are_kept_if_that_is_wanted() {
    let named = r#"{"type":"object","properties":{"name":{"type":"string","connect.index":0},"address":{"type":"object","connect.index":1,"properties":{"street":{"type":"string"}}}}}"#;
    let json = r#"{"name":"Alice","address":{"street":"Main St","city":"Seattle"},"nick":null,"score":42,"pi":3.14,"big":9000000000,"arr":[1,null,3],"obj":{"a":1,"n":null}}"#;
    check_kept(&preserving(), named, json);
    check_kept(
        &preserving(),
        r#"{"type":"object","additionalProperties":{"type":"integer"}}"#,
        r#"{"a":1,"b":2}"#,
    );
    let dropped = read_value(&plain(), named, r#"{"name":"Alice","nick":1}"#);
    assert_eq!(
        write(&plain(), &schema_of(&plain(), named), &dropped).unwrap(),
        r#"{"name":"Alice"}"#
    );
}

#[test]
fn the_field_of_other_properties_is_not_in_the_schema_and_comes_back() {
    let schema = schema_of(
        &preserving(),
        r#"{"type":"object","properties":{"name":{"type":"string"}}}"#,
    );
    let others = schema.field(OTHERS).unwrap().schema();
    assert_eq!((others.type_(), others.is_optional()), (Type::Map, true));
    let text = preserving().describe(&schema).unwrap();
    assert!(!text.contains(OTHERS), "{text}");
    assert_eq!(schema_of(&preserving(), &text), schema);
    let value = read_value(&preserving(), &text, r#"{"name":"a"}"#);
    assert_eq!(value.as_struct().unwrap().get(OTHERS), Some(&Value::Null));
    assert!(
        schema_of(
            &preserving(),
            r#"{"type":"object","additionalProperties":false}"#
        )
        .fields()
        .is_empty()
    );
}

#[test]
fn the_name_of_that_field_is_reserved_only_if_others_are_kept() {
    let text = format!(r#"{{"type":"object","properties":{{"{OTHERS}":{{"type":"string"}}}}}}"#);
    let parts = [OTHERS, "preserve.additional.properties"];
    check_refused(preserving().reader(&text), &parts);
    let plain_text = r#"{"type":"object","properties":{"name":{"type":"string"}}}"#;
    let json = format!(r#"{{"name":"a","{OTHERS}":"hi"}}"#);
    check_refused(read(&preserving(), plain_text, &json), &parts);
    check_kept(&plain(), &text, &format!(r#"{{"{OTHERS}":"hello"}}"#));
    let schema = Schema::structure()
        .field(OTHERS, Schema::plain_string())
        .build()
        .unwrap();
    let value = Struct::new(&schema).unwrap().with(OTHERS, "hello").unwrap();
    assert_eq!(
        write(&preserving(), &schema, &value.into()).unwrap(),
        format!(r#"{{"{OTHERS}":"hello"}}"#)
    );
}
