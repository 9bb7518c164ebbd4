//! A topic is read without a group, also past what is not seen.

use std::{future::poll_fn, task::Poll};

use connect_kafka_lab::{Ending, Kafka, Record};
use connect_librdkafka::LogReader;
use futures::executor::block_on;

use super::fixture::{config, topic};

fn reader(topic: &str) -> LogReader {
    let settings = [
        ("isolation.level", "read_committed"),
        ("auto.offset.reset", "error"),
    ];
    LogReader::new(config(&settings), topic).unwrap()
}

#[test]
fn positions_pass_markers_and_aborted_records() {
    let topic = topic(1, &[]);
    let servers = Kafka::shared();
    Kafka::write(
        &servers,
        &topic,
        &[Record::text("k", "a")],
        Ending::Committed,
    )
    .unwrap();
    Kafka::write(&servers, &topic, &[Record::text("k", "b")], Ending::Aborted).unwrap();
    let reader = reader(&topic);
    reader.start(0, 0).unwrap();
    // Two records and two markers.
    assert_eq!(read_to(&reader, 4), ["a"]);
}

#[test]
fn a_partition_is_read_from_the_offset_that_is_named() {
    let topic = topic(1, &[]);
    let records = ["a", "b", "c"].map(|value| Record::text("k", value));
    Kafka::write(&Kafka::shared(), &topic, &records, Ending::Plain).unwrap();
    let reader = reader(&topic);
    reader.start(0, 1).unwrap();
    assert_eq!(read_to(&reader, 3), ["b", "c"]);
}

/// Reads partition 0 until the position is this one.
fn read_to(reader: &LogReader, end: i64) -> Vec<String> {
    let mut read = Vec::new();
    let passed = poll_fn(|cx| {
        while let Poll::Ready(messages) = reader.poll(cx) {
            for message in messages.unwrap().iter() {
                let value = message.value().unwrap().to_vec();
                read.push(String::from_utf8(value).unwrap());
            }
        }
        let position = reader.positions([0]).unwrap()[0].offset;
        if position == Some(end) {
            Poll::Ready(())
        } else {
            Poll::Pending
        }
    });
    block_on(passed);
    read
}
