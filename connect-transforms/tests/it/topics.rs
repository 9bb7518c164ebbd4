//! What routes records never sends them to a topic without a name.

use connect_api::{Record, Schema, SchemaAndValue, Struct, Value};

use crate::subject::{apply, build};

/// A row of an outbox as an inserted event.
fn outbox() -> Value {
    let row = Value::map([
        ("id", "e-1"),
        ("aggregatetype", "Order"),
        ("aggregateid", "7"),
        ("type", "Created"),
        ("payload", "text"),
    ]);
    Value::map([("op", Value::from("c")), ("after", row)])
}

fn empty() -> SchemaAndValue {
    let schema = Schema::record("").build().unwrap();
    let value = Struct::new(&schema).unwrap();
    SchemaAndValue::new(schema, value)
}

type Options<'a> = &'a [(&'a str, &'a str)];

#[test]
fn a_topic_without_a_name_is_refused_by_whatever_makes_it() {
    let everything = [("regex", ".*"), ("replacement", "")];
    let outboxes = [("route.topic.regex", ".*"), ("route.topic.replacement", "")];
    let fields = [("message.timestamp.keys", "at"), ("topic.format", "")];
    let at = Value::map([("at", 5_i64)]);
    let cases: [(&str, Options, SchemaAndValue); 6] = [
        ("regex-router", &everything, 1.into()),
        ("topic-regex-router", &everything, 1.into()),
        ("event-router", &outboxes, outbox().into()),
        ("extract-topic-from-schema-name-value", &[], empty()),
        ("timestamp-router", &[("topic.format", "")], 1.into()),
        ("message-timestamp-router", &fields, at.into()),
    ];
    for (name, options, value) in cases {
        let mut transform = build(name, options).unwrap();
        let record = Record::new("orders", value).with_timestamp(5);
        let error = apply(&mut *transform, record).expect_err(name);
        assert_eq!(
            error.to_string(),
            "routing from topic `orders`: expected the name of a topic, found an empty one",
            "{name}"
        );
    }
}
