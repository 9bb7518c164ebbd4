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
    reader.start(0).unwrap();
    let mut read = Vec::new();
    let passed = poll_fn(|cx| {
        while let Poll::Ready(messages) = reader.poll(cx) {
            for message in messages.unwrap().iter() {
                read.push(message.value().unwrap().to_vec());
            }
        }
        let position = reader.positions([0]).unwrap()[0].offset;
        match position {
            // Two records and two markers.
            Some(4) => Poll::Ready(()),
            _ => Poll::Pending,
        }
    });
    block_on(passed);
    assert_eq!(read, [b"a"]);
}
