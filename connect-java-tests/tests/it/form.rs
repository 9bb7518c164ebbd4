//! Records as `java/Transforms.java` reads and writes them.
//!
//! What counts is said, and no more: both sides' answers are compared as they stand here. Entries of maps are in the order of
//! their text, since Java's have none; a date, a time and a timestamp are the same but for the schema.

use base64::{Engine, prelude::BASE64_STANDARD};
use connect_api::{Record, Schema, SchemaAndValue, Type, Value};
use serde_json::{Map, Value as Json, json};

/// Milliseconds of a day.
const DAY: i64 = 86_400_000;

/// Writes a record.
pub(crate) fn record(record: &Record) -> Json {
    let mut json = Map::new();
    json.insert("topic".into(), record.topic.as_str().into());
    if let Some(partition) = record.partition {
        json.insert("partition".into(), partition.into());
    }
    if let Some(offset) = record.offset {
        json.insert("offset".into(), offset.into());
    }
    if let Some(timestamp) = record.timestamp {
        json.insert("timestamp".into(), timestamp.into());
    }
    json.insert("key".into(), datum(&record.key));
    json.insert("value".into(), datum(&record.value));
    let headers = record.headers.iter();
    let headers = headers.map(|(name, header)| json!([name.as_str(), datum(header)]));
    json.insert("headers".into(), headers.collect());
    json.into()
}

fn datum(datum: &SchemaAndValue) -> Json {
    let mut json = Map::new();
    if let Some(of) = &datum.schema {
        json.insert("schema".into(), schema(of));
    }
    if !datum.value.is_null() {
        let payload = value(&datum.value, datum.schema.as_ref());
        json.insert("payload".into(), payload);
    }
    json.into()
}

fn schema(of: &Schema) -> Json {
    let mut json = Map::new();
    json.insert("type".into(), of.type_().name().into());
    json.insert("optional".into(), of.is_optional().into());
    if let Some(name) = of.name() {
        json.insert("name".into(), name.as_str().into());
    }
    if let Some(version) = of.version() {
        json.insert("version".into(), version.into());
    }
    if let Some(doc) = of.doc() {
        json.insert("doc".into(), doc.as_str().into());
    }
    if !of.parameters().is_empty() {
        let parameters = of.parameters().iter();
        let parameters = parameters.map(|(name, value)| (name.to_string(), value.as_str().into()));
        json.insert("parameters".into(), Json::Object(parameters.collect()));
    }
    if of.type_() == Type::Struct {
        let fields = of.fields().iter();
        let fields = fields.map(|field| json!([field.name().as_str(), schema(field.schema())]));
        json.insert("fields".into(), fields.collect());
    }
    if let Some(keys) = of.key_schema() {
        json.insert("keys".into(), schema(keys));
    }
    if let Some(values) = of.value_schema() {
        json.insert("values".into(), schema(values));
    }
    if let Some(default) = of.default_value() {
        json.insert("default".into(), value(default, Some(of)));
    }
    json.into()
}

/// Writes a value where one of the schema `place` is expected.
fn value(of: &Value, place: Option<&Schema>) -> Json {
    match of {
        Value::Null => Json::Null,
        Value::Boolean(is) => (*is).into(),
        Value::String(text) => text.as_str().into(),
        Value::Int8(number) => json!({ "int8": number }),
        Value::Int16(number) => json!({ "int16": number }),
        Value::Int32(number) => json!({ "int32": number }),
        Value::Int64(number) => json!({ "int64": number }),
        // All numbers that are none are one to Java.
        Value::Float32(number) if number.is_nan() => json!({ "float32": 0x7fc0_0000 }),
        Value::Float64(number) if number.is_nan() => {
            json!({ "float64": 0x7ff8_0000_0000_0000_i64 })
        }
        Value::Float32(number) => json!({ "float32": number.to_bits().cast_signed() }),
        Value::Float64(number) => json!({ "float64": number.to_bits().cast_signed() }),
        Value::Bytes(bytes) => json!({ "bytes": BASE64_STANDARD.encode(bytes) }),
        Value::Decimal(decimal) => {
            json!({ "decimal": [decimal.unscaled().to_string(), decimal.scale()] })
        }
        Value::Date(days) => json!({ "millis": i64::from(*days) * DAY }),
        Value::Time(millis) => json!({ "millis": millis }),
        Value::Timestamp(millis) => json!({ "millis": millis }),
        Value::Array(elements) => {
            let inner = place.and_then(Schema::value_schema);
            let elements = elements.iter().map(|element| value(element, inner));
            json!({ "array": elements.collect::<Json>() })
        }
        Value::Map(entries) => {
            let keys = place.and_then(Schema::key_schema);
            let values = place.and_then(Schema::value_schema);
            let entries = entries.iter();
            let entries = entries.map(|(key, of)| json!([value(key, keys), value(of, values)]));
            json!({ "map": entries.collect::<Json>() })
        }
        Value::Struct(fields) => {
            let of = fields.schema();
            let values = of.fields().iter().zip(fields.values());
            let values = values.map(|(field, of)| value(of, Some(field.schema())));
            let mut json = json!({ "struct": values.collect::<Json>() });
            if place != Some(of) {
                json["schema"] = schema(of);
            }
            json
        }
        other => panic!("a value that nobody has seen yet: {other:?}"),
    }
}

/// Puts the entries of all maps in the order of their text.
pub(crate) fn ordered(mut json: Json) -> Json {
    match &mut json {
        Json::Object(members) => {
            for member in members.values_mut() {
                *member = ordered(member.take());
            }
            if let Some(Json::Array(entries)) = members.get_mut("map") {
                entries.sort_by_cached_key(Json::to_string);
            }
        }
        Json::Array(elements) => {
            for element in elements {
                *element = ordered(element.take());
            }
        }
        _ => {}
    }
    json
}
