//! [`ConnectorStatus`] and [`TaskStatus`]: what is known about connectors without asking them.

use connect_api::Str;

use super::{Direction, Guarantee, State};
use crate::task_id::TaskId;

/// What is known about a connector.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ConnectorStatus {
    /// Its name.
    pub name: Str,
    /// Which way its records go.
    pub direction: Direction,
    /// What its records get.
    pub guarantee: Guarantee,
    /// Where it is in its life.
    pub state: State,
    /// Why it failed, with all causes.
    pub trace: Option<String>,
    /// Which worker says so.
    pub worker: Str,
    /// Its tasks, by number.
    pub tasks: Vec<TaskStatus>,
}

/// What is known about a task.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct TaskStatus {
    /// Which task it is.
    pub id: TaskId,
    /// Where it is in its life.
    pub state: State,
    /// Why it failed or is on its way back, with all causes.
    pub trace: Option<String>,
    /// Which worker says so.
    pub worker: Str,
}

impl ConnectorStatus {
    /// Returns whether the connector and at least one task run, and no task does not.
    #[must_use]
    pub fn is_running(&self) -> bool {
        self.is_all(State::Running) && !self.tasks.is_empty()
    }

    /// Returns whether the connector and all its tasks are paused.
    #[must_use]
    pub fn is_paused(&self) -> bool {
        self.is_all(State::Paused)
    }

    /// Returns whether the connector is stopped and its last task has gone.
    #[must_use]
    pub fn is_stopped(&self) -> bool {
        self.state == State::Stopped && self.tasks.is_empty()
    }

    /// Returns whether the connector or one of its tasks failed.
    #[must_use]
    pub fn has_failed(&self) -> bool {
        self.failure().is_some()
    }

    /// Returns why the connector failed, or else the first of its failed tasks.
    #[must_use]
    pub fn failure(&self) -> Option<&str> {
        let tasks = self.tasks.iter().map(|task| (task.state, &task.trace));
        std::iter::once((self.state, &self.trace))
            .chain(tasks)
            .find(|(state, _)| *state == State::Failed)
            .map(|(_, trace)| trace.as_deref().unwrap_or_default())
    }

    fn is_all(&self, state: State) -> bool {
        self.state == state && self.tasks.iter().all(|task| task.state == state)
    }
}
