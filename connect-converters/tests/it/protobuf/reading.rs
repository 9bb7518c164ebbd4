//! Messages of others, as Connect's values; long because every kind of field has its claims.

use connect_api::{Bytes, Decimal, Schema, Struct, Value};

use super::{ENUM, TAG, TYPE, UNION, data, data_with, numbers, part, read};

/// The schema of a field with a number, as it is by default.
fn tagged(builder: connect_api::SchemaBuilder, number: u32) -> Schema {
    builder
        .optional()
        .parameter(TAG, number.to_string())
        .build()
        .unwrap()
}

/// Checks what the only field of a message, which has number 1, is read as.
#[track_caller]
fn check(field: &str, message: &[u8], schema: Schema, value: impl Into<Value>) {
    let proto = format!(
        "syntax = \"proto3\"; import \"confluent/type/decimal.proto\"; import \"google/type/date.proto\"; \
         import \"google/type/timeofday.proto\"; import \"google/protobuf/timestamp.proto\"; \
         import \"google/protobuf/wrappers.proto\"; message M {{ {field} }}"
    );
    let found = read(&data(), &proto, message);
    let expected = Schema::record("M").field("f", schema).build().unwrap();
    let found_schema = found.schema.unwrap();
    assert_eq!(found_schema, expected);
    assert_eq!(
        found_schema.fields()[0].schema().parameters(),
        expected.fields()[0].schema().parameters()
    );
    let expected = Struct::from_values(&expected, vec![value.into()]).unwrap();
    assert_eq!(found.value, Value::from(expected), "{field}");
}

#[test]
fn scalars_are_of_the_type_that_holds_them() {
    let minus_one = numbers(&[(1, u64::MAX)]);
    let small = |name: &str| tagged(Schema::int32().parameter(TYPE, name), 1);
    let large = |name: &str| tagged(Schema::int64().parameter(TYPE, name), 1);
    check("int32 f = 1;", &minus_one, tagged(Schema::int32(), 1), -1);
    check(
        "int64 f = 1;",
        &minus_one,
        tagged(Schema::int64(), 1),
        -1_i64,
    );
    check("sint32 f = 1;", &numbers(&[(1, 3)]), small("sint32"), -2);
    check("sint64 f = 1;", &numbers(&[(1, 4)]), large("sint64"), 2_i64);
    check(
        "uint32 f = 1;",
        &numbers(&[(1, 0xFFFF_FFFF)]),
        large("uint32"),
        4_294_967_295_i64,
    );
    check("uint64 f = 1;", &minus_one, large("uint64"), -1_i64);
    check(
        "bool f = 1;",
        &numbers(&[(1, 2)]),
        tagged(Schema::boolean(), 1),
        true,
    );
    check(
        "float f = 1;",
        b"\x0d\0\0\x80\x3f",
        tagged(Schema::float32(), 1),
        1.0_f32,
    );
    check(
        "double f = 1;",
        b"\x09\0\0\0\0\0\0\xf0\x3f",
        tagged(Schema::float64(), 1),
        1.0_f64,
    );
    check(
        "string f = 1;",
        &part(1, b"hi"),
        tagged(Schema::string(), 1),
        "hi",
    );
    check(
        "bytes f = 1;",
        &part(1, b"hi"),
        tagged(Schema::bytes(), 1),
        Bytes::from_static(b"hi"),
    );
}

#[test]
fn numbers_of_a_fixed_length_are_of_the_type_that_holds_them() {
    let large = |name: &str| tagged(Schema::int64().parameter(TYPE, name), 1);
    check(
        "fixed32 f = 1;",
        b"\x0d\xff\xff\xff\xff",
        large("fixed32"),
        4_294_967_295_i64,
    );
    check(
        "sfixed32 f = 1;",
        b"\x0d\xff\xff\xff\xff",
        tagged(Schema::int32().parameter(TYPE, "sfixed32"), 1),
        -1,
    );
    check(
        "fixed64 f = 1;",
        b"\x09\x01\0\0\0\0\0\0\0",
        large("fixed64"),
        1_i64,
    );
    check(
        "sfixed64 f = 1;",
        b"\x09\x01\0\0\0\0\0\0\0",
        large("sfixed64"),
        1_i64,
    );
}

#[test]
fn integers_are_as_small_as_the_file_says() {
    let field = "int32 f = 1 [(confluent.field_meta) = { params: [ { key: \"connect.type\", value: \"int8\" } ] }];";
    check(
        field,
        &numbers(&[(1, 12)]),
        tagged(Schema::int8(), 1),
        12_i8,
    );
    let proto = format!("syntax = \"proto3\"; message M {{ {field} }}");
    let error = data()
        .reader(&proto)
        .unwrap()
        .from_bytes(&numbers(&[(1, 300)]).into());
    assert_eq!(
        error.unwrap_err().to_string(),
        "message `M`: field `f`: expected int8, found 300"
    );
}

#[test]
fn an_absent_scalar_is_zero_unless_it_can_be_absent() {
    check("int32 f = 1;", b"", tagged(Schema::int32(), 1), 0);
    check("string f = 1;", b"", tagged(Schema::string(), 1), "");
    check(
        "optional int32 f = 1;",
        b"",
        tagged(Schema::int32(), 1),
        Value::Null,
    );
    check(
        "optional int32 f = 1;",
        &numbers(&[(1, 0)]),
        tagged(Schema::int32(), 1),
        0,
    );
    let array = Schema::array(Schema::optional_int32());
    check(
        "repeated int32 f = 1;",
        b"",
        tagged(array, 1),
        Value::array([0_i32; 0]),
    );
}

#[test]
fn repeated_numbers_are_read_packed_and_not() {
    let array = || tagged(Schema::array(Schema::optional_int32()), 1);
    let packed = part(1, &[1, 2]);
    let both = [packed.clone(), numbers(&[(1, 3)])].concat();
    check(
        "repeated int32 f = 1;",
        &packed,
        array(),
        Value::array([1, 2]),
    );
    check(
        "repeated int32 f = 1 [packed = false];",
        &both,
        array(),
        Value::array([1, 2, 3]),
    );
}

#[test]
fn logical_types_are_read_from_their_messages() {
    let decimal = [part(1, &[0, 0xBC, 0x61, 0x4E]), numbers(&[(2, 8), (3, 3)])].concat();
    let meta = |precision: &str, scale: &str| {
        format!(
            "confluent.type.Decimal f = 1 [(confluent.field_meta) = {{ params: [ \
             {{ value: \"{precision}\", key: \"precision\" }}, {{ value: \"{scale}\", key: \"scale\" }} ] }}];"
        )
    };
    let schema = Schema::decimal(3).parameter("connect.decimal.precision", "8");
    check(
        &meta("8", "3"),
        &part(1, &decimal),
        tagged(schema, 1),
        Decimal::new(12_345_678, 3),
    );
    let date = part(1, &numbers(&[(1, 2017), (2, 12), (3, 31)]));
    check(
        "google.type.Date f = 1;",
        &date,
        tagged(Schema::date(), 1),
        Value::Date(17_531),
    );
    let time = part(1, &numbers(&[(1, 11), (2, 12), (3, 13), (4, 14_000_000)]));
    let millis = ((11 * 60 + 12) * 60 + 13) * 1000 + 14;
    check(
        "google.type.TimeOfDay f = 1;",
        &time,
        tagged(Schema::time(), 1),
        Value::Time(millis),
    );
    let moment = part(1, &numbers(&[(1, u64::MAX), (2, 1_999_999)]));
    check(
        "google.protobuf.Timestamp f = 1;",
        &moment,
        tagged(Schema::timestamp(), 1),
        Value::Timestamp(-999),
    );
}

#[test]
fn a_decimal_gets_the_scale_of_its_schema_unless_digits_would_be_lost() {
    let proto = "syntax = \"proto3\"; import \"confluent/type/decimal.proto\"; message M { confluent.type.Decimal f = 1; }";
    let value = |unscaled: u8, scale| {
        let decimal = [part(1, &[unscaled]), numbers(&[(3, scale)])].concat();
        let reader = data().reader(proto).unwrap();
        let read = reader.from_bytes(&part(1, &decimal).into()).unwrap();
        read.value.get("f").cloned()
    };
    assert_eq!(value(50, 1), Some(Decimal::new(5, 0).into()));
    assert_eq!(value(51, 1), Some(Decimal::new(51, 1).into()));
}

#[test]
fn wrappers_are_read_as_what_is_in_them() {
    let wrapped = part(1, &part(1, b"hi"));
    check(
        "google.protobuf.StringValue f = 1;",
        &wrapped,
        tagged(Schema::string(), 1),
        "hi",
    );
    check(
        "google.protobuf.StringValue f = 1;",
        &part(1, b""),
        tagged(Schema::string(), 1),
        "",
    );
    check(
        "google.protobuf.StringValue f = 1;",
        b"",
        tagged(Schema::string(), 1),
        Value::Null,
    );
    let data = data_with(|config| config.wrapper_for_raw_primitives = false);
    let proto = "syntax = \"proto3\"; import \"google/protobuf/wrappers.proto\"; message M { google.protobuf.UInt32Value f = 1; }";
    let read = read(&data, proto, &part(1, &numbers(&[(1, 7)])));
    let schema = read.schema.unwrap();
    let wrapper = schema.field("f").unwrap().schema();
    assert_eq!(wrapper.name().unwrap(), "UInt32Value");
    let inner = tagged(Schema::int64().parameter(TYPE, "uint32"), 1);
    assert_eq!(wrapper.field("value").unwrap().schema(), &inner);
}

#[test]
fn a_wrapper_that_is_the_record_is_a_primitive() {
    let proto = "syntax = \"proto3\"; import public \"google/protobuf/wrappers.proto\";";
    let reader = data().reader(proto).unwrap();
    let message = Bytes::from(numbers(&[(1, 12)]));
    let read = reader
        .message_from_bytes("google.protobuf.Int32Value", &message)
        .unwrap();
    assert_eq!(read.schema, Some(Schema::plain_int32()));
    assert_eq!(read.value, Value::Int32(12));
    let indexed = [&[2, 8][..], &message].concat();
    assert_eq!(reader.indexed_from_bytes(&indexed.into()).unwrap(), read);
}

const STATUS: &str = "enum Status { ACTIVE = 0; INACTIVE = 1; }";

fn status(number: u32) -> Schema {
    Schema::string()
        .name("Status")
        .optional()
        .parameter(ENUM, "Status")
        .parameter(format!("{ENUM}.ACTIVE"), "0")
        .parameter(format!("{ENUM}.INACTIVE"), "1")
        .parameter(TAG, number.to_string())
        .build()
        .unwrap()
}

#[test]
fn enums_are_read_as_their_symbols() {
    let field = &format!("{STATUS} Status f = 1;");
    check(field, &numbers(&[(1, 1)]), status(1), "INACTIVE");
    check(field, b"", status(1), "ACTIVE");
    check(
        field,
        &numbers(&[(1, 7)]),
        status(1),
        "UNKNOWN_ENUM_VALUE_Status_7",
    );
    let data = data_with(|config| config.int_for_enums = true);
    let proto = format!("syntax = \"proto3\"; message M {{ {field} }}");
    let read = read(&data, &proto, &numbers(&[(1, 7)]));
    assert_eq!(read.value.get("f"), Some(&Value::Int32(7)));
}

#[test]
fn a_number_that_an_enum_of_proto2_lacks_is_as_if_it_were_not_there() {
    let proto = format!(
        "syntax = \"proto2\"; message M {{ {STATUS} optional Status f = 1; repeated Status r = 2; }}"
    );
    let read = read(&data(), &proto, &numbers(&[(1, 7), (2, 1), (2, 9)]));
    assert_eq!(read.value.get("f"), Some(&Value::Null));
    assert_eq!(read.value.get("r"), Some(&Value::array(["INACTIVE"])));
}

fn union_proto() -> String {
    format!(
        "syntax = \"proto3\"; message EnumUnion {{ {STATUS} \
         oneof some_val {{ string one_id = 1; int32 other_id = 2; Status some_status = 3; }} Status status = 4; }}"
    )
}

#[test]
fn a_oneof_is_a_struct_of_its_members() {
    let read = read(
        &data(),
        &union_proto(),
        &[part(1, b"ID"), numbers(&[(4, 1)])].concat(),
    );
    let union = Schema::record(format!("{UNION}.some_val"))
        .field("one_id", tagged(Schema::string(), 1))
        .field("other_id", tagged(Schema::int32(), 2))
        .field("some_status", status(3))
        .optional()
        .build()
        .unwrap();
    let schema = Schema::record("EnumUnion")
        .field("some_val_0", union.clone())
        .field("status", status(4))
        .build()
        .unwrap();
    assert_eq!(read.schema, Some(schema));
    let expected = Struct::new(&union).unwrap().with("one_id", "ID").unwrap();
    assert_eq!(read.value.get("some_val_0"), Some(&Value::from(expected)));
    assert_eq!(read.value.get("status"), Some(&Value::from("INACTIVE")));
}

#[test]
fn of_the_members_of_a_oneof_the_last_one_counts() {
    let message = [part(1, b"ID"), numbers(&[(2, 0)])].concat();
    let read = read(&data(), &union_proto(), &message);
    let union = read.value.get("some_val_0").unwrap();
    assert_eq!(union.get("one_id"), Some(&Value::Null));
    assert_eq!(union.get("other_id"), Some(&Value::Int32(0)));
}

#[test]
fn a_oneof_is_called_as_the_options_say() {
    let message = part(1, b"ID");
    let bare = data_with(|config| config.generate_index_for_unions = false);
    let bare = read(&bare, &union_proto(), &message);
    assert_eq!(
        bare.value.get("some_val").unwrap().get("one_id"),
        Some(&"ID".into())
    );
    let flat = data_with(|config| config.flatten_unions = true);
    let flat = read(&flat, &union_proto(), &message);
    assert_eq!(flat.value.get("one_id"), Some(&"ID".into()));
    assert_eq!(flat.value.get("other_id"), Some(&Value::Null));
    let general = data_with(|config| config.generalized_sum_type_support = true);
    let general = read(&general, &union_proto(), &message).schema.unwrap();
    let union = general.field("some_val_0").unwrap().schema();
    assert_eq!(union.name().unwrap(), "some_val");
    assert_eq!(
        union
            .parameter("org.apache.kafka.connect.data.Union")
            .unwrap(),
        "some_val"
    );
    let enumeration = general.field("status").unwrap().schema();
    assert_eq!(
        enumeration
            .parameter("org.apache.kafka.connect.data.Enum.INACTIVE")
            .unwrap(),
        "1"
    );
}

#[test]
fn two_oneofs_are_counted() {
    let proto = "syntax = \"proto3\"; package foo; message Customer { int64 count = 1; optional string first = 2; \
                 oneof survey_id { string response = 5; string action = 6; } oneof comment { string email = 7; string platform = 8; } }";
    let read = read(&data(), proto, &[part(6, b"a"), part(8, b"p")].concat());
    assert_eq!(
        read.value.get("survey_id_0").unwrap().get("action"),
        Some(&"a".into())
    );
    assert_eq!(
        read.value.get("comment_1").unwrap().get("platform"),
        Some(&"p".into())
    );
    assert_eq!(read.value.get("first"), Some(&Value::Null));
}

#[test]
fn members_of_a_oneof_that_are_wrappers_are_marked() {
    let proto = "syntax = \"proto3\"; import \"google/protobuf/wrappers.proto\"; \
                 message M { google.protobuf.StringValue name = 2; int32 id = 3; \
                 oneof choice { google.protobuf.Int32Value count = 9; string note = 10; } }";
    let data = data_with(|config| {
        config.wrapper_for_nullables = true;
        config.generate_index_for_unions = false;
    });
    let message = [part(2, &part(1, b"n")), part(9, &numbers(&[(1, 5)]))].concat();
    let read = read(&data, proto, &message);
    let schema = read.schema.clone().unwrap();
    let choice = schema.field("choice").unwrap().schema();
    let marker = "io.confluent.connect.protobuf.Wrapper";
    assert_eq!(
        choice
            .field("count")
            .unwrap()
            .schema()
            .parameter(marker)
            .unwrap(),
        "true"
    );
    assert_eq!(
        choice.field("note").unwrap().schema().parameter(marker),
        None
    );
    assert!(!schema.field("id").unwrap().schema().is_optional());
    assert!(schema.field("name").unwrap().schema().is_optional());
    let written = super::write(&data, &schema, &read.value);
    assert_eq!(written, message);
}

#[test]
fn maps_are_read_from_every_form_of_entries() {
    let entry = |key: &[u8], value: &[u8]| part(1, &[part(1, key), part(2, value)].concat());
    let message = [entry(b"a", b"1"), entry(b"b", b"2"), entry(b"a", b"3")].concat();
    let map = |name: &str| {
        let entry = Schema::map(tagged(Schema::string(), 1), tagged(Schema::string(), 2));
        tagged(entry.name(name), 1)
    };
    let expected = || Value::map([("a", "3"), ("b", "2")]);
    check("map<string, string> f = 1;", &message, map("f"), expected());
    let plain =
        "message MyTagsEntry { string key = 1; string value = 2; } repeated MyTagsEntry f = 1;";
    check(plain, &message, map("my_tags"), expected());
    let told = "message FEntry { option map_entry = true; string key = 1; string value = 2; } repeated .M.FEntry f = 1;";
    check(told, &message, map("f"), expected());
    check(plain, &part(1, b""), map("my_tags"), Value::map([("", "")]));
}

#[test]
fn names_have_their_package_if_that_is_asked_for() {
    let proto = "syntax = \"proto3\"; package foo; message Event { enum Action { ON = 0; } Action action = 1; \
                 oneof payload { string id = 3; } map<string, Event.Inner> tags = 4; message Inner { float a = 1; } }";
    let data = data_with(|config| config.enhanced_protobuf_schema_support = true);
    let schema = data.reader(proto).unwrap().schema(None).unwrap();
    let name = |field: &str| {
        schema
            .field(field)
            .unwrap()
            .schema()
            .name()
            .unwrap()
            .clone()
    };
    assert_eq!(schema.name().unwrap(), "foo.Event");
    assert_eq!(name("action"), "foo.Event.Action");
    assert_eq!(
        name("payload_0"),
        format!("{UNION}.foo.Event.payload").as_str()
    );
    assert_eq!(name("tags"), "foo.Event.tags");
    let tags = schema.field("tags").unwrap().schema();
    assert_eq!(
        tags.value_schema().unwrap().name().unwrap(),
        "foo.Event.Inner"
    );
}

#[test]
fn a_message_in_two_places_has_one_shape() {
    let proto = "syntax = \"proto3\"; message A { B x = 1; C c = 2; } message C { B y = 3; } message B { int32 v = 1; }";
    let read = read(
        &data(),
        proto,
        &[part(1, &numbers(&[(1, 5)])), part(2, &part(3, b""))].concat(),
    );
    assert_eq!(read.value.get("x").unwrap().get("v"), Some(&5.into()));
    assert_eq!(
        read.value.get("c").unwrap().get("y").unwrap().get("v"),
        Some(&0.into())
    );
}

#[test]
fn parts_of_a_message_are_one_message() {
    let proto = "syntax = \"proto3\"; import \"google/protobuf/timestamp.proto\"; \
                 message A { B b = 1; google.protobuf.Timestamp t = 2; oneof o { B c = 3; B d = 4; } } \
                 message B { int32 x = 1; int32 y = 2; repeated int32 z = 3; }";
    let message = [
        part(1, &numbers(&[(1, 1), (3, 1)])),
        part(2, &numbers(&[(1, 1)])),
        part(1, &numbers(&[(2, 2), (3, 2)])),
        part(2, &numbers(&[(2, 5_000_000)])),
        part(3, &numbers(&[(1, 1)])),
        part(4, &numbers(&[(1, 1)])),
        part(3, &numbers(&[(2, 2)])),
        part(3, &numbers(&[(3, 3)])),
    ]
    .concat();
    let read = read(&data(), proto, &message);
    let b = read.value.get("b").unwrap();
    assert_eq!((b.get("x"), b.get("y")), (Some(&1.into()), Some(&2.into())));
    assert_eq!(b.get("z"), Some(&Value::array([1, 2])));
    assert_eq!(read.value.get("t"), Some(&Value::Timestamp(1005)));
    let c = read.value.get("o_0").unwrap().get("c").unwrap();
    assert_eq!((c.get("x"), c.get("y")), (Some(&0.into()), Some(&2.into())));
    assert_eq!(c.get("z"), Some(&Value::array([3])));
}

#[test]
fn parts_that_are_no_message_alone_are_one_together() {
    let proto = "syntax = \"proto2\"; import \"google/type/date.proto\"; \
                 message A { optional B b = 1; optional google.type.Date d = 2; map<string, B> m = 3; } \
                 message B { required int32 x = 1; required int32 y = 2; }";
    let (x, y) = (numbers(&[(1, 1)]), numbers(&[(2, 2)]));
    let message = [
        part(1, &x),
        part(2, &numbers(&[(2, 12), (3, 31)])),
        part(3, &[part(1, b"k"), part(2, &x), part(2, &y)].concat()),
        part(1, &y),
        part(2, &numbers(&[(1, 2017)])),
    ]
    .concat();
    let read = read(&data(), proto, &message);
    let b = read.value.get("b").unwrap();
    assert_eq!((b.get("x"), b.get("y")), (Some(&1.into()), Some(&2.into())));
    assert_eq!(read.value.get("d"), Some(&Value::Date(17_531)));
    let Some(Value::Map(entries)) = read.value.get("m") else {
        panic!("expected a map, found {:?}", read.value);
    };
    let of_k = &entries[0].1;
    assert_eq!(
        (of_k.get("x"), of_k.get("y")),
        (Some(&1.into()), Some(&2.into()))
    );
}

#[test]
fn a_primitive_ends_a_message_in_its_oneof() {
    let proto = "syntax = \"proto3\"; message A { oneof o { B b = 1; int32 n = 2; } } \
                 message B { int32 x = 1; int32 y = 2; }";
    let first = [part(1, &numbers(&[(1, 1)])), numbers(&[(2, 7)])].concat();
    let union = read(&data(), proto, &first)
        .value
        .get("o_0")
        .cloned()
        .unwrap();
    assert_eq!(
        (union.get("b"), union.get("n")),
        (Some(&Value::Null), Some(&7.into()))
    );
    let second = [first, part(1, &numbers(&[(2, 2)]))].concat();
    let union = read(&data(), proto, &second)
        .value
        .get("o_0")
        .cloned()
        .unwrap();
    let b = union.get("b").unwrap();
    assert_eq!((b.get("x"), b.get("y")), (Some(&0.into()), Some(&2.into())));
    assert_eq!(union.get("n"), Some(&Value::Null));
}

#[test]
fn an_absent_message_is_made_if_that_is_asked_for() {
    let proto = "syntax = \"proto3\"; message A { B b = 1; optional int32 n = 2; } message B { double d = 1; C c = 2; } message C { }";
    assert_eq!(read(&data(), proto, b"").value.get("b"), Some(&Value::Null));
    let data = data_with(|config| config.generate_struct_for_nulls = true);
    let read = read(&data, proto, b"");
    let b = read.value.get("b").unwrap();
    assert_eq!(b.get("d"), Some(&0.0.into()));
    assert!(b.get("c").unwrap().as_struct().is_some());
    assert_eq!(read.value.get("n"), Some(&0.into()));
}

const PROTO2: &str = "syntax = \"proto2\"; message M { required int32 key = 1; optional string value = 2 [default = \"x\"]; \
     optional bytes raw = 3 [default = \"\\001a\"]; optional double limit = 4 [default = inf]; }";

#[test]
fn what_is_absent_in_proto2_is_null_or_its_default() {
    let message = numbers(&[(1, 5)]);
    assert_eq!(
        read(&data(), PROTO2, &message).value.get("value"),
        Some(&Value::Null)
    );
    let data = data_with(|config| config.optional_for_proto2 = false);
    let read = read(&data, PROTO2, &message).value;
    assert_eq!(read.get("value"), Some(&"x".into()));
    assert_eq!(read.get("raw"), Some(&Bytes::from_static(b"\x01a").into()));
    assert_eq!(read.get("limit"), Some(&f64::INFINITY.into()));
}

#[test]
fn a_required_field_is_required() {
    let error = data()
        .reader(PROTO2)
        .unwrap()
        .from_bytes(&Bytes::new())
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "message `M`: field `key`: expected a value, which is required, found none"
    );
}

#[test]
fn message_indexes_lead_to_nested_messages() {
    let proto = "syntax = \"proto3\"; message A { map<string, string> m = 1; message B { int32 x = 1; } message C { int32 y = 1; } } message D { int32 z = 1; }";
    let reader = data().reader(proto).unwrap();
    let name = |indexes: &[u8]| {
        let read = reader.indexed_from_bytes(&Bytes::copy_from_slice(indexes));
        read.map(|read| read.schema.unwrap().name().unwrap().to_string())
            .map_err(|error| error.to_string())
    };
    assert_eq!(name(&[0]), Ok("A".to_owned()));
    assert_eq!(name(&[2, 2]), Ok("D".to_owned()));
    assert_eq!(name(&[4, 0, 2]), Ok("C".to_owned()));
    assert_eq!(
        name(&[2, 4]),
        Err("message indexes: expected those of a message of the schema, found [2]".to_owned())
    );
    let error = name(&[0xFE, 0xFF, 0xFF, 0xFF, 0x0F]);
    assert_eq!(
        error,
        Err("message indexes: expected between 0 and 100 of them, found 2147483647".to_owned())
    );
    assert!(name(&[1]).is_err());
    assert!(name(&[2, 1]).is_err());
    assert!(name(&[]).is_err());
}

#[test]
fn what_confluents_client_registers_is_no_error() {
    // Names that differ in case alone, an enum without a zero, an option that nobody declared.
    let proto = "syntax = \"proto3\"; message M { int32 a = 1 [(other.option) = 5]; int32 A = 2; enum E { X = 1; } E e = 3; }";
    let read = read(&data(), proto, &numbers(&[(1, 1), (2, 2)]));
    assert_eq!(read.value.get("A"), Some(&2.into()));
    assert_eq!(read.value.get("e"), Some(&"X".into()));
}

#[test]
fn a_descriptor_in_base64_is_a_file_too() {
    use base64::{Engine, engine::general_purpose::STANDARD};
    let entry = [part(1, b"connect.type"), part(2, b"int16")].concat();
    let field = [
        part(1, b"f"),
        numbers(&[(3, 1), (4, 1), (5, 5)]),
        part(8, &part(1088, &part(2, &entry))),
    ];
    let message = [part(1, b"M"), part(2, &field.concat())].concat();
    let file = [part(1, b"m.proto"), part(4, &message), part(12, b"proto3")].concat();
    let read = read(&data(), &STANDARD.encode(file), &numbers(&[(1, 7)]));
    assert_eq!(read.value.get("f"), Some(&Value::Int16(7)));
}
