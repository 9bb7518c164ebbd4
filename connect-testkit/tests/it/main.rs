//! The test kit shows what it should: its suites pass on sound plugins and fail on broken ones.

#![expect(clippy::unwrap_used, reason = "a test says what it expects")]

mod broker;
mod cluster_simulation;
mod converter;
mod cut;
mod environment;
mod faulty;
mod generate;
mod mutation;
#[cfg(unix)]
mod program;
mod simulation;
mod sink;
mod source;
