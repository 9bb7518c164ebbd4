//! Laws: what is written is read back, and nothing that is read panics.

use std::sync::Arc;

use connect_api::{
    Bytes, Converter, Decimal, Headers, Logical, Schema, SchemaAndValue, SchemaBuilder, Struct,
    Type, Value,
};
use connect_converters::{DecimalFormat, JsonConverter, JsonConverterConfig};
use num_bigint::BigInt;
use proptest::{collection::vec, prelude::*};

use crate::json_converter::converter;

fn leaf() -> impl Strategy<Value = SchemaBuilder> {
    let primitive = prop::sample::select(vec![
        Type::Int8,
        Type::Int16,
        Type::Int32,
        Type::Int64,
        Type::Float32,
        Type::Float64,
        Type::Boolean,
        Type::String,
        Type::Bytes,
    ]);
    prop_oneof![
        4 => primitive.prop_map(|type_| Schema::primitive(type_).unwrap()),
        1 => (-5..20).prop_map(Schema::decimal),
        1 => prop::sample::select(vec![0, 1, 2]).prop_map(|which| match which {
            0 => Schema::date(),
            1 => Schema::time(),
            _ => Schema::timestamp(),
        }),
    ]
}

/// Any schema of a few levels, with any attribute but a default.
fn schema() -> impl Strategy<Value = Schema> {
    let leaf = (leaf(), any::<bool>()).prop_map(|(builder, optional)| {
        let builder = if optional {
            builder.optional()
        } else {
            builder
        };
        builder.build().unwrap()
    });
    leaf.prop_recursive(3, 24, 4, |inner| {
        let structure = vec((".{0,6}", inner.clone()), 0..4).prop_map(|fields| {
            let mut builder = Schema::structure();
            for (i, (name, schema)) in fields.into_iter().enumerate() {
                builder = builder.field(format!("{name}{i}"), schema);
            }
            builder
        });
        let shape = prop_oneof![
            inner.clone().prop_map(Schema::array),
            (inner.clone(), inner).prop_map(|(keys, values)| Schema::map(keys, values)),
            structure,
        ];
        (
            shape,
            any::<bool>(),
            prop::option::of(".{0,6}"),
            prop::option::of(any::<i32>()),
        )
            .prop_map(|(mut builder, optional, text, version)| {
                if let Some(text) = text {
                    builder = builder
                        .name(text.as_str())
                        .doc(text.as_str())
                        .parameter(text.as_str(), "v");
                }
                if let Some(version) = version {
                    builder = builder.version(version);
                }
                let builder = if optional {
                    builder.optional()
                } else {
                    builder
                };
                builder.build().unwrap()
            })
    })
}

/// Any value of a schema, without NaN, which equals nothing.
fn value(schema: &Schema) -> BoxedStrategy<Value> {
    let present = present(schema);
    // An object cannot have a null key.
    if schema.is_optional() {
        prop_oneof![1 => Just(Value::Null), 4 => present].boxed()
    } else {
        present
    }
}

fn present(schema: &Schema) -> BoxedStrategy<Value> {
    match schema.logical() {
        Some(Logical::Decimal { scale }) => {
            return any::<i128>()
                .prop_map(move |unscaled| Decimal::new(BigInt::from(unscaled), scale).into())
                .boxed();
        }
        Some(Logical::Date) => return any::<i32>().prop_map(Value::Date).boxed(),
        Some(Logical::Time) => return (0..=86_400_000).prop_map(Value::Time).boxed(),
        Some(_) => return any::<i64>().prop_map(Value::Timestamp).boxed(),
        None => {}
    }
    match schema.type_() {
        Type::Int8 => any::<i8>().prop_map(Value::from).boxed(),
        Type::Int16 => any::<i16>().prop_map(Value::from).boxed(),
        Type::Int32 => any::<i32>().prop_map(Value::from).boxed(),
        Type::Int64 => any::<i64>().prop_map(Value::from).boxed(),
        Type::Float32 => prop_oneof![any::<f32>(), Just(f32::INFINITY), Just(-0.0)]
            .prop_map(Value::from)
            .boxed(),
        Type::Float64 => prop_oneof![any::<f64>(), Just(f64::NEG_INFINITY), Just(-0.0)]
            .prop_map(Value::from)
            .boxed(),
        Type::Boolean => any::<bool>().prop_map(Value::from).boxed(),
        Type::String => any::<String>().prop_map(Value::from).boxed(),
        Type::Bytes => any::<Vec<u8>>().prop_map(Value::from).boxed(),
        Type::Array => vec(value(schema.value_schema().unwrap()), 0..4)
            .prop_map(|elements| Value::Array(Arc::new(elements)))
            .boxed(),
        Type::Map => {
            let (keys, values) = (schema.key_schema().unwrap(), schema.value_schema().unwrap());
            let key = if keys.type_() == Type::String {
                present(keys)
            } else {
                value(keys)
            };
            vec((key, value(values)), 0..4).prop_map(Value::map).boxed()
        }
        Type::Struct => {
            let schema = schema.clone();
            let fields: Vec<_> = schema
                .fields()
                .iter()
                .map(|field| value(field.schema()))
                .collect();
            fields
                .prop_map(move |values| Struct::from_values(&schema, values).unwrap().into())
                .boxed()
        }
    }
}

fn data() -> impl Strategy<Value = SchemaAndValue> {
    schema().prop_flat_map(|schema| {
        value(&schema).prop_map(move |value| SchemaAndValue::new(schema.clone(), value))
    })
}

fn read(converter: &JsonConverter, bytes: &Bytes) -> connect_api::Result<SchemaAndValue> {
    Converter::decode(converter, "t", &Headers::new(), Some(bytes))
}

fn write(converter: &JsonConverter, data: &SchemaAndValue) -> Bytes {
    let written = Converter::encode(converter, "t", &mut Headers::new(), data);
    written.unwrap().unwrap()
}

/// What breaks JSON best.
const SYNTAX: &[u8] = b"\"\\{}[],:0-9eE.tfn\0\xFF";

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_value_with_its_schema_comes_back(data in data(), numeric in any::<bool>()) {
        let json = converter(|config| {
            if numeric {
                config.decimal_format = DecimalFormat::Numeric;
            }
        });
        let bytes = write(&json, &data);
        // Written as JSON that others read too.
        serde_json::from_slice::<serde_json::Value>(&bytes).unwrap();
        for _ in 0..2 {
            prop_assert_eq!(&read(&json, &bytes).unwrap(), &data);
        }
        prop_assert_eq!(write(&json, &data), bytes);
    }

    #[test]
    fn a_default_stands_in_for_what_is_missing((data, present) in data().prop_flat_map(|data| {
        let schema = data.schema.clone().unwrap();
        (Just(data), value(&schema))
    })) {
        // The schema of a struct is part of its value, so a struct's schema cannot hold one as its default.
        if data.value.is_null() || data.value.as_struct().is_some() {
            return Ok(());
        }
        let with_default = data.schema.unwrap().to_builder().default_value(data.value.clone());
        let with_default = with_default.build().unwrap();
        let schema = Schema::structure().field("f", with_default).build().unwrap();
        let expected = if present.is_null() { data.value } else { present.clone() };
        let value = Struct::from_values(&schema, vec![present]).unwrap();
        let json = JsonConverter::default();
        let bytes = write(&json, &SchemaAndValue::new(schema, value));
        let read = read(&json, &bytes).unwrap();
        prop_assert_eq!(read.value.get("f"), Some(&expected));
    }

    #[test]
    fn changed_bytes_are_read_or_refused(
        data in data(),
        changes in vec((any::<prop::sample::Index>(), any::<u8>(), 0..3), 1..6),
    ) {
        let mut bytes = write(&JsonConverter::default(), &data).to_vec();
        for (at, byte, how) in changes {
            let at = at.index(bytes.len());
            match how {
                0 => bytes[at] = byte,
                1 => bytes.truncate(at.max(1)),
                _ => bytes.insert(at, SYNTAX[usize::from(byte) % SYNTAX.len()]),
            }
        }
        fuzz_json(&bytes);
    }

    #[test]
    fn any_bytes_are_read_or_refused(bytes in any::<Vec<u8>>(), text in "[\\[\\]{}\":,0-9eE.+\\-a-z\\\\ ]{0,60}") {
        fuzz_json(&bytes);
        fuzz_json(text.as_bytes());
    }
}

/// Reads bytes in every way there is, and writes what was read: a fuzzer's entry.
fn fuzz_json(data: &[u8]) {
    let bytes = Bytes::copy_from_slice(data);
    let mut configs = Vec::new();
    for java in [false, true] {
        for schemas in [false, true] {
            let mut config = JsonConverterConfig::default();
            config.compat_java = java;
            config.schemas_enable = schemas;
            configs.push(config);
        }
    }
    for config in configs {
        let strict = !config.compat_java;
        let json = JsonConverter::new(config).unwrap();
        let Ok(data) = read(&json, &bytes) else {
            continue;
        };
        if let (Some(schema), true) = (&data.schema, strict) {
            schema.check(&data.value).unwrap();
        }
        let written = Converter::encode(&json, "t", &mut Headers::new(), &data);
        // Bytes are compared, since a NaN equals nothing.
        if strict && let Some(written) = written.unwrap() {
            assert_eq!(write(&json, &read(&json, &written).unwrap()), written);
        }
    }
}
