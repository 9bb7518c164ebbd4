//! [`WorkerSettings`]: what a worker was told.

use std::{path::PathBuf, time::Duration};

use connect_api::{ConfigDef, ConfigMap, ConfigProblem, Result, Str, TypedConfig, UnknownKeys};

use super::{
    keys::{ExactlyOnceSupport, WorkerKeys},
    mode::Mode,
    overrides::OverridePolicy,
    problems::Problems,
    unused::{unused_keys, warn_of_unused, why_unused},
};
use crate::{
    broker::Bootstrap,
    stores::{InternalTopic, Missing, Purpose},
};

/// What a worker was told, checked.
#[derive(Clone, Debug)]
pub(crate) struct WorkerSettings {
    pub(crate) mode: Mode,
    pub(crate) group: Str,
    pub(crate) bootstrap: Option<Bootstrap>,
    pub(crate) internal_topics: InternalTopics,
    pub(crate) cluster: ClusterSettings,
    pub(crate) storage: Storage,
    pub(crate) flush_interval: Duration,
    pub(crate) flush_bytes: usize,
    pub(crate) call_timeout: Duration,
    /// How many bytes of records all tasks hold together.
    pub(crate) queue_bytes: usize,
    /// How long tasks may take to end.
    pub(crate) grace: Duration,
    pub(crate) transactions: Transactions,
    pub(crate) overrides: OverridePolicy,
    pub(crate) topics: TopicSettings,
    pub(crate) compat_java: bool,
    /// Everything as it was written: converters and client settings are looked up here.
    pub(crate) map: ConfigMap,
    pub(super) converters: [Option<String>; 3],
}

/// How workers notice that one of them is gone; sinks' consumers notice it alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ClusterSettings {
    /// How long a member may be silent.
    pub(crate) session: Duration,
    /// How often it says that it lives.
    pub(crate) heartbeat: Duration,
    /// How long its work waits for it to come back.
    pub(crate) delay: Duration,
    /// After so many workers have died of it a connector or task is quarantined; 0 is never.
    pub(crate) most_deaths: u32,
}

/// Where the runtime keeps its state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Storage {
    /// In topics; this file is imported once.
    Topics { import: Option<PathBuf> },
    /// Source offsets in this file and statuses nowhere, as Java's standalone worker.
    ///
    /// Many hosts run one under the same names on one cluster, and must not share a topic.
    File(PathBuf),
}

/// The topics that the runtime keeps its state in.
#[derive(Clone, Debug)]
pub(crate) struct InternalTopics {
    /// Of a cluster only.
    pub(crate) configs: InternalTopic,
    /// Of a cluster only.
    pub(crate) cluster: InternalTopic,
    pub(crate) offsets: InternalTopic,
    pub(crate) statuses: InternalTopic,
}

/// What a worker does about the topics of connectors.
#[derive(Clone, Copy, Debug)]
pub(crate) struct TopicSettings {
    /// Whether sources create topics as they are told to.
    pub(crate) creation: Switch,
    /// Whether topics in use are written to the status topic.
    pub(crate) tracking: Switch,
}

/// Whether something is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Switch {
    On,
    Off,
}

impl From<bool> for Switch {
    fn from(on: bool) -> Self {
        if on { Self::On } else { Self::Off }
    }
}

/// Whether sources may use transactions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Transactions {
    Allowed,
    Off,
}

impl WorkerSettings {
    /// Reads the settings of a worker; unknown keys are refused.
    pub(crate) fn parse(map: ConfigMap, mode: Mode) -> Result<Self> {
        let known = Self::definition();
        let mut problems = Problems::default();
        let keys = problems.read(&known.select(&map), ("group.id", "unnamed"), |map| {
            WorkerKeys::parse(map, UnknownKeys::Ignore)
        });
        let (of_topics, unknown): (Vec<_>, Vec<_>) = known
            .unknown(&map)
            .into_iter()
            .filter(|problem| why_unused(problem.key()).is_none())
            .map(or_nearest_unused)
            .partition(is_of_topic);
        problems.extend(unknown);
        let overrides = keys
            .as_ref()
            .and_then(|keys| overrides(keys, &mut problems));
        let bootstrap = keys
            .as_ref()
            .and_then(|keys| bootstrap(keys, &mut problems));
        let cluster = keys.as_ref().map(|keys| cluster(keys, &mut problems));
        let keys = problems.into_result(keys.zip(overrides).zip(cluster));
        let ((keys, overrides), cluster) = keys?;
        warn_of_unused(&map, (mode, bootstrap.as_ref()));
        let internal_topics = internal_topics(&keys, &map, &of_topics);
        let transactions = match keys.exactly_once_source_support {
            ExactlyOnceSupport::Enabled => Transactions::Allowed,
            ExactlyOnceSupport::Disabled | ExactlyOnceSupport::Preparing => Transactions::Off,
        };
        Ok(Self {
            mode,
            internal_topics,
            cluster,
            group: keys.group_id.into(),
            storage: storage(
                (mode, bootstrap.as_ref()),
                transactions,
                keys.offset_storage_file_filename,
            ),
            bootstrap,
            flush_interval: keys.offset_flush_interval_ms.duration(),
            flush_bytes: usize::try_from(keys.offset_flush_max_bytes).unwrap_or(usize::MAX),
            call_timeout: keys.plugin_call_timeout_ms.duration(),
            queue_bytes: usize::try_from(keys.worker_queue_max_bytes).unwrap_or(usize::MAX),
            grace: keys.task_shutdown_graceful_timeout_ms.duration(),
            transactions,
            overrides,
            topics: TopicSettings {
                creation: keys.topic_creation_enable.into(),
                tracking: keys.topic_tracking_enable.into(),
            },
            compat_java: keys.compat_java,
            converters: [
                keys.key_converter,
                keys.value_converter,
                keys.header_converter,
            ],
            map,
        })
    }

    /// Returns what a worker may be told.
    pub(crate) fn definition() -> ConfigDef {
        let prefixes = [
            "key.converter.",
            "value.converter.",
            "header.converter.",
            "producer.",
            "consumer.",
            "admin.",
            "config.providers.",
        ];
        prefixes
            .into_iter()
            .fold(WorkerKeys::definition(), ConfigDef::with_prefix)
    }
}

const CONFIGS: &str = "config.storage.";
const OFFSETS: &str = "offset.storage.";
const STATUSES: &str = "status.storage.";
const CLUSTER: &str = "cluster.storage.";

/// Whether it is no mistake but a setting of an internal topic, such as `status.storage.segment.bytes`.
fn is_of_topic(unknown: &ConfigProblem) -> bool {
    let key = unknown.key();
    let is_below = |prefix: &&str| key.starts_with(*prefix);
    [CONFIGS, OFFSETS, STATUSES, CLUSTER].iter().any(is_below) && unknown.nearest().is_none()
}

/// Also unused keys may have been meant.
fn or_nearest_unused(unknown: ConfigProblem) -> ConfigProblem {
    match unknown.nearest() {
        Some(_) => unknown,
        None => ConfigProblem::unknown(unknown.key(), unused_keys()),
    }
}

fn internal_topics(
    keys: &WorkerKeys,
    map: &ConfigMap,
    of_topics: &[ConfigProblem],
) -> InternalTopics {
    let topic = |purpose, name: &Option<String>| {
        let mut topic = match name {
            Some(name) => InternalTopic::named(purpose, name.as_str()),
            None => InternalTopic::of_group(purpose, &keys.group_id),
        };
        if !keys.internal_topics_automatic_creation_enable {
            topic.missing = Missing::Refused;
        }
        topic
    };
    let configs = |prefix: &str| {
        let own = of_topics.iter().map(ConfigProblem::key);
        let own = own.filter_map(|key| Some((key.strip_prefix(prefix)?, map.get(key)?)));
        own.map(|(key, value)| (key.to_owned(), value.to_owned()))
            .collect()
    };
    InternalTopics {
        configs: InternalTopic {
            replication_factor: keys.config_storage_replication_factor.filter(|n| *n > 0),
            configs: configs(CONFIGS),
            ..topic(Purpose::Configs, &keys.config_storage_topic)
        },
        cluster: InternalTopic {
            replication_factor: keys.cluster_storage_replication_factor.filter(|n| *n > 0),
            configs: configs(CLUSTER),
            ..topic(Purpose::Cluster, &keys.cluster_storage_topic)
        },
        offsets: InternalTopic {
            partitions: keys.offset_storage_partitions,
            replication_factor: keys.offset_storage_replication_factor.filter(|n| *n > 0),
            configs: configs(OFFSETS),
            ..topic(Purpose::Offsets, &keys.offset_storage_topic)
        },
        statuses: InternalTopic {
            partitions: keys.status_storage_partitions,
            replication_factor: keys.status_storage_replication_factor.filter(|n| *n > 0),
            configs: configs(STATUSES),
            ..topic(Purpose::Statuses, &keys.status_storage_topic)
        },
    }
}

fn cluster(keys: &WorkerKeys, problems: &mut Problems) -> ClusterSettings {
    const HEARTBEAT: &str = "heartbeat.interval.ms";
    let session = keys.session_timeout_ms.duration();
    let heartbeat = keys.heartbeat_interval_ms.duration();
    if heartbeat >= session {
        let (found, limit) = (heartbeat.as_millis(), session.as_millis());
        let reason = format!("Must be lower than session.timeout.ms, which is {limit}");
        let found = found.to_string();
        problems.extend([ConfigProblem::invalid(HEARTBEAT, &found, reason)]);
    }
    ClusterSettings {
        session,
        heartbeat,
        delay: keys.scheduled_rebalance_max_delay_ms.duration(),
        most_deaths: keys.quarantine_worker_deaths,
    }
}

/// Only other workers, transactions, and a broker that no other process has, need offsets in a topic.
fn storage(
    (mode, bootstrap): (Mode, Option<&Bootstrap>),
    transactions: Transactions,
    file: Option<PathBuf>,
) -> Storage {
    match (mode, bootstrap, transactions, file) {
        (Mode::Alone, Some(Bootstrap::Kafka(_)), Transactions::Off, Some(file)) => {
            Storage::File(file)
        }
        (.., import) => Storage::Topics { import },
    }
}

/// An application may hand over a broker, so that a missing one is no mistake here.
fn bootstrap(keys: &WorkerKeys, problems: &mut Problems) -> Option<Bootstrap> {
    match Bootstrap::parse(keys.bootstrap_servers.as_deref()?) {
        Ok(bootstrap) => Some(bootstrap),
        Err(problem) => {
            problems.extend([problem]);
            None
        }
    }
}

fn overrides(keys: &WorkerKeys, problems: &mut Problems) -> Option<OverridePolicy> {
    let text = &keys.connector_client_config_override_policy;
    let policy = OverridePolicy::named(text, &keys.connector_client_config_override_allowlist);
    if policy.is_none() {
        let reason = "String must be one of: All, None, Principal, Allowlist";
        problems.extend([ConfigProblem::invalid(OverridePolicy::KEY, text, reason)]);
    }
    policy
}
