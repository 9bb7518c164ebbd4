//! The internal topics, byte for byte as a Java cluster writes them.
//!
//! State is resolved only at the end of a topic, never while it is read: a record may be overruled by the next one.

mod config;
mod json;
mod log;
mod offsets;
mod statuses;
mod topic;

pub(crate) use self::offsets::{Committed, OffsetStore};
