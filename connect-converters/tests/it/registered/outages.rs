//! A registry that is away, slow, or answers something else.

use std::sync::Arc;

use connect_api::{Bytes, Converter, ErrorKind, Headers, Missing};
use connect_testkit::registry::{Fault, MockRegistry};
use futures::future::join_all;

use super::{avro, bytes, id, order, read};

/// Fails fast: the runtime is what waits.
const ONCE: (&str, &str) = ("max.retries", "0");

#[tokio::test]
async fn while_the_registry_is_away_records_are_unavailable_and_then_go_on() {
    let registry = MockRegistry::start().await;
    let converter = avro(&registry, &[ONCE]);
    registry.stop().await;
    let error = bytes(&converter, &order(7)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unavailable, "{}", error.report());
    registry.resume().await;
    let written = bytes(&converter, &order(7)).await.unwrap();
    let other = avro(&registry, &[ONCE]);
    registry.stop().await;
    let error = read(&other, &Headers::new(), &written).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unavailable, "{}", error.report());
    // What was prepared before needs no registry.
    bytes(&converter, &order(8)).await.unwrap();
    registry.resume().await;
    let found = read(&other, &Headers::new(), &written).await.unwrap();
    assert_eq!(id(&found.value), Some(7));
}

#[tokio::test]
async fn each_failure_has_the_kind_that_the_runtime_goes_by() {
    let faults = [
        (Fault::Status(401), ErrorKind::Fatal),
        (Fault::Status(403), ErrorKind::Fatal),
        (Fault::Status(429), ErrorKind::Unavailable),
        (Fault::Status(500), ErrorKind::Unavailable),
        (Fault::Status(503), ErrorKind::Unavailable),
        (Fault::Garbage, ErrorKind::Unavailable),
    ];
    for (fault, kind) in faults {
        let registry = MockRegistry::start().await;
        let converter = avro(&registry, &[ONCE, ("value.subject.name.strategy", "topic")]);
        registry.fail(1, fault);
        let error = bytes(&converter, &order(7)).await.unwrap_err();
        assert_eq!(error.kind(), kind, "{fault:?}: {}", error.report());
        bytes(&converter, &order(7)).await.unwrap();
    }
}

#[tokio::test]
async fn an_unknown_number_condemns_its_record_alone() {
    let registry = MockRegistry::start().await;
    let converter = avro(&registry, &[]);
    let good = bytes(&converter, &order(7)).await.unwrap();
    let unknown = Bytes::from_static(b"\0\0\0\0\x63\x0e\0");
    let error = read(&converter, &Headers::new(), &unknown).await;
    let error = error.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Rejected);
    let message = error.report().to_string();
    assert!(message.contains("schema 99"), "{message}");
    assert!(message.contains("00 00 00 00 63 0e 00"), "{message}");
    assert!(read(&converter, &Headers::new(), &good).await.is_ok());
}

#[tokio::test]
async fn a_deleted_subject_is_still_read() {
    let registry = MockRegistry::start().await;
    let written = bytes(&avro(&registry, &[]), &order(7)).await.unwrap();
    registry.delete("orders-value");
    let found = read(&avro(&registry, &[]), &Headers::new(), &written)
        .await
        .unwrap();
    assert_eq!(id(&found.value), Some(7));
}

#[tokio::test]
async fn a_schema_is_fetched_once_however_many_records_wait_for_it() {
    let registry = MockRegistry::start().await;
    let written = bytes(&avro(&registry, &[]), &order(7)).await.unwrap();
    let converter = Arc::new(avro(&registry, &[]));
    let headers = Headers::new();
    let waiting = (0..50).map(|_| {
        converter.prepare(Missing::Read {
            topic: "orders",
            headers: &headers,
            bytes: &written,
        })
    });
    for prepared in join_all(waiting).await {
        prepared.unwrap();
    }
    assert_eq!(registry.count("GET /schemas/ids/1"), 1);
    let asked = registry.requests().len();
    for _ in 0..100 {
        converter
            .decode("orders", &headers, Some(&written))
            .unwrap();
    }
    assert_eq!(registry.requests().len(), asked);
}
