//! Claims about the converters, seen from outside.
#![expect(clippy::unwrap_used, reason = "a test may panic, in its helpers too")]

#[cfg(feature = "avro")]
mod avro;
mod conformance;
mod java_vectors;
mod json_converter;
mod json_laws;
mod json_quirks;
#[cfg(feature = "json-schema")]
mod json_schema;
mod others;
mod plugins;
mod primitives;
#[cfg(feature = "protobuf")]
mod protobuf;
#[cfg(all(feature = "avro", feature = "json-schema", feature = "protobuf"))]
mod registered;
#[cfg(feature = "registry")]
mod registry;
