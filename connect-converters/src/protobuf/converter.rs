//! [`ProtobufConverter`]: Protobuf with a schema registry.

use super::{Protobuf, ProtobufDataConfig};
use crate::wire::registered;

registered! {
    /// Protobuf whose schemas stand in a registry: `io.confluent.connect.protobuf.ProtobufConverter`.
    ///
    /// Bytes, schemas and subjects are those of Confluent's converter, so that a topic may be written by one and read by
    /// the other. How types are mapped says [the module](crate::protobuf).
    ProtobufConverter(Protobuf, |data| Ok(Protobuf::new(data)));
    /// The options of [`ProtobufConverter`].
    ProtobufConverterConfig(ProtobufDataConfig);
}
