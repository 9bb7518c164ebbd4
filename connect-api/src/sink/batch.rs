//! [`SinkBatch`]: the records of one put.

use std::{collections::btree_map::Entry, ops::Deref};

use serde::Deserialize;

use super::{Offsets, Origin};
use crate::{Record, Result};

/// A record, and where it came from; the record's fields are read through it.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct SinkRecord {
    /// The record as the transforms left it.
    pub record: Record,
    /// Where it was consumed; transforms never see this, so they cannot change it.
    pub origin: Origin,
}

impl SinkRecord {
    /// Pairs `record` with where it came from.
    #[must_use]
    pub fn new(record: Record, origin: Origin) -> Self {
        Self { record, origin }
    }

    /// Reads the value as a `T`, as [`SchemaAndValue::decode`](crate::SchemaAndValue::decode) does.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Rejected`](crate::ErrorKind::Rejected), naming this record.
    pub fn decode<'a, T: Deserialize<'a>>(&'a self) -> Result<T> {
        let read = self.record.value.decode();
        read.map_err(|error| error.context(&self.origin).at(&self.origin))
    }
}

impl Deref for SinkRecord {
    type Target = Record;

    fn deref(&self) -> &Record {
        &self.record
    }
}

/// Records of one [`put`](super::SinkTask::put), in order per topic-partition.
///
/// All outputs of one input are in one batch. Keep a record by cloning it: no data is copied.
#[derive(Clone, Debug, Default)]
pub struct SinkBatch {
    records: Vec<SinkRecord>,
    next: Offsets,
}

impl SinkBatch {
    /// Builds a batch; `next` holds per topic-partition the offset after everything this batch settles.
    #[must_use]
    pub fn new(records: Vec<SinkRecord>, next: Offsets) -> Self {
        Self { records, next }
    }

    /// Returns the records.
    #[must_use]
    pub fn records(&self) -> &[SinkRecord] {
        &self.records
    }

    /// Returns per topic-partition the offset after this batch, dropped records included.
    ///
    /// This is what a transactional sink stores, never `offset + 1`. It moves even without records (at most once per
    /// flush interval) when all of them were dropped.
    #[must_use]
    pub fn next_offsets(&self) -> &Offsets {
        &self.next
    }

    /// Returns whether there are no records.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.records.is_empty()
    }

    /// Returns how many records there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.records.len()
    }

    /// Takes the batch apart.
    #[must_use]
    pub fn into_parts(self) -> (Vec<SinkRecord>, Offsets) {
        (self.records, self.next)
    }

    /// Appends what follows: records, and offsets that move on.
    pub fn append(&mut self, mut other: Self) {
        if self.records.is_empty() {
            self.records = other.records;
        } else {
            self.records.append(&mut other.records);
        }
        for (partition, offset) in other.next {
            match self.next.entry(partition) {
                Entry::Vacant(entry) => {
                    entry.insert(offset);
                }
                Entry::Occupied(mut entry) => {
                    let moved = offset.max(*entry.get());
                    entry.insert(moved);
                }
            }
        }
    }
}
