//! What holds of any schema and any value.

use connect_api::{Bytes, Decimal, Schema, Struct, Type, Value};
use connect_converters::protobuf::ProtobufData;
use connect_testkit::generate::{self, Rng};
use proptest::prelude::*;
use prost_reflect::{DescriptorPool, DynamicMessage, prost::Message};

use super::{ENUM, TAG, UNION, data, data_with, numbers, part, read, write};

/// Writes a value and reads it, and does both again; returns the bytes of both times.
#[track_caller]
fn check(data: &ProtobufData, schema: &Schema, value: &Value) -> (Bytes, Bytes) {
    let text = data.schema_of(schema).unwrap().text;
    let bytes = write(data, schema, value);
    let once = read(data, &text, &bytes);
    check_same(value, &once.value, "");
    let schema = once.schema.as_ref().unwrap();
    let again = write(data, schema, &once.value);
    let text = data.schema_of(schema).unwrap().text;
    check_same(&once.value, &read(data, &text, &again).value, &text);
    (bytes, again)
}

/// Compares what was written with what was read: a null is a zero where it cannot be told from one.
#[track_caller]
fn check_same(written: &Value, read: &Value, path: &str) {
    match (written, read) {
        (Value::Null, read) => assert!(is_nothing(read), "{path}: {read:?}"),
        (Value::Struct(written), Value::Struct(read)) => {
            for (field, value) in written.schema().fields().iter().zip(written.values()) {
                let path = format!("{path}.{}", field.name());
                check_same(value, read.get(field.name()).unwrap(), &path);
            }
        }
        (Value::Array(written), Value::Array(read)) => {
            assert_eq!(written.len(), read.len(), "{path}");
            for (written, read) in written.iter().zip(read.iter()) {
                check_same(written, read, path);
            }
        }
        (Value::Map(written), Value::Map(read)) => {
            assert_eq!(written.len(), read.len(), "{path}");
            for ((key, value), (read_key, read)) in written.iter().zip(read.iter()) {
                check_same(key, read_key, path);
                check_same(value, read, path);
            }
        }
        (Value::Float32(written), Value::Float32(read)) => {
            assert_eq!(written.to_bits(), read.to_bits(), "{path}");
        }
        (Value::Float64(written), Value::Float64(read)) => {
            assert_eq!(written.to_bits(), read.to_bits(), "{path}");
        }
        _ => assert_eq!(written, read, "{path}"),
    }
}

fn is_nothing(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Array(elements) => elements.is_empty(),
        Value::Map(entries) => entries.is_empty(),
        Value::String(text) => text.is_empty() || *text == "RED",
        Value::Bytes(bytes) => bytes.is_empty(),
        Value::Boolean(truth) => !truth,
        Value::Float32(number) => *number == 0.0,
        Value::Float64(number) => *number == 0.0,
        other => other.as_i64() == Some(0),
    }
}

/// A schema and a value of it.
type Datum = (Schema, Value);

fn single() -> impl Strategy<Value = Datum> {
    let symbol = Schema::string()
        .name("Color")
        .parameter(ENUM, "Color")
        .parameter(format!("{ENUM}.RED"), "0")
        .parameter(format!("{ENUM}.GREEN"), "5")
        .build()
        .unwrap();
    prop_oneof![
        any::<i8>().prop_map(|n| (Schema::plain_int8(), n.into())),
        any::<i16>().prop_map(|n| (Schema::plain_int16(), n.into())),
        any::<i32>().prop_map(|n| (Schema::plain_int32(), n.into())),
        any::<i64>().prop_map(|n| (Schema::plain_int64(), n.into())),
        any::<f32>().prop_map(|n| (Schema::plain_float32(), n.into())),
        any::<f64>().prop_map(|n| (Schema::plain_float64(), n.into())),
        any::<bool>().prop_map(|truth| (Schema::plain_boolean(), truth.into())),
        ".{0,5}".prop_map(|text| (Schema::plain_string(), text.into())),
        any::<Vec<u8>>().prop_map(|bytes| (Schema::plain_bytes(), bytes.into())),
        (any::<i128>(), -3..9).prop_map(|(unscaled, scale)| {
            let schema = Schema::decimal(scale).build().unwrap();
            (schema, Decimal::new(unscaled, scale).into())
        }),
        (-700_000..2_900_000).prop_map(|n| (Schema::date().build().unwrap(), Value::Date(n))),
        (0..86_400_000).prop_map(|n| (Schema::time().build().unwrap(), Value::Time(n))),
        (-62_135_596_800_000..253_402_300_799_999_i64)
            .prop_map(|n| (Schema::timestamp().build().unwrap(), Value::Timestamp(n))),
        prop_oneof![Just("RED"), Just("GREEN")].prop_map(move |name| (symbol.clone(), name.into())),
    ]
}

fn structure(fields: Vec<Datum>) -> Datum {
    let mut builder = Schema::structure();
    for (at, (schema, _)) in fields.iter().enumerate() {
        builder = builder.field(format!("f{at}"), schema.clone());
    }
    let schema = builder.build().unwrap();
    let values = fields.into_iter().map(|(_, value)| value).collect();
    let value = Struct::from_values(&schema, values).unwrap();
    (schema, value.into())
}

fn optional((schema, value): Datum) -> Datum {
    (schema.to_builder().optional().build().unwrap(), value)
}

fn field() -> impl Strategy<Value = Datum> {
    let leaf = single();
    leaf.prop_recursive(3, 30, 4, |inner| {
        // Arrays and maps hold single values and structs.
        let held = prop_oneof![
            single(),
            prop::collection::vec(inner.clone(), 1..4).prop_map(structure)
        ];
        let keys = prop::collection::hash_set("[a-z]{1,3}", 0..3);
        prop_oneof![
            prop::collection::vec(inner.clone(), 1..4).prop_map(structure),
            (held.clone(), 0..3_usize).prop_map(|((schema, value), count)| {
                let schema = Schema::array(schema).build().unwrap();
                (schema, Value::array(vec![value; count]))
            }),
            (held, keys).prop_map(|((schema, value), keys)| {
                let schema = Schema::map(Schema::plain_string(), schema).build().unwrap();
                let entries = keys.into_iter().map(|key| (key, value.clone()));
                (schema, Value::map(entries))
            }),
            inner.clone().prop_map(optional),
            inner.prop_map(|(schema, _)| {
                (schema.to_builder().optional().build().unwrap(), Value::Null)
            }),
        ]
    })
}

fn unions() -> impl Strategy<Value = Datum> {
    (
        prop::collection::vec(single(), 1..4),
        any::<prop::sample::Index>(),
    )
        .prop_map(|(members, chosen)| {
            let chosen = chosen.index(members.len());
            let mut builder = Schema::record(format!("{UNION}.choice"));
            let mut values = vec![Value::Null; members.len()];
            for (at, member) in members.into_iter().enumerate() {
                let (schema, value) = optional(member);
                builder = builder.field(format!("m{at}"), schema);
                if at == chosen {
                    values[at] = value;
                }
            }
            let schema = builder.optional().build().unwrap();
            let value = Struct::from_values(&schema, values).unwrap();
            structure(vec![(schema, value.into())])
        })
}

proptest! {
    #[test]
    fn what_is_written_is_read_and_written_again(fields in prop::collection::vec(field(), 0..5)) {
        let (schema, value) = structure(fields);
        let (once, again) = check(&data(), &schema, &value);
        prop_assert_eq!(once, again);
    }

    #[test]
    fn what_is_optional_keeps_its_nulls_with_labels(fields in prop::collection::vec(field(), 0..5)) {
        let (schema, value) = structure(fields);
        check(&data_with(|config| config.optional_for_nullables = true), &schema, &value);
    }

    #[test]
    fn unions_are_written_and_read((schema, value) in unions()) {
        let data = data();
        let text = data.schema_of(&schema).unwrap().text;
        let bytes = write(&data, &schema, &value);
        let once = read(&data, &text, &bytes);
        check_same(value.get("f0").unwrap(), once.value.get("choice_0").unwrap(), "choice");
        prop_assert_eq!(write(&data, once.schema.as_ref().unwrap(), &once.value), bytes);
    }

    #[test]
    fn primitives_are_written_and_read((schema, value) in single()) {
        let data = data();
        let text = data.schema_of(&schema).unwrap().text;
        let bytes = write(&data, &schema, &value);
        let wrapper = match schema.type_() {
            Type::Int8 | Type::Int16 | Type::Int32 => "Int32Value",
            Type::Int64 => "Int64Value",
            Type::Float32 => "FloatValue",
            Type::Float64 => "DoubleValue",
            Type::Boolean => "BoolValue",
            Type::String => "StringValue",
            _ => "BytesValue",
        };
        let reader = data.reader(&text).unwrap();
        let read = reader.message_from_bytes(&format!("google.protobuf.{wrapper}"), &bytes).unwrap();
        let primitive = read.schema.unwrap();
        let expected = match schema.type_() {
            Type::Int8 | Type::Int16 => Type::Int32,
            other => other,
        };
        prop_assert_eq!(primitive.type_(), expected);
    }

    #[test]
    fn another_implementation_reads_what_is_written_and_writes_the_same(fields in prop::collection::vec(field(), 0..5)) {
        let (schema, value) = structure(fields);
        // The other one takes a negative zero for a zero, unlike Google's.
        prop_assume!(!format!("{value:?}").contains("-0.0"));
        let data = data();
        let bytes = write(&data, &schema, &value);
        // The option of the types is known to Confluent's clients alone.
        let text = data.schema_of(&schema).unwrap().text.replace(
            "syntax = \"proto3\";",
            "syntax = \"proto3\"; import \"confluent/meta.proto\";",
        );
        let message = DynamicMessage::decode(pool(&text).get_message_by_name("ConnectDefault1").unwrap(), &*bytes).unwrap();
        prop_assert_eq!(message.unknown_fields().count(), 0);
        prop_assert_eq!(Bytes::from(message.encode_to_vec()), bytes);
    }
}

/// Compiles a file with the files that it may import.
fn pool(text: &str) -> DescriptorPool {
    struct Files(String);

    impl protox::file::FileResolver for Files {
        fn open_file(&self, name: &str) -> Result<protox::file::File, protox::Error> {
            let known = match name {
                "main.proto" => self.0.as_str(),
                "confluent/meta.proto" => {
                    include_str!("../../../src/protobuf/pool/known/meta.proto")
                }
                "confluent/type/decimal.proto" => {
                    include_str!("../../../src/protobuf/pool/known/decimal.proto")
                }
                "google/type/date.proto" => {
                    include_str!("../../../src/protobuf/pool/known/date.proto")
                }
                "google/type/timeofday.proto" => {
                    include_str!("../../../src/protobuf/pool/known/timeofday.proto")
                }
                _ => return protox::file::GoogleFileResolver::new().open_file(name),
            };
            protox::file::File::from_source(name, known)
        }
    }

    let mut compiler = protox::Compiler::with_file_resolver(Files(text.to_owned()));
    compiler.open_file("main.proto").unwrap();
    compiler.descriptor_pool()
}

#[test]
fn any_schema_is_refused_or_its_values_are_written_and_read() {
    let data = data_with(|config| config.scrub_invalid_names = true);
    let mut written = 0;
    for seed in 0..2000 {
        let mut random = Rng::with_seed(seed);
        let schema = generate::schema(&mut random);
        let value = generate::value_of(&mut random, &schema);
        let Ok(writer) = data.writer(&schema) else {
            continue;
        };
        if value.is_null() {
            continue;
        }
        let Ok(bytes) = writer.to_bytes(&value) else {
            continue;
        };
        let text = data.schema_of(&schema).unwrap().text;
        let indexed = [writer.indexes(), &bytes].concat();
        let read = data
            .reader(&text)
            .unwrap()
            .indexed_from_bytes(&indexed.into());
        let read = read.unwrap_or_else(|error| panic!("{error:?}\n{text}\n{value:?}"));
        read.schema.unwrap().check(&read.value).unwrap();
        written += 1;
    }
    assert!(written > 200, "{written}");
}

const RECURSIVE: &str = "syntax = \"proto3\"; message Node { int32 key = 1; string value = 2; Node next = 10; repeated Node more = 11; \
     map<string, Node> named = 12; Other other = 13; } message Other { Node node = 1; Other again = 2; }";

#[test]
fn a_message_may_contain_itself() {
    let node = |key: u64, inner: &[u8]| [numbers(&[(1, key)]), inner.to_vec()].concat();
    let entry = [part(1, b"n"), part(2, &node(4, b""))].concat();
    let message = node(
        1,
        &[
            part(10, &node(2, &part(10, &node(3, b"")))),
            part(11, &node(5, b"")),
            part(12, &entry),
            part(13, &part(1, &node(6, b""))),
        ]
        .concat(),
    );
    let found = read(&data(), RECURSIVE, &message);
    let schema = found.schema.unwrap();
    assert!(schema.is_recursive());
    let next = schema.field("next").unwrap().schema();
    assert_eq!(next.name(), schema.name());
    assert_eq!(next.parameter(TAG).unwrap(), "10");
    let inner = next.field("next").unwrap().schema();
    assert_eq!(inner.parameter(TAG).unwrap(), "10");
    let key = |path: &[&str]| {
        let inner = path
            .iter()
            .fold(&found.value, |value, name| value.get(name).unwrap());
        inner.get("key").and_then(Value::as_i64)
    };
    assert_eq!(key(&["next", "next"]), Some(3));
    assert_eq!(key(&["named", "n"]), Some(4));
    assert_eq!(key(&["other", "node"]), Some(6));
    assert_eq!(write(&data(), &schema, &found.value), message);
}

#[test]
fn a_struct_that_contains_itself_is_one_message() {
    let schema = Schema::record("List")
        .field("value", Schema::plain_int32())
        .field(
            "next",
            Schema::enclosing("List").optional().build().unwrap(),
        )
        .build()
        .unwrap();
    let text = data().schema_of(&schema).unwrap().text;
    expect_test::expect![[r#"
        syntax = "proto3";

        message List {
          int32 value = 1;
          List next = 2;
        }
    "#]]
    .assert_eq(&text);
    let next = schema.field("next").unwrap().schema();
    let mut list = Struct::new(next).unwrap().with("value", 9).unwrap();
    for value in 0..20 {
        let schema = if value == 19 { &schema } else { next };
        list = Struct::new(schema)
            .unwrap()
            .with("value", value)
            .unwrap()
            .with("next", list)
            .unwrap();
    }
    check(&data(), &schema, &list.into());
}

#[test]
fn messages_stand_only_so_deep_in_each_other() {
    let mut message = Vec::new();
    for _ in 0..99 {
        message = part(10, &message);
    }
    read(&data(), RECURSIVE, &message);
    let deeper = Bytes::from(part(10, &message));
    let error = data()
        .reader(RECURSIVE)
        .unwrap()
        .from_bytes(&deeper)
        .unwrap_err();
    assert!(
        error
            .to_string()
            .ends_with("expected messages at most 100 deep in each other, found more"),
        "{error}"
    );
    let mut message = Vec::new();
    for _ in 0..30_000 {
        message = part(10, &message);
    }
    assert!(
        data()
            .reader(RECURSIVE)
            .unwrap()
            .from_bytes(&message.into())
            .is_err()
    );
}

#[test]
fn messages_that_contain_each_other_in_too_many_ways_are_refused() {
    let fields = |skip: usize| -> String {
        (0..12)
            .filter(|at| *at != skip)
            .map(|at| format!("M{at} f{at} = {}; ", at + 1))
            .collect()
    };
    let messages: String = (0..12)
        .map(|at| format!("message M{at} {{ {} }} ", fields(at)))
        .collect();
    let reader = data()
        .reader(&format!("syntax = \"proto3\"; {messages}"))
        .unwrap();
    let error = reader.schema(None).unwrap_err();
    assert!(
        error
            .to_string()
            .contains("expected at most 100000 fields in a schema"),
        "{error}"
    );
}
