//! [`Progress`]: what a task has done so far.

use crate::task::Pulse;

/// What a task has done so far, over all its restarts in this worker.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Progress {
    /// Records polled from a source, or consumed for a sink.
    pub read: u64,
    /// Records produced by a source, or put into a sink.
    pub written: u64,
    /// Records dropped by a transform or tolerated away.
    pub skipped: u64,
    /// Records of which a stage failed.
    pub failed: u64,
    /// Records stored in the dead letter queue.
    pub dead_lettered: u64,
    /// How often positions were stored.
    pub commits: u64,
}

impl Progress {
    pub(super) fn of(pulse: &Pulse) -> Self {
        Self {
            read: pulse.read.get(),
            written: pulse.written.get(),
            skipped: pulse.skipped.get(),
            failed: pulse.failed.get(),
            dead_lettered: pulse.dead_lettered.get(),
            commits: pulse.commits.get(),
        }
    }
}
