//! [`MemoryInput`]: what a memory source reads.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use tokio::sync::{Notify, futures::Notified};

/// Lists that sources read from and that survive them; clones share one input.
#[derive(Clone, Debug)]
pub struct MemoryInput(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    parts: Mutex<Vec<Part>>,
    /// Is told of every append. Unlike a `watch`, it wakes those who wait in the order in which they came, so that a
    /// simulation can be repeated.
    grown: Notify,
}

#[derive(Clone, Debug, Default)]
struct Part {
    entries: Vec<Entry>,
    /// What `commit` acknowledged: entries below it.
    acknowledged: usize,
    /// Entries below it were handed out at least once.
    read: usize,
}

/// One place of an input.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(
    clippy::exhaustive_enums,
    reason = "these are the items that a source batch has"
)]
pub enum Entry {
    /// A record with this value.
    Record(Bytes),
    /// Nothing for anybody: the position moves without a record.
    Nothing,
    /// Bytes that do not become a record.
    Unreadable(Bytes),
    /// The end of a transaction.
    Commit,
    /// The end of a transaction whose records are discarded.
    Abort,
}

impl MemoryInput {
    /// Builds `partitions` empty lists.
    #[must_use]
    pub fn new(partitions: usize) -> Self {
        Self(Arc::new(Inner {
            parts: Mutex::new(vec![Part::default(); partitions]),
            grown: Notify::new(),
        }))
    }

    /// Returns the number of partitions.
    #[must_use]
    pub fn partitions(&self) -> usize {
        self.parts().len()
    }

    /// Appends entries to a partition and wakes whoever waits for them.
    ///
    /// # Panics
    ///
    /// There is no such partition.
    pub fn append(&self, partition: usize, entries: impl IntoIterator<Item = Entry>) {
        self.parts()[partition].entries.extend(entries);
        self.0.grown.notify_waiters();
    }

    /// Appends records with these texts.
    ///
    /// # Panics
    ///
    /// There is no such partition.
    pub fn append_texts<T: AsRef<str>>(
        &self,
        partition: usize,
        texts: impl IntoIterator<Item = T>,
    ) {
        let record = |text: T| Entry::Record(Bytes::copy_from_slice(text.as_ref().as_bytes()));
        self.append(partition, texts.into_iter().map(record));
    }

    /// Returns the entries of a partition.
    ///
    /// # Panics
    ///
    /// There is no such partition.
    #[must_use]
    pub fn entries(&self, partition: usize) -> Vec<Entry> {
        self.parts()[partition].entries.clone()
    }

    /// Returns how many entries of a partition were acknowledged by `commit`.
    ///
    /// # Panics
    ///
    /// There is no such partition.
    #[must_use]
    pub fn acknowledged(&self, partition: usize) -> usize {
        self.parts()[partition].acknowledged
    }

    /// Returns how many entries of a partition were handed out at least once.
    ///
    /// # Panics
    ///
    /// There is no such partition.
    #[must_use]
    pub fn read(&self, partition: usize) -> usize {
        self.parts()[partition].read
    }

    /// Resolves with the first append after this call.
    pub(super) fn grown(&self) -> Notified<'_> {
        self.0.grown.notified()
    }

    /// Takes at most `count` entries from `position` on.
    pub(super) fn take(&self, partition: usize, position: usize, count: usize) -> Vec<Entry> {
        let mut parts = self.parts();
        let part = &mut parts[partition];
        let end = part.entries.len().min(position.saturating_add(count));
        part.read = part.read.max(end);
        part.entries.get(position..end).unwrap_or_default().to_vec()
    }

    pub(super) fn acknowledge(&self, partition: usize, position: usize) {
        let mut parts = self.parts();
        let part = &mut parts[partition];
        part.acknowledged = part.acknowledged.max(position);
    }

    fn parts(&self) -> MutexGuard<'_, Vec<Part>> {
        self.0.parts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
