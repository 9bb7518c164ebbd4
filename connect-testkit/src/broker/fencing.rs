//! One transactional id, one writer.

use std::time::Duration;

use connect_api::{ErrorKind, Result, Str};
use connect_runtime::broker::{
    Broker, Isolation, Producer, ProducerOptions, TransactionalProducer,
};

use super::fixture::{
    abort, commit, deliver, eventually, expect_kind, new_topic, numbered, read_committed, records,
    transactional, unique, within,
};

/// Everything that a fenced producer tries is answered with `Fenced`.
pub async fn a_newer_producer_fences_the_older(broker: &dyn Broker) {
    let (topic, id) = (new_topic(broker, 1).await, unique("id"));
    let mut older = transactional(broker, &id).await;
    deliver(&mut *older, records(&topic, 0, &numbered("a", 2))).await;
    let mut newer = transactional(broker, &id).await;
    let sent = send_and_wait(&mut *older, &topic, "zombie").await;
    expect_kind("send of the older", sent, ErrorKind::Fenced);
    let committed = within("commit of the older", older.commit()).await;
    expect_kind("commit of the older", committed, ErrorKind::Fenced);
    let aborted = within("abort of the older", older.abort()).await;
    expect_kind("abort of the older", aborted, ErrorKind::Fenced);
    deliver(&mut *newer, records(&topic, 0, &numbered("b", 2))).await;
    commit(&mut *newer).await;
    assert_eq!(read_committed(broker, &topic).await, numbered("b", 2));
}

/// What a zombie writes is never readable.
///
/// That holds whether it sent it before or after it was fenced.
pub async fn a_zombies_writes_are_never_readable(broker: &dyn Broker) {
    let (topic, id) = (new_topic(broker, 1).await, unique("id"));
    let mut zombie = transactional(broker, &id).await;
    deliver(&mut *zombie, records(&topic, 0, &numbered("before", 2))).await;
    let on_its_way = zombie
        .send(records(&topic, 0, &numbered("on its way", 2)))
        .await;
    let mut newer = transactional(broker, &id).await;
    deliver(&mut *newer, records(&topic, 0, &numbered("a", 1))).await;
    drop(send_and_wait(&mut *zombie, &topic, "after").await);
    commit(&mut *newer).await;
    deliver(&mut *newer, records(&topic, 0, &numbered("b", 1))).await;
    drop(on_its_way);
    expect_kind(
        "commit of a zombie",
        within("commit", zombie.commit()).await,
        ErrorKind::Fenced,
    );
    commit(&mut *newer).await;
    let expected = [numbered("a", 1), numbered("b", 1)].concat();
    assert_eq!(read_committed(broker, &topic).await, expected);
}

/// A producer that never sent anything is fenced as well.
pub async fn an_idle_producer_is_fenced(broker: &dyn Broker) {
    let (topic, id) = (new_topic(broker, 1).await, unique("id"));
    let mut older = transactional(broker, &id).await;
    let _newer = transactional(broker, &id).await;
    let sent = send_and_wait(&mut *older, &topic, "zombie").await;
    let ended = match sent {
        Ok(()) => within("commit", older.commit()).await,
        fenced => fenced,
    };
    expect_kind("send and commit of the older", ended, ErrorKind::Fenced);
    assert!(read_committed(broker, &topic).await.is_empty());
}

/// Of a row of producers only the last may write.
pub async fn the_latest_producer_wins(broker: &dyn Broker) {
    let (topic, id) = (new_topic(broker, 1).await, unique("id"));
    let mut row = Vec::new();
    for _ in 0..4 {
        row.push(transactional(broker, &id).await);
    }
    let mut last = row.pop().expect("four were made");
    deliver(&mut *last, records(&topic, 0, &numbered("a", 2))).await;
    for older in &mut row {
        drop(send_and_wait(&mut **older, &topic, "zombie").await);
        let committed = within("commit", older.commit()).await;
        expect_kind("commit of an older", committed, ErrorKind::Fenced);
    }
    commit(&mut *last).await;
    assert_eq!(read_committed(broker, &topic).await, numbered("a", 2));
}

/// Producers of different ids do not fence each other.
pub async fn other_ids_are_not_fenced(broker: &dyn Broker) {
    let topic = new_topic(broker, 1).await;
    let mut one = transactional(broker, &unique("id")).await;
    let mut two = transactional(broker, &unique("id")).await;
    deliver(&mut *one, records(&topic, 0, &numbered("a", 1))).await;
    deliver(&mut *two, records(&topic, 0, &numbered("b", 1))).await;
    commit(&mut *one).await;
    commit(&mut *two).await;
    let expected = [numbered("a", 1), numbered("b", 1)].concat();
    assert_eq!(read_committed(broker, &topic).await, expected);
}

/// Once the newer producer is there, the older one's transactions have ended.
///
/// What it committed is readable and the rest aborted.
pub async fn positions_are_final_once_the_newer_producer_is_there(broker: &dyn Broker) {
    let (topic, id) = (new_topic(broker, 1).await, unique("id"));
    let mut expected = Vec::new();
    for round in 0..5 {
        let mut producer = transactional(broker, &id).await;
        // The last stable offset is the end: nothing is open any more.
        assert_eq!(read_committed(broker, &topic).await, expected);
        let marks = async |isolation| {
            let marks = broker.watermarks(&topic, isolation).await;
            marks.expect("a topic has watermarks")[&0].end
        };
        assert_eq!(
            marks(Isolation::ReadCommitted).await,
            marks(Isolation::ReadUncommitted).await,
            "a transaction of the older producer is still open"
        );
        let kept = numbered(&format!("kept {round}"), 2);
        deliver(&mut *producer, records(&topic, 0, &kept)).await;
        commit(&mut *producer).await;
        expected.extend(kept);
        deliver(
            &mut *producer,
            records(&topic, 0, &numbered("left open", 2)),
        )
        .await;
    }
}

/// A transaction that stays open longer than its time-out is aborted, and its producer fenced.
pub async fn a_transaction_times_out(broker: &dyn Broker) {
    let (topic, id) = (new_topic(broker, 1).await, unique("id"));
    let mut slow = transactional_for(broker, &id, Duration::from_secs(2)).await;
    deliver(&mut *slow, records(&topic, 0, &numbered("a", 2))).await;
    eventually("the transaction to be aborted", || async {
        stable_end(broker, &topic).await > 0
    })
    .await;
    let committed = within("commit", slow.commit()).await;
    expect_kind("commit after the time-out", committed, ErrorKind::Fenced);
    assert!(read_committed(broker, &topic).await.is_empty());
    let mut next = transactional(broker, &id).await;
    deliver(&mut *next, records(&topic, 0, &numbered("b", 2))).await;
    commit(&mut *next).await;
    assert_eq!(read_committed(broker, &topic).await, numbered("b", 2));
}

/// A producer that is dropped in the middle of a transaction leaves nothing readable behind.
pub async fn a_dropped_producer_leaves_nothing_behind(broker: &dyn Broker) {
    let (topic, id) = (new_topic(broker, 1).await, unique("id"));
    let mut dropped = transactional_for(broker, &id, Duration::from_secs(2)).await;
    deliver(&mut *dropped, records(&topic, 0, &numbered("a", 2))).await;
    drop(dropped);
    super::fixture::write(broker, &topic, 0, &numbered("b", 2)).await;
    // Waits for the transaction time-out, if the broker needs it.
    assert_eq!(read_committed(broker, &topic).await, numbered("b", 2));
}

/// Closing a producer aborts what it has open: nothing becomes readable, and it is fenced.
pub async fn a_closed_producer_aborts(broker: &dyn Broker) {
    let (topic, id) = (new_topic(broker, 1).await, unique("id"));
    let mut closed = transactional_for(broker, &id, Duration::from_secs(2)).await;
    deliver(&mut *closed, records(&topic, 0, &numbered("a", 2))).await;
    let closer = closed.closer();
    closer.close();
    closer.close();
    let sent = send_and_wait(&mut *closed, &topic, "late").await;
    expect_kind("send after close", sent, ErrorKind::Fenced);
    let committed = within("commit", closed.commit()).await;
    expect_kind("commit after close", committed, ErrorKind::Fenced);
    super::fixture::write(broker, &topic, 0, &numbered("b", 2)).await;
    assert_eq!(read_committed(broker, &topic).await, numbered("b", 2));
}

/// The id of a closed producer can be used again at once.
pub async fn the_id_of_a_closed_producer_is_free(broker: &dyn Broker) {
    let (topic, id) = (new_topic(broker, 1).await, unique("id"));
    let mut closed = transactional(broker, &id).await;
    deliver(&mut *closed, records(&topic, 0, &numbered("a", 2))).await;
    closed.closer().close();
    let mut next = transactional(broker, &id).await;
    deliver(&mut *next, records(&topic, 0, &numbered("b", 2))).await;
    abort(&mut *next).await;
    deliver(&mut *next, records(&topic, 0, &numbered("c", 2))).await;
    commit(&mut *next).await;
    assert_eq!(read_committed(broker, &topic).await, numbered("c", 2));
}

/// Sends one record and waits for what becomes of it: a zombie may learn of its end in either.
async fn send_and_wait(producer: &mut dyn Producer, topic: &Str, text: &str) -> Result<()> {
    let batch = records(topic, 0, &[text.to_owned()]);
    let delivery = within("send", producer.send(batch)).await?;
    within("a delivery", delivery).await.map(drop)
}

async fn transactional_for(
    broker: &dyn Broker,
    id: &str,
    transaction_timeout: Duration,
) -> Box<dyn TransactionalProducer> {
    let mut options = ProducerOptions::new("testkit");
    options.transaction_timeout = transaction_timeout;
    let connected = broker.transactional_producer(id, &options).await;
    connected.expect("a transactional producer connects")
}

async fn stable_end(broker: &dyn Broker, topic: &str) -> i64 {
    let marks = broker.watermarks(topic, Isolation::ReadCommitted).await;
    marks.expect("a topic has watermarks")[&0].end
}
