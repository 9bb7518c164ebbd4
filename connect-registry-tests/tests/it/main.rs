//! That what our converters write is read by Confluent's Python clients, and the other way round.
#![expect(
    clippy::unwrap_used,
    reason = "a test ends where something is not as it says"
)]

mod avro;
mod headers;
mod json_schema;
mod protobuf;
mod subject;
