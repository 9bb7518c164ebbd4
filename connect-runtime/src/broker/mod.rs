//! [`Broker`]: all that the runtime needs from a log.
//!
//! A broker keeps topics of records and the offsets of consumer groups. The runtime asks for few things, and one
//! conformance suite (`connect_testkit::broker`) says what each of them means: admin calls, producers (plain and
//! transactional), members of a consumer group, and readers of whole topics.
//!
//! Errors are [`connect_api::Error`]s: `Unavailable` may be repeated, `Fenced` means that the caller lost its right,
//! `Config` that a topic or an authorization is missing, `Fatal` that the broker cannot go on.

mod admin;
mod bootstrap;
mod consumer;
pub mod embedded;
#[cfg(feature = "kafka")]
pub mod kafka;
mod producer;
mod reader;

use std::{collections::BTreeMap, fmt, sync::Arc};

use async_trait::async_trait;
use connect_api::{Offsets, Result, Str, TopicPartition};

pub(crate) use self::consumer::ChosenTopics;
#[cfg(all(feature = "kafka", any(test, fuzzing)))]
pub(crate) use self::kafka::fuzz_jaas;
pub use self::{
    admin::{
        CleanupPolicy, Created, GroupDescription, GroupMember, GroupPhase, NewTopic,
        TopicDescription, Watermarks,
    },
    bootstrap::Bootstrap,
    consumer::{
        ConsumedRecord, Consumer, ConsumerEvent, ConsumerOptions, Fetched, Isolation, OffsetReset,
        Subscription, Want,
    },
    producer::{
        Delivery, Producer, ProducerOptions, ProducerRecord, Refused, TransactionalProducer,
    },
    reader::{LogReader, ReaderOptions},
};

/// A log with topics, transactions and consumer groups.
///
/// The contract of each method is a claim of the conformance suite, which every implementation runs.
///
/// # Contract
///
/// - Calls may run at the same time and on any thread; they see what those that were answered before them have done.
/// - Each call may be repeated after an error and after its future was dropped. Whether a dropped one happened is not
///   known, and neither is it after `Unavailable`; it happened in one piece or not at all.
#[async_trait]
pub trait Broker: fmt::Debug + Send + Sync + 'static {
    /// Returns how many partitions an internal topic gets for which Java's default is `usual`.
    ///
    /// # Contract
    ///
    /// - A cluster of brokers answers `usual`; a broker within the process answers 1, since nothing is spread there.
    fn internal_partitions(&self, usual: i32) -> i32;

    /// Creates a topic.
    ///
    /// # Contract
    ///
    /// - An existing topic is left as it is and answered with [`Created::Existed`], whatever its settings.
    /// - Once answered, the topic can be described, produced to and consumed by everybody.
    ///
    /// # Errors
    ///
    /// `Config`: the name or the settings are not allowed. `Unavailable`.
    async fn create_topic(&self, topic: &NewTopic) -> Result<Created>;

    /// Describes a topic; `None` if there is none of that name.
    ///
    /// # Contract
    ///
    /// - It changes nothing: a topic that does not exist is not created.
    ///
    /// # Errors
    ///
    /// `Unavailable`.
    async fn topic(&self, name: &str) -> Result<Option<TopicDescription>>;

    /// Lists all topics, sorted by name.
    ///
    /// # Contract
    ///
    /// - A topic whose creation was answered is there, and one whose deletion was answered is not.
    ///
    /// # Errors
    ///
    /// `Unavailable`.
    async fn topics(&self) -> Result<Vec<Str>>;

    /// Deletes a topic and its records; a topic that does not exist is no error.
    ///
    /// # Contract
    ///
    /// - The offsets that groups committed for it go too. One that is created later under this name begins at 0.
    /// - Members of groups have its partitions [`Lost`](ConsumerEvent::Lost) or [`Revoked`](ConsumerEvent::Revoked), and
    ///   commit none of them any more; readers of it are told with `Config`.
    ///
    /// # Errors
    ///
    /// `Unavailable`.
    async fn delete_topic(&self, name: &str) -> Result<()>;

    /// Returns where the log of each partition starts and ends.
    ///
    /// # Contract
    ///
    /// - With [`Isolation::ReadCommitted`] the end is the last stable offset: no open transaction lies below it.
    ///   With [`Isolation::ReadUncommitted`] it is the offset that the next record will get.
    ///
    /// # Errors
    ///
    /// `Config`: there is no such topic.
    async fn watermarks(
        &self,
        topic: &str,
        isolation: Isolation,
    ) -> Result<BTreeMap<i32, Watermarks>>;

    /// Describes a consumer group.
    ///
    /// # Contract
    ///
    /// - A group that does not exist is [`GroupPhase::Stable`] without members, and so is one that has none.
    /// - A `Stable` answer lists every member that has joined, and has neither left nor been silent for its session.
    /// - It is answered also while the executor stands still.
    /// - A member whose [`close`](Consumer::close) was answered is not listed; one that was dropped soon is not.
    ///
    /// # Errors
    ///
    /// `Config`: it is no group of consumers, such as a cluster of Java's Connect workers. `Unavailable`.
    async fn group(&self, group: &str) -> Result<GroupDescription>;

    /// Returns what a consumer group has committed.
    ///
    /// # Contract
    ///
    /// - Empty for a group that never committed.
    ///
    /// # Errors
    ///
    /// `Unavailable`.
    async fn group_offsets(&self, group: &str) -> Result<Offsets>;

    /// Sets committed offsets of a group without members; `None` removes one.
    ///
    /// # Contract
    ///
    /// - Durable when answered. All or nothing, but that a cluster of brokers sets first and removes then.
    ///
    /// # Errors
    ///
    /// `Fenced`: the group has members.
    async fn alter_group_offsets(
        &self,
        group: &str,
        offsets: &BTreeMap<TopicPartition, Option<i64>>,
    ) -> Result<()>;

    /// Deletes a group without members, with its offsets.
    ///
    /// One that does not exist is no error.
    ///
    /// # Contract
    ///
    /// - All or nothing, and durable when answered. Who joins afterwards starts where `reset` says.
    ///
    /// # Errors
    ///
    /// `Fenced`: the group has members.
    async fn delete_group(&self, group: &str) -> Result<()>;

    /// Connects an idempotent producer.
    ///
    /// # Contract
    ///
    /// - Producers do not disturb each other; there is no order among the records of two.
    /// - Dropping one stops nothing that was handed over.
    ///
    /// # Errors
    ///
    /// `Unavailable`, or `Config`: an option is not allowed.
    async fn producer(&self, options: &ProducerOptions) -> Result<Box<dyn Producer>>;

    /// Connects the one producer that may write under `transactional_id`.
    ///
    /// # Contract
    ///
    /// - When it answers, every older producer of this id is fenced: its open transaction is aborted, a transaction it
    ///   had committed is readable, and whatever it still tries is answered with `Fenced`.
    /// - Positions that are read after this call are final as far as older owners are concerned.
    /// - Of two that are connected at the same time the later answer wins. A call that was dropped may have fenced.
    /// - Dropping the producer aborts what it has open, at the latest after the transaction time-out.
    ///
    /// # Errors
    ///
    /// `Unavailable`, or `Config`: an option is not allowed.
    async fn transactional_producer(
        &self,
        transactional_id: &str,
        options: &ProducerOptions,
    ) -> Result<Box<dyn TransactionalProducer>>;

    /// Joins a consumer group.
    ///
    /// # Contract
    ///
    /// - It waits for no other member: what it gets is told by [`Consumer::next`].
    /// - No topic need exist. A call that was dropped leaves no member behind.
    ///
    /// # Errors
    ///
    /// `Unavailable`, or `Config`: an option is not allowed.
    async fn consumer(&self, options: &ConsumerOptions) -> Result<Box<dyn Consumer>>;

    /// Opens a reader of all partitions of a topic, from the beginning.
    ///
    /// # Contract
    ///
    /// - Readers are members of no group, and see the same records each.
    ///
    /// # Errors
    ///
    /// `Config`: there is no such topic. `Unavailable`.
    async fn reader(&self, options: &ReaderOptions) -> Result<Box<dyn LogReader>>;
}

/// Closes a client at once, from any thread, without waiting for anything.
///
/// For clients whose owner does not answer any more: nothing that the owner still tries can succeed. It needs no
/// executor, since that may be what does not answer.
#[derive(Clone)]
pub struct Closer(Arc<dyn Fn() + Send + Sync>);

impl Closer {
    /// Wraps what closes the client.
    pub fn new(close: impl Fn() + Send + Sync + 'static) -> Self {
        Self(Arc::new(close))
    }

    /// Closes the client; a second time changes nothing.
    pub fn close(&self) {
        (self.0)();
    }
}

impl fmt::Debug for Closer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Closer")
    }
}
