//! `HasHeaderKey`, `RecordIsTombstone`, `TopicNameMatches`.

use connect_api::{Headers, Record, Schema, SchemaAndValue, Value};

use crate::subject::predicate;

fn holds(name: &str, options: &[(&str, &str)], record: Record) -> bool {
    let class = format!("org.apache.kafka.connect.transforms.predicates.{name}");
    predicate(&class, options).unwrap().test(&record).unwrap()
}

fn refused(name: &str, options: &[(&str, &str)]) -> String {
    let error = predicate(name, options).err().unwrap();
    error.problems()[0].key().to_owned()
}

#[test]
fn a_record_has_a_header_or_not() {
    let with = |name: &str| {
        let headers: Headers = [(name, Value::Null)].into_iter().collect();
        Record::new("topic", 1).with_headers(headers)
    };
    let options = [("name", "a")];
    assert!(holds("HasHeaderKey", &options, with("a")));
    assert!(!holds("HasHeaderKey", &options, with("A")));
    assert!(!holds("HasHeaderKey", &options, Record::new("topic", 1)));
    assert_eq!(refused("has-header-key", &[]), "name");
    assert_eq!(refused("has-header-key", &[("name", "")]), "name");
}

#[test]
fn a_tombstone_has_a_null_value_with_a_schema_or_without() {
    let null = SchemaAndValue::new(Schema::optional_int32(), Value::Null);
    assert!(holds("RecordIsTombstone", &[], Record::new("topic", null)));
    assert!(holds(
        "RecordIsTombstone",
        &[],
        Record::tombstone("topic", 1)
    ));
    assert!(!holds("RecordIsTombstone", &[], Record::new("topic", "")));
}

#[test]
fn a_topic_matches_as_a_whole() {
    let matches = |pattern, topic: &str| {
        holds(
            "TopicNameMatches",
            &[("pattern", pattern)],
            Record::new(topic, 1),
        )
    };
    assert!(matches("shop-.*", "shop-orders"));
    assert!(!matches("shop", "shop-orders"));
    assert!(!matches("(?!__).*", "__internal"));
    assert_eq!(
        refused("topic-name-matches", &[("pattern", "(")]),
        "pattern"
    );
    assert_eq!(refused("topic-name-matches", &[("pattern", "")]), "pattern");
}
