//! Laws: any schema and any value comes back as it was.

use connect_api::{Schema, SchemaAndValue, SchemaBuilder, Struct, Type, Value};
use connect_converters::avro::AvroDataConfig;
use connect_testkit::generate::{self, Rng};

use super::{avro, with};

const TRIES: u64 = 3_000;

/// Gives fields names that Avro can hold; everything else stays.
fn valid(schema: &Schema) -> Schema {
    if schema.is_enclosing() {
        let link = Schema::enclosing(schema.name().unwrap());
        return if schema.is_optional() {
            link.optional()
        } else {
            link
        }
        .build()
        .unwrap();
    }
    let plain = schema.to_builder().without_default().build().unwrap();
    let renamed = match schema.type_() {
        Type::Array => attributes_of(&plain, Schema::array(valid(schema.value_schema().unwrap()))),
        Type::Map => {
            let (keys, values) = (schema.key_schema().unwrap(), schema.value_schema().unwrap());
            attributes_of(&plain, Schema::map(valid(keys), valid(values)))
        }
        Type::Struct => {
            let fields = schema.fields().iter().map(|field| {
                let name = match &**field.name() {
                    "" => "empty".to_owned(),
                    other => other.replace('.', "_"),
                };
                (name, valid(field.schema()))
            });
            let builder = fields.fold(Schema::structure(), |builder, (name, schema)| {
                builder.field(name, schema)
            });
            attributes_of(&plain, builder)
        }
        _ => plain,
    };
    match schema.default_value() {
        None => renamed,
        Some(default) => {
            let default = moved(&renamed, default);
            renamed.to_builder().default_value(default).build().unwrap()
        }
    }
}

fn attributes_of(schema: &Schema, mut builder: SchemaBuilder) -> Schema {
    if schema.is_optional() {
        builder = builder.optional();
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
    for (key, value) in schema.parameters() {
        builder = builder.parameter(key, value);
    }
    builder.build().unwrap()
}

/// Puts a value under another schema of the same shape; a null that has a default becomes it.
fn moved(schema: &Schema, value: &Value) -> Value {
    match value {
        Value::Array(elements) => {
            let of = schema.value_schema().unwrap();
            Value::array(elements.iter().map(|element| moved(of, element)))
        }
        Value::Map(entries) => {
            let (keys, values) = (schema.key_schema().unwrap(), schema.value_schema().unwrap());
            Value::map(
                entries
                    .iter()
                    .map(|(key, value)| (moved(keys, key), moved(values, value))),
            )
        }
        Value::Struct(fields) => {
            let values = fields
                .values()
                .iter()
                .zip(schema.fields())
                .map(
                    |(value, field)| match (value, field.schema().default_value()) {
                        (Value::Null, Some(default)) => moved(field.schema(), default),
                        _ => moved(field.schema(), value),
                    },
                );
            Struct::from_values(schema, values.collect())
                .unwrap()
                .into()
        }
        other => other.clone(),
    }
}

/// Returns a schema; one of four contains itself.
fn schema_of(random: &mut Rng) -> Schema {
    if random.u8(..4) == 0 {
        generate::recursive_schema(random)
    } else {
        generate::schema(random)
    }
}

#[test]
fn any_schema_and_any_value_come_back() {
    for seed in 0..TRIES {
        let mut random = Rng::with_seed(seed);
        let generated = schema_of(&mut random);
        let value = generate::value_of(&mut random, &generated);
        let schema = valid(&generated);
        let value = moved(&schema, &value);
        if value.is_null() {
            continue;
        }
        let text = avro().schema_of(Some(&schema)).unwrap();
        let back = avro().connect_schema(&text).unwrap().unwrap();
        assert!(back == schema, "seed {seed}: {text}");
        let data = SchemaAndValue::new(schema.clone(), value);
        let bytes = avro()
            .encoder(Some(&schema), &text)
            .unwrap()
            .to_bytes(&data);
        let bytes = bytes.unwrap_or_else(|error| panic!("seed {seed}: {}", error.report()));
        let read = avro()
            .decoder(&text, None)
            .unwrap()
            .from_bytes(&bytes.into());
        let read = read.unwrap_or_else(|error| panic!("seed {seed}: {}: {text}", error.report()));
        // As text, because NaN is not even itself.
        assert_eq!(
            format!("{:?}", read.value),
            format!("{:?}", data.value),
            "seed {seed}"
        );
    }
}

#[test]
fn any_schema_has_the_same_text_again() {
    for seed in 0..TRIES {
        let schema = valid(&schema_of(&mut Rng::with_seed(seed)));
        let text = avro().schema_of(Some(&schema)).unwrap();
        let back = avro().connect_schema(&text).unwrap().unwrap();
        assert_eq!(avro().schema_of(Some(&back)).unwrap(), text, "seed {seed}");
    }
}

#[test]
fn any_value_without_a_schema_comes_back() {
    let text = avro().schema_of(None).unwrap();
    let (encoder, decoder) = (
        avro().encoder(None, &text).unwrap(),
        avro().decoder(&text, None).unwrap(),
    );
    let mut held = 0;
    for seed in 0..TRIES {
        let value = generate::schemaless(&mut Rng::with_seed(seed));
        let Ok(bytes) = encoder.to_bytes(&value.clone().into()) else {
            continue;
        };
        held += 1;
        let read = decoder.from_bytes(&bytes.into()).unwrap();
        assert_eq!(read.schema, None);
        assert_eq!(
            format!("{:?}", read.value),
            format!("{:?}", widened(&value)),
            "seed {seed}"
        );
    }
    assert!(held > TRIES / 4, "only {held} values could be written");
}

/// Narrow integers are ints.
fn widened(value: &Value) -> Value {
    match value {
        Value::Int8(n) => i32::from(*n).into(),
        Value::Int16(n) => i32::from(*n).into(),
        Value::Array(elements) => Value::array(elements.iter().map(widened)),
        Value::Map(entries) => Value::map(
            entries
                .iter()
                .map(|(key, value)| (widened(key), widened(value))),
        ),
        other => other.clone(),
    }
}

#[test]
fn any_value_survives_every_option() {
    let changes: [fn(&mut AvroDataConfig); 6] = [
        |config| config.enhanced_avro_schema_support = true,
        |config| config.scrub_invalid_names = true,
        |config| config.connect_meta_data = false,
        |config| config.discard_type_doc_default = true,
        |config| config.generalized_sum_type_support = true,
        |config| config.flatten_singleton_unions = false,
    ];
    for seed in 0..600 {
        let avro = with(changes[(seed % 6) as usize]);
        let mut random = Rng::with_seed(seed);
        let generated = schema_of(&mut random);
        let value = generate::value_of(&mut random, &generated);
        let schema = valid(&generated);
        let value = moved(&schema, &value);
        if value.is_null() {
            continue;
        }
        let text = avro.schema_of(Some(&schema)).unwrap();
        let data = SchemaAndValue::new(schema.clone(), value);
        let bytes = avro
            .encoder(Some(&schema), &text)
            .unwrap()
            .to_bytes(&data)
            .unwrap();
        let again = avro
            .decoder(&text, None)
            .unwrap()
            .from_bytes(&bytes.into())
            .unwrap();
        let text = avro.schema_of(again.schema.as_ref()).unwrap();
        let encoder = avro.encoder(again.schema.as_ref(), &text).unwrap();
        let bytes = encoder.to_bytes(&again).unwrap();
        let decoder = avro.decoder(&text, None).unwrap();
        let read = decoder.from_bytes(&bytes.into()).unwrap().value;
        assert_eq!(
            format!("{read:?}"),
            format!("{:?}", again.value),
            "seed {seed}"
        );
    }
}
