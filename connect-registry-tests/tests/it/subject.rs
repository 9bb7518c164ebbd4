//! One converter beside the Python clients.

use std::sync::LazyLock;

use connect_api::{
    Bytes, ConfigMap, Converter, Decimal, ErrorKind, Headers, Missing, Result, Schema,
    SchemaAndValue, SchemaBuilder, Struct, TypedConfig, UnknownKeys, Value, json,
};
use connect_converters::{
    AvroConverter, AvroConverterConfig, JsonSchemaConverter, JsonSchemaConverterConfig,
    ProtobufConverter, ProtobufConverterConfig,
};
use connect_registry_lab::{Format, Framed, Framing, Message, PythonClients, Registry};
use serde_json::Value as Json;

/// All tests share it; it ends with this process.
static REGISTRY: LazyLock<Registry> = LazyLock::new(|| Registry::start().unwrap());

/// A converter of ours and Confluent's, for one format and one topic.
pub(crate) struct Beside {
    pub(crate) python: PythonClients,
    ours: Box<dyn Converter>,
    format: Format,
    topic: &'static str,
    framing: Framing,
}

impl Beside {
    /// Starts Python beside the shared registry.
    pub(crate) fn new(format: Format, topic: &'static str, options: &[(&str, &str)]) -> Self {
        Self::over(&REGISTRY.url(), format, topic, options)
    }

    pub(crate) fn over(
        url: &str,
        format: Format,
        topic: &'static str,
        options: &[(&str, &str)],
    ) -> Self {
        let mut map: ConfigMap = options.iter().copied().collect();
        map.insert("schema.registry.url", url);
        Self {
            python: PythonClients::start(url).unwrap(),
            ours: converter(format, &map).unwrap(),
            format,
            topic,
            framing: Framing::Prefix,
        }
    }

    pub(crate) fn framed_by_headers(mut self) -> Self {
        self.framing = Framing::Header;
        self
    }

    /// Claims that Python reads from our bytes `json`, and that we read `data` from what Python writes of it by the
    /// schema that we have registered.
    ///
    /// What Protobuf keeps of a schema is its own: fields are numbered, and some are optional. So values alone are
    /// compared there.
    pub(crate) async fn check(&mut self, data: &SchemaAndValue, json: &Json) {
        self.check_one_way(data, json).await;
        let subject = format!("{}-value", self.topic);
        let schema = self.python.latest(&subject).unwrap();
        let read = self.read(&schema, json).await;
        if self.format == Format::Protobuf {
            let [found, wanted] = [&read.value, &data.value].map(json::to_string);
            assert_eq!(found, wanted, "{schema}");
            return;
        }
        let (found, wanted) = (read.schema.unwrap(), data.schema.as_ref().unwrap());
        assert!(found == *wanted, "{schema}: {}", difference(&found, wanted));
        assert_eq!(read.value, data.value, "{schema}");
    }

    /// Claims that Python reads from our bytes `json`.
    pub(crate) async fn check_one_way(&mut self, data: &SchemaAndValue, json: &Json) {
        let framed = self.ours(data).await.unwrap();
        let read = self.python.read(self.format, self.topic, &framed).unwrap();
        assert_eq!(read, *json);
    }

    /// Returns what we read of what Python writes.
    pub(crate) async fn read(&mut self, schema: &str, json: &Json) -> SchemaAndValue {
        let message = Message {
            format: self.format,
            topic: self.topic,
            schema,
            value: json.clone(),
            framing: self.framing,
        };
        let framed = self.python.write(&message).unwrap();
        match self.framing {
            Framing::Prefix => assert_eq!(framed.bytes[0], 0),
            Framing::Header => assert_eq!(framed.headers.len(), 1),
        }
        let mut headers = Headers::new();
        for (name, bytes) in framed.headers {
            headers.add(name, Value::from(bytes));
        }
        let bytes = Bytes::from(framed.bytes);
        for _ in 0..3 {
            let read = self.ours.decode(self.topic, &headers, Some(&bytes));
            match read {
                Err(error) if error.kind() == ErrorKind::NotPrepared => {}
                read => return read.unwrap(),
            }
            let missing = Missing::Read {
                topic: self.topic,
                headers: &headers,
                bytes: &bytes,
            };
            self.ours.prepare(missing).await.unwrap();
        }
        panic!("still not prepared");
    }

    /// Returns what we write.
    async fn ours(&self, data: &SchemaAndValue) -> Result<Framed> {
        let mut headers = Headers::new();
        for _ in 0..3 {
            let missing = Missing::Write {
                topic: self.topic,
                data,
            };
            match self.ours.encode(self.topic, &mut headers, data) {
                Err(error) if error.kind() == ErrorKind::NotPrepared => {
                    self.ours.prepare(missing).await?;
                }
                written => return Ok(framed(written?, &headers)),
            }
        }
        panic!("still not prepared");
    }
}

fn framed(bytes: Option<Bytes>, headers: &Headers) -> Framed {
    let headers = headers.iter().map(|(name, header)| match &header.value {
        Value::Bytes(bytes) => (name.to_string(), bytes.to_vec()),
        other => panic!("expected a header of bytes, found {other:?}"),
    });
    Framed {
        bytes: bytes.unwrap().to_vec(),
        headers: headers.collect(),
    }
}

fn converter(format: Format, map: &ConfigMap) -> Result<Box<dyn Converter>> {
    Ok(match format {
        Format::Avro => {
            let config = AvroConverterConfig::parse(map, UnknownKeys::Refuse)?;
            Box::new(AvroConverter::new(config)?)
        }
        Format::Json => {
            let config = JsonSchemaConverterConfig::parse(map, UnknownKeys::Refuse)?;
            Box::new(JsonSchemaConverter::new(config)?)
        }
        Format::Protobuf => {
            let config = ProtobufConverterConfig::parse(map, UnknownKeys::Refuse)?;
            Box::new(ProtobufConverter::new(config)?)
        }
    })
}

/// Says in what two schemas differ, down to the first field that does.
fn difference(found: &Schema, wanted: &Schema) -> String {
    let fields = found.fields().iter().zip(wanted.fields());
    for (found, wanted) in fields {
        if found != wanted && !found.schema().is_enclosing() {
            let name = found.name();
            return format!(
                "field `{name}`: {}",
                difference(found.schema(), wanted.schema())
            );
        }
    }
    format!(
        "expected {}, found {}",
        attributes(wanted),
        attributes(found)
    )
}

fn attributes(schema: &Schema) -> String {
    let (version, doc, default) = (schema.version(), schema.doc(), schema.default_value());
    let (optional, parameters) = (schema.is_optional(), schema.parameters());
    format!(
        "{schema} with version {version:?}, documentation {doc:?}, default {default:?}, optional {optional}, parameters {parameters:?}"
    )
}

pub(crate) fn built(builder: SchemaBuilder) -> Schema {
    builder.build().unwrap()
}

/// A struct of these fields, each with its schema and value.
///
/// It has a version, since what has none gets the one that it has in the registry.
pub(crate) fn record<const N: usize>(
    name: &str,
    fields: [(&str, Schema, Value); N],
) -> SchemaAndValue {
    let mut schema = Schema::record(name).version(1);
    let mut values = Vec::new();
    for (name, of_field, value) in fields {
        schema = schema.field(name, of_field);
        values.push(value);
    }
    let schema = built(schema);
    let fields = Struct::from_values(&schema, values).unwrap();
    fields.check().unwrap();
    SchemaAndValue::new(schema, fields)
}

/// A field of every type that all three formats give back as they got it.
pub(crate) fn everything() -> SchemaAndValue {
    let inner = record("shop.Inner", [("id", Schema::plain_int32(), 3.into())]);
    let inner_schema = inner.schema.unwrap();
    let names = Schema::map(Schema::plain_string(), Schema::plain_int64());
    record(
        "shop.Everything",
        [
            ("i8", Schema::plain_int8(), (-8i8).into()),
            ("i16", Schema::plain_int16(), 1600i16.into()),
            ("i32", Schema::plain_int32(), (-320_000).into()),
            ("i64", Schema::plain_int64(), (1i64 << 53).into()),
            ("f32", Schema::plain_float32(), 1.5f32.into()),
            ("f64", Schema::plain_float64(), (-0.25).into()),
            ("truth", Schema::plain_boolean(), true.into()),
            ("text", Schema::plain_string(), "\u{e9}\u{1F600}".into()),
            ("bytes", Schema::plain_bytes(), vec![0u8, 255].into()),
            ("some", Schema::optional_string(), "x".into()),
            ("none", Schema::optional_int64(), Value::Null),
            (
                "list",
                built(Schema::array(Schema::plain_string())),
                Value::array(["a", "b"]),
            ),
            ("names", built(names), Value::map([("k", 7i64)])),
            ("inner", inner_schema, inner.value),
            (
                "price",
                built(Schema::decimal(2)),
                Decimal::new(1230, 2).into(),
            ),
            ("day", built(Schema::date()), Value::Date(19_782)),
            ("time", built(Schema::time()), Value::Time(45_296_789)),
            (
                "at",
                built(Schema::timestamp()),
                Value::Timestamp(1_709_210_096_789),
            ),
        ],
    )
}

/// 1, 2: `List {value, next: List or null}`.
pub(crate) fn list() -> SchemaAndValue {
    let schema = Schema::record("shop.List")
        .version(1)
        .field("value", Schema::plain_int32())
        .field("next", built(Schema::enclosing("shop.List").optional()));
    let schema = built(schema);
    let next = schema.field("next").unwrap().schema();
    let rest = Struct::new(next).unwrap().with("value", 2).unwrap();
    let list = Struct::new(&schema).unwrap().with("value", 1).unwrap();
    SchemaAndValue::new(schema, list.with("next", rest).unwrap())
}
