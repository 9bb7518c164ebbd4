//! [`Consumer`]: a member of a consumer group.

use std::{fmt, time::Duration};

use async_trait::async_trait;
use bytes::Bytes;
use connect_api::{ConfigMap, Error, Offsets, Result, Str, TopicPartition};
use regex::Regex;

use super::Closer;
use crate::pattern::whole;

/// How a consumer joins and reads.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ConsumerOptions {
    /// The consumer group.
    pub group: Str,
    /// The name that the broker logs.
    pub client_id: Str,
    /// Which topics.
    pub subscription: Subscription,
    /// Whether records of open and aborted transactions are seen.
    pub isolation: Isolation,
    /// Where partitions start that the group never committed.
    pub reset: OffsetReset,
    /// How long revoked partitions wait for [`Consumer::release`] before they count as lost.
    pub rebalance_timeout: Duration,
    /// How often it says that it lives.
    pub heartbeat: Duration,
    /// How long it may be silent before it counts as dead.
    ///
    /// A member of the embedded broker is never silent: it ends with its process, or when it is dropped.
    pub session: Duration,
    /// How many bytes one [`ConsumerEvent::Records`] aims at.
    pub fetch_bytes: usize,
    /// The client settings that the user overrode, under Kafka's names.
    pub overrides: ConfigMap,
}

impl ConsumerOptions {
    /// Joins `group` with Kafka Connect's defaults, and `read_committed`.
    pub fn new(group: impl Into<Str>, subscription: Subscription) -> Self {
        let group = group.into();
        Self {
            client_id: group.clone(),
            group,
            subscription,
            isolation: Isolation::ReadCommitted,
            reset: OffsetReset::Earliest,
            rebalance_timeout: Duration::from_secs(299),
            heartbeat: Duration::from_millis(500),
            session: Duration::from_secs(6),
            fetch_bytes: 512 * 1024,
            overrides: ConfigMap::new(),
        }
    }
}

/// Which topics a consumer reads.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(
    clippy::exhaustive_enums,
    reason = "Connect has `topics` and `topics.regex`"
)]
pub enum Subscription {
    /// These; one that does not exist yet is read once it does.
    Topics(Vec<Str>),
    /// All whose whole name matches, also later ones.
    Pattern(String),
}

/// The topics that a [`Subscription`] means.
#[derive(Debug)]
pub(crate) enum ChosenTopics {
    Named(Vec<Str>),
    /// Anchored at both ends.
    Matching(Regex),
}

impl ChosenTopics {
    /// Reads a subscription.
    ///
    /// # Errors
    ///
    /// `Config`: the pattern is none.
    pub(crate) fn of(subscription: &Subscription) -> Result<Self> {
        match subscription {
            Subscription::Topics(topics) => Ok(Self::Named(topics.clone())),
            Subscription::Pattern(pattern) => {
                let regex = whole(pattern);
                regex.map(Self::Matching).map_err(|error| {
                    Error::config(format!(
                        "`topics.regex`: expected a pattern, found `{pattern}`"
                    ))
                    .with_source(error)
                })
            }
        }
    }

    pub(crate) fn contains(&self, topic: &Str) -> bool {
        match self {
            Self::Named(topics) => topics.contains(topic),
            Self::Matching(regex) => regex.is_match(topic),
        }
    }
}

/// Whether records of open and aborted transactions are seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "Kafka has these two")]
pub enum Isolation {
    /// Only committed records, up to the last stable offset.
    ReadCommitted,
    /// All records.
    ReadUncommitted,
}

/// Where a partition starts without a committed offset.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "Kafka has these three")]
pub enum OffsetReset {
    /// At its oldest record.
    Earliest,
    /// After its newest record.
    Latest,
    /// Nowhere: it is an error.
    None,
}

/// What [`Consumer::next`] waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(
    clippy::exhaustive_enums,
    reason = "a caller has room for records or it has not"
)]
pub enum Want {
    /// Records, and whatever happens to the membership.
    Records,
    /// Only what happens to the membership: the caller has no room for records. This is not a pause; prefetching goes
    /// on up to its bound.
    Membership,
}

/// What happened to a consumer.
#[derive(Debug)]
#[non_exhaustive]
pub enum ConsumerEvent {
    /// Partitions arrived. Nothing is fetched before [`Consumer::start`].
    Assigned(Vec<TopicPartition>),
    /// Partitions are wanted by others: settle them, then [`Consumer::release`]. No more of them is fetched.
    Revoked(Vec<TopicPartition>),
    /// Partitions are gone: others may own them already. Offsets cannot be committed any more.
    Lost(Vec<TopicPartition>),
    /// Records of one partition; none if the position passed only what is not to be seen, such as aborted records.
    Records(Fetched),
}

/// Consecutive records of one partition.
#[derive(Debug)]
#[expect(clippy::exhaustive_structs, reason = "brokers build it by literal")]
pub struct Fetched {
    /// The partition.
    pub partition: TopicPartition,
    /// The records in order; offsets may have gaps (compaction, transactions).
    pub records: Vec<ConsumedRecord>,
    /// Where reading goes on: above the last record, and above markers and gaps that follow it.
    pub next: i64,
}

/// A record as it was read: bytes only, slices of the block that was fetched.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ConsumedRecord {
    /// Its offset.
    pub offset: i64,
    /// Milliseconds since the epoch.
    pub timestamp: i64,
    /// The key.
    pub key: Option<Bytes>,
    /// The value; `None` is a tombstone.
    pub value: Option<Bytes>,
    /// The headers, in order.
    pub headers: Vec<(Str, Option<Bytes>)>,
}

impl ConsumedRecord {
    /// Returns roughly how many bytes of memory it takes.
    #[must_use]
    pub fn size(&self) -> usize {
        const OVERHEAD: usize = 64;
        let of = |bytes: &Option<Bytes>| bytes.as_ref().map_or(0, Bytes::len);
        let headers: usize = self
            .headers
            .iter()
            .map(|(name, value)| name.len() + of(value) + OVERHEAD)
            .sum();
        OVERHEAD + of(&self.key) + of(&self.value) + headers
    }
}

/// A member of a consumer group.
///
/// A consumer that is dropped without [`close`](Self::close) leaves its group too, but its partitions may move
/// later.
#[async_trait]
pub trait Consumer: fmt::Debug + Send {
    /// Waits for what happens next.
    ///
    /// # Contract
    ///
    /// - Dropping the future loses nothing.
    /// - What happened to the membership is told before records that are there too.
    /// - Records are prefetched up to a bound while nobody asks; what was prefetched for partitions that are revoked
    ///   or lost is dropped before that is told.
    /// - Rebalances are noticed also while this is not called; a revoked partition that is not released within
    ///   `rebalance_timeout` is lost.
    /// - Positions pass aborted records also where nothing follows them: then the records are empty. What is committed
    ///   must not stay behind until retention has moved the start of the log past it.
    /// - An error loses nothing that was not handed out.
    ///
    /// # Errors
    ///
    /// `Unavailable`: called again later. `Fenced`: the consumer was closed. `Fatal`, naming partition and offset: the
    /// position lies outside the log, or an offset is missing under [`OffsetReset::None`]. `Config`: the group takes no
    /// such member, since those that it has are no consumers, or share no way to assign partitions with it.
    async fn next(&mut self, want: Want) -> Result<ConsumerEvent>;

    /// Starts fetching assigned partitions.
    ///
    /// # Contract
    ///
    /// - A partition in `offsets` starts there; others where the group left off, or as `reset` says.
    /// - All or none start: after an error or a dropped future it may be repeated.
    /// - Partitions that are no longer assigned are ignored: the event that says so is on its way.
    ///
    /// # Errors
    ///
    /// `Fatal`, naming partition, offset and the log's range: an offset of `offsets` lies outside the log. It is never
    /// reset silently.
    async fn start(&mut self, partitions: &[TopicPartition], offsets: &Offsets) -> Result<()>;

    /// Goes on reading at other places.
    ///
    /// # Contract
    ///
    /// - What was prefetched for these partitions is dropped; unassigned ones are ignored.
    /// - All or none move.
    ///
    /// # Errors
    ///
    /// As [`start`](Self::start).
    async fn seek(&mut self, offsets: &Offsets) -> Result<()>;

    /// Commits offsets for the group.
    ///
    /// # Contract
    ///
    /// - Durable when answered. Also for partitions that are revoked and not yet released.
    ///
    /// # Errors
    ///
    /// `Fenced`: a partition is no longer ours; nothing was committed. `Unavailable`: nothing is known.
    async fn commit(&mut self, offsets: &Offsets) -> Result<()>;

    /// Lets revoked partitions go.
    ///
    /// # Contract
    ///
    /// - Their next owner starts only after it, and sees what was committed before it. Offsets of them cannot be
    ///   committed any more.
    /// - Partitions that are not revoked, or lost meanwhile, are ignored; a second time changes nothing.
    /// - After an error it may be repeated; otherwise they are lost after `rebalance_timeout`.
    ///
    /// # Errors
    ///
    /// `Unavailable`.
    async fn release(&mut self, partitions: &[TopicPartition]) -> Result<()>;

    /// Leaves the group at once.
    ///
    /// # Contract
    ///
    /// - It commits nothing. Its partitions go to others without being released, and start where the group committed.
    /// - It leaves also if the future is dropped, or answers an error, though perhaps later.
    ///
    /// # Errors
    ///
    /// `Unavailable`: the others learn it by time-out.
    async fn close(self: Box<Self>) -> Result<()>;

    /// Returns what closes this consumer from any thread.
    ///
    /// # Contract
    ///
    /// - After it, `next`, `start`, `seek` and `commit` are answered with `Fenced`, and the partitions go to others.
    /// - The member leaves its group soon, also while nobody awaits anything and the executor stands still.
    /// - A call that waits is answered too. What was committed before stays.
    fn closer(&self) -> Closer;
}
