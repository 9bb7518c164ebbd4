//! Records that the broker will not take.

use connect_api::ErrorKind;
use connect_runtime::broker::{Broker, Isolation, NewTopic, ProducerRecord, Refused};

use super::fixture::{
    abort, commit, create, deliver, expect_kind, new_topic, numbered, producer, read_committed,
    record, records, transactional, unique, within,
};

/// The largest record that the topics of these claims take.
const LIMIT: usize = 1000;

async fn narrow_topic(broker: &dyn Broker) -> connect_api::Str {
    let topic = NewTopic::new(unique("narrow"))
        .partitions(1)
        .config("max.message.bytes", LIMIT.to_string());
    create(broker, &topic).await;
    topic.name
}

/// Of a batch with a record that is too large only that one is refused.
///
/// The answer names it by its index.
pub async fn a_record_that_is_too_large_is_refused_alone(broker: &dyn Broker) {
    let topic = narrow_topic(broker).await;
    let mut batch = records(&topic, 0, &numbered("a", 3));
    batch.insert(1, record(&topic, 0, &"x".repeat(2 * LIMIT)));
    let mut producer = producer(broker).await;
    let delivery = producer.send(batch).await.expect("a batch is taken");
    let refused = within("a delivery", delivery)
        .await
        .expect("the others are delivered");
    let found: Vec<_> = refused
        .iter()
        .map(|refused| (refused.index, refused.error.kind()))
        .collect();
    assert_eq!(found, [(1, ErrorKind::Rejected)]);
    assert_eq!(read_committed(broker, &topic).await, numbered("a", 3));
}

/// A record for a missing topic is refused as configuration, or makes the topic.
pub async fn a_record_for_a_missing_topic_is_not_lost_in_silence(broker: &dyn Broker) {
    let missing = unique("missing");
    let mut producer = producer(broker).await;
    let batch = vec![record(&missing, 0, "a")];
    let refused = match within("send", producer.send(batch)).await {
        Ok(delivery) => within("a delivery", delivery)
            .await
            .expect("the fate of the batch is known"),
        Err(error) => panic!("expected a refusal, found {error:?}"),
    };
    match &refused[..] {
        [] => assert_eq!(read_committed(broker, &missing).await, ["a"]),
        [refused] => assert_eq!(refused.error.kind(), ErrorKind::Config, "{}", refused.error),
        more => panic!("expected one refusal, found {more:?}"),
    }
}

/// A record for a partition that does not exist is refused.
pub async fn a_record_for_a_missing_partition_is_refused(broker: &dyn Broker) {
    let topic = new_topic(broker, 1).await;
    let mut producer = producer(broker).await;
    let batch = vec![record(&topic, 0, "a"), record(&topic, 5, "b")];
    let delivery = producer.send(batch).await.expect("a batch is taken");
    let refused = within("a delivery", delivery)
        .await
        .expect("the fate of the batch is known");
    let found: Vec<_> = refused.iter().map(|refused| refused.index).collect();
    assert_eq!(found, [1]);
    assert_eq!(read_committed(broker, &topic).await, ["a"]);
}

/// A transaction with a refused record does not commit.
///
/// It can be aborted, and the next one commits.
pub async fn a_refused_record_holds_its_transaction_up(broker: &dyn Broker) {
    let topic = narrow_topic(broker).await;
    let mut producer = transactional(broker, &unique("id")).await;
    let large = record(&topic, 0, &"x".repeat(2 * LIMIT));
    let batch = vec![record(&topic, 0, "a"), large, record(&topic, 0, "b")];
    let delivery = producer.send(batch).await.expect("a batch is taken");
    let refused = within("a delivery", delivery)
        .await
        .expect("the fate of the batch is known");
    assert_eq!(refused.len(), 1, "found {refused:?}");
    let committed = within("commit", producer.commit()).await;
    expect_kind("commit", committed, ErrorKind::Rejected);
    abort(&mut *producer).await;
    deliver(&mut *producer, vec![record(&topic, 0, "c")]).await;
    commit(&mut *producer).await;
    assert_eq!(read_committed(broker, &topic).await, ["c"]);
}

/// A refusal that nobody looked at holds the transaction up all the same.
pub async fn a_refusal_counts_without_being_looked_at(broker: &dyn Broker) {
    let topic = narrow_topic(broker).await;
    let mut producer = transactional(broker, &unique("id")).await;
    let large = ProducerRecord::new(&topic, vec![b'x'; 2 * LIMIT]).with_partition(0);
    let delivery = producer.send(vec![large]).await.expect("a batch is taken");
    drop(delivery);
    let committed = within("commit", producer.commit()).await;
    expect_kind("commit", committed, ErrorKind::Rejected);
    abort(&mut *producer).await;
    let marks = broker.watermarks(&topic, Isolation::ReadCommitted).await;
    assert!(marks.is_ok());
    assert!(read_committed(broker, &topic).await.is_empty());
}

/// A record that its topic can't take is refused alone.
///
/// That holds in a transaction and outside of one. A compacted topic has no use for a record without a key; a broker may take it all the same.
pub async fn a_refused_record_takes_no_other_with_it(broker: &dyn Broker) {
    let topic = NewTopic::new(unique("compacted")).partitions(2).compacted();
    create(broker, &topic).await;
    let batch = || {
        let keyed =
            |partition, text| record(&topic.name, partition, text).with_key(text.to_owned());
        let keyless = record(&topic.name, 0, "keyless");
        vec![
            keyed(0, "a"),
            keyed(1, "b"),
            keyless,
            keyed(0, "c"),
            keyed(1, "d"),
        ]
    };
    let alone = |refused: &[Refused]| refused.iter().all(|refused| refused.index == 2);
    let mut plain = producer(broker).await;
    let delivery = plain.send(batch()).await.expect("a batch is taken");
    let refused = within("a delivery", delivery).await.expect("it is settled");
    assert!(alone(&refused), "found {refused:?}");
    let kept = |texts: Vec<String>| {
        let keyed = texts.into_iter().filter(|text| text != "keyless");
        keyed.collect::<Vec<_>>()
    };
    assert_eq!(kept(read_committed(broker, &topic.name).await), ["a", "c"]);
    let mut producer = transactional(broker, &unique("id")).await;
    for _ in 0..2 {
        let delivery = producer.send(batch()).await.expect("a batch is taken");
        let refused = within("a delivery", delivery).await.expect("it is settled");
        assert!(alone(&refused), "found {refused:?}");
        // Records of the same transaction may follow before anybody has looked.
        let later = vec![record(&topic.name, 1, "e").with_key("e".to_owned())];
        let delivery = producer.send(later).await.expect("a batch is taken");
        let later = within("a delivery", delivery).await.expect("it is settled");
        assert!(later.is_empty(), "found {later:?}");
        match refused.is_empty() {
            true => commit(&mut *producer).await,
            false => abort(&mut *producer).await,
        }
    }
}

/// One batch may be for several topics, whatever each of them takes.
pub async fn topics_of_one_batch_may_differ(broker: &dyn Broker) {
    let (wide, narrow) = (new_topic(broker, 1).await, narrow_topic(broker).await);
    let large = "x".repeat(2 * LIMIT);
    let batch = vec![record(&wide, 0, &large), record(&narrow, 0, "a")];
    let mut producer = producer(broker).await;
    deliver(&mut *producer, batch).await;
    assert_eq!(read_committed(broker, &wide).await, [large]);
    assert_eq!(read_committed(broker, &narrow).await, ["a"]);
}
