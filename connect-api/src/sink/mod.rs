//! [`SinkConnector`] and [`SinkTask`]: the contract for writing.

mod batch;
mod origin;

use std::{collections::BTreeMap, num::NonZeroUsize};

use async_trait::async_trait;

pub use self::{
    batch::{SinkBatch, SinkRecord},
    origin::{Offsets, Origin, Origins, RawRecords, TopicPartition},
};
use crate::{Error, Result, SinkContext};

/// Opens tasks that write to a system; the broker spreads the partitions over them.
///
/// Building one has no effect outside the process, so building *is* checking the configuration.
///
/// A sink that stores rows and offsets in one transaction, so that each record counts exactly once:
///
/// ```
/// # mod db {
/// #     use connect_api::{Offsets, TopicPartition};
/// #     pub type Result<T> = std::io::Result<T>;
/// #     pub struct Client;
/// #     pub struct Transaction;
/// #     impl Client {
/// #         pub async fn connect(_: &str) -> Result<Self> { Ok(Self) }
/// #         pub async fn offsets(&self, _: &[TopicPartition]) -> Result<Offsets> { Ok(Offsets::new()) }
/// #         pub async fn begin(&self) -> Result<Transaction> { Ok(Transaction) }
/// #     }
/// #     impl Transaction {
/// #         pub async fn insert(&mut self, _: super::Row) -> Result<()> { Ok(()) }
/// #         pub async fn move_offset(&mut self, _: &TopicPartition, _: Option<&i64>, _: i64) -> Result<bool> { Ok(true) }
/// #         pub async fn commit(self) -> Result<()> { Ok(()) }
/// #     }
/// # }
/// use connect_api::{Classify, Error, FlushReason, Flushed, Offsets, Result, SinkBatch, SinkConnector,
///     SinkContext, SinkGuarantees, SinkTask, TopicPartition, async_trait};
///
/// /// Writes orders to a database.
/// #[derive(serde::Deserialize, schemars::JsonSchema)]
/// struct Orders { /** Where the database answers. */ url: String }
///
/// #[derive(serde::Deserialize)]
/// struct Row { id: i64, customer: String }
///
/// struct Writing { db: db::Client, stored: Offsets }
///
/// #[async_trait]
/// impl SinkConnector for Orders {
///     async fn open(&self, _: SinkContext) -> Result<Box<dyn SinkTask>> {
///         let db = db::Client::connect(&self.url).await.unavailable("connecting to the database")?;
///         Ok(Box::new(Writing { db, stored: Offsets::new() }))
///     }
///     fn guarantees(&self) -> SinkGuarantees { SinkGuarantees::StoresOffsets }
/// }
///
/// #[async_trait]
/// impl SinkTask for Writing {
///     async fn open(&mut self, partitions: &[TopicPartition]) -> Result<Offsets> {
///         let stored = self.db.offsets(partitions).await.unavailable("reading offsets")?;
///         self.stored.extend(stored.clone());
///         Ok(stored)
///     }
///     async fn put(&mut self, batch: &SinkBatch) -> Result<()> {
///         let mut rows = self.db.begin().await.unavailable("beginning")?;
///         for record in batch.records() {
///             rows.insert(record.decode()?).await.unavailable("inserting")?;
///         }
///         for (at, next) in batch.next_offsets() {
///             if !rows.move_offset(at, self.stored.get(at), *next).await.unavailable("storing offsets")? {
///                 return Err(Error::fenced(format!("{at}: another task stored an offset")));
///             }
///         }
///         rows.commit().await.unavailable("committing")?;
///         self.stored.extend(batch.next_offsets().clone());
///         Ok(())
///     }
///     async fn flush(&mut self, _: FlushReason) -> Result<Flushed> { Ok(Flushed::All) }
///     async fn close(&mut self, partitions: &[TopicPartition]) -> Result<()> {
///         self.stored.retain(|at, _| !partitions.contains(at));
///         Ok(())
///     }
/// }
/// # fn main() {
/// let plugin = connect_api::Plugin::sink("orders", env!("CARGO_PKG_VERSION"), |options: Orders| Ok(options));
/// # assert!(plugin.config().key("url").unwrap().is_required());
/// # }
/// ```
#[async_trait]
pub trait SinkConnector: Send + Sync + 'static {
    /// Opens one task.
    ///
    /// # Contract
    ///
    /// - It connects: a task that exists is usable.
    /// - `Unavailable` is repeated with backoff without limit, other errors fail the task.
    async fn open(&self, cx: SinkContext) -> Result<Box<dyn SinkTask>>;

    /// Says what the runtime may promise.
    ///
    /// # Contract
    ///
    /// - The answer depends on the options alone, and is asked for before anything is opened.
    fn guarantees(&self) -> SinkGuarantees;

    /// Limits the number of tasks below `tasks.max`, if the system needs it.
    ///
    /// # Contract
    ///
    /// - The answer depends on the options alone.
    fn max_tasks(&self) -> Option<NonZeroUsize> {
        None
    }

    /// Checks or applies offsets that an operator wants; `None` resets the partition.
    ///
    /// Unless it says more, a sink without offsets of its own accepts all, since they are the group's alone, and one
    /// that stores offsets refuses: its own would win, and the change would have no effect.
    ///
    /// # Contract
    ///
    /// - It is called only while the connector is stopped, and may be repeated.
    /// - A sink that stores its own offsets stores these; an error leaves the group's offsets as they are.
    async fn alter_offsets(&self, offsets: &BTreeMap<TopicPartition, Option<i64>>) -> Result<()> {
        match (self.guarantees(), offsets.keys().next()) {
            (SinkGuarantees::StoresOffsets, Some(partition)) => Err(Error::config(format!(
                "{partition}: expected a sink that can change its stored offsets, found one that \
                 does not say how"
            ))),
            _ => Ok(()),
        }
    }
}

/// What a sink allows; there is no default, so that nobody promises by omission.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SinkGuarantees {
    /// A batch may be written twice after a failure.
    AtLeastOnce,
    /// Writing a batch again changes nothing.
    Idempotent,
    /// Offsets are stored with the data by compare-and-set, and returned by [`SinkTask::open`]: exactly once.
    StoresOffsets,
}

/// Writes batches.
///
/// Calls never overlap. The future of a call is only ever dropped together with the task, so implementations must
/// survive a crash and need not survive cancellation.
#[async_trait]
pub trait SinkTask: Send + 'static {
    /// Takes over partitions, only new ones.
    ///
    /// # Contract
    ///
    /// - A sink that stores offsets returns those it has; partitions it leaves out start where the group left off.
    /// - Older writers may still be alive: fence them here, or let the compare-and-set of the next store do it.
    /// - `Unavailable` is repeated; other errors fail the task.
    async fn open(&mut self, partitions: &[TopicPartition]) -> Result<Offsets> {
        let _ = partitions;
        Ok(Offsets::new())
    }

    /// Accepts every record of `batch`, in order per topic-partition.
    ///
    /// # Contract
    ///
    /// - `Ok`: all accepted, or rejected through [`SinkContext::reject`]. Back-pressure is not returning yet.
    /// - `Rejected` naming a record ([`Error::at`](crate::Error::at)): *nothing* was accepted; that record is
    ///   rejected and the rest comes again. Naming none: the batch comes again in halves until the culprit is alone.
    /// - `Unavailable`: nothing is known; the same batch comes again, after
    ///   [`retry_after`](crate::Error::retry_after) or backoff.
    /// - `Fenced`: another owner wrote; nothing was stored, and what is queued is dropped.
    /// - The batch is empty when [`SinkContext::wake_after`] asked for it, or to move
    ///   [`next_offsets`](SinkBatch::next_offsets) alone.
    /// - After a restart records may come again, cut differently: compare offsets, not batches. So too after
    ///   `Unavailable`: skip what was buffered before the failure (the testkit tries it).
    async fn put(&mut self, batch: &SinkBatch) -> Result<()>;

    /// Says what is durable; commits never go beyond it.
    ///
    /// # Contract
    ///
    /// - `Interval` and `Requested` may answer less than was put. `Closing` comes before `close` and `stop` and is
    ///   the last chance.
    /// - `Unavailable` keeps the last answer and is tried again at the next interval. Other errors stop the task.
    async fn flush(&mut self, why: FlushReason) -> Result<Flushed>;

    /// Lets partitions go, after `flush(Closing)` or lost without it.
    ///
    /// # Contract
    ///
    /// - What was buffered for them is dropped; nothing of it may become visible any more.
    async fn close(&mut self, partitions: &[TopicPartition]) -> Result<()> {
        let _ = partitions;
        Ok(())
    }

    /// Ends an orderly life, after the last commit and `close`.
    ///
    /// # Contract
    ///
    /// - Not called after an error, a panic or a deadline: then the task is just dropped.
    async fn stop(self: Box<Self>) -> Result<()> {
        Ok(())
    }
}

/// Why [`SinkTask::flush`] is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum FlushReason {
    /// `offset.flush.interval.ms` has passed.
    Interval,
    /// [`SinkContext::request_flush`] asked for it.
    Requested,
    /// Partitions are about to be closed.
    Closing,
}

/// What [`SinkTask::flush`] made durable.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Flushed {
    /// Everything that was put.
    All,
    /// Everything below these offsets; partitions left out keep their last answer.
    ///
    /// The runtime rounds up over dropped records.
    Below(Offsets),
}
