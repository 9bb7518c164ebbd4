//! The keys of workers and connectors, with Connect's names and defaults.

use std::num::NonZeroU32;

use connect_api::Millis;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The keys of a worker.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "Connect's keys are what they are"
)]
pub(super) struct WorkerKeys {
    /// The name of the group of workers, and the first part of the names of its internal topics.
    #[serde(default = "standalone")]
    #[schemars(length(min = 1))]
    pub(super) group_id: String,
    /// The broker: `embedded:<directory>`, `embedded:memory`, or Kafka as `host:port[,host:port…]`.
    pub(super) bootstrap_servers: Option<String>,
    /// Converts keys, unless a connector names another converter.
    #[schemars(extend("x-type" = "CLASS", "x-importance" = "high"))]
    pub(super) key_converter: Option<String>,
    /// Converts values, unless a connector names another converter.
    #[schemars(extend("x-type" = "CLASS", "x-importance" = "high"))]
    pub(super) value_converter: Option<String>,
    /// Converts headers, unless a connector names another converter.
    #[schemars(extend("x-type" = "CLASS", "x-importance" = "low"))]
    pub(super) header_converter: Option<String>,
    /// The topic of source offsets; `connect-<group.id>-offsets` by default.
    pub(super) offset_storage_topic: Option<String>,
    /// How many partitions the topic of source offsets gets; the broker's default if absent.
    #[schemars(range(min = 1), extend("x-importance" = "low"))]
    pub(super) offset_storage_partitions: Option<i32>,
    /// How many replicas the topic of source offsets gets; -1 and absent are the broker's default.
    #[schemars(extend("x-importance" = "low"))]
    pub(super) offset_storage_replication_factor: Option<i16>,
    /// The file of source offsets, on Kafka without exactly-once; otherwise what Java's file holds is imported once.
    pub(super) offset_storage_file_filename: Option<std::path::PathBuf>,
    /// The topic of statuses; `connect-<group.id>-status` by default.
    pub(super) status_storage_topic: Option<String>,
    /// How many partitions the topic of statuses gets; the broker's default if absent.
    #[schemars(range(min = 1), extend("x-importance" = "low"))]
    pub(super) status_storage_partitions: Option<i32>,
    /// How many replicas the topic of statuses gets; -1 and absent are the broker's default.
    #[schemars(extend("x-importance" = "low"))]
    pub(super) status_storage_replication_factor: Option<i16>,
    /// The topic of connector configurations, in a cluster; `connect-<group.id>-configs` by default.
    pub(super) config_storage_topic: Option<String>,
    /// How many replicas the topic of configurations gets; -1 and absent are the broker's default.
    #[schemars(extend("x-importance" = "low"))]
    pub(super) config_storage_replication_factor: Option<i16>,
    /// The topic in which the workers of a cluster speak with each other; `connect-<group.id>-cluster` by default.
    pub(super) cluster_storage_topic: Option<String>,
    /// How many replicas the topic of a cluster gets; -1 and absent are the broker's default.
    #[schemars(extend("x-importance" = "low"))]
    pub(super) cluster_storage_replication_factor: Option<i16>,
    /// How long a worker of a cluster, or a sink's consumer, may be silent before it counts as dead.
    #[serde(default = "six_seconds")]
    #[schemars(range(min = 1), extend("x-importance" = "low"))]
    pub(super) session_timeout_ms: Millis,
    /// How often it says that it lives.
    #[serde(default = "half_a_second")]
    #[schemars(range(min = 1), extend("x-importance" = "low"))]
    pub(super) heartbeat_interval_ms: Millis,
    /// How long the work of a worker that went waits for it to come back; 300000 in Java.
    #[serde(default = "nothing")]
    #[schemars(extend("x-importance" = "low"))]
    pub(super) scheduled_rebalance_max_delay_ms: Millis,
    /// How many workers in a row may die within a minute after they got a connector or task, before a cluster quarantines it; 0 is any number.
    #[serde(default = "three_deaths")]
    #[schemars(extend("x-importance" = "low"))]
    pub(super) quarantine_worker_deaths: u32,
    /// How often positions are stored.
    #[serde(default = "minute")]
    #[schemars(extend("x-importance" = "low"))]
    pub(super) offset_flush_interval_ms: Millis,
    /// After how many bytes positions are stored before the interval is over.
    #[serde(default = "mebibytes_64")]
    #[schemars(range(min = 1), extend("x-importance" = "low"))]
    pub(super) offset_flush_max_bytes: u64,
    /// How many bytes of records all tasks together hold between broker and plugins.
    #[serde(default = "mebibytes_256")]
    #[schemars(range(min = 1), extend("x-importance" = "low"))]
    pub(super) worker_queue_max_bytes: u64,
    /// How long a task may take to end before it is given up.
    #[serde(default = "five_seconds")]
    #[schemars(extend("x-importance" = "low"))]
    pub(super) task_shutdown_graceful_timeout_ms: Millis,
    /// Whether sources that can write records and offsets in one transaction.
    #[serde(default)]
    #[schemars(extend("x-importance" = "high"))]
    pub(super) exactly_once_source_support: ExactlyOnceSupport,
    /// How long one call into a plugin may take.
    #[serde(default = "five_minutes")]
    #[schemars(extend("x-importance" = "low"))]
    pub(super) plugin_call_timeout_ms: Millis,
    /// The providers that references like `${env:PASSWORD}` name; `config.providers.<name>.class` is the plugin.
    #[serde(default)]
    #[schemars(extend("x-importance" = "low"))]
    #[expect(
        dead_code,
        reason = "read before the other keys, which it may help to resolve; it stands here for its definition"
    )]
    pub(super) config_providers: Vec<String>,
    /// Which client settings connectors may override: `All`, `None`, `Principal` or `Allowlist`.
    #[serde(default = "all")]
    #[schemars(extend("x-importance" = "low"))]
    pub(super) connector_client_config_override_policy: String,
    /// The client settings that the policy `Allowlist` lets connectors override.
    #[serde(default)]
    #[schemars(extend("x-importance" = "low"))]
    pub(super) connector_client_config_override_allowlist: Vec<String>,
    /// Whether sources create topics as their `topic.creation.*` keys say.
    #[serde(default = "yes")]
    #[schemars(extend("x-importance" = "low"))]
    pub(super) topic_creation_enable: bool,
    /// Whether the worker makes its own topics where they are missing.
    #[serde(default = "yes")]
    #[schemars(extend("x-importance" = "low"))]
    pub(super) internal_topics_automatic_creation_enable: bool,
    /// Whether the topics that connectors use are written to the status topic.
    #[serde(default = "yes")]
    #[schemars(extend("x-importance" = "low"))]
    pub(super) topic_tracking_enable: bool,
    /// Whether plugins copy also those quirks of Java that do harm.
    #[serde(default)]
    pub(super) compat_java: bool,
}

/// Whether a worker's sources may use transactions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(super) enum ExactlyOnceSupport {
    Disabled,
    Preparing,
    #[default]
    Enabled,
}

/// The keys that sources and sinks have in common.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
pub(super) struct CommonKeys {
    /// The name of the connector, unique in its group of workers.
    #[schemars(length(min = 1), extend("x-importance" = "high"))]
    pub(super) name: String,
    /// The connector's plugin, by its name or a Java class name.
    #[schemars(extend("x-type" = "CLASS", "x-importance" = "high"))]
    #[expect(
        dead_code,
        reason = "looked up before the other keys; it stands here for its definition"
    )]
    pub(super) connector_class: Option<String>,
    /// How many tasks there may be.
    #[serde(default = "one")]
    #[schemars(range(min = 1, max = 2_147_483_647), extend("x-importance" = "high"))]
    pub(super) tasks_max: NonZeroU32,
    /// Whether a connector that makes more tasks fails.
    #[serde(default = "yes")]
    #[schemars(extend("x-importance" = "low"))]
    pub(super) tasks_max_enforce: bool,
    /// Converts keys; the worker's converter by default.
    #[schemars(extend("x-type" = "CLASS", "x-importance" = "low"))]
    pub(super) key_converter: Option<String>,
    /// Converts values; the worker's converter by default.
    #[schemars(extend("x-type" = "CLASS", "x-importance" = "low"))]
    pub(super) value_converter: Option<String>,
    /// Converts headers; the worker's converter by default.
    #[schemars(extend("x-type" = "CLASS", "x-importance" = "low"))]
    pub(super) header_converter: Option<String>,
    /// The transforms that each record passes, in order; `transforms.<alias>.type` names the plugin.
    #[serde(default)]
    #[schemars(extend("x-importance" = "low"))]
    pub(super) transforms: Vec<String>,
    /// The predicates that transforms may ask; `predicates.<alias>.type` names the plugin.
    #[serde(default)]
    #[schemars(extend("x-importance" = "low"))]
    pub(super) predicates: Vec<String>,
    /// What happens when a value that the configuration refers to has changed.
    #[serde(default)]
    #[schemars(extend("x-importance" = "low"))]
    pub(super) config_action_reload: ActionOnReload,
    #[serde(flatten)]
    pub(super) errors: ErrorKeys,
    /// How long one call into the connector may take; the worker's value by default.
    #[schemars(extend("x-importance" = "low"))]
    pub(super) plugin_call_timeout_ms: Option<Millis>,
    /// How many bytes of records a task holds between broker and plugin.
    #[serde(default = "mebibytes_16")]
    #[schemars(range(min = 1), extend("x-importance" = "low"))]
    pub(super) queue_max_bytes: u64,
    /// How many records a task holds between broker and plugin.
    #[serde(default = "queued_records")]
    #[schemars(range(min = 1), extend("x-importance" = "low"))]
    pub(super) queue_max_records: u64,
    /// How many records a second the connector handles at most; its tasks in one worker share the limit.
    #[schemars(range(min = 1), extend("x-importance" = "low"))]
    pub(super) rate_limit_records_per_second: Option<u64>,
    /// How many bytes a second the connector handles at most, as they are in topics; shared likewise.
    #[schemars(range(min = 1), extend("x-importance" = "low"))]
    pub(super) rate_limit_bytes_per_second: Option<u64>,
    /// Whether plugins copy also those quirks of Java that do harm; the worker's value by default.
    #[schemars(extend("x-importance" = "low"))]
    pub(super) compat_java: Option<bool>,
}

/// What happens when a referenced configuration value expires.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum ActionOnReload {
    None,
    #[default]
    Restart,
}

/// The keys about failures of single records.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "Connect's keys are what they are"
)]
pub(super) struct ErrorKeys {
    /// For how many milliseconds conversions and transforms are tried again; -1 is without limit.
    #[serde(default)]
    #[schemars(range(min = -1))]
    pub(super) errors_retry_timeout: i64,
    /// The longest pause between two tries.
    #[serde(default = "minute")]
    pub(super) errors_retry_delay_max_ms: Millis,
    /// Which failures of single records the connector survives.
    #[serde(default)]
    pub(super) errors_tolerance: ToleranceKey,
    /// Whether failures of single records are logged.
    #[serde(default)]
    pub(super) errors_log_enable: bool,
    /// Whether the log names the records too.
    #[serde(default)]
    pub(super) errors_log_include_messages: bool,
    /// The topic of records that nothing can be done with; none by default.
    #[serde(default)]
    pub(super) errors_deadletterqueue_topic_name: String,
    /// How many replicas that topic gets; -1 is the broker's default.
    #[serde(default = "three")]
    pub(super) errors_deadletterqueue_topic_replication_factor: i16,
    /// Whether such records tell in headers what went wrong.
    #[serde(default)]
    pub(super) errors_deadletterqueue_context_headers_enable: bool,
}

/// Which failures of single records a connector survives.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(super) enum ToleranceKey {
    #[default]
    None,
    All,
}

/// The keys of a source.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
pub(super) struct SourceKeys {
    #[serde(flatten)]
    pub(super) common: CommonKeys,
    /// A topic for the connector's own offsets, of which the worker's has copies.
    #[schemars(extend("x-importance" = "low"))]
    pub(super) offsets_storage_topic: Option<String>,
    /// The groups of topics that are created in ways of their own, besides `default`; the first one that matches counts.
    #[serde(default)]
    #[schemars(extend("x-importance" = "low"))]
    pub(super) topic_creation_groups: Vec<String>,
    /// Whether exactly-once is asked for, or the connector must not run without.
    #[serde(default)]
    pub(super) exactly_once_support: ExactlyOnceWish,
    /// Where transactions end.
    #[serde(default)]
    pub(super) transaction_boundary: BoundaryKey,
    /// How long transactions last if they end by time; `offset.flush.interval.ms` by default.
    #[schemars(extend("x-importance" = "low"))]
    pub(super) transaction_boundary_interval_ms: Option<Millis>,
}

/// Whether exactly-once is asked for, or required.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(super) enum ExactlyOnceWish {
    #[default]
    Requested,
    Required,
}

/// Where transactions end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(super) enum BoundaryKey {
    #[default]
    Poll,
    Interval,
    Connector,
}

/// The keys of a sink.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
pub(super) struct SinkKeys {
    #[serde(flatten)]
    pub(super) common: CommonKeys,
    /// The topics to read.
    #[serde(default)]
    #[schemars(extend("x-importance" = "high"))]
    pub(super) topics: Vec<String>,
    /// A regular expression that matches the names of the topics to read.
    #[serde(default)]
    #[schemars(extend("x-importance" = "high"))]
    pub(super) topics_regex: String,
    /// How many records the plugin gets at once at most; `max.poll.records` of the consumer, or else 5000, by default.
    #[schemars(range(min = 1), extend("x-importance" = "low"))]
    pub(super) batch_max_records: Option<u64>,
}

fn standalone() -> String {
    "connect-standalone".to_owned()
}

fn all() -> String {
    "All".to_owned()
}

fn minute() -> Millis {
    Millis::new(60_000)
}

fn five_minutes() -> Millis {
    Millis::new(300_000)
}

fn three_deaths() -> u32 {
    3
}

fn nothing() -> Millis {
    Millis::new(0)
}

fn half_a_second() -> Millis {
    Millis::new(500)
}

fn six_seconds() -> Millis {
    Millis::new(6_000)
}

fn five_seconds() -> Millis {
    Millis::new(5_000)
}

fn one() -> NonZeroU32 {
    NonZeroU32::MIN
}

fn yes() -> bool {
    true
}

fn three() -> i16 {
    3
}

fn mebibytes_16() -> u64 {
    16 * 1024 * 1024
}

fn mebibytes_64() -> u64 {
    64 * 1024 * 1024
}

fn mebibytes_256() -> u64 {
    256 * 1024 * 1024
}

fn queued_records() -> u64 {
    50_000
}
