//! [`Broker`]: all that the runtime needs from a log.
//!
//! A broker keeps topics of records and the offsets of consumer groups. The runtime asks for few things, and one
//! conformance suite (`connect_testkit::broker`) says what each of them means: admin calls, producers (plain and
//! transactional), members of a consumer group, and readers of whole topics.
//!
//! Errors are [`connect_api::Error`]s: `Unavailable` may be repeated, `Fenced` means that the caller lost its right,
//! `Config` that a topic or an authorization is missing, `Fatal` that the broker cannot go on.

mod admin;
mod consumer;
pub mod embedded;
mod producer;
mod reader;

use std::{collections::BTreeMap, fmt, sync::Arc};

use async_trait::async_trait;
use connect_api::{Offsets, Result, Str, TopicPartition};

pub(crate) use self::consumer::ChosenTopics;
pub use self::{
    admin::{CleanupPolicy, Created, NewTopic, TopicDescription, Watermarks},
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
    /// `Config`: the name or the settings are not allowed.
    async fn create_topic(&self, topic: &NewTopic) -> Result<Created>;

    /// Describes a topic; `None` if there is none of that name.
    ///
    /// # Errors
    ///
    /// `Unavailable`.
    async fn topic(&self, name: &str) -> Result<Option<TopicDescription>>;

    /// Lists all topics, sorted by name.
    ///
    /// # Errors
    ///
    /// `Unavailable`.
    async fn topics(&self) -> Result<Vec<Str>>;

    /// Deletes a topic and its records; a topic that does not exist is no error.
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
    /// - All or nothing, and durable when answered.
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
    /// # Errors
    ///
    /// `Fenced`: the group has members.
    async fn delete_group(&self, group: &str) -> Result<()>;

    /// Connects an idempotent producer.
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
    /// # Errors
    ///
    /// `Unavailable`, or `Config`: an option is not allowed.
    async fn consumer(&self, options: &ConsumerOptions) -> Result<Box<dyn Consumer>>;

    /// Opens a reader of all partitions of a topic, from the beginning.
    ///
    /// # Errors
    ///
    /// `Config`: there is no such topic.
    async fn reader(&self, options: &ReaderOptions) -> Result<Box<dyn LogReader>>;
}

/// Closes a client at once, from any thread, without waiting for anything.
///
/// For clients whose owner does not answer any more: nothing that the owner still tries can succeed.
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
