//! What is known about connectors and tasks without asking them.

mod board;
mod connector;
mod state;
mod topics;

pub use self::{
    board::StatusUpdates,
    connector::{ConnectorStatus, TaskStatus},
    state::{Direction, Guarantee, State},
};
pub(crate) use self::{
    board::{Board, Reached, Stored},
    topics::{ActiveTopics, TopicNews},
};
