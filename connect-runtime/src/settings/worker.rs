//! [`WorkerSettings`]: what a worker was told.

use std::time::Duration;

use connect_api::{ConfigDef, ConfigMap, Result, Str, TypedConfig, UnknownKeys};

use super::keys::{ExactlyOnceSupport, WorkerKeys};

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
    /// How long tasks may take to end.
    pub(crate) grace: Duration,
    pub(crate) transactions: Transactions,
    pub(crate) compat_java: bool,
    /// Everything as it was written: converters and client settings are looked up here.
    pub(super) map: ConfigMap,
    pub(super) converters: [Option<String>; 3],
}

/// A topic that the runtime keeps its state in.
#[derive(Clone, Debug)]
pub(crate) struct InternalTopic {
    pub(crate) name: Str,
    /// `None` is the broker's default.
    pub(crate) partitions: Option<i32>,
    /// `None` is the broker's default.
    pub(crate) replication_factor: Option<i16>,
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
        let topic = |kind: &str, name: &Option<String>, partitions, replicas: Option<i16>| {
            let default = || format!("connect-{}-{kind}", keys.group_id);
            InternalTopic {
                name: name.clone().unwrap_or_else(default).into(),
                partitions,
                replication_factor: replicas.filter(|replicas| *replicas > 0),
            }
        };
        Ok(Self {
            offsets_topic: topic(
                "offsets",
                &keys.offset_storage_topic,
                keys.offset_storage_partitions,
                keys.offset_storage_replication_factor,
            ),
            status_topic: topic(
                "status",
                &keys.status_storage_topic,
                keys.status_storage_partitions,
                keys.status_storage_replication_factor,
            ),
            group: keys.group_id.into(),
            bootstrap: keys.bootstrap_servers,
            flush_interval: keys.offset_flush_interval_ms.duration(),
            flush_bytes: usize::try_from(keys.offset_flush_max_bytes).unwrap_or(usize::MAX),
            call_timeout: keys.plugin_call_timeout_ms.duration(),
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
