//! [`SourceBatch`]: what one poll read, in order.

use std::time::Duration;

use bytes::Bytes;

use super::{SourceOffset, SourcePartition, SourceRecord};
use crate::Error;

/// What one [`poll`](super::SourceTask::poll) read, in order.
#[derive(Debug, Default)]
pub struct SourceBatch {
    items: Vec<SourceItem>,
    again_after: Option<Duration>,
}

/// One entry of a [`SourceBatch`], for those who drive tasks.
#[derive(Debug)]
#[non_exhaustive]
pub enum SourceItem {
    /// A record.
    Record(SourceRecord),
    /// A position that moved without a record.
    Advance(SourcePartition, SourceOffset),
    /// Something unreadable, with the place after it.
    Rejected(Box<Unreadable>),
    /// The end of a transaction.
    Commit,
    /// The end of a transaction whose records are discarded.
    Abort,
}

/// Bytes that could not become a record.
#[derive(Debug)]
#[expect(clippy::exhaustive_structs, reason = "meant to be taken apart")]
pub struct Unreadable {
    /// Where they were read.
    pub partition: SourcePartition,
    /// The place after them.
    pub offset: SourceOffset,
    /// The bytes themselves, for the dead letter queue.
    pub raw: Bytes,
    /// Why they are unreadable.
    pub error: Error,
}

impl SourceBatch {
    /// Builds a batch without items.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Builds a batch with room for `records` items.
    #[must_use]
    pub fn with_capacity(records: usize) -> Self {
        Self {
            items: Vec::with_capacity(records),
            again_after: None,
        }
    }

    /// Nothing now; call again after `delay`.
    ///
    /// The runtime waits, so plugins never sleep and stopping is immediate.
    #[must_use]
    pub fn idle(delay: Duration) -> Self {
        Self {
            items: Vec::new(),
            again_after: Some(delay),
        }
    }

    /// Asks for no next call before `delay`.
    #[must_use]
    pub fn again_after(mut self, delay: Duration) -> Self {
        self.again_after = Some(delay);
        self
    }

    /// Appends a record.
    pub fn push(&mut self, record: SourceRecord) {
        self.items.push(SourceItem::Record(record));
    }

    /// Moves a position with no record.
    ///
    /// Upstream went on, and nothing in it was for us; or a place is known under another partition now. It is stored once
    /// everything that was returned before it is durable, whatever partition that is of.
    pub fn advance(&mut self, partition: &SourcePartition, offset: SourceOffset) {
        self.items
            .push(SourceItem::Advance(partition.clone(), offset));
    }

    /// Hands over something unreadable with the place after it.
    ///
    /// Tolerance and the dead letter queue decide about `raw`; then its position settles.
    pub fn reject(
        &mut self,
        partition: &SourcePartition,
        offset: SourceOffset,
        raw: Bytes,
        error: Error,
    ) {
        let partition = partition.clone();
        self.items.push(SourceItem::Rejected(Box::new(Unreadable {
            partition,
            offset,
            raw,
            error,
        })));
    }

    /// Ends a transaction after the last item (`transaction.boundary=connector`, else ignored).
    pub fn commit(&mut self) {
        self.items.push(SourceItem::Commit);
    }

    /// Discards the records of the open transaction; positions move all the same.
    ///
    /// Dead letters of what it discards are discarded with it: nobody is told of records that never were.
    /// Only meaningful with `transaction.boundary=connector`, else ignored.
    pub fn abort(&mut self) {
        self.items.push(SourceItem::Abort);
    }

    /// Returns how many items there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.items.len()
    }

    /// Returns whether there are no items.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    /// Returns the items in order.
    #[must_use]
    pub fn items(&self) -> &[SourceItem] {
        &self.items
    }

    /// Takes the batch apart: items in order, and the delay asked for.
    #[must_use]
    pub fn into_parts(self) -> (Vec<SourceItem>, Option<Duration>) {
        (self.items, self.again_after)
    }
}

impl From<Vec<SourceRecord>> for SourceBatch {
    fn from(records: Vec<SourceRecord>) -> Self {
        records.into_iter().collect()
    }
}

impl From<SourceRecord> for SourceBatch {
    fn from(record: SourceRecord) -> Self {
        std::iter::once(record).collect()
    }
}

impl FromIterator<SourceRecord> for SourceBatch {
    fn from_iter<I: IntoIterator<Item = SourceRecord>>(records: I) -> Self {
        Self {
            items: records.into_iter().map(SourceItem::Record).collect(),
            again_after: None,
        }
    }
}
