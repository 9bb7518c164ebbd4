//! Which schema is written with, and which values come as.

use connect_api::{ErrorKind, Headers, Schema, SchemaAndValue, Struct};
use connect_testkit::registry::MockRegistry;
use serde_json::json;

use super::{avro, bytes, id, order, read};

const UNREGISTERED: (&str, &str) = ("auto.register.schemas", "false");
const LATEST: (&str, &str) = ("use.latest.version", "true");

/// The schema of an order with one more field, which has a default.
const WIDER: &str = r#"{"type":"record","name":"Order","namespace":"shop","fields":[
    {"name":"id","type":"long"},
    {"name":"note","type":["null","string"],"default":null},
    {"name":"state","type":"string","default":"new"}]}"#;

#[tokio::test]
async fn a_schema_is_registered_once_however_often_it_is_built() {
    let registry = MockRegistry::start().await;
    let converter = avro(&registry, &[]);
    for number in 0..5 {
        bytes(&converter, &order(number)).await.unwrap();
    }
    let asked = registry.requests();
    let registrations = asked
        .iter()
        .filter(|request| request.endpoint().contains("/versions"));
    assert_eq!(registrations.count(), 1);
}

#[tokio::test]
async fn unless_it_may_be_registered_a_schema_must_be_there() {
    let registry = MockRegistry::start().await;
    let converter = avro(&registry, &[UNREGISTERED]);
    let error = bytes(&converter, &order(7)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Rejected);
    let message = error.report().to_string();
    assert!(message.contains("orders-value"), "{message}");
    bytes(&avro(&registry, &[]), &order(7)).await.unwrap();
    bytes(&converter, &order(7)).await.unwrap();
}

#[tokio::test]
async fn the_latest_version_is_written_with_and_fills_in_its_defaults() {
    let registry = MockRegistry::start().await;
    let number = registry.register("orders-value", json!({ "schema": WIDER }));
    let converter = avro(&registry, &[UNREGISTERED, LATEST]);
    let written = bytes(&converter, &order(7)).await.unwrap();
    assert_eq!(written[1..5], number.to_be_bytes());
    let found = read(&converter, &Headers::new(), &written).await.unwrap();
    assert_eq!(
        found.value.get("state").and_then(|state| state.as_str()),
        Some("new")
    );
}

#[tokio::test]
async fn a_schema_is_chosen_by_its_number_or_guid() {
    let registry = MockRegistry::start().await;
    let number = registry.register("orders-value", json!({ "schema": WIDER }));
    let text = number.to_string();
    let converter = avro(&registry, &[UNREGISTERED, ("use.schema.id", &text)]);
    let written = bytes(&converter, &order(7)).await.unwrap();
    assert_eq!(written[1..5], number.to_be_bytes());
}

#[tokio::test]
async fn a_chosen_schema_must_read_what_the_record_writes_unless_told_otherwise() {
    let registry = MockRegistry::start().await;
    let other = json!({ "schema": r#"{"type":"record","name":"Order","namespace":"shop","fields":[
        {"name":"id","type":"long"},{"name":"owner","type":"string"}]}"# });
    registry.register("orders-value", other);
    let error = bytes(&avro(&registry, &[UNREGISTERED, LATEST]), &order(7)).await;
    let error = error.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Rejected);
    let message = error.report().to_string();
    assert!(message.contains("latest.compatibility.strict"), "{message}");
    assert!(message.contains("owner"), "{message}");
}

#[tokio::test]
async fn a_schema_may_change_in_the_middle_of_a_topic() {
    let registry = MockRegistry::start().await;
    let converter = avro(&registry, &[]);
    let old = bytes(&converter, &order(1)).await.unwrap();
    let schema = Schema::record("shop.Order")
        .field("id", Schema::plain_int64())
        .field("note", Schema::optional_string())
        .field("state", Schema::optional_string())
        .build()
        .unwrap();
    let wider = Struct::new(&schema)
        .and_then(|order| order.with("id", 2_i64)?.with("state", "paid"))
        .unwrap();
    let wider = SchemaAndValue::new(schema, wider);
    let new = bytes(&converter, &wider).await.unwrap();
    for (written, number, state) in [(&old, 1, None), (&new, 2, Some("paid")), (&old, 1, None)] {
        let found = read(&converter, &Headers::new(), written).await.unwrap();
        assert_eq!(id(&found.value), Some(number));
        let found = found
            .value
            .get("state")
            .and_then(|state| state.as_str().map(str::to_owned));
        assert_eq!(found.as_deref(), state);
    }
}

#[tokio::test]
async fn values_come_as_the_latest_version_if_told_so() {
    let registry = MockRegistry::start().await;
    let old = bytes(&avro(&registry, &[]), &order(1)).await.unwrap();
    registry.register("orders-value", json!({ "schema": WIDER }));
    let found = read(&avro(&registry, &[LATEST]), &Headers::new(), &old)
        .await
        .unwrap();
    assert_eq!(
        found.value.get("state").and_then(|state| state.as_str()),
        Some("new")
    );
}

#[tokio::test]
async fn a_schema_that_the_registry_refuses_is_shown_beside_the_latest() {
    let registry = MockRegistry::start().await;
    registry.register("orders-value", json!({ "schema": WIDER }));
    registry.compare(|_, _| vec!["the field `state` is missing".to_owned()]);
    let error = bytes(&avro(&registry, &[]), &order(7)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Rejected);
    let message = error.report().to_string();
    for expected in [
        "the field `state` is missing",
        "\"default\":\"new\"",
        "\"name\":\"note\"",
        "orders-value",
    ] {
        assert!(message.contains(expected), "{expected} in {message}");
    }
}
