//! Runs connectors inside an application.
//!
//! A [`Broker`](broker::Broker) is all that the runtime needs from a log.

mod backoff;
pub mod broker;
mod environment;
mod nearest;
mod plugins;
mod settings;
mod status;
mod stores;
mod supervisor;
mod task;
mod task_id;
mod watchdog;
mod worker;

pub use self::{
    environment::{Environment, Milestone, System},
    plugins::Plugins,
    status::{ConnectorStatus, Direction, Guarantee, State, StatusUpdates, TaskStatus},
    supervisor::{ConnectorOffsets, OffsetChange, Put, Restart, ShutdownReport},
    task_id::TaskId,
    worker::{
        ConnectorBuilder, Progress, SinkBuilder, SourceBuilder, Worker, WorkerBuilder, WorkerHandle,
    },
};
