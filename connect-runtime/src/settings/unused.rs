//! Worker keys of Java's that have no effect here, each with the reason.

use connect_api::ConfigMap;

use super::mode::Mode;
use crate::broker::Bootstrap;

/// Keys with one reason; those that end with a dot stand for every key below.
pub(crate) struct Unused {
    pub(crate) reason: &'static str,
    pub(crate) keys: &'static [&'static str],
}

/// Why settings of Kafka's clients have no effect; on Kafka they have.
const WITHOUT_NETWORK: &str =
    "the embedded broker is reached without a network; on Kafka it has its effect";

/// What only workers of a cluster need; a worker that is alone knows these keys all the same.
const OF_CLUSTERS: Unused = Unused {
    reason: "the worker is alone in its group and keeps configurations in memory",
    keys: &[
        "config.storage.",
        "cluster.storage.",
        "scheduled.rebalance.max.delay.ms",
    ],
};

/// Every worker key of Kafka Connect 4.x that has no effect.
pub(crate) const UNUSED: &[Unused] = &[
    Unused {
        reason: "plugins are compiled into the program",
        keys: &["plugin.path", "plugin.discovery"],
    },
    Unused {
        reason: "a worker serves no REST API by itself",
        keys: &[
            "listeners",
            "listeners.https.",
            "admin.listeners",
            "admin.listeners.https.",
            "rest.advertised.",
            "rest.extension.classes",
            "rest.host.name",
            "rest.port",
            "access.control.",
            "response.http.headers.config",
            "ssl.client.auth",
            "topic.tracking.allow.reset",
        ],
    },
    Unused {
        reason: "counters go to the `metrics` facade, whose exporter the application chooses",
        keys: &[
            "metrics.sample.window.ms",
            "metrics.num.samples",
            "metrics.recording.level",
            "metrics.context.",
            "metric.reporters",
            "auto.include.jmx.reporter",
        ],
    },
    Unused {
        reason: WITHOUT_NETWORK,
        keys: &[
            "client.dns.lookup",
            "client.id",
            "client.rack",
            "security.protocol",
            "security.providers",
            "sasl.",
            "ssl.",
            "metadata.",
            "send.buffer.bytes",
            "receive.buffer.bytes",
            "reconnect.backoff.",
            "retry.backoff.",
            "request.timeout.ms",
            "default.api.timeout.ms",
            "connections.max.idle.ms",
            "socket.connection.",
        ],
    },
    Unused {
        reason: "offsets are stored as fast as the broker commits",
        keys: &["offset.flush.timeout.ms"],
    },
    Unused {
        reason: "workers of a cluster speak with each other through the broker",
        keys: &[
            "connect.protocol",
            "worker.sync.timeout.ms",
            "worker.unsync.backoff.ms",
            "inter.worker.",
        ],
    },
    Unused {
        reason: "tasks have `task.shutdown.graceful.timeout.ms`",
        keys: &["rebalance.timeout.ms"],
    },
    Unused {
        reason: "the topic always has one partition",
        keys: &["config.storage.partitions", "cluster.storage.partitions"],
    },
    Unused {
        reason: "internal topics always have Java's bytes",
        keys: &["internal.key.converter", "internal.value.converter"],
    },
];

impl Unused {
    fn has(&self, key: &str) -> bool {
        self.keys.iter().any(|known| match known.ends_with('.') {
            true => key.starts_with(known),
            false => key == *known,
        })
    }
}

/// Returns why `key` has no effect, ever; `None` if it has one, or is unknown.
pub(super) fn why_unused(key: &str) -> Option<&'static str> {
    let group = UNUSED.iter().find(|group| group.has(key));
    group.map(|group| group.reason)
}

/// Iterates over the single keys that have no effect.
pub(super) fn unused_keys() -> impl Iterator<Item = &'static str> {
    let keys = UNUSED.iter().flat_map(|group| group.keys.iter().copied());
    keys.filter(|key| !key.ends_with('.'))
}

/// Logs each key that has no effect on this broker.
pub(super) fn warn_of_unused(settings: &ConfigMap, (mode, bootstrap): (Mode, Option<&Bootstrap>)) {
    let is_kafka = matches!(bootstrap, Some(Bootstrap::Kafka(_)));
    for (key, _) in settings.iter() {
        let reason = why_unused(key).filter(|reason| !(is_kafka && *reason == WITHOUT_NETWORK));
        let alone = || (mode == Mode::Alone && OF_CLUSTERS.has(key)).then_some(OF_CLUSTERS.reason);
        if let Some(reason) = reason.or_else(alone) {
            tracing::warn!("worker setting `{key}` has no effect: {reason}");
        }
    }
}
