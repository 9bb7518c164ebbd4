//! What readers see of open and aborted transactions.

use std::pin::pin;

use connect_api::TopicPartition;
use connect_runtime::broker::{Broker, ConsumerEvent, Isolation, OffsetReset, Want};

use super::fixture::{
    Member, abort, commit, deliver, joining, new_topic, not_yet, numbered, read, records,
    transactional, unique, within, write,
};

/// A consumer that reads committed records stops at the first open transaction, even before others.
pub async fn committed_reading_stops_at_an_open_transaction(broker: &dyn Broker) {
    let (topic, group) = (new_topic(broker, 1).await, unique("group"));
    let at = TopicPartition::new(&topic, 0);
    write(broker, &topic, 0, &numbered("before", 2)).await;
    let mut open = transactional(broker, &unique("id")).await;
    deliver(&mut *open, records(&topic, 0, &numbered("open", 2))).await;
    write(broker, &topic, 0, &numbered("behind", 2)).await;
    let mut member = Member::started(broker, &joining(&group, &topic), 1).await;
    assert_eq!(member.read(&at, 2).await, numbered("before", 2));
    {
        let mut next = pin!(member.consumer.next(Want::Records));
        not_yet("read past an open transaction", &mut next).await;
    }
    commit(&mut *open).await;
    let rest = [numbered("open", 2), numbered("behind", 2)].concat();
    assert_eq!(member.read(&at, 4).await, rest);
}

/// Aborted records are skipped, and what lies behind them is found.
pub async fn committed_reading_skips_aborted_records(broker: &dyn Broker) {
    let (topic, group) = (new_topic(broker, 1).await, unique("group"));
    let at = TopicPartition::new(&topic, 0);
    let mut producer = transactional(broker, &unique("id")).await;
    for round in 0..3 {
        deliver(&mut *producer, records(&topic, 0, &numbered("aborted", 2))).await;
        abort(&mut *producer).await;
        let kept = numbered(&format!("kept {round}"), 2);
        deliver(&mut *producer, records(&topic, 0, &kept)).await;
        commit(&mut *producer).await;
    }
    let mut member = Member::started(broker, &joining(&group, &topic), 1).await;
    let expected: Vec<_> = (0..3)
        .flat_map(|round| numbered(&format!("kept {round}"), 2))
        .collect();
    assert_eq!(member.read(&at, 6).await, expected);
}

/// A consumer that reads everything sees open and aborted records too.
pub async fn uncommitted_reading_sees_everything(broker: &dyn Broker) {
    let (topic, group) = (new_topic(broker, 1).await, unique("group"));
    let mut producer = transactional(broker, &unique("id")).await;
    deliver(&mut *producer, records(&topic, 0, &numbered("aborted", 2))).await;
    abort(&mut *producer).await;
    deliver(&mut *producer, records(&topic, 0, &numbered("open", 2))).await;
    let mut options = joining(&group, &topic);
    options.isolation = Isolation::ReadUncommitted;
    let mut member = Member::started(broker, &options, 1).await;
    let expected = [numbered("aborted", 2), numbered("open", 2)].concat();
    let at = TopicPartition::new(&topic, 0);
    assert_eq!(member.read(&at, 4).await, expected);
    let read = read(broker, &topic, 0, Isolation::ReadUncommitted).await;
    assert_eq!(read, expected);
    abort(&mut *producer).await;
}

/// The two ends of a log.
///
/// The last stable offset lies below an open transaction, the other above it.
pub async fn the_last_stable_offset_lies_below_open_transactions(broker: &dyn Broker) {
    let topic = new_topic(broker, 1).await;
    let ends = async || {
        let end = async |isolation| {
            let marks = broker.watermarks(&topic, isolation).await;
            marks.expect("a topic has watermarks")[&0].end
        };
        (
            end(Isolation::ReadCommitted).await,
            end(Isolation::ReadUncommitted).await,
        )
    };
    write(broker, &topic, 0, &numbered("a", 2)).await;
    let mut open = transactional(broker, &unique("id")).await;
    deliver(&mut *open, records(&topic, 0, &numbered("open", 3))).await;
    write(broker, &topic, 0, &numbered("b", 2)).await;
    assert_eq!(ends().await, (2, 7));
    commit(&mut *open).await;
    let (stable, end) = ends().await;
    assert!(
        stable == end && end >= 7,
        "expected both ends to meet, found {stable} and {end}"
    );
}

/// Where reading goes on lies behind markers.
///
/// A consumer that commits it is at the end.
pub async fn reading_passes_transaction_markers(broker: &dyn Broker) {
    let (topic, group) = (new_topic(broker, 1).await, unique("group"));
    let at = TopicPartition::new(&topic, 0);
    let mut producer = transactional(broker, &unique("id")).await;
    deliver(&mut *producer, records(&topic, 0, &numbered("a", 2))).await;
    commit(&mut *producer).await;
    deliver(&mut *producer, records(&topic, 0, &numbered("b", 2))).await;
    commit(&mut *producer).await;
    let mut options = joining(&group, &topic);
    options.reset = OffsetReset::Earliest;
    let mut member = Member::started(broker, &options, 1).await;
    let expected = [numbered("a", 2), numbered("b", 2)].concat();
    assert_eq!(member.read(&at, 4).await, expected);
    let next = member.next.clone();
    member
        .consumer
        .commit(&next)
        .await
        .expect("a member commits");
    within("close", member.consumer.close())
        .await
        .expect("a member leaves");
    write(broker, &topic, 0, &numbered("c", 1)).await;
    let mut again = Member::started(broker, &options, 1).await;
    match again.event().await {
        ConsumerEvent::Records(fetched) => again.on(ConsumerEvent::Records(fetched)).await,
        other => panic!("expected records, found {other:?}"),
    }
    assert_eq!(again.read(&at, 1).await, numbered("c", 1));
}
