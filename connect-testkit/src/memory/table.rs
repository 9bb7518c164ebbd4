//! [`MemoryTable`]: what a memory sink writes.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use bytes::Bytes;
use connect_api::{Error, Offsets, Origin, Result, TopicPartition};
use tokio::sync::Notify;

/// Rows and next offsets, stored together and surviving the sinks that wrote them.
///
/// Clones share one table.
#[derive(Clone, Debug, Default)]
pub struct MemoryTable(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    inner: Mutex<Inner>,
    /// Is told of every write.
    written: Notify,
}

#[derive(Debug, Default)]
struct Inner {
    rows: Vec<Row>,
    next: Offsets,
    reach: Reach,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Reach {
    #[default]
    Connected,
    CutOff,
}

/// One record that was written.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Row {
    /// Where it was consumed.
    pub origin: Origin,
    /// The topic it has after all transforms.
    pub topic: String,
    /// The value; `None` is a null.
    pub value: Option<Bytes>,
}

impl Row {
    /// Builds a row.
    pub fn new(origin: Origin, topic: impl Into<String>, value: Option<Bytes>) -> Self {
        Self {
            origin,
            topic: topic.into(),
            value,
        }
    }
}

impl MemoryTable {
    /// Builds a table without rows.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Returns the rows in the order in which they were written.
    #[must_use]
    pub fn rows(&self) -> Vec<Row> {
        self.lock().rows.clone()
    }

    /// Returns the values of the rows as texts, in the order of writing.
    #[must_use]
    pub fn texts(&self) -> Vec<String> {
        let inner = self.lock();
        let text = |row: &Row| {
            String::from_utf8_lossy(row.value.as_deref().unwrap_or_default()).into_owned()
        };
        inner.rows.iter().map(text).collect()
    }

    /// Waits until there are `count` rows, and returns all of them as texts.
    ///
    /// More are no reason to wait: compare the whole answer, and a row that came twice shows.
    pub async fn reaches(&self, count: usize) -> Vec<String> {
        loop {
            let written = self.0.written.notified();
            let texts = self.texts();
            if texts.len() >= count {
                return texts;
            }
            written.await;
        }
    }

    /// Returns the stored next offsets.
    #[must_use]
    pub fn next_offsets(&self) -> Offsets {
        self.lock().next.clone()
    }

    /// Cuts the table off: every access is `Unavailable` until [`reconnect`](Self::reconnect).
    pub fn cut_off(&self) {
        self.lock().reach = Reach::CutOff;
    }

    /// Ends [`cut_off`](Self::cut_off).
    pub fn reconnect(&self) {
        self.lock().reach = Reach::Connected;
    }

    /// Adds rows.
    ///
    /// # Errors
    ///
    /// `Unavailable`: the table is cut off.
    pub fn append(&self, rows: impl IntoIterator<Item = Row>) -> Result<()> {
        self.reached()?.rows.extend(rows);
        self.0.written.notify_waiters();
        Ok(())
    }

    /// Adds rows, or replaces those of the same origin.
    ///
    /// # Errors
    ///
    /// `Unavailable`: the table is cut off.
    pub fn upsert(&self, rows: impl IntoIterator<Item = Row>) -> Result<()> {
        let mut inner = self.reached()?;
        for row in rows {
            let known = inner.rows.iter_mut().find(|old| old.origin == row.origin);
            match known {
                Some(old) => *old = row,
                None => inner.rows.push(row),
            }
        }
        self.0.written.notify_waiters();
        Ok(())
    }

    /// Adds rows and moves next offsets, all or nothing: a compare-and-set.
    ///
    /// `expected` is what the writer believes to be stored; `None` is nothing.
    ///
    /// # Errors
    ///
    /// `Fenced`: something else is stored. `Unavailable`: the table is cut off.
    pub fn store(
        &self,
        rows: impl IntoIterator<Item = Row>,
        moves: &BTreeMap<TopicPartition, Move>,
    ) -> Result<()> {
        let mut inner = self.reached()?;
        for (partition, Move { expected, .. }) in moves {
            let found = inner.next.get(partition).copied();
            if found != *expected {
                return Err(Error::fenced(format!(
                    "{partition}: expected the next offset {expected:?}, found {found:?}"
                )));
            }
        }
        inner.rows.extend(rows);
        for (partition, Move { next, .. }) in moves {
            inner.next.insert(partition.clone(), *next);
        }
        self.0.written.notify_waiters();
        Ok(())
    }

    /// Sets next offsets whatever is stored; `None` removes one.
    ///
    /// # Errors
    ///
    /// `Unavailable`: the table is cut off.
    pub fn alter(&self, offsets: &BTreeMap<TopicPartition, Option<i64>>) -> Result<()> {
        let mut inner = self.reached()?;
        for (partition, offset) in offsets {
            match offset {
                Some(offset) => inner.next.insert(partition.clone(), *offset),
                None => inner.next.remove(partition),
            };
        }
        Ok(())
    }

    /// Returns the stored next offsets of `partitions`.
    ///
    /// # Errors
    ///
    /// `Unavailable`: the table is cut off.
    pub fn stored(&self, partitions: &[TopicPartition]) -> Result<Offsets> {
        let inner = self.reached()?;
        let next = |at: &TopicPartition| Some((at.clone(), *inner.next.get(at)?));
        Ok(partitions.iter().filter_map(next).collect())
    }

    fn reached(&self) -> Result<MutexGuard<'_, Inner>> {
        let inner = self.lock();
        match inner.reach {
            Reach::Connected => Ok(inner),
            Reach::CutOff => Err(Error::unavailable("the table is cut off")),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.0.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// From where to where [`MemoryTable::store`] moves a next offset.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "meant to be built by literal")]
pub struct Move {
    /// What has to be stored before.
    pub expected: Option<i64>,
    /// What is stored afterwards.
    pub next: i64,
}
