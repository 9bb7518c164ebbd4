//! `TimestampRouter`.

use connect_api::{Record, Result};

use crate::subject::{apply, build};

const NAME: &str = "org.apache.kafka.connect.transforms.TimestampRouter";

fn routed(options: &[(&str, &str)], millis: Option<i64>) -> Result<String> {
    let mut record = Record::new("orders", "x");
    record.timestamp = millis;
    let mut transform = build(NAME, options)?;
    Ok(apply(&mut *transform, record)?.remove(0).topic.to_string())
}

#[test]
fn the_topic_is_named_after_the_day() {
    let noon = Some(1_593_604_800_123);
    assert_eq!(routed(&[], noon).unwrap(), "orders-20200701");
    let options = [
        ("topic.format", "${timestamp}.${topic}"),
        ("timestamp.format", "yyyy-MM-dd'T'HH"),
        ("timezone", "Asia/Tokyo"),
    ];
    assert_eq!(routed(&options, noon).unwrap(), "2020-07-01T21.orders");
    assert_eq!(routed(&[("topic.format", "x")], noon).unwrap(), "x");
}

#[test]
fn a_record_without_a_timestamp_is_refused() {
    assert_eq!(
        routed(&[], None).unwrap_err().to_string(),
        "routing by time: expected a record with a timestamp, found none"
    );
}

#[test]
fn options_that_mean_nothing_are_refused() {
    let refused = |options| build(NAME, options).err().unwrap().to_string();
    assert!(refused(&[("timestamp.format", "b")]).contains("timestamp.format"));
    assert!(refused(&[("timezone", "")]).contains("timezone"));
}
