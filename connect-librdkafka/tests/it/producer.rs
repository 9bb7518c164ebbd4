//! Batches go in, and one answer per batch comes out.

use std::{
    sync::mpsc::sync_channel,
    thread,
    time::{Duration, Instant},
};

use connect_kafka_lab::{Kafka, Options};
use connect_librdkafka::{Code, Config, Headers, Producer, Record};
use futures::executor::block_on;

use super::fixture::{PATIENCE, config, producer, text, topic, unique, write};

#[test]
fn a_batch_is_written_as_it_was_given() {
    let name = topic(1, &[]);
    let producer = producer(&[]);
    let handle = producer.topic(&name).unwrap();
    let mut headers = Headers::with_capacity(2).unwrap();
    headers.add("a", Some(b"1")).unwrap();
    headers.add("b", None).unwrap();
    let mut full = Record {
        key: Some(b"k"),
        timestamp: Some(1234),
        headers: Some(headers),
        ..text(0, "v")
    };
    let mut empty = Record {
        key: Some(b""),
        value: Some(b""),
        ..text(0, "")
    };
    let mut none = Record {
        partition: Some(0),
        ..Record::default()
    };
    let mut batch = producer.batch();
    for (at, record) in [&mut full, &mut empty, &mut none].into_iter().enumerate() {
        assert!(producer.push(&mut batch, (at, &handle), record));
    }
    assert_eq!(block_on(batch.finish()), Some(Vec::new()));
    let read = Kafka::read_committed(&Kafka::shared(), &name).unwrap();
    assert_eq!(read[0].key.as_deref(), Some(&b"k"[..]));
    assert_eq!(read[0].value.as_deref(), Some(&b"v"[..]));
    assert_eq!(read[0].timestamp, Some(1234));
    let headers = [
        ("a".to_owned(), Some(b"1".to_vec())),
        ("b".to_owned(), None),
    ];
    assert_eq!(read[0].headers, headers);
    assert_eq!(read[1].key.as_deref(), Some(&b""[..]));
    assert_eq!(read[1].value.as_deref(), Some(&b""[..]));
    assert_eq!((&read[2].key, &read[2].value), (&None, &None));
}

#[test]
fn a_broker_is_reached_if_there_is_one() {
    assert_eq!(producer(&[]).reach(PATIENCE), Ok(()));
    // Nobody listens there.
    let nowhere = producer(&[("bootstrap.servers", "127.0.0.1:1")]);
    assert!(nowhere.reach(Duration::from_millis(10)).is_err());
}

#[test]
fn what_is_refused_is_named_by_its_place() {
    let name = topic(1, &[]);
    let producer = producer(&[("message.max.bytes", "1000")]);
    let handle = producer.topic(&name).unwrap();
    let large = "x".repeat(2000);
    let mut batch = producer.batch();
    for (at, value) in [(3, "a"), (5, &*large), (7, "b")] {
        assert!(producer.push(&mut batch, (at, &handle), &mut text(0, value)));
    }
    let mut elsewhere = text(9, "c");
    assert!(producer.push(&mut batch, (8, &handle), &mut elsewhere));
    let failures = block_on(batch.finish()).unwrap();
    let found: Vec<_> = failures
        .iter()
        .map(|(at, error)| (*at, error.code()))
        .collect();
    assert_eq!(
        found,
        [(5, Code::MSG_SIZE_TOO_LARGE), (8, Code::UNKNOWN_PARTITION)]
    );
}

#[test]
fn batches_are_answered_each_for_itself() {
    let name = topic(2, &[]);
    let producer = producer(&[]);
    let handle = producer.topic(&name).unwrap();
    let mut open: Vec<_> = (0..3).map(|_| producer.batch()).collect();
    for (at, batch) in open.iter_mut().enumerate() {
        let partition = i32::try_from(at % 2).unwrap();
        assert!(producer.push(batch, (0, &handle), &mut text(partition, "a")));
    }
    // One without records, and one that is dropped, hold nothing up.
    open.push(producer.batch());
    drop(open.remove(1));
    for batch in open.into_iter().rev() {
        assert_eq!(block_on(batch.finish()), Some(Vec::new()));
    }
}

#[test]
fn a_full_queue_says_so_and_has_room_again() {
    let name = topic(1, &[]);
    let producer = producer(&[("queue.buffering.max.messages", "10"), ("linger.ms", "100")]);
    let handle = producer.topic(&name).unwrap();
    let (mut batch, mut waits) = (producer.batch(), 0);
    for at in 0..50 {
        loop {
            producer.watch_room();
            if producer.push(&mut batch, (at, &handle), &mut text(0, "a")) {
                break;
            }
            waits += 1;
            block_on(producer.room());
        }
    }
    assert_eq!(block_on(batch.finish()), Some(Vec::new()));
    assert!(waits > 0, "a queue for ten records took fifty at once");
}

#[test]
fn a_dropped_producer_delivers_what_it_was_given() {
    let name = topic(1, &[]);
    let producer = producer(&[("linger.ms", "200")]);
    let handle = producer.topic(&name).unwrap();
    let mut batch = producer.batch();
    for at in 0..100 {
        assert!(producer.push(&mut batch, (at, &handle), &mut text(0, "a")));
    }
    let told = batch.finish();
    drop((handle, producer));
    assert_eq!(block_on(told), Some(Vec::new()));
    let read = Kafka::read_committed(&Kafka::shared(), &name).unwrap();
    assert_eq!(read.len(), 100);
}

#[test]
fn what_is_purged_is_not_written() {
    let name = topic(1, &[]);
    let producer = producer(&[("linger.ms", "60000")]);
    let handle = producer.topic(&name).unwrap();
    write_nothing_yet(&producer, &handle);
    let read = Kafka::read_committed(&Kafka::shared(), &name).unwrap();
    assert!(read.is_empty());
}

fn write_nothing_yet(producer: &Producer, handle: &connect_librdkafka::Topic) {
    let mut batch = producer.batch();
    assert!(producer.push(&mut batch, (0, handle), &mut text(0, "a")));
    let told = batch.finish();
    producer.purge();
    let failures = block_on(told).unwrap();
    assert_eq!(failures[0].1.code(), Code::PURGE_QUEUE);
    assert_eq!(producer.take_failure(), None);
}

#[test]
fn flushing_takes_no_longer_than_the_delivery() {
    let name = topic(1, &[]);
    let producer = producer(&[("linger.ms", "60000")]);
    let handle = producer.topic(&name).unwrap();
    let mut batch = producer.batch();
    assert!(producer.push(&mut batch, (0, &handle), &mut text(0, "a")));
    // `linger.ms` would hold it up for a minute.
    producer.flush(PATIENCE).unwrap();
    assert_eq!(block_on(batch.finish()), Some(Vec::new()));
}

#[test]
fn dropping_does_not_wait_for_a_broker_that_is_away() {
    let kafka = Kafka::start(&Options::default()).unwrap();
    let name = unique("topic");
    Kafka::create_topic(&kafka.bootstrap(), &name, 1, &[]).unwrap();
    let servers = kafka.bootstrap();
    let config = Config::new([
        ("bootstrap.servers", &*servers),
        ("message.timeout.ms", "0"),
    ]);
    let producer = Producer::new(config.unwrap(), false).unwrap();
    let handle = producer.topic(&name).unwrap();
    write(&producer, &handle, 0, &["a"]);
    kafka.pause(1).unwrap();
    let mut batch = producer.batch();
    assert!(producer.push(&mut batch, (0, &handle), &mut text(0, "b")));
    let told = batch.finish();
    let (done, dropped) = sync_channel(1);
    thread::spawn(move || {
        drop((handle, producer));
        done.send(Instant::now()).unwrap();
    });
    dropped
        .recv_timeout(Duration::from_secs(20))
        .expect("dropping returns while the broker is silent");
    kafka.resume(1).unwrap();
    assert_eq!(
        block_on(told),
        Some(Vec::new()),
        "what was unsent is delivered"
    );
    let read = Kafka::read_committed(&servers, &name).unwrap();
    assert_eq!(read.len(), 2);
}

#[test]
fn a_transaction_is_read_once_it_is_committed() {
    let name = topic(1, &[]);
    let id = unique("id");
    let producer = Producer::new(config(&[("transactional.id", &id)]), true).unwrap();
    producer.init_transactions(PATIENCE).unwrap();
    let handle = producer.topic(&name).unwrap();
    for (value, is_kept) in [("a", true), ("b", false), ("c", true)] {
        producer.begin_transaction().unwrap();
        write(&producer, &handle, 0, &[value]);
        match is_kept {
            true => producer.commit_transaction(PATIENCE).unwrap(),
            false => producer.abort_transaction(PATIENCE).unwrap(),
        }
    }
    let read = Kafka::read_committed(&Kafka::shared(), &name).unwrap();
    let values: Vec<_> = read
        .iter()
        .filter_map(|record| record.value.as_deref())
        .collect();
    assert_eq!(values, [b"a", b"c"]);
}

#[test]
fn an_older_producer_of_an_id_is_fenced_for_good() {
    let name = topic(1, &[]);
    let id = unique("id");
    let claim = || {
        let producer = Producer::new(config(&[("transactional.id", &id)]), true).unwrap();
        producer.init_transactions(PATIENCE).unwrap();
        producer.begin_transaction().unwrap();
        producer
    };
    let older = claim();
    write(&older, &older.topic(&name).unwrap(), 0, &["a"]);
    let newer = claim();
    let error = older.commit_transaction(PATIENCE).unwrap_err();
    assert!(error.is_fatal(), "{error}");
    assert_eq!(error.code(), Code::FENCED);
    assert_eq!(
        older.fatal_error().map(|error| error.code()),
        Some(Code::FENCED)
    );
    write(&newer, &newer.topic(&name).unwrap(), 0, &["b"]);
    newer.commit_transaction(PATIENCE).unwrap();
    let read = Kafka::read_committed(&Kafka::shared(), &name).unwrap();
    assert_eq!(read.len(), 1);
}
