//! The seeded simulation: a whole worker, a broker and everything that can go wrong.
//!
//! One seed decides a plan: how many partitions and tasks there are, what is promised, how often calls
//! fail. Then a [`MemorySource`](crate::memory::MemorySource) is copied through a topic into a
//! [`MemorySink`](crate::memory::MemorySink), while workers are killed at any await point, frozen and thawed, started
//! beside each other, paused, stopped and restarted. At last everything goes well for a while, and an
//! oracle compares what is in the topics and in the table with what was put into the source.

mod application;
mod chaos;
pub mod cluster;
mod oracle;
mod plan;
mod seeds;
mod stages;
mod story;
mod trouble;
mod world;

pub use self::seeds::{Failure, run, run_all};
