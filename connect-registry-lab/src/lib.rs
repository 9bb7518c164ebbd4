//! A schema registry and Confluent's Python clients for the tests of this workspace.
//!
//! What our converters write has to be read by others, and the other way round. So there is a registry that is not ours,
//! Apicurio's with Confluent's API, and serializers that are not ours: Confluent's for Python, with `fastavro`, `protobuf`
//! and `jsonschema` below them. Confluent's own registry and its Java serializers are in no public repository of packages.
//!
//! ```no_run
//! use connect_registry_lab::{Format, Framing, Message, PythonClients, Registry};
//! use serde_json::json;
//!
//! # fn main() -> Result<(), connect_registry_lab::LabError> {
//! let registry = Registry::start()?;
//! let mut python = PythonClients::start(&registry.url())?;
//! let written = python.write(&Message {
//!     format: Format::Avro,
//!     topic: "orders",
//!     schema: r#"{"type":"record","name":"Order","fields":[{"name":"id","type":"long"}]}"#,
//!     value: json!({"id": 7}),
//!     framing: Framing::Prefix,
//! })?;
//! assert_eq!(python.read(Format::Avro, "orders", &written)?, json!({"id": 7}));
//! # Ok(())
//! # }
//! ```
//!
//! `./test` fetches both, before the first package that depends on this one:
//!
//! | variable | what it holds | without it |
//! |---|---|---|
//! | `CONNECT_REGISTRY_HOME` | Apicurio Registry, unpacked | `~/.cache/connect/registry-2.6.13.Final` |
//! | `CONNECT_REGISTRY_CLIENTS` | an environment of Python with the clients | `~/.cache/connect/registry-clients` |
//!
//! A registry takes ten seconds to start and 200 MB, so that tests share one: each uses topics of its own. Everything
//! blocks: asynchronous tests call it from `spawn_blocking`, or before they begin.

mod clients;
mod error;
mod place;
mod registry;

pub use self::{
    clients::{Format, Framed, Framing, Message, PythonClients},
    error::LabError,
    registry::Registry,
};
