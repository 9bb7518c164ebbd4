//! Bytes of values, and bytes that are none.

use connect_api::{Bytes, Decimal, Schema, SchemaAndValue, Struct, Value};

use super::{avro, plainly, with, written};

#[test]
fn values_have_avros_bytes() {
    let written = |schema: &Schema, value: Value| written(avro(), schema, value);
    assert_eq!(written(&Schema::plain_int32(), (-1).into()), [1]);
    assert_eq!(
        written(&Schema::plain_int64(), i64::MIN.into()),
        [255, 255, 255, 255, 255, 255, 255, 255, 255, 1]
    );
    assert_eq!(
        written(&Schema::plain_string(), "ab".into()),
        [4, b'a', b'b']
    );
    assert_eq!(
        written(&Schema::optional_string(), "ab".into()),
        [2, 4, b'a', b'b']
    );
    assert_eq!(
        written(&Schema::plain_float32(), 1.0f32.into()),
        1.0f32.to_le_bytes()
    );
    let array = Schema::array(Schema::plain_boolean()).build().unwrap();
    assert_eq!(written(&array, Value::array([true, false])), [4, 1, 0, 0]);
    assert_eq!(written(&array, Value::array(Vec::<bool>::new())), [0]);
}

#[test]
fn bytes_that_are_not_part_of_anything_have_no_length() {
    assert_eq!(
        written(avro(), &Schema::plain_bytes(), vec![7u8, 8]),
        [7, 8]
    );
    assert_eq!(plainly(r#""bytes""#, &[7, 8]).unwrap(), vec![7u8, 8].into());
    let decimal = Schema::decimal(2).build().unwrap();
    assert_eq!(written(avro(), &decimal, Decimal::new(1, 2)), [1]);
    assert_eq!(
        written(avro(), &Schema::optional_bytes(), vec![7u8]),
        [2, 2, 7]
    );
}

#[test]
fn a_decimal_fills_its_fixed_size() {
    let schema = Schema::decimal(2)
        .parameter("connect.fixed.size", "4")
        .build()
        .unwrap();
    assert_eq!(
        written(avro(), &schema, Decimal::new(-2, 2)),
        [255, 255, 255, 254]
    );
    let text = avro().schema_of(Some(&schema)).unwrap();
    assert_eq!(
        plainly(&text, &[255, 255, 255, 254]).unwrap(),
        Decimal::new(-2, 2).into()
    );
    let data = SchemaAndValue::new(schema.clone(), Decimal::new(1i64 << 40, 2));
    let error = avro()
        .encoder(Some(&schema), &text)
        .unwrap()
        .to_bytes(&data)
        .unwrap_err();
    assert!(error.to_string().contains("at most 4 bytes"), "{error}");
}

#[test]
fn text_that_is_read_is_a_slice_of_the_record() {
    let body = Bytes::from_static(b"\x04ab");
    let value = avro()
        .decoder(r#""string""#, None)
        .unwrap()
        .from_bytes(&body)
        .unwrap()
        .value;
    let Value::String(text) = value else {
        panic!("expected text, found {value:?}")
    };
    assert_eq!(text.as_bytes().as_ptr(), body[1..].as_ptr());
}

#[test]
fn a_null_that_has_a_default_becomes_it_unless_that_is_off() {
    let seven = Schema::int32().default_value(7).build().unwrap();
    let maybe = Schema::int32().optional().default_value(7).build().unwrap();
    let schema = Schema::record("R")
        .field("a", seven)
        .field("b", maybe)
        .build()
        .unwrap();
    let empty = Struct::new(&schema).unwrap();
    assert_eq!(written(avro(), &schema, empty.clone()), [14, 0, 14]);
    let keeping = with(|config| config.ignore_default_for_nullables = true);
    assert_eq!(
        written(keeping, &schema, empty.clone().with("a", 1).unwrap()),
        [2, 2]
    );
    let text = keeping.schema_of(Some(&schema)).unwrap();
    let data = SchemaAndValue::new(schema.clone(), empty);
    let error = keeping
        .encoder(Some(&schema), &text)
        .unwrap()
        .to_bytes(&data)
        .unwrap_err();
    assert!(error.to_string().contains("field `a`"), "{error}");
}

fn union_schema() -> Schema {
    let builder = Schema::record("io.confluent.connect.avro.Union").optional();
    let builder = builder
        .field("int", Schema::optional_int32())
        .field("string", Schema::optional_string());
    builder.build().unwrap()
}

#[test]
fn the_branch_of_a_union_is_the_field_that_is_set() {
    let schema = union_schema();
    let union = Struct::new(&schema).unwrap();
    assert_eq!(
        written(avro(), &schema, union.clone().with("int", 1).unwrap()),
        [2, 2]
    );
    let text = union.clone().with("string", "a").unwrap();
    assert_eq!(written(avro(), &schema, text.clone()), [4, 2, b'a']);
    assert_eq!(written(avro(), &schema, union), [0]);
    assert_eq!(
        plainly(r#"["null","int","string"]"#, &[4, 2, b'a']).unwrap(),
        text.into()
    );
}

#[test]
fn fields_that_only_the_registered_schema_has_get_their_defaults() {
    let schema = Schema::record("R")
        .field("b", Schema::plain_int32())
        .build()
        .unwrap();
    let registered = r#"{"type":"record","name":"Other","fields":[
        {"name":"a","type":["null","int"],"default":null},
        {"name":"b","type":["null","long"],"default":null},
        {"name":"c","type":{"type":"array","items":"string"},"default":["x"]},
        {"name":"d","type":{"type":"record","name":"D","fields":[{"name":"e","type":"float","default":1.5}]},"default":{}}]}"#;
    let data = SchemaAndValue::new(
        schema.clone(),
        Struct::new(&schema).unwrap().with("b", 1).unwrap(),
    );
    let bytes = avro()
        .encoder(Some(&schema), registered)
        .unwrap()
        .to_bytes(&data)
        .unwrap();
    assert_eq!(bytes, [0, 2, 2, 2, 2, b'x', 0, 0, 0, 0xC0, 0x3F]);
}

#[test]
fn what_does_not_fit_the_registered_schema_is_refused() {
    let schema = Schema::record("R")
        .field("a", Schema::plain_int64())
        .build()
        .unwrap();
    for (registered, part) in [
        (r#"{"type":"record","name":"R","fields":[]}"#, "field `a`"),
        (
            r#"{"type":"record","name":"R","fields":[{"name":"a","type":"int"}]}"#,
            "expected values for int",
        ),
        (
            r#"{"type":"record","name":"R","fields":[{"name":"a","type":"long"},{"name":"b","type":"int"}]}"#,
            "field `b`",
        ),
        (r#""string""#, "expected values for string"),
    ] {
        let error = avro()
            .encoder(Some(&schema), registered)
            .unwrap_err()
            .to_string();
        assert!(error.contains(part), "{error}");
    }
    let timestamp = Schema::timestamp().build().unwrap();
    let micros = r#"{"type":"long","logicalType":"timestamp-micros"}"#;
    let error = avro()
        .encoder(Some(&timestamp), micros)
        .unwrap_err()
        .to_string();
    assert!(error.contains("timestamp-micros"), "{error}");
}

#[test]
fn a_value_that_does_not_fit_is_refused_with_its_path() {
    let element = Schema::record("E")
        .field("n", Schema::plain_int8())
        .build()
        .unwrap();
    let list = Schema::array(element.clone()).build().unwrap();
    let schema = Schema::record("R").field("list", list).build().unwrap();
    let wrong = Struct::from_values(&element, vec!["text".into()]).unwrap();
    let value = Struct::from_values(&schema, vec![Value::array([wrong])]).unwrap();
    let text = avro().schema_of(Some(&schema)).unwrap();
    let data = SchemaAndValue::new(schema.clone(), value);
    let error = avro()
        .encoder(Some(&schema), &text)
        .unwrap()
        .to_bytes(&data)
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "field `list`: element 0: field `n`: expected an integer, found string"
    );
}

#[track_caller]
fn check_refused(schema: &str, bytes: &[u8], message: &str) {
    let error = plainly(schema, bytes).unwrap_err();
    assert!(error.to_string().ends_with(message), "{error}");
}

#[test]
fn bytes_that_are_no_value_are_refused_with_the_offset() {
    check_refused(r#""int""#, &[], "offset 0: expected a byte, found the end");
    check_refused(
        r#""int""#,
        &[2, 2],
        "offset 1: expected the end, found 1 more bytes",
    );
    check_refused(r#""int""#, &[255, 255, 255, 255, 127], "found -17179869184");
    check_refused(
        r#""long""#,
        &[255; 11],
        "offset 0: expected a long of 64 bits, found more",
    );
    check_refused(r#""boolean""#, &[2], "offset 0: expected 0 or 1, found 2");
    check_refused(r#""double""#, &[0; 7], "expected 8 bytes, found 7");
    check_refused(r#""string""#, &[1], "offset 0: expected a length, found -1");
    check_refused(r#""string""#, &[4, b'a'], "expected 2 bytes, found 1");
    check_refused(
        r#""string""#,
        &[4, b'a', 0xFF],
        "offset 2: expected UTF-8, found other bytes",
    );
    check_refused(
        r#"["null","int"]"#,
        &[4],
        "expected the index of one of 2 branches, found 2",
    );
    check_refused(
        r#"{"type":"enum","name":"E","symbols":["A"]}"#,
        &[1],
        "expected the index of one of 1 symbols, found -1",
    );
    check_refused(
        r#"{"type":"int","connect.type":"int8"}"#,
        &[0x80, 2],
        "expected an int8, found 128",
    );
    let time = r#"{"type":"int","logicalType":"time-millis"}"#;
    check_refused(
        time,
        &[1],
        "expected a time of day between 0 and 86400000 ms, found -1",
    );
}

#[test]
fn java_lets_integers_wrap_and_ignores_the_rest() {
    let java = with(|config| config.compat_java = true);
    let decoder = java
        .decoder(r#"{"type":"int","connect.type":"int8"}"#, None)
        .unwrap();
    let read = decoder
        .from_bytes(&Bytes::from_static(&[0x80, 2, 9, 9]))
        .unwrap();
    assert_eq!(read.value, Value::Int8(-128));
}

#[test]
fn blocks_may_say_their_size() {
    let ints = r#"{"type":"array","items":"int"}"#;
    assert_eq!(
        plainly(ints, &[3, 4, 2, 4, 2, 6, 0]).unwrap(),
        Value::array([1, 2, 3])
    );
    check_refused(
        ints,
        &[3, 100, 2, 4, 0],
        "expected a block of at most 3 bytes, found 50",
    );
}

#[test]
fn no_count_takes_more_memory_than_there_are_bytes() {
    let huge = [254, 255, 255, 255, 255, 255, 255, 255, 255, 1];
    check_refused(
        r#"{"type":"array","items":"int"}"#,
        &huge,
        "expected at most 0 elements, found 9223372036854775807",
    );
    check_refused(
        r#"{"type":"map","values":"int"}"#,
        &huge,
        "found 9223372036854775807",
    );
    check_refused(
        r#"{"type":"array","items":{"type":"record","name":"E","fields":[]}}"#,
        &huge,
        "found 9223372036854775807 more",
    );
    check_refused(
        r#""string""#,
        &huge,
        "expected 9223372036854775807 bytes, found 0",
    );
    let least = [255, 255, 255, 255, 255, 255, 255, 255, 255, 1, 0];
    check_refused(
        r#"{"type":"array","items":"int"}"#,
        &least,
        "expected a count, found -9223372036854775808",
    );
    let anything = avro().schema_of(None).unwrap();
    let mut bytes = vec![0; 7];
    bytes.push(2);
    bytes.extend(huge);
    check_refused(&anything, &bytes, "found 9223372036854775807");
}

/// Types of which each contains the one before it twice: short in text, endless in values.
fn doubling(levels: usize) -> String {
    let mut text = r#"{"type":"record","name":"R0","fields":[]}"#.to_owned();
    let mut fields = format!(r#"{{"name":"f","type":{text}}}"#);
    for level in 1..levels {
        let below = level - 1;
        text = format!(
            r#"{{"type":"record","name":"R{level}","fields":[{{"name":"a","type":"R{below}"}},{{"name":"b","type":"R{below}"}}]}}"#
        );
        fields.push_str(&format!(r#",{{"name":"f{level}","type":{text}}}"#));
    }
    format!(r#"{{"type":"record","name":"Root","fields":[{fields}]}}"#)
}

#[test]
fn records_without_bytes_are_not_made_without_end() {
    let error = plainly(&doubling(60), &[]).unwrap_err().to_string();
    assert!(
        error.contains("expected fewer values that take no bytes"),
        "{error}"
    );
}

#[test]
fn types_are_not_nested_without_end() {
    let mut fields = r#"{"name":"f","type":{"type":"record","name":"R0","fields":[]}}"#.to_owned();
    for level in 1..2_000 {
        let below = level - 1;
        fields.push_str(&format!(
            r#",{{"name":"f{level}","type":{{"type":"record","name":"R{level}","fields":[{{"name":"a","type":"R{below}"}}]}}}}"#
        ));
    }
    let text = format!(r#"{{"type":"record","name":"Root","fields":[{fields}]}}"#);
    let error = avro().connect_schema(&text).unwrap_err().to_string();
    assert!(error.contains("at most 100 levels"), "{error}");
    let deep = "{\"type\":\"array\",\"items\":".repeat(5_000);
    assert!(avro().connect_schema(&deep).is_err());
    let nested = format!(
        "{}\"int\"{}",
        r#"{"type":"array","items":"#.repeat(110),
        "}".repeat(110)
    );
    let error = avro().connect_schema(&nested).unwrap_err().to_string();
    assert!(error.contains("at most 100 levels"), "{error}");
}

#[test]
fn values_without_a_schema_are_not_nested_without_end() {
    let anything = avro().schema_of(None).unwrap();
    let bytes = [0, 0, 0, 0, 0, 0, 0, 2, 2].repeat(100_000);
    let error = plainly(&anything, &bytes).unwrap_err().to_string();
    assert!(error.contains("at most 256 levels"), "{error}");
    let mut value = Value::Null;
    for _ in 0..1_000 {
        value = Value::array([value]);
    }
    let encoder = avro().encoder(None, &anything).unwrap();
    assert!(
        encoder
            .to_bytes(&value.into())
            .unwrap_err()
            .to_string()
            .contains("at most 256 levels")
    );
}
