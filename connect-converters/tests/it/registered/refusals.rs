//! What the registry refused is not asked again for every record.

use std::time::Duration;

use connect_api::{Bytes, ErrorKind, Headers, Result};
use connect_testkit::registry::{Fault, MockRegistry};
use serde_json::json;
use tokio::time;

use super::{avro, bytes, order, read};

const REGISTER: &str = "POST /subjects/orders-value/versions";

/// The fallback's subject, so that nothing is asked about associations.
const BY_TOPIC: (&str, &str) = ("value.subject.name.strategy", "topic");

/// Lets the clock jump: it runs again afterwards, as sockets need.
async fn pass(seconds: u64) {
    time::pause();
    time::advance(Duration::from_secs(seconds)).await;
    time::resume();
}

/// A registry that takes no second schema for orders.
async fn refusing() -> MockRegistry {
    let registry = MockRegistry::start().await;
    registry.register("orders-value", json!({ "schema": "\"long\"" }));
    registry.compare(|_, _| vec!["the old is better".to_owned()]);
    registry
}

#[track_caller]
fn check_rejected(answer: Result<Bytes>, parts: &[&str]) {
    let error = answer.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Rejected);
    let report = error.report().to_string();
    for part in parts {
        assert!(report.contains(part), "{part} in {report}");
    }
}

#[tokio::test]
async fn a_refused_schema_is_offered_once_and_each_record_is_told_why() {
    let registry = refusing().await;
    let converter = avro(&registry, &[BY_TOPIC]);
    let parts = [
        "subject `orders-value`",
        "the old is better",
        "\"name\":\"note\"",
        "the latest of the subject is \"long\"",
    ];
    for number in 0..1000 {
        check_rejected(bytes(&converter, &order(number)).await, &parts);
    }
    assert_eq!(registry.count(REGISTER), 1);
    // The other one is for the latest.
    assert_eq!(registry.requests().len(), 2);
}

#[tokio::test]
async fn a_refused_schema_is_offered_again_after_a_while() {
    let registry = refusing().await;
    let converter = avro(&registry, &[BY_TOPIC]);
    check_rejected(bytes(&converter, &order(1)).await, &[]);
    registry.compare(|_, _| Vec::new());
    pass(29).await;
    check_rejected(bytes(&converter, &order(2)).await, &["the old is better"]);
    pass(2).await;
    bytes(&converter, &order(3)).await.unwrap();
    assert_eq!(registry.count(REGISTER), 2);
}

#[tokio::test]
async fn a_refusal_is_remembered_also_where_the_subject_has_no_schema() {
    let registry = MockRegistry::start().await;
    let converter = avro(&registry, &[BY_TOPIC]);
    registry.fail(1, Fault::Status(422));
    for number in 0..3 {
        check_rejected(bytes(&converter, &order(number)).await, &["422"]);
    }
    assert_eq!(registry.requests().len(), 2);
}

#[tokio::test]
async fn a_refusal_is_of_one_subject() {
    let registry = refusing().await;
    let converter = avro(&registry, &[BY_TOPIC]);
    check_rejected(bytes(&converter, &order(1)).await, &[]);
    let mut headers = Headers::new();
    let elsewhere =
        connect_testkit::converter::encode(&converter, "returns", &mut headers, &order(1)).await;
    assert!(elsewhere.unwrap().is_some());
}

#[tokio::test]
async fn an_outage_is_no_refusal_and_ends_with_the_next_record() {
    let registry = MockRegistry::start().await;
    let converter = avro(&registry, &[BY_TOPIC, ("max.retries", "0")]);
    registry.fail(1, Fault::Status(503));
    let error = bytes(&converter, &order(1)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unavailable);
    let written = bytes(&converter, &order(1)).await.unwrap();
    read(&converter, &Headers::new(), &written).await.unwrap();
}
