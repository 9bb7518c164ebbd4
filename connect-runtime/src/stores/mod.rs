//! The internal topics, byte for byte as a Java cluster writes them.
//!
//! State is resolved only at the end of a topic, never while it is read: a record may be overruled by the next one.

#[cfg_attr(
    not(test),
    expect(
        dead_code,
        reason = "one worker keeps its configs in memory; a cluster reads and writes this topic"
    )
)]
mod config;
mod json;
mod log;
mod offsets;
#[cfg_attr(
    not(test),
    expect(
        dead_code,
        reason = "what other workers wrote is asked for by a cluster"
    )
)]
mod statuses;
mod topic;

#[cfg(any(test, fuzzing))]
pub(crate) use self::{
    config::fuzz as fuzz_configs, offsets::fuzz as fuzz_offsets, offsets::fuzz_file,
    statuses::fuzz as fuzz_statuses,
};
pub(crate) use self::{
    offsets::{OffsetHome, OffsetStores, Stored},
    statuses::{ActiveTopic, Status, StatusRecord, StatusStore},
    topic::{InternalTopic, Missing, Purpose},
};
