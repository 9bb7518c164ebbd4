//! [`AvroConverter`]: Avro with a schema registry.

use super::{Avro, AvroDataConfig};
use crate::wire::registered;

registered! {
    /// Avro whose schemas stand in a registry: `io.confluent.connect.avro.AvroConverter`.
    ///
    /// Bytes, schemas and subjects are those of Confluent's converter, so that a topic may be written by one and read by
    /// the other. How types are mapped says [the module](crate::avro).
    AvroConverter(Avro, |data| Ok(Avro::new(data)));
    /// The options of [`AvroConverter`].
    AvroConverterConfig(AvroDataConfig);
}
