//! `Filter`.

use connect_api::Record;

use crate::subject::{apply, build};

#[test]
fn every_record_is_dropped() {
    let mut filter = build("org.apache.kafka.connect.transforms.Filter", &[]).unwrap();
    for record in [Record::new("topic", 1), Record::tombstone("topic", 1)] {
        assert_eq!(apply(&mut *filter, record).unwrap(), []);
    }
}
