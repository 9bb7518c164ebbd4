//! Data as `vectors/Debezium.java` writes them.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use connect_api::{
    Bytes, Headers, Record, Schema, SchemaAndValue, SchemaBuilder, Struct, Type, Value, json,
};

/// The schemas that were numbered so far.
#[derive(Default)]
pub(crate) struct Schemas(Vec<Schema>);

impl Schemas {
    /// Notes the schema with the next number.
    pub(crate) fn push(&mut self, json: &Value) {
        self.0.push(schema(json));
    }

    /// Reads a record.
    pub(crate) fn record(&self, json: &Value) -> Record {
        let datum = |name: &str| {
            json.get(name)
                .map_or(SchemaAndValue::NULL, |json| self.datum(json))
        };
        let mut record = Record::new(text(json, "topic"), datum("value")).with_key(datum("key"));
        record.partition = json
            .get("partition")
            .and_then(Value::as_i64)
            .map(|n| n.try_into().unwrap());
        record.timestamp = json.get("timestamp").and_then(Value::as_i64);
        record.headers = self.headers(json);
        record
    }

    /// Reads the headers of a record.
    pub(crate) fn headers(&self, json: &Value) -> Headers {
        let Some(Value::Array(headers)) = json.get("headers") else {
            return Headers::new();
        };
        let header = |pair: &Value| match pair {
            Value::Array(pair) => (pair[0].as_str().unwrap().to_owned(), self.datum(&pair[1])),
            other => panic!("{other:?}"),
        };
        headers.iter().map(header).collect()
    }

    /// Reads a datum.
    pub(crate) fn datum(&self, json: &Value) -> SchemaAndValue {
        match (json.get("schema"), json.get("payload")) {
            (Some(Value::Int64(number)), Some(payload)) => {
                let schema = self.0[usize::try_from(*number).unwrap()].clone();
                let value = value(&schema, payload);
                SchemaAndValue::new(schema, value)
            }
            _ => json.clone().into(),
        }
    }
}

/// Reads JSON.
pub(crate) fn parse(text: &str) -> Value {
    json::parse(&Bytes::copy_from_slice(text.as_bytes())).unwrap()
}

/// Puts the entries of maps without a schema in order: Java's have none.
pub(crate) fn ordered(value: &Value) -> Value {
    match value {
        Value::Map(entries) => {
            let entries = entries
                .iter()
                .map(|(key, value)| (key.clone(), ordered(value)));
            let mut entries: Vec<_> = entries.collect();
            entries.sort_by_key(|(key, _)| key.as_str().map(str::to_owned));
            Value::Map(entries.into())
        }
        Value::Array(elements) => Value::array(elements.iter().map(ordered)),
        other => other.clone(),
    }
}

/// Returns the text of a member.
pub(crate) fn text<'a>(json: &'a Value, name: &str) -> &'a str {
    json.get(name).and_then(Value::as_str).unwrap()
}

fn schema(json: &Value) -> Schema {
    let mut builder = shape(json);
    if json.get("optional") == Some(&true.into()) {
        builder = builder.optional();
    }
    if let Some(Value::Map(parameters)) = json.get("parameters") {
        for (name, value) in parameters.iter() {
            builder = builder.parameter(name.as_str().unwrap(), value.as_str().unwrap());
        }
    }
    for (attribute, value) in [("name", json.get("name")), ("doc", json.get("doc"))] {
        builder = match (attribute, value.and_then(Value::as_str)) {
            ("name", Some(name)) => builder.name(name),
            (_, Some(doc)) => builder.doc(doc),
            _ => builder,
        };
    }
    if let Some(version) = json.get("version").and_then(Value::as_i64) {
        builder = builder.version(version.try_into().unwrap());
    }
    let schema = builder.clone().build().unwrap();
    match json.get("default") {
        Some(default) => builder
            .default_value(value(&schema, default))
            .build()
            .unwrap(),
        None => schema,
    }
}

fn shape(json: &Value) -> SchemaBuilder {
    match text(json, "type") {
        "int8" => Schema::int8(),
        "int16" => Schema::int16(),
        "int32" => Schema::int32(),
        "int64" => Schema::int64(),
        "float" => Schema::float32(),
        "double" => Schema::float64(),
        "boolean" => Schema::boolean(),
        "string" => Schema::string(),
        "bytes" => Schema::bytes(),
        "array" => Schema::array(schema(json.get("items").unwrap())),
        "struct" => {
            let Some(Value::Array(fields)) = json.get("fields") else {
                panic!("{json:?}");
            };
            let add = |builder: SchemaBuilder, field: &Value| {
                builder.field(text(field, "field"), schema(field))
            };
            fields.iter().fold(Schema::structure(), add)
        }
        other => panic!("{other}"),
    }
}

fn value(schema: &Schema, json: &Value) -> Value {
    match (schema.type_(), json) {
        (_, Value::Null) => Value::Null,
        (Type::Int32, Value::Int64(n)) => i32::try_from(*n).unwrap().into(),
        (Type::Int64, Value::Int64(n)) if schema.logical().is_some() => Value::Timestamp(*n),
        (Type::Bytes, Value::String(text)) => STANDARD.decode(text.as_bytes()).unwrap().into(),
        (Type::Array, Value::Array(elements)) => Value::array(
            elements
                .iter()
                .map(|element| value(schema.value_schema().unwrap(), element)),
        ),
        (Type::Struct, json) => {
            let field = |field: &connect_api::Field| {
                json.get(field.name())
                    .map_or(Value::Null, |json| value(field.schema(), json))
            };
            let values = schema.fields().iter().map(field).collect();
            Struct::from_values(schema, values).unwrap().into()
        }
        (_, other) => other.clone(),
    }
}
