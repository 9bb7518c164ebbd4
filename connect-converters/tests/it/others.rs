//! Text, bytes and simple headers.

use connect_api::{
    Bytes, Converter, Decimal, HeaderConverter, Headers, Schema, SchemaAndValue, Struct, Value,
};
use connect_converters::{
    ByteArrayConverter, SimpleHeaderConverter, SimpleHeaderConverterConfig, StringConverter,
    StringConverterConfig,
};

fn encode(converter: &impl Converter, data: impl Into<SchemaAndValue>) -> Option<Bytes> {
    let data = data.into();
    converter.encode("t", &mut Headers::new(), &data).unwrap()
}

fn decode(converter: &impl Converter, bytes: &'static [u8]) -> SchemaAndValue {
    let bytes = Bytes::from_static(bytes);
    converter
        .decode("t", &Headers::new(), Some(&bytes))
        .unwrap()
}

fn refused(converter: &impl Converter, bytes: &'static [u8]) -> String {
    let bytes = Bytes::from_static(bytes);
    let error = converter.decode("t", &Headers::new(), Some(&bytes));
    error.unwrap_err().message().to_owned()
}

fn unwritten(converter: &impl Converter, data: impl Into<SchemaAndValue>) -> String {
    let error = converter.encode("t", &mut Headers::new(), &data.into());
    error.unwrap_err().message().to_owned()
}

fn text(change: impl FnOnce(&mut StringConverterConfig)) -> StringConverter {
    let mut config = StringConverterConfig::default();
    change(&mut config);
    StringConverter::new(&config).unwrap()
}

fn text_in(encoding: &str) -> StringConverter {
    text(|config| config.converter_encoding = encoding.to_owned())
}

#[track_caller]
fn check_text(value: impl Into<Value>, text: &str) {
    let bytes = encode(&StringConverter::default(), value.into()).unwrap();
    assert_eq!(std::str::from_utf8(&bytes).unwrap(), text);
}

#[test]
fn values_are_written_as_java_prints_them() {
    check_text("as it is, \"quotes\" too", "as it is, \"quotes\" too");
    check_text(1.0e10, "1.0E10");
    check_text(1.1f32, "1.1");
    check_text(-7i8, "-7");
    check_text(true, "true");
    check_text(Decimal::new(1230, 2), "12.30");
    check_text(
        Value::array([Value::from(1), Value::Null, "x".into()]),
        "[1, null, x]",
    );
    check_text(Value::map([("k", 1), ("l", 2)]), "{k=1, l=2}");
    check_text(
        Value::Timestamp(1_700_000_000_123),
        "Tue Nov 14 22:13:20 UTC 2023",
    );
    check_text(Value::Date(-1), "Wed Dec 31 00:00:00 UTC 1969");
}

#[test]
fn a_struct_is_written_without_its_nulls() {
    let inner = Schema::structure()
        .field("n", Schema::plain_int32())
        .build()
        .unwrap();
    let schema = Schema::structure()
        .field("a", Schema::plain_int32())
        .field("gone", Schema::optional_string())
        .field("b", Schema::plain_string())
        .field("inner", inner.clone())
        .build()
        .unwrap();
    let inner = Struct::new(&inner).unwrap().with("n", 5).unwrap();
    let value = Struct::new(&schema).unwrap();
    let value = value.with("a", 1).unwrap().with("b", "x").unwrap();
    check_text(
        value.with("inner", inner).unwrap(),
        "Struct{a=1,b=x,inner=Struct{n=5}}",
    );
}

#[test]
fn text_is_passed_through_without_a_copy() {
    let converter = StringConverter::default();
    let bytes = Bytes::from(String::from("a line of a file"));
    let data = Converter::decode(&converter, "t", &Headers::new(), Some(&bytes)).unwrap();
    assert_eq!(
        data,
        SchemaAndValue::new(Schema::optional_string(), "a line of a file")
    );
    assert_eq!(data.value.as_str().unwrap().as_ptr(), bytes.as_ptr());
    assert_eq!(encode(&converter, data).unwrap().as_ptr(), bytes.as_ptr());
}

#[test]
fn a_null_is_a_tombstone_and_back() {
    fn check(converter: &impl Converter, schema: Schema) {
        let null = converter.decode("t", &Headers::new(), None).unwrap();
        assert_eq!(null, SchemaAndValue::new(schema, Value::Null));
        assert_eq!(encode(converter, null), None);
    }
    check(&StringConverter::default(), Schema::optional_string());
    check(&ByteArrayConverter::default(), Schema::optional_bytes());
}

#[test]
fn other_encodings_are_written_and_read() {
    let check = |encoding: &str, text: &str, bytes: &'static [u8]| {
        let converter = text_in(encoding);
        assert_eq!(decode(&converter, bytes).value, text.into(), "{encoding}");
        assert_eq!(encode(&converter, text).unwrap(), bytes, "{encoding}");
    };
    check("utf-8", "é€", "é€".as_bytes());
    check("UTF-16", "é€", &[0xFE, 0xFF, 0, 0xE9, 0x20, 0xAC]);
    check("UTF-16BE", "é😀", &[0, 0xE9, 0xD8, 0x3D, 0xDE, 0x00]);
    check("UTF-16LE", "é€", &[0xE9, 0, 0xAC, 0x20]);
    check("ISO-8859-1", "é", &[0xE9]);
    check("US-ASCII", "e", b"e");
    assert_eq!(
        decode(&text_in("UTF-16"), &[0xFF, 0xFE, 0xE9, 0]).value,
        "é".into()
    );
}

#[test]
fn an_unknown_encoding_is_refused_by_its_key() {
    let mut config = StringConverterConfig::default();
    config.converter_encoding = "EBCDIC".to_owned();
    assert_eq!(
        StringConverter::new(&config).unwrap_err().message(),
        "converter.encoding: expected one of UTF-8, ISO-8859-1, US-ASCII, UTF-16, UTF-16BE, UTF-16LE, found `EBCDIC`"
    );
}

#[test]
fn what_an_encoding_lacks_is_refused() {
    assert_eq!(
        refused(&StringConverter::default(), b"ab\xFFc"),
        "string converter: byte 2: expected UTF-8, found 0xff"
    );
    assert_eq!(
        refused(&text_in("UTF-16BE"), b"abc"),
        "string converter: expected UTF-16, found an odd number of bytes, 3"
    );
    assert_eq!(
        refused(&text_in("UTF-16LE"), &[0x3D, 0xD8]),
        "string converter: expected UTF-16, found half a character"
    );
    assert_eq!(
        refused(&text_in("ascii"), b"a\x80"),
        "string converter: byte 1: expected US-ASCII, found 0x80"
    );
    assert_eq!(
        unwritten(&text_in("latin1"), "a€"),
        "string converter: expected characters up to U+FF, found `€`"
    );
}

#[test]
fn what_an_encoding_lacks_is_replaced_as_in_java() {
    let java = |encoding: &str| {
        text(|config| {
            config.converter_encoding = encoding.to_owned();
            config.compat_java = true;
        })
    };
    assert_eq!(
        decode(&java("UTF-8"), b"ab\xFFc").value,
        "ab\u{FFFD}c".into()
    );
    assert_eq!(decode(&java("ASCII"), b"a\x80").value, "a\u{FFFD}".into());
    assert_eq!(
        decode(&java("UTF-16BE"), &[0, b'a', 0]).value,
        "a\u{FFFD}".into()
    );
    assert_eq!(
        encode(&java("latin1"), "aé€").unwrap(),
        &[b'a', 0xE9, b'?'][..]
    );
    assert_eq!(encode(&java("ascii"), "aé€").unwrap(), "a??");
}

#[test]
fn bytes_have_no_text_form() {
    let bytes = Value::from(Bytes::from_static(&[1, 2]));
    assert_eq!(
        unwritten(&StringConverter::default(), Value::array([bytes.clone()])),
        "string converter: expected something that has a text form, found bytes"
    );
    assert_eq!(
        encode(&text(|config| config.compat_java = true), bytes).unwrap(),
        "java.nio.HeapByteBuffer[pos=0 lim=2 cap=2]"
    );
}

#[test]
fn bytes_are_passed_through_and_nothing_else_is() {
    let converter = ByteArrayConverter::default();
    let bytes = Bytes::from(vec![0, 255, 7]);
    let data = Converter::decode(&converter, "t", &Headers::new(), Some(&bytes)).unwrap();
    assert_eq!(
        data,
        SchemaAndValue::new(Schema::optional_bytes(), bytes.clone())
    );
    assert_eq!(encode(&converter, data).unwrap().as_ptr(), bytes.as_ptr());
    assert_eq!(
        unwritten(&converter, "text"),
        "bytes converter: expected bytes, found string"
    );
    assert_eq!(
        unwritten(
            &converter,
            SchemaAndValue::new(Schema::plain_string(), bytes)
        ),
        "bytes converter: expected a schema of type bytes, found Schema{STRING}"
    );
}

fn encode_header(converter: &impl HeaderConverter, value: Value) -> Option<Bytes> {
    converter.encode("t", "h", &value.into()).unwrap()
}

fn decode_header(converter: &impl HeaderConverter, bytes: &'static [u8]) -> SchemaAndValue {
    let bytes = Bytes::from_static(bytes);
    converter.decode("t", "h", Some(&bytes)).unwrap()
}

#[test]
fn simple_headers_are_text_and_come_back_inferred() {
    let simple = SimpleHeaderConverter::default();
    assert_eq!(encode_header(&simple, Value::Null), None);
    assert_eq!(encode_header(&simple, "x y".into()).unwrap(), "x y");
    assert_eq!(
        encode_header(&simple, Value::array([1, 2])).unwrap(),
        "[1,2]"
    );
    let read = |bytes| decode_header(&simple, bytes);
    assert_eq!(read(b"1"), SchemaAndValue::new(Schema::plain_int8(), 1i8));
    assert_eq!(read(b"x"), SchemaAndValue::new(Schema::plain_string(), "x"));
    assert_eq!(read(b"null"), SchemaAndValue::NULL);
    let binary = Bytes::from_static(b"\xFF");
    assert_eq!(
        read(b"\xFF"),
        SchemaAndValue::new(Schema::plain_bytes(), binary)
    );
    let none = HeaderConverter::decode(&simple, "t", "h", None).unwrap();
    assert_eq!(none, SchemaAndValue::NULL);
}

#[test]
fn the_dialect_of_simple_headers_is_chosen_by_compat_java() {
    let mut config = SimpleHeaderConverterConfig::default();
    config.compat_java = true;
    let (own, java) = (
        SimpleHeaderConverter::default(),
        SimpleHeaderConverter::new(&config),
    );
    let moment = Value::Timestamp(-1);
    assert_eq!(
        encode_header(&own, moment.clone()).unwrap(),
        "1969-12-31T23:59:59.999Z"
    );
    assert_eq!(encode_header(&java, moment).unwrap(), "23:59:59.999Z");
    assert_eq!(
        decode_header(&own, b"2020-02-30").value,
        "2020-02-30".into()
    );
    assert_eq!(
        decode_header(&java, b"2020-02-30").value,
        Value::Date(18_322)
    );
    assert_eq!(decode_header(&java, b"\xFF").value, "\u{FFFD}".into());
}

#[test]
fn converters_of_records_convert_headers_too() {
    let bytes = Bytes::from_static(b"x");
    assert_eq!(
        decode_header(&StringConverter::default(), b"x").value,
        "x".into()
    );
    assert_eq!(
        decode_header(&ByteArrayConverter::default(), b"x").value,
        bytes.clone().into()
    );
    assert_eq!(
        encode_header(&StringConverter::default(), "x".into()).unwrap(),
        bytes
    );
    assert_eq!(
        encode_header(&ByteArrayConverter::default(), bytes.clone().into()).unwrap(),
        bytes
    );
}
