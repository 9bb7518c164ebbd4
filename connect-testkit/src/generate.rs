//! Random schemas, values and records, for tests that try anything.
//!
//! Everything fits: a value fits its schema, defaults included. Names are few ([`NAMES`]), so that options drawn from the
//! same list meet fields that exist, and fields that do not. The same seed gives the same data.
//!
//! ```
//! use connect_testkit::generate::{self, Rng};
//!
//! let mut random = Rng::with_seed(7);
//! let schema = generate::schema(&mut random);
//! let value = generate::value_of(&mut random, &schema);
//! schema.check(&value)?;
//! # Ok::<(), connect_api::Error>(())
//! ```
//!
//! For data that do not fit, see what the suites for [transforms](mod@crate::transform) and
//! [converters](mod@crate::converter) try by themselves.

use connect_api::{
    Decimal, Headers, Logical, Record, Schema, SchemaAndValue, SchemaBuilder, Struct, Type, Value,
};
pub use fastrand::Rng;

/// The names of fields, of entries of maps and of headers.
pub const NAMES: &[&str] = &["a", "b", "id", "note", "items", "a.b", ""];

/// How deep values are nested at most.
const DEPTH: usize = 4;

/// How many fields, elements or entries there are at most.
const WIDTH: usize = 5;

/// How often a value may stand inside of itself until it must be one that never ends.
const ENDLESS: usize = 100;

/// Texts that some transform reads as something else.
const TEXTS: &[&str] = &[
    "",
    "a",
    "some text",
    "7",
    "-1",
    "300",
    "9223372036854775808",
    "1.5",
    "1e3",
    "NaN",
    "true",
    "False",
    "2024-02-29",
    "2024-02-29T12:34:56.789Z",
    "20240229",
    "12:34:56",
    "{\"a\":1}",
    "[1,2]",
    " \t\n",
    "\u{e9}\u{1F600}\u{0}\"\\",
];

/// Returns a schema; three of four are of structs.
pub fn schema(random: &mut Rng) -> Schema {
    schema_at(random, 0)
}

fn schema_at(random: &mut Rng, depth: usize) -> Schema {
    let builder = match random.u8(..16) {
        _ if depth >= DEPTH => primitive(random),
        0..=11 if depth == 0 => structure(random, depth),
        0..=2 => structure(random, depth),
        3 => Schema::array(schema_at(random, depth + 1)),
        4 => {
            let key = match random.u8(..4) {
                0 => Schema::plain_int32(),
                _ => Schema::plain_string(),
            };
            Schema::map(key, schema_at(random, depth + 1))
        }
        _ => primitive(random),
    };
    attributed(random, builder)
}

/// Returns a schema of structs that contain themselves.
///
/// They do so in a field, in an array, in a map, or by another struct that contains itself too.
pub fn recursive_schema(random: &mut Rng) -> Schema {
    let node = || built(Schema::enclosing("Node"));
    let next = match random.u8(..4) {
        0 => Schema::enclosing("Node").optional(),
        1 => Schema::array(node()),
        2 => Schema::map(Schema::plain_string(), node()),
        _ => Schema::record("Branch")
            .field("back", built(Schema::enclosing("Node").optional()))
            .field(
                "branches",
                built(Schema::array(built(Schema::enclosing("Branch")))),
            ),
    };
    let node = structure(random, 0).name("Node").field("next", built(next));
    built(match random.u8(..4) {
        0 => node.optional(),
        _ => node,
    })
}

fn structure(random: &mut Rng, depth: usize) -> SchemaBuilder {
    let mut builder = Schema::structure();
    for name in names(random) {
        builder = builder.field(name, schema_at(random, depth + 1));
    }
    builder
}

fn primitive(random: &mut Rng) -> SchemaBuilder {
    match random.u8(..13) {
        0 => Schema::int8(),
        1 => Schema::int16(),
        2 => Schema::int32(),
        3 => Schema::int64(),
        4 => Schema::float32(),
        5 => Schema::float64(),
        6 => Schema::boolean(),
        7 => Schema::bytes(),
        8 => Schema::decimal(random.i32(-2..=6)),
        9 => Schema::date(),
        10 => Schema::time(),
        11 => Schema::timestamp(),
        _ => Schema::string(),
    }
}

/// Adds attributes; the name of a logical type stays.
fn attributed(random: &mut Rng, mut builder: SchemaBuilder) -> Schema {
    if random.u8(..3) == 0 {
        builder = builder.optional();
    }
    if random.u8(..8) == 0 {
        builder = builder.doc("what it is");
    }
    if random.u8(..8) == 0 {
        builder = builder.parameter(name(random), "some value");
    }
    let plain = built(builder);
    let mut builder = plain.to_builder();
    if plain.logical().is_none() && random.u8(..4) == 0 {
        builder = builder.name(["Order", "test.Item"][random.usize(..2)]);
    }
    if plain.logical().is_none() && random.u8(..8) == 0 {
        builder = builder.version(random.i32(1..4));
    }
    let schema = built(builder);
    // A struct that is a default would have the schema without it, which is another one.
    if schema.type_() == Type::Struct || random.u8(..4) > 0 {
        return schema;
    }
    let default = value_of(random, &schema);
    // NaN is not even itself: a schema with that default would not equal its copy.
    if default.is_null() || default.clone() != default {
        return schema;
    }
    built(schema.to_builder().default_value(default))
}

fn built(builder: SchemaBuilder) -> Schema {
    let built = builder.build();
    built.unwrap_or_else(|error| panic!("what is generated fits together: {error}"))
}

/// Returns a value that fits `schema`; null, if that is optional, one time in four.
///
/// A field with a default may be null too. Numbers may be extreme, infinite or NaN. What contains itself ends after a few
/// levels.
///
/// # Panics
///
/// `schema` is of structs that always contain themselves, so that no value fits.
pub fn value_of(random: &mut Rng, schema: &Schema) -> Value {
    value_at(random, schema, 0)
}

/// Returns a value that stands inside of itself `level` times.
fn value_at(random: &mut Rng, schema: &Schema, level: usize) -> Value {
    let ends = level >= DEPTH && schema.is_recursive();
    if schema.is_optional() && (ends || random.u8(..4) == 0) {
        return Value::Null;
    }
    if let Some(logical) = schema.logical() {
        return logical_value(random, logical);
    }
    match schema.type_() {
        Type::Int8 => Value::Int8(whole(random) as i8),
        Type::Int16 => Value::Int16(whole(random) as i16),
        Type::Int32 => Value::Int32(whole(random) as i32),
        Type::Int64 => Value::Int64(whole(random)),
        Type::Float32 => Value::Float32(real(random) as f32),
        Type::Float64 => Value::Float64(real(random)),
        Type::Boolean => Value::Boolean(random.bool()),
        Type::String => TEXTS[random.usize(..TEXTS.len())].into(),
        Type::Bytes => {
            let length = random.usize(..6);
            let bytes: Vec<u8> = (0..length).map(|_| random.u8(..)).collect();
            bytes.into()
        }
        Type::Array => {
            let length = if ends { 0 } else { random.usize(..WIDTH) };
            Value::array((0..length).map(|_| inner_value(random, schema.value_schema(), level)))
        }
        Type::Map => {
            let length = if ends { 0 } else { random.usize(..WIDTH) };
            Value::map((0..length).map(|_| {
                let key = match schema.key_schema().map(Schema::type_) {
                    Some(Type::String) => name(random).into(),
                    _ => inner_value(random, schema.key_schema(), level),
                };
                (key, inner_value(random, schema.value_schema(), level))
            }))
        }
        Type::Struct => struct_of(random, schema, level + usize::from(schema.is_enclosing())),
    }
}

fn inner_value(random: &mut Rng, schema: Option<&Schema>, level: usize) -> Value {
    schema.map_or(Value::Null, |schema| value_at(random, schema, level))
}

fn struct_of(random: &mut Rng, schema: &Schema, level: usize) -> Value {
    assert!(level < ENDLESS, "{schema} has no value that ends");
    let values = schema.fields().iter().map(|field| {
        let absent = field.schema().default_value().is_some() && random.u8(..4) == 0;
        if absent {
            Value::Null
        } else {
            value_at(random, field.schema(), level)
        }
    });
    let fields = Struct::from_values(schema, values.collect());
    fields
        .unwrap_or_else(|error| panic!("there is a value for each field: {error}"))
        .into()
}

fn logical_value(random: &mut Rng, logical: Logical) -> Value {
    match logical {
        Logical::Decimal { scale } => Decimal::new(whole(random), scale).into(),
        Logical::Date => Value::Date(match random.u8(..8) {
            0 => random.i32(..),
            _ => random.i32(-30_000..60_000),
        }),
        Logical::Time => Value::Time(random.i32(..86_400_000).max(0)),
        Logical::Timestamp => Value::Timestamp(moment(random)),
        other => panic!("a logical type of which no value is known: {other:?}"),
    }
}

fn whole(random: &mut Rng) -> i64 {
    match random.u8(..8) {
        0 => [i64::MIN, i64::MAX, 0, -1, 128, 40_000, 1 << 31][random.usize(..7)],
        1 => random.i64(..),
        _ => random.i64(-20..200),
    }
}

fn real(random: &mut Rng) -> f64 {
    match random.u8(..8) {
        0 => [f64::NAN, f64::INFINITY, -0.0, 1e20, 1e-300][random.usize(..5)],
        1 => random.f64(),
        _ => whole(random) as f64 / 4.0,
    }
}

/// Returns milliseconds since the epoch, mostly between 1970 and 2100.
fn moment(random: &mut Rng) -> i64 {
    match random.u8(..16) {
        0 => random.i64(..),
        1 => random.i64(-4_102_444_800_000..0),
        _ => random.i64(0..4_102_444_800_000),
    }
}

/// Returns a value that needs no schema; three of four are maps.
///
/// Keys of maps are text but for one in sixteen.
pub fn schemaless(random: &mut Rng) -> Value {
    schemaless_at(random, 0)
}

fn schemaless_at(random: &mut Rng, depth: usize) -> Value {
    match random.u8(..16) {
        _ if depth >= DEPTH => simple(random),
        0..=11 if depth == 0 => map(random, depth),
        0..=2 => map(random, depth),
        3..=4 => {
            let length = random.usize(..WIDTH);
            Value::array((0..length).map(|_| schemaless_at(random, depth + 1)))
        }
        5 => Value::Null,
        _ => simple(random),
    }
}

fn map(random: &mut Rng, depth: usize) -> Value {
    let names = names(random);
    Value::map(names.into_iter().map(|name| {
        let key = match random.u8(..16) {
            0 => Value::Int32(random.i32(..3)),
            _ => name.into(),
        };
        (key, schemaless_at(random, depth + 1))
    }))
}

fn simple(random: &mut Rng) -> Value {
    let schema = built(primitive(random));
    value_of(random, &schema)
}

/// Returns a record: its key and value with a schema, without one, or null.
///
/// Partition, offset, timestamp and headers are there or not.
pub fn record(random: &mut Rng) -> Record {
    let topic = ["topic", "shop-orders", "a.b", ""][random.usize(..4)];
    let mut record = Record::new(topic, datum(random)).with_key(datum(random));
    if random.bool() {
        record = record.with_partition(random.i32(..10).max(0));
    }
    if random.bool() {
        record = record.with_offset(random.i64(..1_000).max(0));
    }
    if random.u8(..4) > 0 {
        record = record.with_timestamp(moment(random));
    }
    let length = random.usize(..4);
    let headers = (0..length).map(|_| (name(random), datum(random)));
    record.with_headers(headers.collect::<Headers>())
}

/// Returns a value with or without its schema; null one time in eight, with a schema or without.
fn datum(random: &mut Rng) -> SchemaAndValue {
    match random.u8(..16) {
        0 => SchemaAndValue::NULL,
        1 => SchemaAndValue::new(built(schema(random).to_builder().optional()), Value::Null),
        2..=8 => schemaless(random).into(),
        _ => {
            let schema = schema(random);
            let value = value_of(random, &schema);
            SchemaAndValue::new(schema, value)
        }
    }
}

fn name(random: &mut Rng) -> &'static str {
    NAMES[random.usize(..NAMES.len())]
}

/// Returns a few different names, in any order.
fn names(random: &mut Rng) -> Vec<&'static str> {
    let mut names = NAMES.to_vec();
    random.shuffle(&mut names);
    names.truncate(random.usize(..=WIDTH));
    names
}
