//! [`Converter`] and [`HeaderConverter`]: bytes to values and back.

use async_trait::async_trait;
use bytes::Bytes;

use crate::{Error, Headers, Result, SchemaAndValue};

/// Turns bytes into values and back: synchronous, shared by all tasks of a connector.
#[async_trait]
pub trait Converter: Send + Sync + 'static {
    /// Writes a value for `topic`; `None` is a tombstone.
    ///
    /// # Contract
    ///
    /// - It may add headers, such as schema ids, as bytes; they are written as they are, past the header converter.
    /// - `NotPrepared`: something must be fetched first; nothing was changed.
    ///
    /// # Errors
    ///
    /// Other than `NotPrepared` they condemn this record alone, and say what was expected and what was found.
    fn encode(
        &self,
        topic: &str,
        headers: &mut Headers,
        data: &SchemaAndValue,
    ) -> Result<Option<Bytes>>;

    /// Reads a value that was consumed from `topic`.
    ///
    /// # Contract
    ///
    /// - `headers` are the consumed ones, as bytes.
    /// - `None` and empty bytes are what the format says they are; it never panics on any input.
    ///
    /// # Errors
    ///
    /// As in [`encode`](Self::encode).
    fn decode(
        &self,
        topic: &str,
        headers: &Headers,
        bytes: Option<&Bytes>,
    ) -> Result<SchemaAndValue>;

    /// Fetches what one record lacked.
    ///
    /// # Contract
    ///
    /// - Called only after `NotPrepared`; then the record is converted again. A record that still lacks something after
    ///   a few times fails the task.
    /// - `Rejected` condemns that record alone. `Unavailable` makes the batch wait, for as long as it takes, and never
    ///   the dead letter queue. Other errors fail the task.
    /// - All tasks of a connector share the converter, so calls may run at the same time. The future is dropped only
    ///   when its task is: what others would wait for must not be left half done then.
    async fn prepare(&self, missing: Missing<'_>) -> Result<()> {
        Err(missing.unexpected())
    }
}

/// The record whose conversion was [`NotPrepared`](crate::ErrorKind::NotPrepared).
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Missing<'a> {
    /// It was about to be written.
    Write {
        /// The topic it goes to.
        topic: &'a str,
        /// The value.
        data: &'a SchemaAndValue,
    },
    /// It was about to be read.
    Read {
        /// The topic it came from.
        topic: &'a str,
        /// Its headers.
        headers: &'a Headers,
        /// Its bytes.
        bytes: &'a Bytes,
    },
}

impl Missing<'_> {
    fn unexpected(self) -> Error {
        let (Self::Write { topic, .. } | Self::Read { topic, .. }) = self;
        Error::fatal(format!(
            "topic `{topic}`: a converter that never lacks anything was asked to prepare"
        ))
    }
}

/// Turns header bytes into values and back.
pub trait HeaderConverter: Send + Sync + 'static {
    /// Writes the value of header `name`.
    ///
    /// # Contract
    ///
    /// - It never panics, whatever it is given.
    ///
    /// # Errors
    ///
    /// They condemn the record.
    fn encode(&self, topic: &str, name: &str, data: &SchemaAndValue) -> Result<Option<Bytes>>;

    /// Reads the value of header `name`.
    ///
    /// # Contract
    ///
    /// - It never panics, whatever it is given.
    ///
    /// # Errors
    ///
    /// They condemn the record.
    fn decode(&self, topic: &str, name: &str, bytes: Option<&Bytes>) -> Result<SchemaAndValue>;
}
