//! [`Lines`]: lines become records.

use std::num::NonZeroUsize;

use connect_api::{
    Bytes, Error, Record, Schema, SchemaAndValue, SourceBatch, SourceOffset, SourcePartition,
    SourceRecord, Str, json,
};
use schemars::JsonSchema;
use serde::Deserialize;

use super::block::Line;

/// What a line is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum LineFormat {
    /// Text: the value is the line.
    #[default]
    Text,
    /// JSON: the value is what the line says, without a schema. Lines without anything are no records.
    Json,
}

/// The bytes of lines after which a batch is full, whatever its number of records.
const MOST_BYTES: usize = 1024 * 1024;
/// How short lines are expected to be, for the memory that a batch starts with.
const SHORT_LINE: usize = 16;

/// What all records of a source have in common.
#[derive(Debug)]
pub(crate) struct Lines {
    topic: Str,
    schema: Schema,
    format: LineFormat,
    /// How many bytes a line may have.
    longest: usize,
}

/// The place after a line.
pub(crate) type After<'a> = (&'a SourcePartition, SourceOffset);

impl Lines {
    pub(crate) fn new(topic: &str, format: LineFormat, longest: usize) -> Self {
        Self {
            topic: topic.into(),
            schema: Schema::plain_string(),
            format,
            longest,
        }
    }

    pub(crate) fn longest(&self) -> usize {
        self.longest
    }

    /// Appends `line` as a record, or as unreadable if it is too long or not what it should be.
    pub(crate) fn push(
        &self,
        batch: &mut SourceBatch,
        line: Line,
        (partition, offset): After<'_>,
        timestamp: i64,
    ) {
        match line.within(self.longest) {
            Line::Text(text) => match self.value(text) {
                Ok(Some(value)) => {
                    let record = Record::new(self.topic.clone(), value).with_timestamp(timestamp);
                    batch.push(SourceRecord::new(record, partition, offset));
                }
                Ok(None) => batch.advance(partition, offset),
                Err((bytes, error)) => batch.reject(partition, offset, bytes, error),
            },
            Line::Unreadable(bytes, error) => {
                let message = format!(
                    "line of {} bytes: expected UTF-8, found another byte at {}",
                    bytes.len(),
                    error.valid_up_to()
                );
                let error = Error::rejected(message).with_source(error);
                batch.reject(partition, offset, bytes, error);
            }
            Line::TooLong(beginning, length) => {
                let error = Error::rejected(format!(
                    "line of {length} bytes: expected at most {} bytes (`line.max.bytes`)",
                    self.longest
                ));
                batch.reject(partition, offset, beginning, error);
            }
        }
    }

    fn value(&self, text: Str) -> Result<Option<SchemaAndValue>, (Bytes, Error)> {
        match self.format {
            LineFormat::Text => Ok(Some(SchemaAndValue::new(self.schema.clone(), text))),
            LineFormat::Json if text.trim_ascii().is_empty() => Ok(None),
            LineFormat::Json => {
                let bytes = text.into_bytes();
                match json::parse(&bytes) {
                    Ok(value) => Ok(Some(value.into())),
                    Err(error) => Err((bytes, error.context("line"))),
                }
            }
        }
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
