//! One number or boolean, beside what Kafka Connect 4.3.1 answered.
//!
//! Each line of `vectors/primitives-4.3.1.jsonl` is one question: a converter, what it read (`in`, bytes as hexadecimal
//! digits) or wrote, and Java's answer `out` or `error`. Floating point numbers are given by their bits.

use std::fmt::Write;

use connect_api::{Bytes, Converter, Headers, Result, Schema, SchemaAndValue, Value};
use connect_converters::PrimitiveConverter;
use proptest::prelude::*;
use serde_json::Value as Json;

const VECTORS: &str = include_str!("vectors/primitives-4.3.1.jsonl");

fn named(name: &Json) -> PrimitiveConverter {
    match name.as_str().unwrap() {
        "short" => PrimitiveConverter::short(),
        "integer" => PrimitiveConverter::integer(),
        "long" => PrimitiveConverter::long(),
        "float" => PrimitiveConverter::float(),
        "double" => PrimitiveConverter::double(),
        "boolean" => PrimitiveConverter::boolean(),
        other => panic!("no converter is called {other}"),
    }
}

/// Compares every answer to a question of `op` with Java's.
fn check(op: &str, answer: impl Fn(&PrimitiveConverter, &Json) -> Result<Json>) {
    let questions = VECTORS
        .lines()
        .map(|line| serde_json::from_str::<Json>(line).unwrap())
        .filter(|question| question["op"] == op);
    let mut asked = 0;
    for question in questions {
        asked += 1;
        match answer(&named(&question["converter"]), &question) {
            Ok(found) => assert_eq!(question.get("out"), Some(&found), "{question}"),
            Err(error) => assert!(question.get("error").is_some(), "{question}: {error:?}"),
        }
    }
    assert!(asked > 0, "no question of {op}");
}

fn write(converter: &PrimitiveConverter, data: &SchemaAndValue) -> Result<Option<Bytes>> {
    Converter::encode(converter, "t", &mut Headers::new(), data)
}

fn read(converter: &PrimitiveConverter, bytes: Option<&Bytes>) -> Result<SchemaAndValue> {
    Converter::decode(converter, "t", &Headers::new(), bytes)
}

fn hex(bytes: &[u8]) -> Json {
    let mut text = String::new();
    for byte in bytes {
        write!(text, "{byte:02x}").unwrap();
    }
    text.into()
}

fn unhex(text: &str) -> Bytes {
    let byte = |at| u8::from_str_radix(&text[at..at + 2], 16).unwrap();
    (0..text.len()).step_by(2).map(byte).collect()
}

/// Builds the value that Java calls `in` of `type`.
fn value(question: &Json) -> Value {
    let text = question["in"].as_str().unwrap_or_default();
    match question["type"].as_str().unwrap() {
        "null" => Value::Null,
        "boolean" => (text == "true").into(),
        "byte" => text.parse::<i8>().unwrap().into(),
        "short" => text.parse::<i16>().unwrap().into(),
        "integer" => text.parse::<i32>().unwrap().into(),
        "long" => text.parse::<i64>().unwrap().into(),
        "float" => f32::from_bits(u32::from_str_radix(text, 16).unwrap()).into(),
        "double" => f64::from_bits(u64::from_str_radix(text, 16).unwrap()).into(),
        "string" => text.into(),
        "bytes" => unhex(text).into(),
        other => panic!("no value has the type {other}"),
    }
}

fn text(value: &Value) -> Json {
    match value {
        Value::Null => Json::Null,
        Value::Boolean(truth) => truth.to_string().into(),
        Value::Float32(n) => format!("{:08x}", n.to_bits()).into(),
        Value::Float64(n) => format!("{:016x}", n.to_bits()).into(),
        whole => whole.as_i64().unwrap().to_string().into(),
    }
}

#[test]
fn values_are_written_as_java_does_or_refused() {
    check("write", |converter, question| {
        let written = write(converter, &value(question).into())?;
        Ok(written.map_or(Json::Null, |bytes| hex(&bytes)))
    });
}

#[test]
fn bytes_are_read_as_java_does_or_refused() {
    check("read", |converter, question| {
        let bytes = question["in"].as_str().map(unhex);
        let data = read(converter, bytes.as_ref())?;
        let schema = data.schema.unwrap();
        assert!(schema.is_optional());
        assert_eq!(question["schema"], format!("{}?", schema.type_()));
        Ok(text(&data.value))
    });
}

#[test]
fn a_null_of_another_schema_is_written_as_java_does_or_refused() {
    check("write-null-of-string", |converter, _| {
        let null = SchemaAndValue::new(Schema::optional_string(), Value::Null);
        let written = write(converter, &null)?;
        Ok(written.map_or(Json::Null, |bytes| hex(&bytes)))
    });
}

#[test]
fn a_mistake_says_what_was_expected_and_what_was_found() {
    let unread = |converter: PrimitiveConverter, bytes: &'static [u8]| {
        let error = read(&converter, Some(&Bytes::from_static(bytes))).unwrap_err();
        error.message().to_owned()
    };
    assert_eq!(
        unread(PrimitiveConverter::long(), b"1234567"),
        "long converter: expected 8 bytes, found 7"
    );
    assert_eq!(
        unread(PrimitiveConverter::boolean(), b""),
        "boolean converter: expected 1 byte, found 0"
    );
    assert_eq!(
        unread(PrimitiveConverter::boolean(), b"\x02"),
        "boolean converter: expected the byte 0 or 1, found 2"
    );
    let unwritten = |converter: PrimitiveConverter, data: SchemaAndValue| {
        write(&converter, &data).unwrap_err().message().to_owned()
    };
    assert_eq!(
        unwritten(PrimitiveConverter::short(), 1i32.into()),
        "short converter: expected int16, found int32"
    );
    assert_eq!(
        unwritten(
            PrimitiveConverter::boolean(),
            SchemaAndValue::new(Schema::plain_string(), true)
        ),
        "boolean converter: expected a schema of type boolean, found Schema{STRING}"
    );
}

proptest! {
    #[test]
    fn every_number_comes_back_bit_by_bit(bits: u64) {
        let check = |converter: PrimitiveConverter, value: Value| {
            let bytes = write(&converter, &value.clone().into()).unwrap();
            let data = read(&converter, bytes.as_ref()).unwrap();
            assert_eq!(text(&data.value), text(&value));
        };
        let bytes = bits.to_be_bytes();
        let (half, quarter) = ([bytes[0], bytes[1], bytes[2], bytes[3]], [bytes[0], bytes[1]]);
        check(PrimitiveConverter::short(), i16::from_be_bytes(quarter).into());
        check(PrimitiveConverter::integer(), i32::from_be_bytes(half).into());
        check(PrimitiveConverter::long(), i64::from_be_bytes(bytes).into());
        check(PrimitiveConverter::float(), f32::from_be_bytes(half).into());
        check(PrimitiveConverter::double(), f64::from_be_bytes(bytes).into());
    }
}
