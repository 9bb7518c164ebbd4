//! Claims about the converters, seen from outside.
#![expect(clippy::unwrap_used, reason = "a test may panic, in its helpers too")]

mod conformance;
mod java_vectors;
mod json_converter;
mod json_laws;
mod json_quirks;
mod others;
mod plugins;
mod primitives;
#[cfg(feature = "registry")]
mod registry;
