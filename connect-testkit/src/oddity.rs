//! Data that well-meaning code forgets: extremes, mismatches and noise.

use bytes::Bytes;
use connect_api::{Decimal, Headers, Record, Schema, SchemaAndValue, Str, Struct, Value};
use fastrand::Rng;

/// Values of every type at their extremes, each without a schema.
pub(crate) fn values() -> Vec<Value> {
    let mut values = vec![
        Value::Null,
        Value::Boolean(true),
        Value::Int8(i8::MIN),
        Value::Int16(i16::MAX),
        Value::Int32(i32::MIN),
        Value::Int64(i64::MAX),
        Value::Float32(f32::NAN),
        Value::Float32(-0.0),
        Value::Float64(f64::INFINITY),
        Value::Float64(f64::MIN_POSITIVE),
        Value::from(""),
        Value::from("\u{0}\"\\\n\u{2028}\u{1F600}"),
        Value::from("x".repeat(10_000)),
        Value::Bytes(Bytes::new()),
        Value::Bytes(Bytes::from_static(&[0, 255, 128, 10])),
        Value::Decimal(Decimal::new(-12_345, 2)),
        Value::Decimal(Decimal::new(7, -400)),
        Value::Decimal(Decimal::new(7, i32::MAX)),
        Value::Date(i32::MIN),
        Value::Time(-1),
        Value::Timestamp(i64::MIN),
        Value::array(Vec::<Value>::new()),
        Value::array([Value::Null, Value::Int8(1), Value::from("mixed")]),
        Value::map(Vec::<(Value, Value)>::new()),
        Value::map([
            (Value::Null, Value::Int64(1)),
            (Value::Int8(1), Value::Null),
        ]),
        Value::map([("a", Value::array([1_i32])), ("", Value::Null)]),
    ];
    let mut deep = Value::Null;
    for _ in 0..60 {
        deep = Value::map([("deep", Value::array([deep]))]);
    }
    values.push(deep);
    values.extend(structure());
    values
}

fn structure() -> Option<Value> {
    let schema = Schema::record("testkit.Odd")
        .field("id", Schema::int64().build().ok()?)
        .field("note", Schema::string().optional().build().ok()?)
        .field("", Schema::timestamp().optional().build().ok()?)
        .build()
        .ok()?;
    let filled = Struct::new(&schema).ok()?.with("id", 1_i64).ok()?;
    Some(filled.into())
}

/// The values alone, and each with schemas that fit and that don't.
pub(crate) fn data() -> Vec<SchemaAndValue> {
    let builders = [
        Schema::int8(),
        Schema::int64(),
        Schema::float32(),
        Schema::boolean().optional(),
        Schema::string(),
        Schema::string().optional().default_value("default"),
        Schema::bytes(),
        Schema::decimal(2),
        Schema::date(),
        Schema::timestamp().optional(),
    ];
    let schemas: Vec<_> = builders
        .into_iter()
        .filter_map(|builder| builder.build().ok())
        .collect();
    let mut data = vec![SchemaAndValue::NULL];
    for value in values() {
        if let Value::Struct(fields) = &value {
            data.push(SchemaAndValue::new(fields.schema().clone(), value.clone()));
        }
        let with = |schema: &Schema| SchemaAndValue::new(schema.clone(), value.clone());
        data.extend(schemas.iter().map(with));
        data.push(value.into());
    }
    data
}

/// Records with odd keys, values, headers and coordinates.
pub(crate) fn records() -> Vec<Record> {
    let data = data();
    let mut records = Vec::new();
    for (n, value) in data.iter().enumerate() {
        let key = data[(n * 7 + 3) % data.len()].clone();
        let mut record = Record::new("topic", value.clone()).with_key(key);
        if n % 3 == 0 {
            let header = data[(n * 5 + 1) % data.len()].clone();
            let headers = [
                ("a", header.clone()),
                ("", SchemaAndValue::NULL),
                ("a", header),
            ];
            record = record.with_headers(headers.into_iter().collect::<Headers>());
        }
        if n % 4 == 0 {
            record = record
                .with_partition(i32::MAX)
                .with_timestamp(if n % 8 == 0 { i64::MIN } else { -1 });
        }
        if n % 11 == 0 {
            record.topic = Str::default();
        }
        records.push(record);
    }
    records
}

/// Bytes that no sane producer wrote: noise, and `sound` ones cut, stretched and changed.
pub(crate) fn noise(seed: u64, count: usize, sound: &[Bytes]) -> Vec<Bytes> {
    let mut random = Rng::with_seed(seed);
    let mut noise: Vec<Bytes> = (0..=u8::MAX)
        .map(|byte| Bytes::copy_from_slice(&[byte]))
        .collect();
    for _ in 0..count {
        let mut bytes = match sound.len() {
            0 => Vec::new(),
            many => sound[random.usize(..many)].to_vec(),
        };
        if bytes.is_empty() || random.u8(..4) == 0 {
            bytes = (0..random.usize(..64)).map(|_| random.u8(..)).collect();
        }
        for _ in 0..random.usize(1..4) {
            let at = random.usize(..=bytes.len());
            match random.u8(..3) {
                0 => bytes.truncate(at),
                1 => bytes.insert(at, random.u8(..)),
                _ => {
                    if let Some(byte) = bytes.get_mut(at) {
                        *byte = random.u8(..);
                    }
                }
            }
        }
        noise.push(bytes.into());
    }
    noise
}
