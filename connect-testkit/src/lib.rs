//! Shows that connectors, converters, transforms and brokers keep their contracts.
//!
//! A connector works on the day it is written. What it does when the process dies between `put` and `flush`, when the
//! same batch comes again cut differently, or when two copies of it own one partition for a moment, shows in production
//! and in no demonstration. This crate asks these questions of anything that implements a trait of [`connect_api`] or
//! the [`Broker`](connect_runtime::broker::Broker) trait. It is a development dependency, and meant for everybody's
//! crates as much as for this workspace.
//!
//! # The one idea
//!
//! **A contract is a list of claims, and a claim is a test that anybody can run.** Every sentence under *Contract* that
//! can be tried is tried in one place, for all implementations: a connector has no crash tests of its own, it says how
//! to make a fresh system and how to look into it, and gets them all.
//!
//! ```
//! use std::sync::Arc;
//!
//! use connect_api::{SourceConnector, async_trait};
//! use connect_testkit::{
//!     memory::{MemoryInput, MemorySource},
//!     source::SourceSystem,
//! };
//!
//! struct List(MemoryInput); // a system of one's own: a database, a folder, a queue
//!
//! #[async_trait]
//! impl SourceSystem for List {
//!     fn connector(&self) -> Arc<dyn SourceConnector> {
//!         Arc::new(MemorySource::new(&self.0, "topic"))
//!     }
//!     async fn append(&mut self, partition: usize, texts: &[String]) {
//!         self.0.append_texts(partition, texts);
//!     }
//! }
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() {
//! connect_testkit::source(|| async { List(MemoryInput::new(1)) }).await; // one call, every claim
//! # }
//! ```
//!
//! What is promised decides what is asked: a source that says
//! [`ExactlyOnce`](connect_api::SourceGuarantees::ExactlyOnce) has to stand a crash between any two calls without a
//! double, one that promises less does not. What a system cannot do (no way to cut it off, say) is listed as untried in
//! the [`Report`], with the reason, and never skipped in silence.
//!
//! # What there is
//!
//! | for | module | what it tries |
//! |---|---|---|
//! | sources | [`source`](mod@source) | order, resuming from any offset, crashes, splitting, altered offsets |
//! | sinks | [`sink`](mod@sink) | durability of `flush`, stored offsets, two owners, lost partitions, refusals, outages |
//! | converters | [`converter`](mod@converter) | that samples come back, that any value and any bytes are taken or refused |
//! | transforms | [`transform`](mod@transform) | that any record is taken or refused, a refused one left as it was, and that instances share nothing |
//! | brokers | [`broker`](mod@broker) | transactions and fencing, groups, compaction, readers behind foreign transactions |
//!
//! And for those who test what runs plugins, or applications around them:
//!
//! - [`memory`]: a source, a sink and a converter that live in memory. They are the shortest sound plugins there are, and
//!   each of their calls can be told to fail, panic, hang, block its thread or answer too much.
//! - [`faulty`]: a broker whose requests and answers get lost, take long or are fenced, always inside its contract.
//! - [`simulate`] and [`simulation`]: whole workers on a paused clock without threads, where one seed decides everything
//!   that could happen in another order. An oracle looks for loss, doubles and disorder, and a seed that fails is
//!   repeated with one command. [`simulation::cluster`] does that with workers that share their connectors.
//! - [`registry`]: a schema registry over HTTP, in memory, which is down, slow, busy or wrong when it is told to be.
//! - [`mutate`]: corpora with seeded mutations, for parsers of foreign bytes.
//! - [`generate`]: random schemas, values and records that fit together.
//!
//! # What it never does
//!
//! It measures no time and sleeps for none: a test waits for the thing itself, or runs on a paused clock. It draws no
//! random number that was not printed or given. It reaches into no private part: whatever it knows, a runtime could
//! know too.
//!
//! # Where to read on
//!
//! The page of each module names its claims and shows a complete use. The contracts themselves stand on the traits of
//! [`connect_api`] and in [`connect_runtime::broker`].

pub mod broker;
mod claim;
pub mod converter;
mod environment;
mod event_log;
pub mod faulty;
pub mod generate;
mod host;
pub mod memory;
mod mutation;
mod oddity;
#[cfg(unix)]
pub mod program;
pub mod registry;
mod script;
pub mod simulation;
pub mod sink;
pub mod source;
pub mod transform;

pub use self::{
    broker::broker,
    claim::{Outcome, Report},
    converter::converter,
    environment::{SimulatedEnvironment, simulate},
    event_log::{Event, EventLog},
    faulty::FaultyBroker,
    host::{Rejects, TestHost},
    mutation::mutate,
    sink::sink,
    source::source,
    transform::{predicate, transform},
};
