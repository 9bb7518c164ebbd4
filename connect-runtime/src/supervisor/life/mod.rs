//! Pure state machines: a state and an event give a state and actions.

mod connector;
mod task;
#[cfg(test)]
mod tests;

pub(crate) use self::{
    connector::{ConnectorAction, ConnectorEvent, ConnectorLife, Target},
    task::{End, Owner, TaskAction, TaskEvent, TaskLife, Wanted},
};
