//! The internal topics, byte for byte as a Java cluster writes them.
//!
//! State is resolved only at the end of a topic, never while it is read: a record may be overruled by the next one.

mod appender;
mod cluster;
mod config;
mod json;
mod log;
mod news;
mod offsets;
mod statuses;
mod topic;
mod writer;

#[cfg(any(test, fuzzing))]
pub(crate) use self::{
    cluster::fuzz as fuzz_cluster, config::fuzz as fuzz_configs, offsets::fuzz as fuzz_offsets,
    offsets::fuzz_file, statuses::fuzz as fuzz_statuses,
};
pub(crate) use self::{
    cluster::{
        Card, ClusterRecord, ClusterState, ClusterStore, Code, Hold, LoosePiece, Placement, Reason,
        Refusal, Reply, Request, RestartOrder, Scope, Stay, Term, Ticket, Trial, Wish, Writers,
    },
    config::{
        Basis, ConfigRecord, ConfigState, ConfigStore, ConnectorConfig, Fencing, TargetState, Tasks,
    },
    offsets::{OffsetHome, OffsetStores, Stored},
    statuses::{ActiveTopic, Status, StatusRecord, StatusStore, Statuses},
    topic::{InternalTopic, Missing, Purpose},
    writer::Writer,
};
#[cfg(test)]
pub(crate) use self::{config::ConfigLog, log::View};
