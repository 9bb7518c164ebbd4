//! [`WorkerSettings`]: what a worker was told.

use std::time::Duration;

use connect_api::{ConfigDef, ConfigMap, Result, Str, TypedConfig, UnknownKeys};

use super::keys::{ExactlyOnceSupport, WorkerKeys};
use crate::stores::{InternalTopic, Purpose};

/// What a worker was told, checked.
#[derive(Clone, Debug)]
pub(crate) struct WorkerSettings {
    pub(crate) group: Str,
    pub(crate) bootstrap: Option<String>,
    pub(crate) offsets_topic: InternalTopic,
    pub(crate) status_topic: InternalTopic,
    pub(crate) flush_interval: Duration,
    pub(crate) flush_bytes: usize,
    pub(crate) call_timeout: Duration,
    /// How many bytes of records all tasks hold together.
    pub(crate) queue_bytes: usize,
    /// How long tasks may take to end.
    pub(crate) grace: Duration,
    pub(crate) transactions: Transactions,
    pub(crate) compat_java: bool,
    /// Everything as it was written: converters and client settings are looked up here.
    pub(super) map: ConfigMap,
    pub(super) converters: [Option<String>; 3],
}

/// Whether sources may use transactions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Transactions {
    Allowed,
    Off,
}

impl WorkerSettings {
    /// Reads the settings of a worker; unknown keys are refused.
    pub(crate) fn parse(map: ConfigMap) -> Result<Self> {
        let known = Self::definition();
        let keys = WorkerKeys::parse(&known.select(&map), UnknownKeys::Ignore);
        let unknown = known.unknown(&map);
        let mut problems = super::problems::Problems::default();
        let keys = problems.take("", "", keys);
        problems.extend(unknown);
        let keys = problems.into_result(keys)?;
        let topic = |purpose, name: &Option<String>| match name {
            Some(name) => InternalTopic::named(purpose, name.as_str()),
            None => InternalTopic::of_group(purpose, &keys.group_id),
        };
        let mut offsets_topic = topic(Purpose::Offsets, &keys.offset_storage_topic);
        offsets_topic.partitions = keys.offset_storage_partitions;
        offsets_topic.replication_factor =
            keys.offset_storage_replication_factor.filter(|n| *n > 0);
        let mut status_topic = topic(Purpose::Statuses, &keys.status_storage_topic);
        status_topic.partitions = keys.status_storage_partitions;
        status_topic.replication_factor = keys.status_storage_replication_factor.filter(|n| *n > 0);
        Ok(Self {
            offsets_topic,
            status_topic,
            group: keys.group_id.into(),
            bootstrap: keys.bootstrap_servers,
            flush_interval: keys.offset_flush_interval_ms.duration(),
            flush_bytes: usize::try_from(keys.offset_flush_max_bytes).unwrap_or(usize::MAX),
            call_timeout: keys.plugin_call_timeout_ms.duration(),
            queue_bytes: usize::try_from(keys.worker_queue_max_bytes).unwrap_or(usize::MAX),
            grace: keys.task_shutdown_graceful_timeout_ms.duration(),
            transactions: match keys.exactly_once_source_support {
                ExactlyOnceSupport::Enabled => Transactions::Allowed,
                ExactlyOnceSupport::Disabled | ExactlyOnceSupport::Preparing => Transactions::Off,
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

    /// Returns the topics that the runtime keeps its state in.
    pub(crate) fn internal_topics(&self) -> [&InternalTopic; 2] {
        [&self.offsets_topic, &self.status_topic]
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
        ];
        prefixes
            .into_iter()
            .fold(WorkerKeys::definition(), ConfigDef::with_prefix)
    }
}
