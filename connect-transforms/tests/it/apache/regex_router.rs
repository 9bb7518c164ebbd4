//! `RegexRouter`.

use connect_api::{ErrorKind, Record};

use crate::subject::{apply, build, changed, refusal};

const NAME: &str = "org.apache.kafka.connect.transforms.RegexRouter";

fn routed(regex: &str, replacement: &str, topic: &str) -> String {
    let options = [("regex", regex), ("replacement", replacement)];
    let record = changed(NAME, &options, Record::new(topic, 1)).unwrap();
    record.topic.as_str().to_owned()
}

#[test]
fn a_topic_that_matches_as_a_whole_is_renamed() {
    assert_eq!(routed("(.*)-(.*)", "$2.$1", "shop-orders"), "orders.shop");
    assert_eq!(routed("(?<shop>.*)-.*", "${shop}", "shop-orders"), "shop");
    assert_eq!(routed("shop", "x", "shop-orders"), "shop-orders");
    assert_eq!(routed("(?!__).*", "x", "__internal"), "__internal");
    assert_eq!(routed("orders", r"\$1", "orders"), "$1");
}

#[test]
fn a_topic_that_was_seen_is_renamed_alike() {
    let options = [("regex", "a(.*)"), ("replacement", "b$1")];
    let mut router = build(NAME, &options).unwrap();
    for n in 0..2_500 {
        for _ in 0..2 {
            let record = Record::new(format!("a{n}"), 1);
            let records = apply(&mut *router, record).unwrap();
            assert_eq!(records, [Record::new(format!("b{n}"), 1)]);
        }
    }
}

#[test]
fn java_replaces_what_it_finds_first() {
    let topic = |more: &[(&str, &str)]| {
        let options = [("regex", "(a)b|abab"), ("replacement", "x$1")];
        let options = [&options[..], more].concat();
        changed(NAME, &options, Record::new("abab", 1))
            .unwrap()
            .topic
    };
    assert_eq!(topic(&[]), "x");
    assert_eq!(topic(&[("compat.java", "true")]), "xaab");
}

#[test]
fn no_record_goes_to_a_topic_without_a_name() {
    let options = [("regex", ".*"), ("replacement", "")];
    let error = changed(NAME, &options, Record::new("orders", 1)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Rejected);
    assert_eq!(
        error.to_string(),
        "routing from topic `orders`: expected the name of a topic, found an empty one"
    );
}

#[test]
fn what_is_no_pattern_is_refused_by_its_key() {
    assert_eq!(
        refusal(NAME, &[("regex", "("), ("replacement", "x")]).0,
        "regex"
    );
    let (key, message) = refusal(NAME, &[("regex", "(a)"), ("replacement", "$2")]);
    assert_eq!(key, "replacement");
    assert!(message.contains("there is no group 2"), "{message}");
    assert_eq!(refusal(NAME, &[("regex", "a")]).0, "replacement");
}
