//! What clients inherit from their worker.

use connect_api::ConfigMap;

use super::super::{ClientKind, inherited};

fn keys(kind: ClientKind) -> Vec<String> {
    let worker = ConfigMap::from([
        ("admin.retries", "1"),
        ("bootstrap.servers", "a:9092"),
        ("client.id", "w1"),
        ("config.providers", "env"),
        ("config.providers.env.class", "Env"),
        ("consumer.fetch.min.bytes", "1"),
        ("fetch.min.bytes", "1"),
        ("group.id", "shop"),
        ("key.converter", "json"),
        ("linger.ms", "1"),
        ("metric.reporters", "a.B"),
        ("metrics.num.samples", "2"),
        ("offset.storage.topic", "offsets"),
        ("producer.linger.ms", "1"),
        ("sasl.jaas.config", "a.B required;"),
        ("security.protocol", "SASL_SSL"),
        ("session.timeout.ms", "10000"),
        ("ssl.client.auth", "none"),
        ("ssl.truststore.location", "/ca.pem"),
    ]);
    let found = inherited(kind, &worker);
    found.iter().map(|(key, _)| key.to_owned()).collect()
}

const SECURITY: [&str; 3] = [
    "sasl.jaas.config",
    "security.protocol",
    "ssl.truststore.location",
];

#[test]
fn the_workers_own_clients_have_its_rights_and_nothing_of_connectors() {
    let found = keys(ClientKind::Producer);
    assert_eq!(
        found,
        [&["bootstrap.servers", "linger.ms"][..], &SECURITY].concat()
    );
    let found = keys(ClientKind::Consumer);
    assert_eq!(
        found,
        [&["bootstrap.servers", "fetch.min.bytes"][..], &SECURITY].concat()
    );
}
