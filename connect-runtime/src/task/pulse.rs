//! [`Pulse`]: what others see of a running task.

use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use connect_api::Str;

use crate::Environment;

/// What others see of a running task, without asking it.
///
/// The supervisor resets its restart count by it, and metrics are read from it.
#[derive(Debug, Default)]
pub(crate) struct Pulse {
    /// When a position was last stored, in milliseconds of [`Environment::elapsed`](crate::Environment::elapsed).
    settled_at: AtomicU64,
    /// Records polled from a source, or consumed for a sink.
    pub(crate) read: Counter,
    /// Records produced by a source, or put into a sink.
    pub(crate) written: Counter,
    /// Records dropped by a transform or tolerated away.
    pub(crate) skipped: Counter,
    /// Records of which a stage failed.
    pub(crate) failed: Counter,
    /// Records stored in the dead letter queue.
    pub(crate) dead_lettered: Counter,
    /// Positions stored.
    pub(crate) commits: Counter,
    /// What plugins count themselves, by the counter's and the plugin's name.
    own: Mutex<BTreeMap<(&'static str, Str), Arc<AtomicU64>>>,
}

impl Pulse {
    /// Says that a position was stored now.
    pub(crate) fn settled(&self, environment: &dyn Environment) {
        let now = u64::try_from(environment.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.settled_at.store(now, Ordering::Relaxed);
        self.commits.add(1);
    }

    /// Returns when a position was last stored; zero is never.
    pub(crate) fn settled_at(&self) -> Duration {
        Duration::from_millis(self.settled_at.load(Ordering::Relaxed))
    }

    /// Returns the counter that `plugin` calls `name`; it goes on over restarts of the task.
    pub(crate) fn own(&self, name: &'static str, plugin: &Str) -> Arc<AtomicU64> {
        let mut own = self.own.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(own.entry((name, plugin.clone())).or_default())
    }

    /// Returns what plugins counted themselves: counter, plugin, count.
    pub(crate) fn owns(&self) -> Vec<(&'static str, Str, u64)> {
        let own = self.own.lock().unwrap_or_else(PoisonError::into_inner);
        let count = |((name, plugin), count): (&(&'static str, Str), &Arc<AtomicU64>)| {
            (*name, plugin.clone(), count.load(Ordering::Relaxed))
        };
        own.iter().map(count).collect()
    }
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
