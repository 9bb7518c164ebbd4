//! [`Deadline`]: when the writer has to wake up by itself.

use std::{sync::Mutex, time::Duration};

use super::log::lock;

/// The earliest moment of [`Environment::elapsed`](crate::Environment::elapsed) at which something is due.
#[derive(Debug, Default)]
pub(super) struct Deadline(Mutex<Option<Duration>>);

/// Whether whoever waits for a deadline has to look again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Moved {
    Earlier,
    Not,
}

impl Deadline {
    /// Something is due at `at`.
    pub(super) fn set(&self, at: Duration) -> Moved {
        let mut earliest = lock(&self.0);
        if earliest.is_none_or(|earliest| at < earliest) {
            *earliest = Some(at);
            Moved::Earlier
        } else {
            Moved::Not
        }
    }

    pub(super) fn get(&self) -> Option<Duration> {
        *lock(&self.0)
    }

    /// Forgets the deadline if it has passed; whoever has a later one sets it again.
    pub(super) fn pass(&self, now: Duration) -> bool {
        lock(&self.0).take_if(|earliest| *earliest <= now).is_some()
    }
}
