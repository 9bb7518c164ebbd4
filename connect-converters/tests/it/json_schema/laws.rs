//! Laws: what is written is read back, schema and value.

use connect_api::{Schema, Struct, Type, Value};
use connect_converters::{DecimalFormat, json_schema::JsonSchemaData};
use connect_testkit::generate::{self, Rng};
use proptest::prelude::*;

use super::{mapping, plain, read, write};

/// Writes and reads a schema and some values.
fn check_kept(mapping: &JsonSchemaData, seed: u64, schema: impl Fn(&mut Rng) -> Schema) {
    let mut random = Rng::with_seed(seed);
    let schema = schema(&mut random);
    let text = mapping.describe(&schema).unwrap();
    let normal = normal_schema(&schema);
    for _ in 0..4 {
        let value = generate::value_of(&mut random, &schema);
        let json = write(mapping, &schema, &value).unwrap();
        let back = read(mapping, &text, &json).unwrap();
        let read = normal_schema(&back.schema.unwrap());
        assert_eq!(difference(&read, &normal), None, "{text}");
        assert_eq!(
            normal_value(&normal, back.value),
            normal_value(&normal, value),
            "{json} of {text}"
        );
    }
}

/// Returns where two schemas differ.
fn difference(left: &Schema, right: &Schema) -> Option<String> {
    if left == right {
        return None;
    }
    let inner = [
        (left.key_schema(), right.key_schema()),
        (left.value_schema(), right.value_schema()),
    ];
    let inner = inner
        .into_iter()
        .filter_map(|(left, right)| left.zip(right));
    let fields = left.fields().iter().zip(right.fields());
    let fields = fields
        .filter(|(left, right)| left.name() == right.name() && !left.schema().is_enclosing())
        .map(|(left, right)| (left.schema(), right.schema()));
    for (left, right) in fields.chain(inner) {
        if let Some(found) = difference(left, right) {
            return Some(found);
        }
    }
    let shown = |schema: &Schema| {
        let names: Vec<_> = schema
            .fields()
            .iter()
            .map(|field| field.name().clone())
            .collect();
        format!(
            "{schema} {:?} {:?} {:?} {:?} {:?} {names:?}",
            schema.is_optional(),
            schema.version(),
            schema.doc(),
            schema.parameters(),
            schema.default_value()
        )
    };
    Some(format!("{} is not {}", shown(left), shown(right)))
}

/// Without what JSON Schema does not hold: nulls in defaults that have a default themselves, and the documentation of
/// what stands for a struct around it; and without the identifiers that only JSON Schema needs.
fn normal_schema(schema: &Schema) -> Schema {
    let mut builder = if schema.is_enclosing() {
        Schema::enclosing(schema.name().unwrap())
    } else {
        match (schema.type_(), schema.key_schema(), schema.value_schema()) {
            (Type::Array, _, Some(elements)) => Schema::array(normal_schema(elements)),
            (Type::Map, Some(keys), Some(values)) => {
                Schema::map(normal_schema(keys), normal_schema(values))
            }
            (Type::Struct, ..) => schema
                .fields()
                .iter()
                .fold(Schema::structure(), |builder, field| {
                    builder.field(field.name(), normal_schema(field.schema()))
                }),
            (primitive, ..) => Schema::primitive(primitive).unwrap(),
        }
    };
    if schema.is_optional() {
        builder = builder.optional();
    }
    if schema.is_enclosing() {
        return builder.build().unwrap();
    }
    if let Some(name) = schema.name() {
        builder = builder.name(name);
    }
    if let Some(version) = schema.version() {
        builder = builder.version(version);
    }
    if let Some(doc) = schema.doc() {
        builder = builder.doc(doc);
    }
    for (name, value) in schema.parameters() {
        if name != "io.confluent.connect.json.Id" {
            builder = builder.parameter(name, value);
        }
    }
    let plain = builder.build().unwrap();
    match schema.default_value() {
        Some(default) => {
            let default = normal_value(&plain, default.clone());
            plain.to_builder().default_value(default).build().unwrap()
        }
        None => plain,
    }
}

/// A null that has a default is the default; NaN, which equals nothing, is null; the entries of a map have no order.
fn normal_value(schema: &Schema, value: Value) -> Value {
    match (value, schema.default_value()) {
        (Value::Null, Some(default)) => default.clone(),
        (Value::Float32(number), _) if number.is_nan() => Value::Null,
        (Value::Float64(number), _) if number.is_nan() => Value::Null,
        (Value::Array(elements), _) => {
            let of = schema.value_schema().unwrap();
            Value::array(
                elements
                    .iter()
                    .map(|element| normal_value(of, element.clone())),
            )
        }
        (Value::Map(entries), _) => {
            let (keys, values) = (schema.key_schema().unwrap(), schema.value_schema().unwrap());
            let entries = entries.iter().map(|(key, value)| {
                (
                    normal_value(keys, key.clone()),
                    normal_value(values, value.clone()),
                )
            });
            let mut entries: Vec<_> = entries.collect();
            entries.sort_by_key(|(key, _)| format!("{key:?}"));
            Value::map(entries)
        }
        (Value::Struct(fields), _) => {
            let values = schema.fields().iter().zip(fields.into_values());
            let values = values.map(|(field, value)| normal_value(field.schema(), value));
            Struct::from_values(schema, values.collect())
                .unwrap()
                .into()
        }
        (value, _) => value,
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, ..ProptestConfig::default() })]

    #[test]
    fn any_schema_and_value_is_read_back(seed in any::<u64>()) {
        check_kept(&plain(), seed, generate::schema);
    }

    #[test]
    fn any_schema_and_value_is_read_back_whatever_the_options(seed in any::<u64>()) {
        check_kept(&mapping(|config| {
            config.decimal_format = DecimalFormat::Numeric;
            config.object_additional_properties = false;
            config.generalized_sum_type_support = true;
            config.ignore_default_for_nullables = true;
            config.preserve_additional_properties = true;
        }), seed, generate::schema);
    }

    #[test]
    fn any_schema_that_contains_itself_is_read_back_with_its_values(seed in any::<u64>()) {
        check_kept(&plain(), seed, generate::recursive_schema);
    }

    #[test]
    fn any_text_is_kept(text in any::<String>()) {
        let json = write(&plain(), &Schema::plain_string(), &text.as_str().into()).unwrap();
        let back = read(&plain(), r#"{"type":"string"}"#, &json).unwrap();
        prop_assert_eq!(back.value, Value::from(text));
    }
}

#[test]
fn the_laws_are_tried_on_every_type() {
    let mut types: Vec<Type> = (0..300)
        .map(|seed| generate::schema(&mut Rng::with_seed(seed)))
        .flat_map(|schema| schema.fields().to_vec())
        .map(|field| field.schema().type_())
        .collect();
    types.sort_by_key(|type_| type_.name());
    types.dedup();
    assert_eq!(types.len(), 12);
}
