//! [`Lines`]: lines become records.

use std::num::NonZeroUsize;

use connect_api::{
    Error, Record, Schema, SchemaAndValue, SourceBatch, SourceOffset, SourcePartition,
    SourceRecord, Str,
};

use super::block::Line;

/// The bytes of lines after which a batch is full, whatever its number of records.
const MOST_BYTES: usize = 1024 * 1024;
/// How short lines are expected to be, for the memory that a batch starts with.
const SHORT_LINE: usize = 16;

/// What all records of a source have in common.
#[derive(Debug)]
pub(crate) struct Lines {
    topic: Str,
    partition: SourcePartition,
    schema: Schema,
    /// How many bytes a line may have.
    longest: usize,
}

impl Lines {
    pub(crate) fn new(topic: &str, partition: SourcePartition, longest: usize) -> Self {
        Self {
            topic: topic.into(),
            partition,
            schema: Schema::plain_string(),
            longest,
        }
    }

    pub(crate) fn partition(&self) -> &SourcePartition {
        &self.partition
    }

    pub(crate) fn longest(&self) -> usize {
        self.longest
    }

    /// Appends `line` as a record, or as unreadable if it is too long or no text.
    pub(crate) fn push(
        &self,
        batch: &mut SourceBatch,
        line: Line,
        offset: SourceOffset,
        timestamp: i64,
    ) {
        match line.within(self.longest) {
            Line::Text(text) => {
                let value = SchemaAndValue::new(self.schema.clone(), text);
                let record = Record::new(self.topic.clone(), value).with_timestamp(timestamp);
                batch.push(SourceRecord::new(record, &self.partition, offset));
            }
            Line::Unreadable(bytes, error) => {
                let message = format!(
                    "line of {} bytes: expected UTF-8, found another byte at {}",
                    bytes.len(),
                    error.valid_up_to()
                );
                let error = Error::rejected(message).with_source(error);
                batch.reject(&self.partition, offset, bytes, error);
            }
            Line::TooLong(beginning, length) => {
                let error = Error::rejected(format!(
                    "line of {length} bytes: expected at most {} bytes (`line.max.bytes`)",
                    self.longest
                ));
                batch.reject(&self.partition, offset, beginning, error);
            }
        }
    }

    /// Moves the position without a line.
    pub(crate) fn advance(&self, batch: &mut SourceBatch, offset: SourceOffset) {
        batch.advance(&self.partition, offset);
    }
}

/// How much still fits into a batch.
#[derive(Debug)]
pub(crate) struct Room {
    records: usize,
    bytes: usize,
}

impl Room {
    pub(crate) fn new(records: NonZeroUsize) -> Self {
        Self {
            records: records.get(),
            bytes: MOST_BYTES,
        }
    }

    /// Returns whether another line fits.
    pub(crate) fn is_left(&self) -> bool {
        self.records > 0 && self.bytes > 0
    }

    pub(crate) fn take(&mut self, line: &Line) {
        self.records -= 1;
        self.bytes = self.bytes.saturating_sub(line.size());
    }

    /// Returns for how many records memory is worth having, when `left` bytes follow the first one.
    pub(crate) fn records(&self, left: usize) -> usize {
        1 + self.records.min(left / SHORT_LINE)
    }
}
