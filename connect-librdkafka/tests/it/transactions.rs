//! Transactions end once, whoever ends them and however long that takes.

use std::{thread, time::Duration};

use connect_kafka_lab::Kafka;
use connect_librdkafka::{Code, Error, Producer};

use super::fixture::{PATIENCE, config, text, topic, unique};

/// Takes the id over.
fn claim(id: &str) -> Producer {
    let producer = Producer::new(config(&[("transactional.id", id)]), true).unwrap();
    producer.reach(PATIENCE).unwrap();
    producer.init_transactions(PATIENCE).unwrap();
    producer
}

/// Begins a transaction with one record, which is not delivered yet.
fn begin(producer: &Producer, topic: &str) -> Result<(), Error> {
    producer.begin_transaction()?;
    let topic = producer.topic(topic)?;
    let mut batch = producer.batch();
    assert!(producer.push(&mut batch, (0, &topic), &mut text(0, "a")));
    Ok(())
}

#[test]
fn an_end_that_timed_out_is_left_to_the_next_owner_of_the_id() {
    type Call = fn(&Producer, Duration) -> Result<(), Error>;
    let calls: [Call; 2] = [Producer::commit_transaction, Producer::abort_transaction];
    let (name, id) = (topic(1, &[]), unique("id"));
    let mut answered = 0;
    for call in calls {
        let older = claim(&id);
        let error = loop {
            begin(&older, &name).unwrap();
            // Now and then the answer is there at once.
            match call(&older, Duration::ZERO) {
                Ok(()) => answered += 1,
                Err(error) => break error,
            }
        };
        assert_eq!(error.code(), Code::TIMED_OUT, "{error}");
        assert!(!error.is_retriable(), "{error}");
        for again in [
            older.commit_transaction(PATIENCE),
            older.abort_transaction(PATIENCE),
            older.begin_transaction(),
        ] {
            assert_eq!(again.unwrap_err().code(), Code::STATE);
        }
        drop(older);
        let newer = claim(&id);
        begin(&newer, &name).unwrap();
        newer.commit_transaction(PATIENCE).unwrap();
    }
    let read = Kafka::read_committed(&Kafka::shared(), &name).unwrap();
    // Of what was answered or not, nobody asks here; the next owner's two are there.
    assert!((2..=3 + answered).contains(&read.len()), "{}", read.len());
}

#[test]
fn purging_leaves_a_transaction_as_it_is() {
    let (name, id) = (topic(1, &[]), unique("id"));
    let producer = claim(&id);
    begin(&producer, &name).unwrap();
    producer.purge();
    producer.commit_transaction(PATIENCE).unwrap();
    let read = Kafka::read_committed(&Kafka::shared(), &name).unwrap();
    assert_eq!(read.len(), 1);
}

/// Commits as often as it is allowed, while another thread aborts.
fn race(producer: &Producer, patience: Duration) -> Result<(), Error> {
    thread::scope(|scope| {
        let abort = scope.spawn(|| producer.abort_transaction(patience));
        let committed = loop {
            match producer.commit_transaction(patience) {
                Err(error) if error.is_retriable() => {}
                committed => break committed,
            }
        };
        let aborted = abort.join().unwrap();
        committed.or(aborted)
    })
}

#[test]
fn a_transaction_that_is_ended_by_two_threads_in_a_hurry_does_not_end_the_process() {
    let (name, id) = (topic(1, &[]), unique("id"));
    // Fenced by the next one, and still there: the broker's answers come late.
    let mut older = Vec::new();
    for round in 0..30 {
        let producer = claim(&id);
        let patience = Duration::from_millis(round % 6);
        for _turn in 0..10 {
            let ended = begin(&producer, &name).and_then(|()| race(&producer, patience));
            if ended.is_err() {
                break;
            }
        }
        older.push(producer);
    }
    let last = claim(&id);
    begin(&last, &name).unwrap();
    last.commit_transaction(PATIENCE).unwrap();
}
