//! `TopicRegexRouter`.

use connect_api::Record;

use crate::subject::{apply, build};

const NAME: &str = "io.confluent.connect.cloud.transforms.TopicRegexRouter";

fn routed(regex: &str, replacement: &str, topic: &str) -> String {
    let mut transform = build(NAME, &[("regex", regex), ("replacement", replacement)]).unwrap();
    let records = apply(&mut *transform, Record::new(topic, "value")).unwrap();
    records[0].topic.to_string()
}

#[test]
fn a_topic_that_matches_is_renamed() {
    assert_eq!(routed("soe-(.*)", "$1", "soe-Order"), "Order");
    assert_eq!(routed(".*", "acme_$0", "Order"), "acme_Order");
    assert_eq!(
        routed("(.*)Stream_(.*)", "$1$2", "Order_Stream_Data"),
        "Order_Data"
    );
    assert_eq!(routed("(?P<name>.*)-x", "${name}", "a-x"), "a");
    assert_eq!(routed("Order", "x", "Orders"), "Orders");
}

#[test]
fn options_that_cannot_be_are_refused() {
    let refused = |regex, replacement| {
        let options = [("regex", regex), ("replacement", replacement)];
        build(NAME, &options).err().unwrap().to_string()
    };
    assert!(refused("(", "x").contains("configuration regex"));
    assert!(refused("a", "$1").contains("configuration replacement: there is no group 1"));
}
