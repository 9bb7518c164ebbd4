//! [`State`], [`Direction`], [`Guarantee`]: the words of a status.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Where a connector or task is in its life, in Connect's words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum State {
    /// It is being opened, or has no worker.
    Unassigned,
    /// It works.
    Running,
    /// It was paused.
    Paused,
    /// It was stopped and has no tasks.
    Stopped,
    /// It failed, and only a person brings it back; the trace says why.
    Failed,
    /// It is on its way back after a failure or a change; the trace says what happened.
    Restarting,
}

impl State {
    const ALL: [Self; 6] = [
        Self::Unassigned,
        Self::Running,
        Self::Paused,
        Self::Stopped,
        Self::Failed,
        Self::Restarting,
    ];

    /// Reads the name of a state.
    pub(crate) fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.name() == name)
    }

    /// Names the state as Connect does: `RUNNING`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Unassigned => "UNASSIGNED",
            Self::Running => "RUNNING",
            Self::Paused => "PAUSED",
            Self::Stopped => "STOPPED",
            Self::Failed => "FAILED",
            Self::Restarting => "RESTARTING",
        }
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// Which way the records of a connector go.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[expect(clippy::exhaustive_enums, reason = "there are two ways")]
pub enum Direction {
    /// Into topics.
    Source,
    /// Out of topics.
    Sink,
}

impl Direction {
    /// Names the direction as Connect does: `source` or `sink`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Source => "source",
            Self::Sink => "sink",
        }
    }
}

impl fmt::Display for Direction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// What a connector gets: its own guarantee and the worker's settings together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Guarantee {
    /// No record is lost; some may come twice after a failure.
    AtLeastOnce,
    /// Some are written twice after a failure, which changes nothing.
    Idempotent,
    /// Each record counts once.
    ExactlyOnce,
}

impl fmt::Display for Guarantee {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::AtLeastOnce => "at least once",
            Self::Idempotent => "at least once, idempotent",
            Self::ExactlyOnce => "exactly once",
        })
    }
}
