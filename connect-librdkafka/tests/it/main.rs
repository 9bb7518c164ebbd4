//! The client does what it says, on a real cluster.

#![expect(clippy::unwrap_used, reason = "what a test does not expect ends it")]

mod admin;
mod consumer;
mod fixture;
mod log_reader;
mod producer;
mod settings;
mod transactions;
