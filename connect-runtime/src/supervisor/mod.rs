//! Who runs what: a worker's actor owns connectors, a connector's actor owns tasks.
//!
//! What comes next is decided by pure machines in [`life`] and [`policy`]; the actors do what these say. None of them
//! ever waits for plugin code.

mod alteration;
mod altering;
mod command;
mod connector;
mod crew;
mod departure;
mod duty;
mod life;
mod offsets;
mod outcomes;
mod policy;
mod renewal;
mod root;
mod roster;
mod sharing;
mod task;
mod work;

pub use self::command::{ConnectorOffsets, OffsetChange, Put, Restart, ShutdownReport};
pub(crate) use self::offsets::{alter_apart as alter_offsets, not_deleted, read as read_offsets};
pub(crate) use self::{
    command::{ConnectorCommand, Existing, Reply, Share, WorkerCommand},
    crew::Crew,
    life::Target,
    outcomes::{Outcomes, Split},
    root::WorkerActor,
    roster::Part,
};
