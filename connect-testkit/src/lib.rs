//! Shows that connectors, converters and brokers keep their contracts.

mod environment;
mod event_log;

pub use self::{
    environment::{SimulatedEnvironment, simulate},
    event_log::{Event, EventLog},
};
