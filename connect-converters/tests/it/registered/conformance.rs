//! The conformance suite, on each format.

use connect_testkit::registry::MockRegistry;

use super::{avro, order};

#[tokio::test]
async fn avro_keeps_the_contract_of_converters() {
    let registry = MockRegistry::start().await;
    let converter = avro(&registry, &[]);
    connect_testkit::converter(&converter, &[order(7)]).await;
}
