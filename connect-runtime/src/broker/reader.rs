//! [`LogReader`]: a whole topic, from the beginning.

use std::{fmt, time::Duration};

use async_trait::async_trait;
use connect_api::{Result, Str};

use super::{Fetched, Isolation};

/// Which topic a reader reads, and how.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ReaderOptions {
    /// The topic.
    pub topic: Str,
    /// Whether records of open and aborted transactions are seen.
    pub isolation: Isolation,
    /// How long [`LogReader::to_end`] waits for transactions that are open below the end, while nothing moves.
    ///
    /// It should be longer than any transaction may stay open. Default: 90 seconds, half a minute longer than the
    /// default of [`ProducerOptions::transaction_timeout`](super::ProducerOptions::transaction_timeout).
    pub patience: Duration,
}

impl ReaderOptions {
    /// Reads the committed records of `topic`.
    pub fn new(topic: impl Into<Str>) -> Self {
        Self {
            topic: topic.into(),
            isolation: Isolation::ReadCommitted,
            patience: Duration::from_secs(90),
        }
    }
}

/// Reads all partitions of one topic, without a group.
///
/// # Contract
///
/// - Both methods share one position per partition: what one has passed does not come again.
/// - Once the topic is deleted, both answer `Config`.
#[async_trait]
pub trait LogReader: fmt::Debug + Send {
    /// Passes what came since the last call, up to the topic's end, to `each`.
    ///
    /// # Contract
    ///
    /// - The end is that of [`Isolation::ReadUncommitted`] at the time of the call, never the last stable offset: a
    ///   foreign open transaction holds that one below committed records. Behind open transactions it waits until
    ///   they end, for at most `patience` in which nothing is passed: reading may take as long as it takes.
    /// - Order is kept per partition.
    /// - After an error or a dropped future, what was passed stays passed, and the next call goes on from there.
    ///
    /// # Errors
    ///
    /// `Unavailable`, naming topic and partition: the end is not reached, and nothing has moved for `patience`.
    /// `Config`: the topic was deleted. `Fatal`: retention has removed what comes next.
    async fn to_end(&mut self, each: &mut (dyn FnMut(Fetched) + Send)) -> Result<()>;

    /// Waits for records after those already passed.
    ///
    /// # Contract
    ///
    /// - Dropping the future loses nothing.
    /// - At least one record; order is kept per partition.
    ///
    /// # Errors
    ///
    /// `Unavailable`: called again later. `Config` and `Fatal`: as [`to_end`](Self::to_end).
    async fn next(&mut self) -> Result<Fetched>;
}
