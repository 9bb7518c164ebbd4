//! The converters of Kafka Connect: bytes to values and back.
//!
//! | name | Java class | what it reads and writes |
//! |---|---|---|
//! | `json` | `org.apache.kafka.connect.json.JsonConverter` | JSON, with or without its schema |
//! | `string` | `org.apache.kafka.connect.storage.StringConverter` | text; anything that has a text form is written |
//! | `bytes` | `org.apache.kafka.connect.converters.ByteArrayConverter` | bytes as they are |
//! | `simple-header` | `org.apache.kafka.connect.storage.SimpleHeaderConverter` | header text, types inferred |
//!
//! Each answers to its Java names too, and each is a [`Converter`](connect_api::Converter) value that code can build
//! without any configuration: [`JsonConverter::schemaless`], `StringConverter::default()`. All of them except
//! `simple-header` convert records and headers alike.
//!
//! What Java's converters do silently and wrongly (text for a number becomes 0, 300 becomes the byte 44, what stands
//! behind the value is ignored) is an error here that names the field, what was expected and what was found.
//! `compat.java=true` brings Java's behaviour back, for taking over a cluster that relies on it.

mod byte_array;
mod converter_type;
#[cfg(any(test, fuzzing))]
pub mod fuzz;
mod json;
mod plugins;
mod simple_header;
mod string;

pub use self::{
    byte_array::{ByteArrayConverter, ByteArrayConverterConfig},
    converter_type::ConverterType,
    json::{DecimalFormat, JsonConverter, JsonConverterConfig},
    plugins::plugins,
    simple_header::{SimpleHeaderConverter, SimpleHeaderConverterConfig},
    string::{StringConverter, StringConverterConfig},
};
