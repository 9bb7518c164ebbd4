//! [`SourceRecord`]: a record and the place after it.

use super::{SourceOffset, SourcePartition};
use crate::Record;

/// A record, and the place *after* it: reading resumes at `offset`.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct SourceRecord {
    /// The record.
    pub record: Record,
    /// What it was read from.
    pub partition: SourcePartition,
    /// Where reading resumes once it is durable.
    pub offset: SourceOffset,
}

impl SourceRecord {
    /// Pairs `record` with the place after it.
    #[must_use]
    pub fn new(record: Record, partition: &SourcePartition, offset: SourceOffset) -> Self {
        Self {
            record,
            partition: partition.clone(),
            offset,
        }
    }
}
