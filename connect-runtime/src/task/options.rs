//! [`TaskOptions`]: the connector's settings as the loops use them.

use std::{sync::Arc, time::Duration};

use connect_api::{ConfigMap, Str};

use super::{RateLimit, TopicCreation};
use crate::{
    broker::{Isolation, OffsetReset, Subscription},
    stores::InternalTopic,
};

/// The connector's settings as the loops use them; Connect's keys stand beside each.
#[derive(Clone, Debug)]
pub(crate) struct TaskOptions {
    /// `errors.tolerance`.
    pub(crate) tolerance: Tolerance,
    /// `errors.retry.timeout`, `errors.retry.delay.max.ms`.
    pub(crate) retry: RetryOptions,
    /// `errors.log.enable`, `errors.log.include.messages`.
    pub(crate) error_log: ErrorLog,
    /// `errors.deadletterqueue.*`.
    pub(crate) dead_letters: Option<DeadLetterOptions>,
    /// `offset.flush.interval.ms`: how often positions are stored.
    pub(crate) flush_interval: Duration,
    /// `offset.flush.max.bytes`: after how many bytes positions are stored before the interval is over.
    pub(crate) flush_bytes: usize,
    /// `plugin.call.timeout.ms`: how long a call into a plugin may take.
    pub(crate) call_timeout: Duration,
    /// `queue.max.bytes`: how many bytes of records a task holds between broker and plugin.
    pub(crate) queue_bytes: usize,
    /// `queue.max.records`: how many records it holds.
    pub(crate) queue_records: usize,
    /// `rate.limit.*`.
    pub(crate) rate: Arc<RateLimit>,
    /// Sources only.
    pub(crate) source: SourceOptions,
    /// Sinks only.
    pub(crate) sink: SinkOptions,
    /// Kafka's client settings.
    pub(crate) producer: ConfigMap,
}

impl TaskOptions {
    /// Java's default of `max.request.size`.
    const MAX_REQUEST: usize = 1024 * 1024;

    /// `max.request.size` of the producer: the largest record that is handed to a broker.
    pub(crate) fn max_request(&self) -> usize {
        let text = self.producer.get("max.request.size");
        text.and_then(|text| text.parse().ok())
            .unwrap_or(Self::MAX_REQUEST)
    }
}

/// Which failures of single records a connector survives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tolerance {
    None,
    All,
}

/// How long conversions and transforms that may succeed later are tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct RetryOptions {
    /// `None` is for ever; zero is never.
    pub(crate) timeout: Option<Duration>,
    pub(crate) max_delay: Duration,
}

/// What is logged of failures of single records.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ErrorLog {
    Off,
    Failures,
    /// With the coordinates of the record.
    FailuresAndRecords,
}

/// Where records go that nothing can be done with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct DeadLetterOptions {
    pub(crate) topic: Str,
    /// `None` is the broker's default.
    pub(crate) replication_factor: Option<i16>,
    pub(crate) context_headers: ContextHeaders,
}

/// Whether `__connect.errors.*` headers are added.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ContextHeaders {
    Off,
    On,
}

/// What a source promises and where its transactions end.
#[derive(Clone, Debug)]
pub(crate) struct SourceOptions {
    pub(crate) delivery: Delivery,
    pub(crate) boundary: Boundary,
    /// `transaction.timeout.ms` of the producer.
    pub(crate) transaction_timeout: Duration,
    /// `offsets.storage.topic`: where positions are, if not where the worker's are.
    pub(crate) offsets_topic: Option<InternalTopic>,
    /// `topic.creation.*`.
    pub(crate) creation: Option<Arc<TopicCreation>>,
}

/// What the runtime does about a source's positions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Delivery {
    /// Positions are stored after their records are acknowledged.
    AtLeastOnce,
    /// Records and positions are in one transaction.
    ExactlyOnce,
}

/// `transaction.boundary`: where a transaction ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Boundary {
    /// After each poll; polls that return while a transaction commits are the next one together.
    Poll,
    /// After some time.
    Interval(Duration),
    /// Where the batches say so.
    Connector,
}

/// What a sink reads, and as whom.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SinkOptions {
    /// `topics` or `topics.regex`.
    pub(crate) subscription: Subscription,
    /// `connect-<name>`, unless overridden.
    pub(crate) group: Str,
    pub(crate) isolation: Isolation,
    pub(crate) reset: OffsetReset,
    /// `max.poll.interval.ms` − 2 × heartbeat: how long a revoke waits for the running call.
    pub(crate) rebalance_timeout: Duration,
    /// How often a member of the group says that it lives.
    pub(crate) heartbeat: Duration,
    /// How long it may be silent before it counts as dead.
    pub(crate) session: Duration,
    /// `batch.max.records`: how many records one `put` gets at most.
    pub(crate) batch_records: usize,
    pub(crate) consumer: ConfigMap,
}
