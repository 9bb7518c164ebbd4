//! Transactions of one producer: all or nothing.

use connect_runtime::broker::{Broker, Isolation};

use super::fixture::{
    abort, commit, deliver, new_topic, numbered, read, read_committed, reader, records, to_end,
    transactional, unique, within,
};

/// Nothing that was sent can be read before the commit, everything after it.
pub async fn nothing_is_readable_before_its_commit(broker: &dyn Broker) {
    let topic = new_topic(broker, 1).await;
    let mut producer = transactional(broker, &unique("id")).await;
    deliver(&mut *producer, records(&topic, 0, &numbered("a", 3))).await;
    let marks = broker.watermarks(&topic, Isolation::ReadCommitted).await;
    assert_eq!(
        marks.expect("a topic has watermarks")[&0].end,
        0,
        "the last stable offset"
    );
    commit(&mut *producer).await;
    assert_eq!(read_committed(broker, &topic).await, numbered("a", 3));
}

/// A commit reaches all partitions of all topics.
pub async fn a_commit_is_atomic_across_partitions_and_topics(broker: &dyn Broker) {
    let (one, two) = (new_topic(broker, 2).await, new_topic(broker, 1).await);
    let mut producer = transactional(broker, &unique("id")).await;
    for round in 0..5 {
        let texts = numbered(&round.to_string(), 2);
        let mut batch = records(&one, 0, &texts);
        batch.extend(records(&one, 1, &texts));
        batch.extend(records(&two, 0, &texts));
        deliver(&mut *producer, batch).await;
        // Every second transaction is aborted, so that all three must agree on which.
        if round % 2 == 0 {
            commit(&mut *producer).await;
        } else {
            abort(&mut *producer).await;
        }
    }
    let expected: Vec<_> = [0, 2, 4]
        .iter()
        .flat_map(|round| numbered(&round.to_string(), 2))
        .collect();
    for (topic, partition) in [(&one, 0), (&one, 1), (&two, 0)] {
        let found = read(broker, topic, partition, Isolation::ReadCommitted).await;
        assert_eq!(found, expected, "{topic}-{partition}");
    }
}

/// A commit waits for deliveries that nobody polled.
pub async fn a_commit_waits_for_its_deliveries(broker: &dyn Broker) {
    let topic = new_topic(broker, 1).await;
    let mut producer = transactional(broker, &unique("id")).await;
    let mut expected = Vec::new();
    for batch in 0..20 {
        let texts = numbered(&batch.to_string(), 10);
        let delivery = producer.send(records(&topic, 0, &texts)).await;
        drop(delivery.expect("a batch is taken"));
        expected.extend(texts);
    }
    commit(&mut *producer).await;
    assert_eq!(read_committed(broker, &topic).await, expected);
}

/// A commit and an abort without anything sent succeed, first, last and repeated.
pub async fn an_empty_transaction_is_nothing(broker: &dyn Broker) {
    let topic = new_topic(broker, 1).await;
    let mut producer = transactional(broker, &unique("id")).await;
    commit(&mut *producer).await;
    abort(&mut *producer).await;
    deliver(&mut *producer, records(&topic, 0, &numbered("a", 2))).await;
    for _ in 0..2 {
        commit(&mut *producer).await;
        abort(&mut *producer).await;
    }
    assert_eq!(read_committed(broker, &topic).await, numbered("a", 2));
}

/// Aborted records are never readable as committed ones, and the producer goes on.
pub async fn an_abort_is_invisible(broker: &dyn Broker) {
    let topic = new_topic(broker, 1).await;
    let mut producer = transactional(broker, &unique("id")).await;
    deliver(&mut *producer, records(&topic, 0, &numbered("a", 3))).await;
    abort(&mut *producer).await;
    assert!(read_committed(broker, &topic).await.is_empty());
    deliver(&mut *producer, records(&topic, 0, &numbered("b", 3))).await;
    commit(&mut *producer).await;
    assert_eq!(read_committed(broker, &topic).await, numbered("b", 3));
    let all = read(broker, &topic, 0, Isolation::ReadUncommitted).await;
    assert_eq!(all, [numbered("a", 3), numbered("b", 3)].concat());
}

/// An abort also discards what was sent and not delivered yet.
pub async fn an_abort_discards_what_is_on_its_way(broker: &dyn Broker) {
    let topic = new_topic(broker, 1).await;
    let mut producer = transactional(broker, &unique("id")).await;
    for batch in 0..5 {
        let texts = numbered(&batch.to_string(), 10);
        let delivery = producer.send(records(&topic, 0, &texts)).await;
        drop(delivery.expect("a batch is taken"));
    }
    abort(&mut *producer).await;
    deliver(&mut *producer, records(&topic, 0, &numbered("b", 1))).await;
    commit(&mut *producer).await;
    assert_eq!(read_committed(broker, &topic).await, numbered("b", 1));
}

/// Two transactions that write to one partition at once end independently.
pub async fn transactions_side_by_side_end_independently(broker: &dyn Broker) {
    let topic = new_topic(broker, 1).await;
    let mut kept = transactional(broker, &unique("id")).await;
    let mut dropped = transactional(broker, &unique("id")).await;
    for batch in 0..3 {
        let of = |label| records(&topic, 0, &numbered(&format!("{label} {batch}"), 2));
        deliver(&mut *kept, of("kept")).await;
        deliver(&mut *dropped, of("dropped")).await;
    }
    abort(&mut *dropped).await;
    commit(&mut *kept).await;
    let expected: Vec<_> = (0..3)
        .flat_map(|batch| numbered(&format!("kept {batch}"), 2))
        .collect();
    assert_eq!(read_committed(broker, &topic).await, expected);
}

/// An answered commit wakes a reader at the end with its records.
pub async fn a_commit_wakes_readers(broker: &dyn Broker) {
    let topic = new_topic(broker, 1).await;
    let mut reader = reader(broker, &topic, Isolation::ReadCommitted).await;
    assert!(to_end(&mut *reader).await.is_empty());
    let mut producer = transactional(broker, &unique("id")).await;
    deliver(&mut *producer, records(&topic, 0, &numbered("a", 3))).await;
    let woken = async {
        let mut found = Vec::new();
        while found.len() < 3 {
            let fetched = reader.next().await.expect("a reader lives");
            found.extend(fetched.records.iter().map(super::fixture::text));
        }
        found
    };
    let (found, ()) =
        futures::future::join(within("a committed record", woken), commit(&mut *producer)).await;
    assert_eq!(found, numbered("a", 3));
}
