//! [`Log`]: what readers may know about a partition.

use std::{
    collections::BTreeMap,
    fmt,
    sync::{
        Arc, Mutex, MutexGuard, Weak,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
};

use connect_api::TopicPartition;
use tokio::sync::Notify;

use super::super::{Isolation, Watermarks};

/// Names the log of a partition: never used again, also not for a topic of the same name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct LogId(pub(super) u64);

impl LogId {
    pub(super) fn new(topic: u32, partition: u32) -> Self {
        Self(u64::from(topic) << 32 | u64::from(partition))
    }
}

/// The ranges of aborted transactions: producer and first offset → the offset after the last.
///
/// Those of one producer do not overlap.
pub(super) type Aborted = BTreeMap<(u64, i64), i64>;

/// What is durable in a log.
#[derive(Clone, Debug, Default)]
pub(super) struct Extent {
    /// The oldest offset.
    pub(super) start: i64,
    /// The offset after the last record.
    pub(super) end: i64,
    /// The last stable offset: no open transaction lies below it.
    pub(super) stable: i64,
    /// The aborted transactions below `end`.
    pub(super) aborted: Arc<Aborted>,
}

impl Extent {
    /// Returns up to where a reader may read.
    pub(super) fn limit(&self, isolation: Isolation) -> i64 {
        match isolation {
            Isolation::ReadCommitted => self.stable,
            Isolation::ReadUncommitted => self.end,
        }
    }

    pub(super) fn watermarks(&self, isolation: Isolation) -> Watermarks {
        Watermarks {
            start: self.start,
            end: self.limit(isolation),
        }
    }
}

/// What readers may know about a partition: only what is durable.
pub(super) struct Log {
    pub(super) id: LogId,
    pub(super) partition: TopicPartition,
    extent: Mutex<Extent>,
    deleted: AtomicBool,
    watches: Mutex<Vec<Weak<Notify>>>,
    uncommitted: AtomicUsize,
}

impl Log {
    pub(super) fn new(id: LogId, partition: TopicPartition, extent: Extent) -> Self {
        Self {
            id,
            partition,
            extent: Mutex::new(extent),
            deleted: AtomicBool::new(false),
            watches: Mutex::default(),
            uncommitted: AtomicUsize::new(0),
        }
    }

    pub(super) fn extent(&self) -> Extent {
        lock(&self.extent).clone()
    }

    /// Shows what is durable now, and wakes who watches.
    pub(super) fn publish(&self, extent: Extent) {
        *lock(&self.extent) = extent;
        self.wake();
    }

    /// Says that the topic is gone.
    pub(super) fn delete(&self) {
        self.deleted.store(true, Ordering::Release);
        self.wake();
    }

    pub(super) fn is_deleted(&self) -> bool {
        self.deleted.load(Ordering::Acquire)
    }

    /// Returns whether somebody waits for records of open transactions.
    pub(super) fn is_read_uncommitted(&self) -> bool {
        self.uncommitted.load(Ordering::Acquire) > 0
    }

    /// Wakes `wake` whenever something was published, until the watch is dropped.
    pub(super) fn watch(self: &Arc<Self>, wake: &Arc<Notify>, isolation: Isolation) -> Watch {
        let mut watches = lock(&self.watches);
        watches.retain(|watch| watch.strong_count() > 0);
        watches.push(Arc::downgrade(wake));
        if isolation == Isolation::ReadUncommitted {
            self.uncommitted.fetch_add(1, Ordering::AcqRel);
        }
        Watch {
            log: Arc::clone(self),
            wake: Arc::downgrade(wake),
            isolation,
        }
    }

    /// Wakes who watches.
    pub(super) fn wake(&self) {
        for watch in &*lock(&self.watches) {
            if let Some(wake) = watch.upgrade() {
                wake.notify_one();
            }
        }
    }
}

impl fmt::Debug for Log {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Log").field(&self.partition).finish()
    }
}

/// A reader of a log that wants to be woken.
#[derive(Debug)]
pub(super) struct Watch {
    log: Arc<Log>,
    wake: Weak<Notify>,
    isolation: Isolation,
}

impl Drop for Watch {
    fn drop(&mut self) {
        let mut watches = lock(&self.log.watches);
        if let Some(at) = watches.iter().position(|watch| watch.ptr_eq(&self.wake)) {
            watches.swap_remove(at);
        }
        if self.isolation == Isolation::ReadUncommitted {
            self.log.uncommitted.fetch_sub(1, Ordering::AcqRel);
        }
    }
}

/// Locks what no panic can leave half changed.
pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex
        .lock()
        .unwrap_or_else(std::sync::PoisonError::into_inner)
}
