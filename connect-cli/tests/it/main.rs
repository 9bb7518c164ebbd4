//! The program from outside: its files, its signals, its exit codes, what it prints.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod catalog;
mod distributed;
mod files;
mod initial;
#[cfg(feature = "kafka")]
mod kafka;
#[cfg(feature = "kafka")]
mod kafka_cluster;
mod preview;
mod process;
mod refusals;
mod schema;
mod secrets;
mod stock;
mod stopping;
mod terminal;
mod topics;
mod validation;
mod watching;
