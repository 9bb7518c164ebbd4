//! The same results as Java's classes, on anything.
//!
//! Options and records are drawn from a seed. What Java's class makes of them is compared with what ours makes: with
//! `compat.java=true` it is the same, and without it what is different is of a kind that the book lists.

#![expect(clippy::unwrap_used, reason = "what a test does not expect ends it")]

mod apache;
mod debezium;
mod differences;
mod form;
mod java;
mod options;
mod records;
mod seed;
mod subject;
