//! What the pages about schema registries say is so.

mod examples;
mod keys;
mod mappings;
mod notation;

use connect_api::{ConfigMap, Result, Schema, TypedConfig, UnknownKeys};
use connect_converters::{
    avro::{AvroData, AvroDataConfig},
    json_schema::{JsonSchemaData, JsonSchemaDataConfig},
    protobuf::{ProtobufData, ProtobufDataConfig},
};

use super::book::Chapter;

/// A format, and how its page says things.
struct Format {
    page: &'static str,
    plugin: &'static str,
    /// The language of blocks with a schema.
    language: &'static str,
    describe: fn(&ConfigMap, &Schema) -> Result<String>,
    read: fn(&ConfigMap, &str) -> Result<Schema>,
}

const FORMATS: [Format; 3] = [
    Format {
        page: "registry/avro.md",
        plugin: "avro",
        language: "json avro",
        describe: |options, schema| avro(options)?.schema_of(Some(schema)),
        read: |options, text| Ok(avro(options)?.connect_schema(text)?.unwrap()),
    },
    Format {
        page: "registry/protobuf.md",
        plugin: "protobuf",
        language: "proto",
        describe: describe_field,
        read: read_field,
    },
    Format {
        page: "registry/json-schema.md",
        plugin: "json-schema",
        language: "json schema",
        describe: |options, schema| json_schema(options)?.describe(schema),
        read: |options, text| Ok(json_schema(options)?.reader(text)?.schema().clone()),
    },
];

impl Format {
    fn chapter(&self) -> Chapter {
        Chapter::named(self.page)
    }
}

/// Reads the options of a mapping.
fn parse<C: TypedConfig>(options: &ConfigMap) -> Result<C> {
    C::parse(options, UnknownKeys::Refuse)
}

fn avro(options: &ConfigMap) -> Result<AvroData> {
    parse::<AvroDataConfig>(options).map(AvroData::new)
}

fn protobuf(options: &ConfigMap) -> Result<ProtobufData> {
    parse::<ProtobufDataConfig>(options).map(ProtobufData::new)
}

fn json_schema(options: &ConfigMap) -> Result<JsonSchemaData> {
    parse::<JsonSchemaDataConfig>(options).and_then(JsonSchemaData::new)
}

/// Returns what a field `a` of a message `M` becomes, on one line.
fn describe_field(options: &ConfigMap, schema: &Schema) -> Result<String> {
    let message = Schema::record("M").field("a", schema.clone()).build()?;
    let text = protobuf(options)?.schema_of(&message)?.text;
    let (_, body) = text.split_once("message M {").unwrap();
    let body = body.trim_end().strip_suffix('}').unwrap();
    Ok(body.split_whitespace().collect::<Vec<_>>().join(" "))
}

/// Returns the Connect schema of the only field of a message that has this body.
fn read_field(options: &ConfigMap, body: &str) -> Result<Schema> {
    const IMPORTS: [&str; 6] = [
        "confluent/meta",
        "confluent/type/decimal",
        "google/protobuf/timestamp",
        "google/protobuf/wrappers",
        "google/type/date",
        "google/type/timeofday",
    ];
    let imports = IMPORTS.map(|import| format!("import \"{import}.proto\";\n"));
    let syntax = if body.contains("required ") {
        "proto2"
    } else {
        "proto3"
    };
    let text = format!(
        "syntax = \"{syntax}\";\n{}message M {{ {body} }}\n",
        imports.concat()
    );
    let message = protobuf(options)?.reader(&text)?.schema(None)?;
    Ok(message.fields()[0].schema().clone())
}
