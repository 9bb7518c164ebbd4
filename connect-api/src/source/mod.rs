//! [`SourceConnector`] and [`SourceTask`]: the contract for reading.

mod batch;
mod offset;
mod partition;
mod record;

use std::{collections::BTreeMap, num::NonZeroUsize};

use async_trait::async_trait;
use futures::future::pending;

pub use self::{
    batch::{SourceBatch, SourceItem, Unreadable},
    offset::{OffsetFields, SharedOffset, SourceOffset},
    partition::SourcePartition,
    record::SourceRecord,
};
use crate::{Error, Result, SourceContext, TaskConfig};

/// Splits a system into tasks and opens them.
///
/// Building one has no effect outside the process, so building *is* checking the configuration. It holds
/// parsed options and lazily connecting pools. Each worker builds its own, and `open` may run on another worker
/// than `task_configs`; only [`TaskConfig`] travels.
///
/// A source of one task that delivers every order exactly once. Its options are the connector itself. To let
/// operators move it, it would add [`alter_offsets`](Self::alter_offsets).
///
/// ```
/// # mod shop {
/// #     pub struct Client;
/// #     pub struct Order { pub id: i64, pub json: String }
/// #     impl Client {
/// #         pub async fn connect(_: &str) -> std::io::Result<Self> { Ok(Self) }
/// #         pub async fn orders_from(&self, _: i64) -> std::io::Result<Vec<Order>> { Ok(Vec::new()) }
/// #     }
/// # }
/// use connect_api::{Classify, Record, Result, SourceBatch, SourceConnector, SourceContext, TaskContext,
///     SourceGuarantees, SourceOffset, SourcePartition, SourceRecord, SourceTask, async_trait};
///
/// /// Reads the orders of a shop.
/// #[derive(serde::Deserialize, schemars::JsonSchema)]
/// struct Orders { /** Where the shop answers. */ url: String }
///
/// struct Reading { shop: shop::Client, from: SourcePartition, next: i64, cx: TaskContext }
///
/// #[async_trait]
/// impl SourceConnector for Orders {
///     async fn open(&self, cx: SourceContext) -> Result<Box<dyn SourceTask>> {
///         let shop = shop::Client::connect(&self.url).await.unavailable("connecting to the shop")?;
///         let from = SourcePartition::from([("shop", self.url.as_str())]);
///         let next = cx.offset_at(&from, "order")?.unwrap_or(0);
///         Ok(Box::new(Reading { shop, from, next, cx: cx.task_context() }))
///     }
///     fn guarantees(&self) -> SourceGuarantees { SourceGuarantees::ExactlyOnce }
/// }
///
/// #[async_trait]
/// impl SourceTask for Reading {
///     async fn poll(&mut self) -> Result<SourceBatch> {
///         let Some(orders) = self.cx.wait(self.shop.orders_from(self.next)).await else { return Ok(SourceBatch::new()) };
///         Ok(orders.unavailable("reading orders")?.into_iter().map(|order| {
///             self.next = order.id + 1; // the place after it: this is where reading resumes
///             SourceRecord::new(Record::new("orders", order.json), &self.from, SourceOffset::at("order", self.next))
///         }).collect())
///     }
/// }
/// # fn main() {
/// let plugin = connect_api::Plugin::source("orders", env!("CARGO_PKG_VERSION"), |options: Orders| Ok(options));
/// # assert!(plugin.config().key("url").unwrap().is_required());
/// # }
/// ```
#[async_trait]
pub trait SourceConnector: Send + Sync + 'static {
    /// Splits the work into at most `max` configs.
    ///
    /// Unless it says more, a source has one task.
    ///
    /// # Contract
    ///
    /// - Configs of `current` that still hold are kept as they are: only changed tasks restart
    ///   ([`TaskConfig::spread`] does it for a list of units).
    /// - Empty means that there is nothing to read yet; more than `max` fails the connector at once.
    /// - It may touch the network. After an error it is called again with backoff, and tasks that run go on:
    ///   `Unavailable` without limit, other kinds, panics and missed deadlines five times; then the connector has
    ///   failed. `Config` fails it at once.
    async fn task_configs(
        &self,
        max: NonZeroUsize,
        current: &[TaskConfig],
    ) -> Result<Vec<TaskConfig>> {
        let _ = (max, current);
        Ok(vec![TaskConfig::new()])
    }

    /// Resolves when `task_configs` would no longer answer `current`.
    ///
    /// # Contract
    ///
    /// - It waits for ever if the work never changes. It may be dropped at any await, and is called anew when the
    ///   configs changed: it is a question, not work.
    /// - If it resolves again and again right after a split, the next splits wait for 1 s, 2 s, 4 s, … up to 60 s.
    /// - An error counts like one of `task_configs`.
    async fn changed(&self, current: &[TaskConfig]) -> Result<()> {
        let _ = current;
        pending().await
    }

    /// Opens one task; reading starts at [`SourceContext::offset`].
    ///
    /// # Contract
    ///
    /// - It connects: a task that exists is usable.
    /// - `Unavailable` is repeated with backoff without limit, also for a lock or a slot that a predecessor still
    ///   holds; other errors fail the task.
    /// - The committed offsets in `cx` are final: no older owner can add to them any more.
    /// - A stored offset that cannot be resumed from is `Fatal`, and names it; starting elsewhere would lose data.
    async fn open(&self, cx: SourceContext) -> Result<Box<dyn SourceTask>>;

    /// Says what the runtime may promise.
    ///
    /// # Contract
    ///
    /// - The answer depends on the options alone, and is asked for before anything is opened.
    fn guarantees(&self) -> SourceGuarantees;

    /// Checks offsets that an operator wants to store; `None` resets the partition.
    ///
    /// Unless it says more, a source can be reset and nothing else: an offset that nobody checked may be read as a
    /// place it never meant.
    ///
    /// # Contract
    ///
    /// - It is called only while the connector is stopped, and may be repeated.
    /// - An error leaves the stored offsets as they are; it names the partition and what was expected.
    async fn alter_offsets(
        &self,
        offsets: &[(SourcePartition, Option<SourceOffset>)],
    ) -> Result<()> {
        match offsets.iter().find(|(_, offset)| offset.is_some()) {
            None => Ok(()),
            Some((partition, _)) => Err(Error::config(format!(
                "source partition {partition}: expected a reset, since this connector does not check \
                 offsets, found an offset"
            ))),
        }
    }
}

/// What a source allows; there is no default, so that nobody promises by omission.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SourceGuarantees {
    /// Offsets say too little to resume exactly: records may come again after a restart.
    ///
    /// The runtime skips none: it stores a position only behind records that were acknowledged. What the system itself
    /// no longer has then, such as what was read from a pipe, cannot come again; a connector to which that happens
    /// says so on its page.
    AtLeastOnce,
    /// Reading again from an offset gives what followed it: exactly once, boundaries per poll or interval.
    ExactlyOnce,
    /// As above, and batches carry [`SourceBatch::commit`].
    ExactlyOnceWithBoundaries,
}

/// Reads from one part of a system.
///
/// Calls never overlap. Pause stops the task, resume opens a new one. The future of a call is only ever dropped
/// together with the task, so implementations must survive a crash and need not survive cancellation.
#[async_trait]
pub trait SourceTask: Send + 'static {
    /// Returns what is new.
    ///
    /// # Contract
    ///
    /// - Waits for data only inside [`TaskContext::wait`](crate::TaskContext::wait), which gives up when the
    ///   runtime wants the task (commit, pause, stop, poll time-out). Everything else is bounded by the client's
    ///   own time-outs.
    /// - Never sleeps: [`SourceBatch::idle`] and [`SourceBatch::again_after`] ask the runtime to wait.
    ///   Empty without a delay is followed by a growing pause of at most 500 ms.
    /// - Every item carries the place *after* it, in order per source partition.
    /// - `Unavailable`: called again after backoff, having lost nothing it had not returned. Other kinds stop the
    ///   task, and it may be opened anew from the stored offsets.
    async fn poll(&mut self) -> Result<SourceBatch>;

    /// Tells that `offsets` became durable: upstream may be acknowledged, never earlier.
    ///
    /// # Contract
    ///
    /// - Called between polls, soon after the commit, at least once before `stop` if anything moved.
    /// - A crash may skip it, and a restart may repeat it. An error fails the task; `Unavailable` is repeated.
    async fn commit(&mut self, offsets: &BTreeMap<SourcePartition, SourceOffset>) -> Result<()> {
        let _ = offsets;
        Ok(())
    }

    /// Ends an orderly life, after the last commit.
    ///
    /// # Contract
    ///
    /// - Not called after an error, a panic or a deadline: then the task is just dropped.
    async fn stop(self: Box<Self>) -> Result<()> {
        Ok(())
    }
}
