//! [`InitialState`]: what a new connector does first.

use crate::supervisor::Target;

/// What a new connector does first; Connect's `initial_state`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_enums, reason = "Connect has these three")]
pub enum InitialState {
    /// It runs.
    #[default]
    Running,
    /// It has tasks that are not opened before it is resumed.
    Paused,
    /// It has no tasks before it is resumed; its offsets can be changed.
    Stopped,
}

impl InitialState {
    const ALL: [Self; 3] = [Self::Running, Self::Paused, Self::Stopped];

    /// Names the state as Connect does: `RUNNING`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Running => "RUNNING",
            Self::Paused => "PAUSED",
            Self::Stopped => "STOPPED",
        }
    }

    /// Finds what [`name`](Self::name) names, in any case.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|state| state.name().eq_ignore_ascii_case(name))
    }

    pub(super) fn target(self) -> Target {
        match self {
            Self::Running => Target::Started,
            Self::Paused => Target::Paused,
            Self::Stopped => Target::Stopped,
        }
    }
}
