//! Connect's values as messages.

use connect_api::{Bytes, Decimal, Schema, Struct, Value};
use connect_converters::protobuf::ProtobufData;
use expect_test::{Expect, expect};

use super::{ENUM, TYPE, UNION, data, data_with, numbers, part, read, write};

/// Writes a struct with one field.
#[track_caller]
fn field(schema: Schema, value: impl Into<Value>) -> Result<Vec<u8>, String> {
    let schema = Schema::record("R").field("f", schema).build().unwrap();
    let value = Struct::from_values(&schema, vec![value.into()]).unwrap();
    let written = data()
        .writer(&schema)
        .and_then(|writer| writer.to_bytes(&value.into()));
    written.map(Into::into).map_err(|error| error.to_string())
}

#[test]
fn scalars_are_written_as_their_types_say() {
    let told = |name: &str| Schema::int64().parameter(TYPE, name).build().unwrap();
    assert_eq!(
        field(Schema::plain_int8(), -1_i8),
        Ok(numbers(&[(1, u64::MAX)]))
    );
    assert_eq!(field(Schema::plain_int32(), 12), Ok(numbers(&[(1, 12)])));
    assert_eq!(field(told("sint64"), -2_i64), Ok(numbers(&[(1, 3)])));
    assert_eq!(
        field(told("uint32"), 4_294_967_295_i64),
        Ok(numbers(&[(1, 0xFFFF_FFFF)]))
    );
    assert_eq!(field(told("uint64"), -1_i64), Ok(numbers(&[(1, u64::MAX)])));
    assert_eq!(
        field(told("fixed32"), 1_i64),
        Ok(b"\x0d\x01\0\0\0".to_vec())
    );
    assert_eq!(
        field(told("sfixed64"), 1_i64),
        Ok(b"\x09\x01\0\0\0\0\0\0\0".to_vec())
    );
    assert_eq!(
        field(Schema::plain_float32(), 1.0_f32),
        Ok(b"\x0d\0\0\x80\x3f".to_vec())
    );
    assert_eq!(field(Schema::plain_string(), "foo"), Ok(part(1, b"foo")));
    assert_eq!(
        field(Schema::plain_bytes(), Bytes::from_static(b"foo")),
        Ok(part(1, b"foo"))
    );
    assert_eq!(field(Schema::plain_boolean(), true), Ok(numbers(&[(1, 1)])));
}

#[test]
fn zeros_are_left_out_and_negative_zero_is_not() {
    assert_eq!(field(Schema::plain_int64(), 0_i64), Ok(vec![]));
    assert_eq!(field(Schema::plain_string(), ""), Ok(vec![]));
    assert_eq!(field(Schema::plain_boolean(), false), Ok(vec![]));
    assert_eq!(
        field(Schema::plain_float32(), -0.0_f32),
        Ok(b"\x0d\0\0\0\x80".to_vec())
    );
}

#[test]
fn what_does_not_fit_is_refused_by_its_path() {
    let told = Schema::int64().parameter(TYPE, "uint32").build().unwrap();
    assert_eq!(
        field(told, -1_i64),
        Err("message `R`: field `f`: expected what fits `uint32`, found -1".to_owned())
    );
    assert_eq!(
        field(Schema::plain_int32(), "12"),
        Err("message `R`: field `f`: expected what fits `int32`, found string".to_owned())
    );
    let array = Schema::array(Schema::optional_string()).build().unwrap();
    let value = Value::array([Value::from("a"), Value::Null]);
    assert_eq!(
        field(array, value),
        Err(
            "message `R`: field `f`: element 1: expected what fits `string`, found null".to_owned()
        )
    );
}

#[test]
fn logical_types_are_messages() {
    let decimal = [part(1, &[0, 0xBC, 0x61, 0x4E]), numbers(&[(2, 8), (3, 3)])].concat();
    let schema = Schema::decimal(3).build().unwrap();
    assert_eq!(
        field(schema, Decimal::new(12_345_678, 3)),
        Ok(part(1, &decimal))
    );
    let day = numbers(&[(1, 2017), (2, 9), (3, 18)]);
    assert_eq!(
        field(Schema::date().build().unwrap(), Value::Date(17_427)),
        Ok(part(1, &day))
    );
    let time = numbers(&[(1, 11), (2, 12), (3, 13), (4, 140_000_000)]);
    let millis = ((11 * 60 + 12) * 60 + 13) * 1000 + 140;
    let schema = Schema::time().build().unwrap();
    assert_eq!(field(schema, Value::Time(millis)), Ok(part(1, &time)));
    let moment = numbers(&[(1, u64::MAX), (2, 1_000_000)]);
    let schema = Schema::timestamp()
        .default_value(Value::Timestamp(0))
        .build()
        .unwrap();
    assert_eq!(field(schema, Value::Timestamp(-999)), Ok(part(1, &moment)));
}

#[test]
fn days_times_and_moments_that_protobuf_lacks_are_refused() {
    let refused = |schema: Schema, value: Value| field(schema, value).unwrap_err();
    assert_eq!(
        refused(Schema::date().build().unwrap(), Value::Date(-800_000)),
        "message `R`: field `f`: expected a day from year 1 on, found one in year -221"
    );
    assert_eq!(
        refused(Schema::time().build().unwrap(), Value::Time(86_400_000)),
        "message `R`: field `f`: expected a time of day from 0 to 86399999 ms, found 86400000"
    );
    assert_eq!(
        refused(
            Schema::timestamp().build().unwrap(),
            Value::Timestamp(i64::MAX)
        ),
        "message `R`: field `f`: expected a moment in years 1 to 9999, found 9223372036854775807 ms"
    );
}

fn status() -> Schema {
    Schema::string()
        .name("Status")
        .parameter(ENUM, "Status")
        .parameter(format!("{ENUM}.ACTIVE"), "0")
        .parameter(format!("{ENUM}.INACTIVE"), "1")
        .build()
        .unwrap()
}

#[test]
fn symbols_are_written_as_their_numbers() {
    assert_eq!(field(status(), "INACTIVE"), Ok(numbers(&[(1, 1)])));
    assert_eq!(field(status(), "ACTIVE"), Ok(vec![]));
    assert_eq!(
        field(status(), "UNKNOWN_ENUM_VALUE_Status_7"),
        Ok(numbers(&[(1, 7)]))
    );
    assert_eq!(
        field(status(), "GONE"),
        Err("message `R`: field `f`: expected a symbol of enum `Status`, found `GONE`".to_owned())
    );
}

#[test]
fn a_union_has_one_value() {
    let union = Schema::record(format!("{UNION}.choice"))
        .field("a", Schema::optional_string())
        .field("b", Schema::optional_int64())
        .optional()
        .build()
        .unwrap();
    let value = |a: Value, b: Value| Struct::from_values(&union, vec![a, b]).unwrap();
    assert_eq!(
        field(union.clone(), value("x".into(), Value::Null)),
        Ok(part(1, b"x"))
    );
    assert_eq!(
        field(union.clone(), value(Value::Null, 0_i64.into())),
        Ok(numbers(&[(2, 0)]))
    );
    assert_eq!(field(union.clone(), Value::Null), Ok(vec![]));
    assert_eq!(
        field(union.clone(), value("x".into(), 1_i64.into())),
        Err(
            "message `R`: field `f`: expected a union in which one field has a value, found 2"
                .to_owned()
        )
    );
    assert_eq!(
        field(union.clone(), value(Value::Null, Value::Null)),
        Err(
            "message `R`: field `f`: expected a union in which one field has a value, found none"
                .to_owned()
        )
    );
}

#[test]
fn maps_are_written_as_entries() {
    let map = |value: Schema| Schema::map(Schema::plain_string(), value).build().unwrap();
    let entry = [part(1, b"field"), numbers(&[(2, 1)])].concat();
    assert_eq!(
        field(map(Schema::plain_int32()), Value::map([("field", 1)])),
        Ok(part(1, &entry))
    );
    let value = Value::map([("field", Value::Null)]);
    assert_eq!(
        field(map(Schema::optional_string()), value),
        Ok(part(1, &part(1, b"field")))
    );
}

#[test]
fn a_default_stands_in_for_null_unless_that_is_not_wanted() {
    let schema = Schema::record("KeyValueMessage")
        .field("key", Schema::optional_int32())
        .field(
            "value",
            Schema::string()
                .optional()
                .default_value("x")
                .build()
                .unwrap(),
        )
        .build()
        .unwrap();
    let value = Value::from(Struct::new(&schema).unwrap().with("key", 123).unwrap());
    let with = [numbers(&[(1, 123)]), part(2, b"x")].concat();
    assert_eq!(write(&data(), &schema, &value), with);
    let data = data_with(|config| config.ignore_default_for_nullables = true);
    assert_eq!(write(&data, &schema, &value), numbers(&[(1, 123)]));
}

#[test]
fn optional_zeros_are_kept_with_their_label_or_wrapper() {
    let schema = Schema::record("R")
        .field("f", Schema::optional_int32())
        .build()
        .unwrap();
    let zero = Value::from(Struct::from_values(&schema, vec![0.into()]).unwrap());
    let labelled = data_with(|config| config.optional_for_nullables = true);
    assert_eq!(write(&labelled, &schema, &zero), numbers(&[(1, 0)]));
    let wrapped = data_with(|config| config.wrapper_for_nullables = true);
    assert_eq!(write(&wrapped, &schema, &zero), part(1, b""));
}

#[test]
fn primitives_are_written_in_their_wrappers() {
    for (schema, value, message) in [
        (Schema::plain_int32(), Value::Int32(15), numbers(&[(1, 15)])),
        (Schema::plain_string(), "Hello".into(), part(1, b"Hello")),
        (Schema::plain_string(), "".into(), vec![]),
        (Schema::plain_boolean(), true.into(), numbers(&[(1, 1)])),
        (
            Schema::timestamp().build().unwrap(),
            Value::Timestamp(7),
            numbers(&[(1, 7)]),
        ),
    ] {
        assert_eq!(write(&data(), &schema, &value), message, "{schema}");
    }
}

/// Writes a struct as a message of another file.
#[track_caller]
fn check_as(data: &ProtobufData, proto: &str, schema: &Schema, value: Value, expected: Expect) {
    let written = data.writer_as(schema, proto).and_then(|writer| {
        let bytes = writer.to_bytes(&value)?;
        Ok(format!("{:?} {bytes:?}", writer.indexes()))
    });
    expected.assert_eq(&written.unwrap_or_else(|error| error.to_string()));
}

#[test]
fn a_registered_message_is_found_by_name_and_its_fields_are_too() {
    let schema = Schema::record("Order")
        .field("id", Schema::plain_int32())
        .field("note", Schema::optional_string())
        .build()
        .unwrap();
    let value = || {
        Struct::new(&schema)
            .unwrap()
            .with("id", 1)
            .unwrap()
            .with("note", "n")
            .unwrap()
            .into()
    };
    let check =
        |proto: &str, expected: Expect| check_as(&data(), proto, &schema, value(), expected);
    let other = "syntax = \"proto3\"; package shop; import \"google/protobuf/wrappers.proto\"; message A {} \
                 message Order { sint64 id = 7; google.protobuf.StringValue note = 3; bool more = 9; }";
    check(other, expect![[r#"[2, 2] b"\x1a\x03\n\x01n8\x02""#]]);
    check(
        "syntax = \"proto3\"; message Other { int32 id = 1; }",
        expect!["expected message `Order` in the registered `.proto` file, found `Other`"],
    );
    check(
        "syntax = \"proto3\"; message Order { int32 id = 1; }",
        expect![
            "message `Order`: field `note`: expected a field of that name in message `Order`, found none"
        ],
    );
    check(
        "syntax = \"proto3\"; message Order { string id = 1; string note = 2; }",
        expect!["message `Order`: field `id`: expected what fits `string`, found int32"],
    );
    check(
        "syntax = \"proto2\"; message Order { optional int32 id = 1; optional string note = 2; required int32 more = 3; }",
        expect!["message `Order`: expected field `more`, which `Order` requires, found none"],
    );
    check(
        "syntax = \"proto3\"; import \"other.proto\"; message Order { int32 id = 1; }",
        expect![
            "`other.proto` is imported: expected it among the references of the schema, found no such name"
        ],
    );
    check(
        "message Order {",
        expect![
            "expected a `.proto` file: expected a message field, oneof, reserved range, enum, message, option or '}', but reached end of file"
        ],
    );
}

#[test]
fn a_struct_of_another_schema_is_refused() {
    let schema = Schema::record("R")
        .field("f", Schema::plain_int32())
        .build()
        .unwrap();
    let other = Schema::record("R")
        .field("g", Schema::plain_int32())
        .build()
        .unwrap();
    let value = Struct::from_values(&other, vec![1.into()]).unwrap().into();
    let error = data()
        .writer(&schema)
        .unwrap()
        .to_bytes(&value)
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "message `R`: expected a struct of Schema{R:STRUCT}, found one of Schema{R:STRUCT} with other fields"
    );
}

#[test]
fn what_was_read_is_written_again_byte_for_byte() {
    let proto = "syntax = \"proto3\"; import \"google/protobuf/timestamp.proto\"; \
        message NestedMessage { UserId user_id = 1; bool is_active = 2; repeated string experiments = 3; \
        google.protobuf.Timestamp updated_at = 4; Status status = 5; map<string, string> map_type = 6; InnerMessage inner = 7; \
        message InnerMessage { string id = 1; repeated int32 ids = 2; } } \
        message UserId { oneof user_id { string kafka_user_id = 1; int32 other_user_id = 2; } } \
        enum Status { ACTIVE = 0; INACTIVE = 1; }";
    let message = [
        part(1, &numbers(&[(2, 0)])),
        numbers(&[(2, 1)]),
        part(3, b"first"),
        part(3, b"second"),
        part(4, &numbers(&[(1, 1_505_692_800)])),
        numbers(&[(5, 1)]),
        part(6, &[part(1, b"Hello"), part(2, b"World")].concat()),
        part(7, &part(2, &[1, 2, 0x80, 1])),
    ]
    .concat();
    let read = read(&data(), proto, &message);
    assert_eq!(
        write(&data(), read.schema.as_ref().unwrap(), &read.value),
        message
    );
}
