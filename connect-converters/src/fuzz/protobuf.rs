//! Protobuf: `.proto` files, and messages with a schema that has everything.

use connect_api::Bytes;

/// Reads a Protobuf message, behind its message indexes, with a schema that has everything.
pub fn protobuf(bytes: &[u8]) {
    use std::sync::LazyLock;

    use crate::protobuf::{ProtobufData, ProtobufReader};

    static READER: LazyLock<ProtobufReader> = LazyLock::new(|| {
        let data = ProtobufData::default();
        data.reader(PROTO).expect("a correct file")
    });
    drop(READER.indexed_from_bytes(&Bytes::copy_from_slice(bytes)));
}

/// Reads a `.proto` file, and its first message as a Connect schema.
pub fn proto_file(bytes: &[u8]) {
    if let Ok(text) = str::from_utf8(bytes)
        && let Ok(reader) = crate::protobuf::ProtobufData::default().reader(text)
    {
        drop(reader.schema(None));
    }
}

/// A file with every kind of field.
const PROTO: &str = r#"syntax = "proto3";
package fuzz;
import "confluent/type/decimal.proto";
import "google/protobuf/struct.proto";
import "google/protobuf/timestamp.proto";
import "google/protobuf/wrappers.proto";
import "google/type/date.proto";
import "google/type/timeofday.proto";
message Everything {
  int32 small = 1 [(confluent.field_meta) = { params: [{ key: "connect.type", value: "int8" }] }];
  repeated sint64 packed = 2;
  repeated fixed32 unpacked = 3 [packed = false];
  optional double number = 4;
  string text = 5;
  bytes raw = 6;
  oneof choice {
    Everything inner = 7;
    bool truth = 8;
    google.protobuf.StringValue wrapped = 9;
  }
  map<string, Everything> named = 10;
  repeated Everything more = 11;
  confluent.type.Decimal decimal = 12;
  google.type.Date date = 13;
  google.type.TimeOfDay time = 14;
  google.protobuf.Timestamp at = 15;
  Color color = 16;
  message Nested { sfixed64 x = 1; }
}
enum Color { RED = 0; GREEN = 5; }
"#;

#[cfg(test)]
mod tests {
    use connect_testkit::mutate;

    use super::*;

    /// Messages behind their indexes: fields of every wire type, in several parts, deep, with groups.
    const MESSAGES: &[&[u8]] = &[
        b"\x00\x08\x07\x12\x03\x01\x02\x03\x1d\x01\x00\x00\x00\x21\x00\x00\x00\x00\x00\x00\xf0\x3f\x2a\x02hi\x32\x01\xff",
        b"\x00\x3a\x04\x3a\x02\x08\x01\x40\x01\x4a\x03\x0a\x01w",
        b"\x00\x52\x07\x0a\x01k\x12\x02\x08\x01\x5a\x02\x08\x01\x5a\x00",
        b"\x00\x62\x07\x0a\x01\x05\x10\x01\x18\x02\x6a\x07\x08\xe1\x0f\x10\x0c\x18\x1f\x72\x02\x08\x0b\x7a\x02\x08\x01\x7a\x02\x10\x05\x80\x01\x05",
        b"\x00\x3a\x04\x3a\x00\x3a\x00\x40\x01\x3a\x02\x08\x01\x3a\x02\x3a\x00\x52\x07\x0a\x01k\x12\x00\x12\x00",
        b"\x00\xd3\x05\x08\x01\x12\x01a\x1b\x1c\xd4\x05",
        b"\x04\x00\x00\x09\x01\x00\x00\x00\x00\x00\x00\x00",
        b"",
    ];

    #[test]
    fn messages_are_read_or_refused() {
        mutate(MESSAGES, protobuf);
    }

    #[test]
    fn proto_files_are_read_or_refused() {
        mutate(
            &[
                PROTO.as_bytes(),
                b"CgdtLnByb3RvIgsKAU0SBgoBZhgBYgZwcm90bzM=",
            ],
            proto_file,
        );
    }
}
