//! Shows that connectors, converters and brokers keep their contracts.

pub mod broker;
mod claim;
mod environment;
mod event_log;
mod host;
pub mod memory;
pub mod sink;
pub mod source;

pub use self::{
    broker::broker,
    claim::{Outcome, Report},
    environment::{SimulatedEnvironment, simulate},
    event_log::{Event, EventLog},
    host::{Rejects, TestHost},
    sink::sink,
    source::source,
};
