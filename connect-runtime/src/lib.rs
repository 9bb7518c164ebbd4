//! Runs connectors inside an application.
//!
//! A [`Broker`](broker::Broker) is all that the runtime needs from a log.

mod backoff;
pub mod broker;
mod environment;
mod stores;
mod task;
mod task_id;
mod watchdog;

pub use self::{
    environment::{Environment, System},
    task_id::TaskId,
};
