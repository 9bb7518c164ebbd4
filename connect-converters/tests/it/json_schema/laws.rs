//! Laws: what is written is read back, schema and value.

use connect_api::{Schema, Struct, Type, Value};
use connect_converters::{DecimalFormat, json_schema::JsonSchemaData};
use connect_testkit::generate::{self, Rng};
use proptest::prelude::*;

use super::{mapping, plain, read, write};

/// Writes and reads a schema and some values.
fn check_kept(mapping: &JsonSchemaData, seed: u64) {
    let mut random = Rng::with_seed(seed);
    let schema = generate::schema(&mut random);
    let text = mapping.describe(&schema).unwrap();
    for _ in 0..4 {
        let value = generate::value_of(&mut random, &schema);
        let json = write(mapping, &schema, &value).unwrap();
        let back = read(mapping, &text, &json).unwrap();
        assert_eq!(back.schema.as_ref(), Some(&schema), "{text}");
        assert_eq!(
            normal(&schema, back.value),
            normal(&schema, value),
            "{json} of {text}"
        );
    }
}

/// A null that has a default is the default; NaN, which equals nothing, is null.
fn normal(schema: &Schema, value: Value) -> Value {
    match (value, schema.default_value()) {
        (Value::Null, Some(default)) => normal(schema, default.clone()),
        (Value::Float32(number), _) if number.is_nan() => Value::Null,
        (Value::Float64(number), _) if number.is_nan() => Value::Null,
        (Value::Array(elements), _) => {
            let of = schema.value_schema().unwrap();
            Value::array(elements.iter().map(|element| normal(of, element.clone())))
        }
        (Value::Map(entries), _) => {
            let (keys, values) = (schema.key_schema().unwrap(), schema.value_schema().unwrap());
            Value::map(
                entries
                    .iter()
                    .map(|(key, value)| (normal(keys, key.clone()), normal(values, value.clone()))),
            )
        }
        (Value::Struct(fields), _) => {
            let of = fields.schema().clone();
            let values = of.fields().iter().zip(fields.into_values());
            let values = values.map(|(field, value)| normal(field.schema(), value));
            Struct::from_values(&of, values.collect()).unwrap().into()
        }
        (value, _) => value,
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, ..ProptestConfig::default() })]

    #[test]
    fn any_schema_and_value_is_read_back(seed in any::<u64>()) {
        check_kept(&plain(), seed);
    }

    #[test]
    fn any_schema_and_value_is_read_back_whatever_the_options(seed in any::<u64>()) {
        check_kept(&mapping(|config| {
            config.decimal_format = DecimalFormat::Numeric;
            config.object_additional_properties = false;
            config.generalized_sum_type_support = true;
            config.ignore_default_for_nullables = true;
            config.preserve_additional_properties = true;
        }), seed);
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
