//! A schema registry, as Confluent's API has it: its client and its answers.
//!
//! [`Client`] asks; what a converter needs again and again is kept beside it, bounded, and asked for once however many
//! records wait for it.

mod answer;
#[cfg(any(feature = "avro", feature = "json-schema", feature = "protobuf"))]
mod answers;
mod client;
mod config;
mod http;
mod path;
mod refusal;
mod schema;
mod settings;
#[cfg(any(feature = "avro", feature = "json-schema", feature = "protobuf"))]
mod store;

#[cfg(any(feature = "avro", feature = "json-schema", feature = "protobuf"))]
pub(crate) use self::store::{Associations, Key, Known, Purpose, Registry, Resolved, TopicRef};
pub use self::{
    answer::{Association, Compatibility, ContextId, Registered, Rule, SubjectVersion},
    client::{Client, CompatibilityLevel, Deleted, Deletion, Mode, Version},
    config::{
        BasicAuthConfig, BasicSource, BearerAuthConfig, BearerSource, CacheConfig, HttpConfig,
        RegistryConfig, RegistryUrl, SslConfig,
    },
    refusal::Refusal,
    schema::{Reference, SchemaText, SchemaType},
};
