//! `DropHeaders`.

use connect_api::{Headers, Record};

use crate::subject::{changed, refusal};

const NAME: &str = "org.apache.kafka.connect.transforms.DropHeaders";

#[test]
fn every_header_of_a_name_goes() {
    let headers: Headers = [("a", 1), ("b", 2), ("a", 3), ("c", 4)]
        .into_iter()
        .collect();
    let record = Record::tombstone("topic", "key").with_headers(headers);
    let left = changed(NAME, &[("headers", "a,c,missing")], record.clone()).unwrap();
    let expected: Headers = [("b", 2)].into_iter().collect();
    assert_eq!(left, record.with_headers(expected));
}

#[test]
fn headers_must_be_named() {
    let (key, message) = refusal(NAME, &[]);
    assert_eq!(key, "headers");
    assert!(
        message.contains("Missing required configuration"),
        "{message}"
    );
    let (key, message) = refusal(NAME, &[("headers", "")]);
    assert_eq!(key, "headers");
    assert!(
        message.contains("expected at least one header"),
        "{message}"
    );
}
