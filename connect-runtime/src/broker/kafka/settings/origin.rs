//! [`inherited`]: which of a worker's settings its clients get without a prefix.

use connect_api::ConfigMap;

use super::{ClientKind, Known, find};

/// Whose client it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Owner {
    /// The worker's own: internal topics, and its group.
    Worker,
    /// A connector's.
    Connector,
}

/// Returns what a client inherits from the settings of its worker that have no prefix, as in Java.
///
/// The worker's own clients inherit everything that a client knows. Of a connector's, the admin client does too, and
/// producers and consumers get `bootstrap.servers` alone: their TLS and SASL stand below `producer.` and `consumer.`, so
/// that a connector never has the worker's rights unawares. What stands below a prefix goes over what is inherited:
/// `producer.`, `consumer.` or `admin.` first, then what the connector overrides. The worker's own clients take
/// nothing from below a prefix.
pub(crate) fn inherited(owner: Owner, kind: ClientKind, worker: &ConfigMap) -> ConfigMap {
    let all = owner == Owner::Worker || kind == ClientKind::Admin;
    let entries = worker.iter().filter(|(key, _)| match all {
        true => !OF_WORKER.contains(key) && is_client(kind, key),
        false => *key == "bootstrap.servers",
    });
    entries.collect()
}

/// Keys that mean the worker, though clients have them too; its name is a part of theirs, which the runtime makes.
const OF_WORKER: &[&str] = &[
    "client.id",
    "config.providers",
    "group.id",
    "heartbeat.interval.ms",
    "metric.reporters",
    "session.timeout.ms",
];

/// Whether it has an effect on a client, or should.
fn is_client(kind: ClientKind, key: &str) -> bool {
    let of_worker = ["config.providers.", "metrics.", "auto.include."];
    let is_known = matches!(find(kind, key), Known::Java(_) | Known::Native(_));
    is_known && !of_worker.iter().any(|prefix| key.starts_with(prefix))
}
