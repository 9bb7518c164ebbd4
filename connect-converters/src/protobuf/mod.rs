//! Protobuf: Connect's values as messages, as Confluent's converter maps them.
//!
//! [`ProtobufData`] does it without a registry:
//!
//! ```
//! use connect_api::{Schema, Struct, Value};
//! use connect_converters::protobuf::{ProtobufData, ProtobufDataConfig};
//!
//! # fn main() -> connect_api::Result<()> {
//! let data = ProtobufData::new(ProtobufDataConfig::default());
//! let order = Schema::record("shop.Order")
//!     .field("id", Schema::plain_int64())
//!     .field("note", Schema::optional_string())
//!     .build()?;
//! let writer = data.writer(&order)?;
//! let value = Value::from(Struct::new(&order)?.with("id", 7_i64)?);
//! let message = writer.to_bytes(&value)?;
//! assert_eq!(&message[..], [8, 7]);
//!
//! let proto = data.schema_of(&order)?;
//! assert!(proto.text.contains("package shop;"));
//! let read = data.reader(&proto.text)?.from_bytes(&message)?;
//! assert_eq!(read.value.get("id"), Some(&Value::Int64(7)));
//! # Ok(())
//! # }
//! ```
//!
//! # What Protobuf cannot hold
//!
//! An error says so where a value would be lost: arrays and maps in arrays, arrays and maps in unions, null elements,
//! unions with no or several values, days before year 1, moments outside of years 1 to 9999, a time of day of 24 hours, names
//! that Protobuf does not allow (unless `scrub.invalid.names` changes them), two different structs of one name beside each
//! other.
//!
//! Silently different comes back, as with Confluent's converter: a null without presence is a zero (see
//! `optional.for.nullables` and `wrapper.for.nullables`), an absent array or map is an empty one, everything is optional,
//! schemas lose their packages, versions, docs and defaults and get the numbers of fields, maps get names, arrays and maps in
//! maps are arrays of entries.
//! A primitive that is the whole record is written as a wrapper like `google.protobuf.Int64Value`, without its logical type.

mod compatibility;
mod config;
mod connect_schema;
mod converter;
mod data;
mod definition;
mod describe;
mod format;
mod indexes;
mod layout;
mod logical;
mod names;
mod numbers;
mod pool;
mod read;
mod special;
mod wire;
mod write;

pub(crate) use self::format::Protobuf;
pub use self::{
    config::ProtobufDataConfig,
    converter::{ProtobufConverter, ProtobufConverterConfig},
    data::{ProtobufData, ProtobufReader, ProtobufWriter},
};
