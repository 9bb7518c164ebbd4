//! What the generator and the black hole promise.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod conformance;
mod driver;
mod plugins;
mod restarts;
mod schema;
mod sink;
mod source;
