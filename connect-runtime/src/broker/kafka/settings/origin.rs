//! [`inherited`]: which of a worker's settings its clients get without a prefix.

use connect_api::ConfigMap;

use super::{ClientKind, Known, find};

/// Returns what the worker's own clients get from its settings that have no prefix, as in Java.
///
/// That is everything that a client of this kind knows. Producers and consumers of connectors inherit nothing but where
/// the cluster is: their TLS and SASL stand below `producer.` and `consumer.`, so that a connector never has the worker's
/// rights unawares.
pub(crate) fn inherited(kind: ClientKind, worker: &ConfigMap) -> ConfigMap {
    let entries = worker
        .iter()
        .filter(|(key, _)| !OF_WORKER.contains(key) && is_client(kind, key));
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
