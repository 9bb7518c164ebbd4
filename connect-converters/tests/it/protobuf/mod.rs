//! Claims about Protobuf.

mod descriptions;
mod hostile;
mod laws;
mod reading;
mod writing;

use connect_api::{Bytes, Schema, SchemaAndValue, Value};
use connect_converters::protobuf::{ProtobufData, ProtobufDataConfig};

/// How an integer with a number of its own is written: field numbers and wire types.
pub(crate) const VARINT: u64 = 0;
pub(crate) const LENGTH: u64 = 2;

pub(crate) fn data() -> ProtobufData {
    ProtobufData::default()
}

/// Maps as the default says, with some of it changed.
pub(crate) fn data_with(change: impl FnOnce(&mut ProtobufDataConfig)) -> ProtobufData {
    let mut config = ProtobufDataConfig::default();
    change(&mut config);
    ProtobufData::new(config)
}

/// Reads the first message of a file.
#[track_caller]
pub(crate) fn read(data: &ProtobufData, proto: &str, message: &[u8]) -> SchemaAndValue {
    let read = data
        .reader(proto)
        .unwrap()
        .from_bytes(&Bytes::copy_from_slice(message))
        .unwrap();
    let schema = read.schema.as_ref().unwrap();
    schema.check(&read.value).unwrap();
    read
}

#[track_caller]
pub(crate) fn write(data: &ProtobufData, schema: &Schema, value: &Value) -> Bytes {
    data.writer(schema).unwrap().to_bytes(value).unwrap()
}

/// Appends a varint.
pub(crate) fn varint(mut number: u64, out: &mut Vec<u8>) {
    while number >= 0x80 {
        out.push(number as u8 | 0x80);
        number >>= 7;
    }
    out.push(number as u8);
}

/// Builds a message of fields that are varints.
pub(crate) fn numbers(fields: &[(u64, u64)]) -> Vec<u8> {
    let mut out = Vec::new();
    for (number, value) in fields {
        varint(number << 3 | VARINT, &mut out);
        varint(*value, &mut out);
    }
    out
}

/// Builds a field with a length.
pub(crate) fn part(number: u64, content: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    varint(number << 3 | LENGTH, &mut out);
    varint(content.len() as u64, &mut out);
    out.extend_from_slice(content);
    out
}

/// The schema parameter that holds the number of a field.
pub(crate) const TAG: &str = "io.confluent.connect.protobuf.Tag";
pub(crate) const TYPE: &str = "io.confluent.connect.protobuf.Type";
pub(crate) const ENUM: &str = "io.confluent.connect.protobuf.Enum";
pub(crate) const UNION: &str = "io.confluent.connect.protobuf.Union";
