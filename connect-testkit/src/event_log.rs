//! [`EventLog`]: what happened in a simulation, in order.

use std::{
    fmt,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

/// What happened in a simulation, in order; cheap to clone, and shared by its clones.
///
/// Two runs with one seed write the same log. Where they don't, something in between asked a real clock, the
/// system's randomness or the order of a hash map.
#[derive(Clone, Debug, Default)]
pub struct EventLog(Arc<Mutex<Vec<Event>>>);

/// One entry of an [`EventLog`].
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Event {
    /// When, counted from the start of the simulation.
    pub at: Duration,
    /// In which simulated process.
    pub process: Arc<str>,
    /// What happened.
    pub what: String,
}

impl EventLog {
    /// Builds a log without entries.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Returns a copy of all entries.
    #[must_use]
    pub fn entries(&self) -> Vec<Event> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    pub(crate) fn push(&self, event: Event) {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(event);
    }
}

/// One line per entry.
impl fmt::Display for EventLog {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.entries()
            .iter()
            .try_for_each(|event| writeln!(f, "{event}"))
    }
}

/// `12.000345 worker-1: commit`.
impl fmt::Display for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { at, process, what } = self;
        write!(
            f,
            "{}.{:06} {process}: {what}",
            at.as_secs(),
            at.subsec_micros()
        )
    }
}
