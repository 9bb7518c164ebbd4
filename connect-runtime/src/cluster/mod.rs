//! A cluster: workers of one group that share their connectors through the brokers alone.

mod assignment;

#[cfg(any(test, feature = "bench"))]
pub use self::assignment::{Decision, Rehearsal};
