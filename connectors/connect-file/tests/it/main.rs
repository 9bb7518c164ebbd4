//! What the file connectors promise.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod conformance;
mod host;
mod kill;
mod plugins;
mod sink;
mod source;
