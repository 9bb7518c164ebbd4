//! The converters of Kafka Connect: bytes to values and back.
//!
//! A connector speaks of values and a topic holds bytes. What stands between decides who else can read the topic: a
//! converter is a promise to every program that shares it, Java's Connect included. So these write the bytes
//! that Java's write, and read what those have written.
//!
//! ```
//! use connect_api::{Bytes, Converter, Headers};
//! use connect_converters::JsonConverter;
//!
//! # fn main() -> connect_api::Result<()> {
//! let json = JsonConverter::schemaless();
//! let read = json.decode("orders", &Headers::new(), Some(&Bytes::from_static(b"{\"id\":7}")))?;
//! assert_eq!(read.value.get("id").and_then(|id| id.as_i64()), Some(7));
//! let written = json.encode("orders", &mut Headers::new(), &read)?;
//! assert_eq!(written.as_deref(), Some(&b"{\"id\":7}"[..]));
//! # Ok(())
//! # }
//! ```
//!
//! # What there is
//!
//! | name | Java class | what it reads and writes |
//! |---|---|---|
//! | `json` | `org.apache.kafka.connect.json.JsonConverter` | JSON, with or without its schema |
//! | `string` | `org.apache.kafka.connect.storage.StringConverter` | text; anything that has a text form is written |
//! | `bytes` | `org.apache.kafka.connect.converters.ByteArrayConverter` | bytes as they are |
//! | `short`, `integer`, `long` | `org.apache.kafka.connect.converters.ShortConverter`, … | one integer of 2, 4 or 8 bytes |
//! | `float`, `double` | `org.apache.kafka.connect.converters.FloatConverter`, … | one number of 4 or 8 bytes |
//! | `boolean` | `org.apache.kafka.connect.converters.BooleanConverter` | one byte, 0 or 1 |
//! | `simple-header` | `org.apache.kafka.connect.storage.SimpleHeaderConverter` | header text, types inferred |
//! | `avro` | `io.confluent.connect.avro.AvroConverter` | Avro, with a schema registry |
//! | `protobuf` | `io.confluent.connect.protobuf.ProtobufConverter` | Protobuf, with a schema registry |
//! | `json-schema` | `io.confluent.connect.json.JsonSchemaConverter` | JSON with a JSON Schema, with a schema registry |
//!
//! Each answers to its Java names too, and each is a [`Converter`](connect_api::Converter) value that code can build
//! without any configuration: [`JsonConverter::schemaless`], [`PrimitiveConverter::long`]; those with a registry need its
//! address. All of them convert records and headers alike, except `simple-header`, which is for headers, and the last
//! three, which are for records. An application lists [`plugins()`] to name them in configurations, or hands values to
//! the worker's builder.
//!
//! # With a schema registry
//!
//! Each of these converters is a feature, and none is on by default: `avro`, `protobuf`, `json-schema`. Each brings
//! `registry`: a client of the registry's API (Confluent's, Karapace's, Apicurio's) that other programs may use alone.
//! Each format also maps schemas and values by itself, without a registry: `avro::AvroData`, `protobuf::ProtobufData`,
//! `json_schema::JsonSchemaData`.
//!
//! Converting never waits. What the registry must be asked for is
//! [`NotPrepared`](connect_api::ErrorKind::NotPrepared), and [`prepare`](connect_api::Converter::prepare) asks: once,
//! however many records wait, and again for as long as the registry is away. No record is condemned because a registry is
//! down or refuses who asks.
//!
//! # What they never do
//!
//! They lose nothing silently, and whatever bytes they are given, they answer a value or an error.
//! What Java's converters do silently and wrongly (text for a number becomes 0, 300 becomes the byte 44, what stands
//! behind the value is ignored) is an error here that names the field, what was expected and what was found.
//! `compat.java=true` brings Java's behaviour back, for taking over a cluster that relies on it.
//!
//! # Where to read on
//!
//! [`JsonConverter`] for the envelope and its options, [`connect_api::json`] and [`connect_api::values`] for Java's text
//! forms, `docs/book/registry` for all about registries, `docs/decisions/0012-java-quirks-are-errors-by-default.md` for
//! why.

#[cfg(feature = "avro")]
pub mod avro;
mod byte_array;
mod contextless;
mod converter_type;
#[cfg(any(test, fuzzing))]
pub mod fuzz;
mod json;
#[cfg(feature = "json-schema")]
pub mod json_schema;
mod nulls;
mod plugins;
mod primitive;
#[cfg(feature = "protobuf")]
pub mod protobuf;
#[cfg(feature = "registry")]
pub mod registry;
mod simple_header;
mod string;
#[cfg(any(feature = "avro", feature = "json-schema", feature = "protobuf"))]
mod told;
mod typical;
#[cfg(any(feature = "avro", feature = "json-schema", feature = "protobuf"))]
mod wire;

#[cfg(feature = "avro")]
pub use self::avro::{AvroConverter, AvroConverterConfig};
#[cfg(feature = "json-schema")]
pub use self::json_schema::{JsonSchemaConverter, JsonSchemaConverterConfig};
#[cfg(feature = "protobuf")]
pub use self::protobuf::{ProtobufConverter, ProtobufConverterConfig};
#[cfg(any(feature = "avro", feature = "json-schema", feature = "protobuf"))]
pub use self::wire::WireConfig;
pub use self::{
    byte_array::{ByteArrayConverter, ByteArrayConverterConfig},
    converter_type::ConverterType,
    json::{DecimalFormat, JsonConverter, JsonConverterConfig},
    plugins::plugins,
    primitive::{PrimitiveConverter, PrimitiveConverterConfig},
    simple_header::{SimpleHeaderConverter, SimpleHeaderConverterConfig},
    string::{StringConverter, StringConverterConfig},
};
