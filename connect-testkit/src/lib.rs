//! Shows that connectors, converters and brokers keep their contracts.

pub mod broker;
mod claim;
pub mod converter;
mod environment;
mod event_log;
pub mod faulty;
mod host;
pub mod memory;
mod mutation;
mod oddity;
mod script;
pub mod simulation;
pub mod sink;
pub mod source;
pub mod transform;

pub use self::{
    broker::broker,
    claim::{Outcome, Report},
    converter::converter,
    environment::{SimulatedEnvironment, simulate},
    event_log::{Event, EventLog},
    faulty::FaultyBroker,
    host::{Rejects, TestHost},
    mutation::mutate,
    sink::sink,
    source::source,
    transform::transform,
};
