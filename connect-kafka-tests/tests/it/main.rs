//! The runtime on Apache Kafka while brokers, wires and processes fail.
//!
//! What is promised is checked in what is left: in topics, by Java's own consumer, and in what sinks have written. No
//! test knows how the runtime recovers; that it does by itself is part of every claim.

#![expect(clippy::unwrap_used, reason = "what a test does not expect ends it")]

mod cluster;
mod flow;
mod gated;
mod hooked;
mod kill;
mod membership;
mod outages;
mod readers;
mod registered;
mod seed;
mod stage;
mod topics;
mod transactions;
mod wires;
mod zombies;
