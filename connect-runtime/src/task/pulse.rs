//! [`Pulse`]: what others see of a running task.

use std::sync::atomic::{AtomicU64, Ordering};

/// What others see of a running task, without asking it.
///
/// The supervisor resets its restart count by it, and metrics are read from it.
#[derive(Debug, Default)]
pub(crate) struct Pulse {
    /// When a position was last stored, in milliseconds of [`Environment::elapsed`](crate::Environment::elapsed).
    settled_at: AtomicU64,
    /// Records polled from a source, or consumed for a sink.
    read: Counter,
    /// Records produced by a source, or put into a sink.
    written: Counter,
    /// Records dropped by a transform or tolerated away.
    skipped: Counter,
    /// Records of which a stage failed.
    failed: Counter,
    /// Records stored in the dead letter queue.
    dead_lettered: Counter,
    /// Positions stored.
    commits: Counter,
}

/// A number that only grows.
#[derive(Debug, Default)]
pub(crate) struct Counter(AtomicU64);

impl Counter {
    pub(crate) fn add(&self, n: u64) {
        self.0.fetch_add(n, Ordering::Relaxed);
    }

    pub(crate) fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}
