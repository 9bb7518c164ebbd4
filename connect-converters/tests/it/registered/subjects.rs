//! Under which subject schemas are registered.

use connect_api::Headers;
use connect_testkit::registry::{Dialect, MockRegistry};

use super::{avro, bytes, id, order, read};

const STRATEGY: &str = "value.subject.name.strategy";

/// Returns where one order's schema is registered.
async fn subject(registry: &MockRegistry, options: &[(&str, &str)]) -> String {
    let converter = avro(registry, options);
    let written = bytes(&converter, &order(7)).await.unwrap();
    let found = read(&converter, &Headers::new(), &written).await.unwrap();
    assert_eq!(id(&found.value), Some(7));
    let requests = registry.requests();
    let registered = requests
        .iter()
        .map(|request| request.endpoint())
        .find(|endpoint| endpoint.starts_with("POST") && endpoint.contains("/versions"));
    registered.unwrap()
}

#[tokio::test]
async fn subjects_are_named_as_the_strategy_says() {
    let class = "io.confluent.kafka.serializers.subject.RecordNameStrategy";
    let strategies = [
        ("associated", "POST /subjects/orders-value/versions"),
        ("topic", "POST /subjects/orders-value/versions"),
        ("record", "POST /subjects/shop.Order/versions"),
        (class, "POST /subjects/shop.Order/versions"),
        ("topic-record", "POST /subjects/orders-shop.Order/versions"),
    ];
    for (strategy, expected) in strategies {
        let registry = MockRegistry::start().await;
        let found = subject(&registry, &[(STRATEGY, strategy)]).await;
        assert!(found.starts_with(expected), "{strategy}: {found}");
    }
}

#[tokio::test]
async fn keys_have_subjects_of_their_own() {
    let registry = MockRegistry::start().await;
    let found = subject(&registry, &[("converter.type", "key")]).await;
    assert!(found.contains("/orders-key/"), "{found}");
}

#[tokio::test]
async fn an_association_counts_before_the_name_of_the_topic() {
    let registry = MockRegistry::start().await;
    registry.associate("-", "orders", "value", "shop-orders");
    let found = subject(&registry, &[]).await;
    assert!(found.contains("/shop-orders/"), "{found}");
}

#[tokio::test]
async fn a_registry_without_associations_means_the_fallback() {
    let registry = MockRegistry::start_as(Dialect::Old).await;
    let fallback = ("subject.name.strategy.fallback.type", "TOPIC_RECORD");
    let found = subject(&registry, &[fallback]).await;
    assert!(found.contains("/orders-shop.Order/"), "{found}");
}

#[tokio::test]
async fn without_a_fallback_a_topic_must_be_associated() {
    let registry = MockRegistry::start().await;
    let fallback = ("subject.name.strategy.fallback.type", "NONE");
    let error = bytes(&avro(&registry, &[fallback]), &order(7)).await;
    let message = error.unwrap_err().report().to_string();
    assert!(
        message.contains("associated with the value of topic `orders`"),
        "{message}"
    );
}
