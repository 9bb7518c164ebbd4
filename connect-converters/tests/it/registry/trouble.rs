use std::time::Duration;

use connect_api::{Error, ErrorKind, Millis};
use connect_converters::registry::{Deleted, Refusal};
use connect_testkit::registry::{Fault, MockRegistry};

use super::{STRING, avro, client, config};

async fn failed(times: usize, fault: Fault) -> (Error, usize) {
    let mock = MockRegistry::start().await;
    mock.fail(times, fault);
    let client = client(&config(&mock));
    let error = client.subjects(Deleted::Hidden).await.unwrap_err();
    (error, mock.requests().len())
}

#[tokio::test]
async fn what_may_pass_is_repeated() {
    for fault in [
        Fault::Status(408),
        Fault::Status(429),
        Fault::Status(500),
        Fault::Status(503),
        Fault::Garbage,
        Fault::Page(502),
        Fault::Cut,
        Fault::Half,
    ] {
        let mock = MockRegistry::start().await;
        mock.fail(2, fault);
        let client = client(&config(&mock));
        client.subjects(Deleted::Hidden).await.unwrap();
        assert_eq!(mock.requests().len(), 3, "{fault:?}");
        mock.fail(9, fault);
        let error = client.subjects(Deleted::Hidden).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unavailable, "{fault:?}");
        assert_eq!(mock.requests().len(), 6, "{fault:?}");
    }
}

#[tokio::test]
async fn other_refusals_are_not_repeated() {
    for (status, kind) in [
        (400, ErrorKind::Rejected),
        (401, ErrorKind::Fatal),
        (403, ErrorKind::Fatal),
        (404, ErrorKind::Rejected),
        (409, ErrorKind::Rejected),
        (422, ErrorKind::Rejected),
    ] {
        let (error, requests) = failed(9, Fault::Status(status)).await;
        assert_eq!((error.kind(), requests), (kind, 1), "{status}");
        assert_eq!(Refusal::behind(&error).unwrap().status(), status);
    }
}

#[tokio::test]
async fn a_page_that_no_registry_wrote_condemns_no_record() {
    for status in [301, 404, 405] {
        let (error, _) = failed(9, Fault::Page(status)).await;
        assert_eq!(error.kind(), ErrorKind::Unavailable, "{status}");
    }
    let (error, _) = failed(9, Fault::Garbage).await;
    let report = error.report().to_string();
    assert!(report.contains("found `<html>nothing"), "{report}");
}

#[tokio::test]
async fn a_longer_pause_than_ours_is_left_to_the_caller() {
    let (error, requests) = failed(9, Fault::Busy(429, 40)).await;
    assert_eq!(error.kind(), ErrorKind::Unavailable);
    assert_eq!(
        (error.delay(), requests),
        (Some(Duration::from_secs(40)), 1)
    );
}

#[tokio::test]
async fn an_answer_that_is_too_large_is_not_read() {
    let (error, _) = failed(9, Fault::Huge).await;
    assert_eq!(error.kind(), ErrorKind::Unavailable);
    let report = error.report().to_string();
    assert!(report.contains("more than 32 MiB"), "{report}");
}

#[tokio::test]
async fn a_slow_registry_is_unavailable() {
    let mock = MockRegistry::start().await;
    mock.hold();
    let mut config = config(&mock);
    config.http.max_retries = 0;
    config.http.http_connect_timeout_ms = Millis::new(1);
    config.http.http_read_timeout_ms = Millis::new(1);
    let error = client(&config).subjects(Deleted::Hidden).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unavailable);
}

#[tokio::test]
async fn a_schema_that_does_not_fit_is_refused_with_the_registrys_words() {
    let mock = MockRegistry::start().await;
    mock.compare(|old, new| vec![format!("{new} does not read {old}")]);
    let client = client(&config(&mock));
    client.register("s", &avro(STRING)).await.unwrap();
    let error = client.register("s", &avro("\"int\"")).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Rejected);
    let report = error.report().to_string();
    assert!(report.contains("does not read"), "{report}");
    assert_eq!(Refusal::behind(&error).unwrap().code(), Some(409));
}
