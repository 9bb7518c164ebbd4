//! Claims about the plugin API, seen from outside.
#![expect(clippy::unwrap_used, reason = "a test may panic, in its helpers too")]

mod claims;
mod config;
mod context;
mod json_reader;
mod projector;
mod schema;
mod serde_bridge;
mod sink;
mod sketches;
mod source;
mod spread;
mod values;
