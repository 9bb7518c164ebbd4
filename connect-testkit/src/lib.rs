//! Shows that connectors, converters and brokers keep their contracts.

pub mod broker;
mod claim;
mod environment;
mod event_log;

pub use self::{
    broker::broker,
    claim::{Outcome, Report},
    environment::{SimulatedEnvironment, simulate},
    event_log::{Event, EventLog},
};
