//! [`Worker`] and [`WorkerHandle`]: how an application runs connectors.

mod builder;
mod code;
mod handle;
mod initial_state;
mod inspection;
mod metrics;
mod progress;
mod statuses;

pub use self::{
    builder::{Worker, WorkerBuilder},
    code::{ConnectorBuilder, SinkBuilder, SourceBuilder},
    handle::WorkerHandle,
    initial_state::InitialState,
    inspection::Inspection,
    progress::Progress,
};
