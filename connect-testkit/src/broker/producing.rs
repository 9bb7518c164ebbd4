//! Producers: what is delivered, where, and in which order.

use bytes::Bytes;
use connect_api::{ErrorKind, Str};
use connect_runtime::broker::{
    Broker, ConsumedRecord, Fetched, Isolation, Producer, ProducerRecord,
};
use futures::future::{join, join_all};

use super::fixture::{
    deliver, eventually, expect_kind, new_topic, numbered, producer, read, read_committed, reader,
    records, to_end, within,
};

/// Batches that are handed over without waiting for each other keep their order per partition.
pub async fn order_is_kept_per_partition(broker: &dyn Broker) {
    let topic = new_topic(broker, 2).await;
    let mut producer = producer(broker).await;
    let mut deliveries = Vec::new();
    for batch in 0..20 {
        let mut both = records(&topic, 0, &numbered(&format!("a {batch}"), 10));
        both.extend(records(&topic, 1, &numbered(&format!("b {batch}"), 10)));
        deliveries.push(producer.send(both).await.expect("a batch is taken"));
    }
    for delivery in join_all(deliveries).await {
        assert!(delivery.expect("a batch is delivered").is_empty());
    }
    for (partition, label) in [(0, "a"), (1, "b")] {
        let expected: Vec<_> = (0..20)
            .flat_map(|batch| numbered(&format!("{label} {batch}"), 10))
            .collect();
        let found = read(broker, &topic, partition, Isolation::ReadCommitted).await;
        assert_eq!(found, expected);
    }
}

/// What a delivery calls durable is there, once.
pub async fn delivered_records_are_there_once(broker: &dyn Broker) {
    let topic = new_topic(broker, 1).await;
    let mut producer = producer(broker).await;
    for batch in 0..5 {
        deliver(
            &mut *producer,
            records(&topic, 0, &numbered(&batch.to_string(), 3)),
        )
        .await;
        let expected: Vec<_> = (0..=batch)
            .flat_map(|batch| numbered(&batch.to_string(), 3))
            .collect();
        assert_eq!(read_committed(broker, &topic).await, expected);
    }
}

/// Keys, values, timestamps and headers come back as they were; null and empty stay different.
pub async fn records_keep_everything_they_carry(broker: &dyn Broker) {
    let topic = new_topic(broker, 1).await;
    let bytes = |text: &'static str| Some(Bytes::from_static(text.as_bytes()));
    let header = |name: &str, value| (Str::from(name), value);
    let fields = [
        (bytes("key"), bytes("value"), vec![header("h", bytes("1"))]),
        (
            None,
            bytes(""),
            vec![header("h", None), header("h", bytes(""))],
        ),
        (bytes(""), None, Vec::new()),
    ];
    let mut sent = Vec::new();
    for (n, (key, value, headers)) in (1_700_000_000_000..).zip(fields) {
        let mut record = ProducerRecord::new(&topic, Bytes::new()).with_partition(0);
        (record.key, record.value, record.headers) = (key, value, headers);
        record.timestamp = Some(n);
        sent.push(record);
    }
    let mut producer = producer(broker).await;
    deliver(&mut *producer, sent.clone()).await;
    let found = consumed(broker, &topic).await;
    assert_eq!(found.len(), sent.len());
    for ((sent, found), offset) in sent.into_iter().zip(found).zip(0..) {
        assert_eq!(found.offset, offset);
        assert_eq!(Some(found.timestamp), sent.timestamp);
        assert_eq!(found.key, sent.key);
        assert_eq!(found.value, sent.value);
        assert_eq!(found.headers, sent.headers);
    }
}

/// A record without a timestamp gets the one of its arrival.
pub async fn records_without_a_timestamp_are_stamped(broker: &dyn Broker) {
    let topic = new_topic(broker, 1).await;
    let mut producer = producer(broker).await;
    deliver(&mut *producer, records(&topic, 0, &numbered("a", 1))).await;
    let found = consumed(broker, &topic).await;
    assert!(
        found[0].timestamp > 1_500_000_000_000,
        "found {}",
        found[0].timestamp
    );
}

async fn consumed(broker: &dyn Broker, topic: &Str) -> Vec<ConsumedRecord> {
    let mut reader = reader(broker, topic, Isolation::ReadCommitted).await;
    let mut found = Vec::new();
    let mut each = |fetched: Fetched| found.extend(fetched.records);
    within("to_end", reader.to_end(&mut each))
        .await
        .expect("the end is reached");
    found
}

/// A key goes to the partition that Java's client chooses: `murmur2(key) & 0x7fffffff`, modulo partitions.
pub async fn keys_choose_partitions_as_in_java(broker: &dyn Broker) {
    const PARTITIONS: i32 = 7;
    // From Kafka's own test of murmur2.
    let vectors: [(&str, i32); 6] = [
        ("21", -973_932_308),
        ("foobar", -790_332_482),
        ("a-little-bit-long-string", -985_981_536),
        ("a-little-bit-longer-string", -1_486_304_829),
        (
            "lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8",
            -58_897_971,
        ),
        ("abc", 479_470_107),
    ];
    let topic = new_topic(broker, PARTITIONS).await;
    let keyed = |(key, _): &(&'static str, i32)| ProducerRecord::new(&topic, *key).with_key(*key);
    let mut producer = producer(broker).await;
    deliver(&mut *producer, vectors.iter().map(keyed).collect()).await;
    let mut reader = reader(broker, &topic, Isolation::ReadCommitted).await;
    let found = to_end(&mut *reader).await;
    for (key, hash) in vectors {
        let expected = (hash & 0x7fff_ffff) % PARTITIONS;
        let texts = found.get(&expected).map_or(&[][..], Vec::as_slice);
        assert!(
            texts.iter().any(|text| text == key),
            "expected key `{key}` in partition {expected}, found {found:?}"
        );
    }
}

/// Records without a key go to some partition of the topic, and none is lost.
pub async fn records_without_a_key_go_to_any_partition(broker: &dyn Broker) {
    let topic = new_topic(broker, 3).await;
    let texts = numbered("a", 30);
    let batch = texts
        .iter()
        .map(|text| ProducerRecord::new(&topic, text.clone().into_bytes()));
    let mut producer = producer(broker).await;
    deliver(&mut *producer, batch.collect()).await;
    let mut reader = reader(broker, &topic, Isolation::ReadCommitted).await;
    let mut found: Vec<_> = to_end(&mut *reader).await.into_values().flatten().collect();
    let mut expected = texts;
    found.sort();
    expected.sort();
    assert_eq!(found, expected);
}

/// A delivery that nobody polls, or that is dropped, does not hold its records back.
pub async fn a_delivery_need_not_be_polled(broker: &dyn Broker) {
    let topic = new_topic(broker, 1).await;
    let mut producer = producer(broker).await;
    let dropped = producer.send(records(&topic, 0, &numbered("a", 3))).await;
    drop(dropped.expect("a batch is taken"));
    let kept = producer.send(records(&topic, 0, &numbered("b", 3))).await;
    let expected = [numbered("a", 3), numbered("b", 3)].concat();
    eventually("records whose delivery was not polled", || async {
        read_committed(broker, &topic).await == expected
    })
    .await;
    assert!(
        kept.expect("a batch is taken")
            .await
            .expect("it is delivered")
            .is_empty()
    );
}

/// Two producers write to one partition at once.
///
/// Nothing is lost, and each keeps its order.
pub async fn producers_do_not_disturb_each_other(broker: &dyn Broker) {
    let topic = new_topic(broker, 1).await;
    let (mut one, mut two) = (producer(broker).await, producer(broker).await);
    let write = async |producer: &mut Box<dyn Producer>, label: &str| {
        for batch in 0..20 {
            let texts = numbered(&format!("{label} {batch}"), 5);
            deliver(&mut **producer, records(&topic, 0, &texts)).await;
        }
    };
    join(write(&mut one, "a"), write(&mut two, "b")).await;
    let found = read_committed(broker, &topic).await;
    for label in ["a", "b"] {
        let expected: Vec<_> = (0..20)
            .flat_map(|batch| numbered(&format!("{label} {batch}"), 5))
            .collect();
        let own: Vec<_> = found
            .iter()
            .filter(|text| text.starts_with(label))
            .cloned()
            .collect();
        assert_eq!(own, expected);
    }
    assert_eq!(found.len(), 200);
}

/// A closed producer answers `Fenced`; closing it twice changes nothing, and others go on.
pub async fn a_closed_producer_is_fenced(broker: &dyn Broker) {
    let topic = new_topic(broker, 1).await;
    let (mut closed, mut other) = (producer(broker).await, producer(broker).await);
    deliver(&mut *closed, records(&topic, 0, &numbered("a", 2))).await;
    let closer = closed.closer();
    closer.close();
    closer.close();
    let sent = within("send", closed.send(records(&topic, 0, &numbered("b", 2)))).await;
    expect_kind("send after close", sent.map(drop), ErrorKind::Fenced);
    deliver(&mut *other, records(&topic, 0, &numbered("c", 2))).await;
    let expected = [numbered("a", 2), numbered("c", 2)].concat();
    assert_eq!(read_committed(broker, &topic).await, expected);
}

/// An empty batch is delivered.
pub async fn an_empty_batch_is_delivered(broker: &dyn Broker) {
    let mut producer = producer(broker).await;
    deliver(&mut *producer, Vec::new()).await;
}
