//! Worker keys of Java's that have no effect here, each with the reason.

use connect_api::ConfigMap;

use crate::broker::Bootstrap;

/// Keys with one reason; those that end with a dot stand for every key below.
pub(crate) struct Unused {
    pub(crate) reason: &'static str,
    pub(crate) keys: &'static [&'static str],
}

/// Why settings of Kafka's clients have no effect; on Kafka they have.
const WITHOUT_NETWORK: &str =
    "the embedded broker is reached without a network; on Kafka it has its effect";

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
        reason: "the worker is alone in its group and keeps configurations in memory",
        keys: &[
            "config.storage.",
            "session.timeout.ms",
            "heartbeat.interval.ms",
            "rebalance.timeout.ms",
            "connect.protocol",
            "scheduled.rebalance.max.delay.ms",
            "worker.sync.timeout.ms",
            "worker.unsync.backoff.ms",
            "inter.worker.",
        ],
    },
    Unused {
        reason: "internal topics always have Java's bytes",
        keys: &["internal.key.converter", "internal.value.converter"],
    },
];

/// Returns why `key` has no effect; `None` if it has one, or is unknown.
pub(super) fn why_unused(key: &str) -> Option<&'static str> {
    let is = |known: &&str| match known.ends_with('.') {
        true => key.starts_with(known),
        false => key == *known,
    };
    let group = UNUSED.iter().find(|group| group.keys.iter().any(is));
    group.map(|group| group.reason)
}

/// Iterates over the single keys that have no effect.
pub(super) fn unused_keys() -> impl Iterator<Item = &'static str> {
    let keys = UNUSED.iter().flat_map(|group| group.keys.iter().copied());
    keys.filter(|key| !key.ends_with('.'))
}

/// Logs each key that has no effect on this broker.
pub(super) fn warn_of_unused(settings: &ConfigMap, bootstrap: Option<&Bootstrap>) {
    let is_kafka = matches!(bootstrap, Some(Bootstrap::Kafka(_)));
    for (key, _) in settings.iter() {
        if let Some(reason) = why_unused(key)
            && !(is_kafka && reason == WITHOUT_NETWORK)
        {
            tracing::warn!("worker setting `{key}` has no effect: {reason}");
        }
    }
}
