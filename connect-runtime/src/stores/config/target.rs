//! [`TargetState`]: what a person wants a connector to be.

use std::fmt;

/// What a person wants a connector to be.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum TargetState {
    #[default]
    Started,
    Paused,
    Stopped,
}

impl TargetState {
    const ALL: [Self; 3] = [Self::Started, Self::Paused, Self::Stopped];

    /// Names the state as Connect does: `STARTED`.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Started => "STARTED",
            Self::Paused => "PAUSED",
            Self::Stopped => "STOPPED",
        }
    }

    /// Names the nearest state that workers before Kafka 3.5 know: they cannot stop.
    pub(super) fn legacy_name(self) -> &'static str {
        match self {
            Self::Stopped => Self::Paused.name(),
            Self::Started | Self::Paused => self.name(),
        }
    }

    pub(crate) fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.name() == name)
    }
}

impl fmt::Display for TargetState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}
