//! Retention and compaction remove what they may, and nothing else.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use connect_api::{ErrorKind, Offsets, TopicPartition};
use connect_runtime::broker::{
    Broker, ConsumedRecord, ConsumerEvent, ConsumerOptions, Isolation, NewTopic, ProducerRecord,
    Subscription, Want, embedded::EmbeddedBroker,
};
use connect_testkit::simulate;
use tokio::time::sleep;

use crate::{
    disk::Disk,
    fixture::{producer, read, record, send, text, transactional, values, write},
};

const HOUR: Duration = Duration::from_secs(3600);

fn keyed(key: &str, value: &str) -> ProducerRecord {
    record("table", value).with_key(key.to_owned())
}

fn tombstone(key: &str) -> ProducerRecord {
    let mut record = keyed(key, "");
    record.value = None;
    record
}

fn pairs(records: &[ConsumedRecord]) -> Vec<String> {
    records
        .iter()
        .map(|record| {
            let (key, value) = (text(record.key.as_ref()), text(record.value.as_ref()));
            format!("{}:{key}={value}", record.offset)
        })
        .collect()
}

async fn start(broker: &EmbeddedBroker) -> i64 {
    let marks = broker.watermarks("orders", Isolation::ReadCommitted).await;
    marks.unwrap()[&0].start
}

#[test]
fn old_records_go_and_young_ones_stay() {
    simulate(1, async |environment| {
        let broker = EmbeddedBroker::memory(Arc::new(environment));
        let topic = NewTopic::new("orders").config("retention.ms", "3600000");
        broker.create_topic(&topic).await.unwrap();
        write(
            &broker,
            vec![record("orders", "old"), record("orders", "old")],
        )
        .await;
        sleep(HOUR / 2).await;
        write(&broker, vec![record("orders", "young")]).await;
        broker.maintain().await.unwrap();
        assert_eq!(start(&broker).await, 0);
        sleep(HOUR / 2 + Duration::from_secs(1)).await;
        broker.maintain().await.unwrap();
        assert_eq!(start(&broker).await, 2);
        assert_eq!(values(&broker, "orders").await, ["young"]);
        sleep(HOUR).await;
        broker.maintain().await.unwrap();
        assert_eq!(start(&broker).await, 3);
        write(&broker, vec![record("orders", "new")]).await;
        assert_eq!(read(&broker, "orders").await[0].offset, 3);
    });
}

#[test]
fn retention_happens_by_itself() {
    simulate(1, async |environment| {
        let broker = EmbeddedBroker::memory(Arc::new(environment));
        let topic = NewTopic::new("orders").config("retention.ms", "1000");
        broker.create_topic(&topic).await.unwrap();
        write(&broker, vec![record("orders", "old")]).await;
        sleep(HOUR).await;
        assert_eq!(start(&broker).await, 1);
    });
}

#[test]
fn a_log_that_is_too_large_loses_its_oldest_records() {
    simulate(1, async |environment| {
        let broker = EmbeddedBroker::memory(Arc::new(environment));
        let topic = NewTopic::new("orders").config("retention.bytes", "10000");
        broker.create_topic(&topic).await.unwrap();
        for number in 0..20 {
            write(&broker, vec![record("orders", format!("{number:01000}"))]).await;
        }
        broker.maintain().await.unwrap();
        let left = read(&broker, "orders").await;
        assert!((10..=11).contains(&left.len()), "{}", left.len());
        assert_eq!(left.last().unwrap().offset, 19);
        assert_eq!(start(&broker).await, left[0].offset);
    });
}

/// How old it is cannot be known, so it stays as long as what follows it.
#[test]
fn a_damaged_chunk_is_as_old_as_the_next_one() {
    simulate(1, async |environment| {
        let disk = Disk::new();
        let broker = disk.broker(Arc::new(environment.clone())).await;
        let topic = NewTopic::new("orders").config("retention.ms", "3600000");
        broker.create_topic(&topic).await.unwrap();
        for value in ["first", "second"] {
            write(&broker, vec![record("orders", value)]).await;
        }
        broker.close().await.unwrap();
        // Version, flags, number of records, span and producer of the first chunk.
        disk.damage(b"\x01\x00\x01\x00\x00\x00\x01\x00\x00\x00", 0);
        let broker = disk.broker(Arc::new(environment)).await;
        broker.maintain().await.unwrap();
        assert_eq!(start(&broker).await, 0);
        sleep(HOUR * 2).await;
        broker.maintain().await.unwrap();
        assert_eq!(start(&broker).await, 2);
    });
}

#[test]
fn a_reader_that_retention_overtook_is_told() {
    simulate(1, async |environment| {
        let broker = EmbeddedBroker::memory(Arc::new(environment));
        let topic = NewTopic::new("orders").config("retention.ms", "1000");
        broker.create_topic(&topic).await.unwrap();
        write(&broker, vec![record("orders", "a")]).await;
        let subscription = Subscription::Topics(vec!["orders".into()]);
        let options = ConsumerOptions::new("group", subscription);
        let mut consumer = broker.consumer(&options).await.unwrap();
        let ConsumerEvent::Assigned(partitions) = consumer.next(Want::Records).await.unwrap()
        else {
            panic!("expected an assignment");
        };
        sleep(HOUR).await;
        broker.maintain().await.unwrap();
        let told = |error: connect_api::Error| {
            assert_eq!(error.kind(), ErrorKind::Fatal);
            let expected = "partition orders-0: offset 0 lies outside the log, which has 1 to 1";
            assert_eq!(error.message(), expected);
        };
        let zero = Offsets::from([(TopicPartition::new("orders", 0), 0)]);
        told(consumer.start(&partitions, &zero).await.unwrap_err());
        consumer.start(&partitions, &Offsets::new()).await.unwrap();
        told(consumer.seek(&zero).await.unwrap_err());
    });
}

#[test]
fn the_last_record_of_each_key_stays_where_it_is() {
    simulate(1, async |environment| {
        let broker = EmbeddedBroker::memory(Arc::new(environment));
        broker
            .create_topic(&NewTopic::new("table").compacted())
            .await
            .unwrap();
        for round in 0..3 {
            let batch = ["a", "b", "c"].map(|key| keyed(key, &round.to_string()));
            write(&broker, batch[..3 - round].to_vec()).await;
        }
        broker.maintain().await.unwrap();
        assert_eq!(
            pairs(&read(&broker, "table").await),
            ["2:c=0", "4:b=1", "5:a=2"]
        );
        write(&broker, vec![keyed("c", "3")]).await;
        broker.maintain().await.unwrap();
        assert_eq!(
            pairs(&read(&broker, "table").await),
            ["4:b=1", "5:a=2", "6:c=3"]
        );
        let marks = broker
            .watermarks("table", Isolation::ReadCommitted)
            .await
            .unwrap();
        assert_eq!((marks[&0].start, marks[&0].end), (0, 7));
    });
}

#[test]
fn compaction_keeps_what_transactions_have_not_decided() {
    simulate(1, async |environment| {
        let broker = EmbeddedBroker::memory(Arc::new(environment));
        broker
            .create_topic(&NewTopic::new("table").compacted())
            .await
            .unwrap();
        let mut aborting = transactional(&broker).await;
        write(&broker, vec![keyed("a", "committed")]).await;
        send(&mut *aborting, vec![keyed("a", "aborted")])
            .await
            .unwrap();
        aborting.abort().await.unwrap();
        broker.maintain().await.unwrap();
        assert_eq!(pairs(&read(&broker, "table").await), ["0:a=committed"]);

        send(&mut *aborting, vec![keyed("a", "open")])
            .await
            .unwrap();
        write(&broker, vec![keyed("a", "above")]).await;
        broker.maintain().await.unwrap();
        aborting.abort().await.unwrap();
        assert_eq!(
            pairs(&read(&broker, "table").await),
            ["0:a=committed", "4:a=above"]
        );
        broker.maintain().await.unwrap();
        assert_eq!(pairs(&read(&broker, "table").await), ["4:a=above"]);
    });
}

#[test]
fn tombstones_stay_for_their_time_after_a_compaction() {
    simulate(1, async |environment| {
        let broker = EmbeddedBroker::memory(Arc::new(environment));
        let topic = NewTopic::new("table")
            .compacted()
            .config("delete.retention.ms", "3600000");
        broker.create_topic(&topic).await.unwrap();
        write(&broker, vec![keyed("a", "1"), keyed("b", "1")]).await;
        write(&broker, vec![tombstone("a")]).await;
        broker.maintain().await.unwrap();
        assert_eq!(pairs(&read(&broker, "table").await), ["1:b=1", "2:a=null"]);
        sleep(HOUR / 2).await;
        broker.maintain().await.unwrap();
        assert_eq!(pairs(&read(&broker, "table").await), ["1:b=1", "2:a=null"]);
        sleep(HOUR / 2).await;
        broker.maintain().await.unwrap();
        assert_eq!(pairs(&read(&broker, "table").await), ["1:b=1"]);
    });
}

#[test]
fn a_compacted_topic_refuses_records_without_a_key() {
    simulate(1, async |environment| {
        let broker = EmbeddedBroker::memory(Arc::new(environment));
        broker
            .create_topic(&NewTopic::new("table").compacted())
            .await
            .unwrap();
        let mut writing = producer(&broker).await;
        let batch = vec![record("table", "x"), keyed("a", "1")];
        let refused = writing.send(batch).await.unwrap().await.unwrap();
        assert_eq!(refused.len(), 1);
        assert_eq!(refused[0].error.kind(), ErrorKind::Rejected);
        assert_eq!(values(&broker, "table").await, ["1"]);
    });
}

/// Compared with a map that does what compaction promises, over many steps and chunks.
#[test]
fn compaction_agrees_with_a_map() {
    for seed in 0..20 {
        simulate(seed, async |environment| {
            let broker = EmbeddedBroker::memory(Arc::new(environment.clone()));
            broker
                .create_topic(&NewTopic::new("table").compacted())
                .await
                .unwrap();
            let mut transaction = transactional(&broker).await;
            let mut expected = BTreeMap::new();
            for round in 0..environment.below(40) {
                let count = environment.below(2000);
                let batch: Vec<_> = (0..count)
                    .map(|number| {
                        let key = environment.below(500).to_string();
                        keyed(&key, &format!("{round} {number} {:0200}", 0))
                    })
                    .collect();
                send(&mut *transaction, batch.clone()).await.unwrap();
                if environment.below(3) == 0 {
                    transaction.abort().await.unwrap();
                } else {
                    transaction.commit().await.unwrap();
                    expected.extend(batch.into_iter().map(|record| (record.key, record.value)));
                }
                if environment.below(5) == 0 {
                    broker.maintain().await.unwrap();
                }
            }
            broker.maintain().await.unwrap();
            let found = read(&broker, "table").await;
            let ordered = found.is_sorted_by_key(|record| record.offset);
            assert!(ordered, "seed {seed}");
            let count = found.len();
            let found: BTreeMap<_, _> = found
                .into_iter()
                .map(|record| (record.key, record.value))
                .collect();
            assert_eq!(found.len(), count, "seed {seed}: a key is there twice");
            assert!(found == expected, "seed {seed}");
        });
    }
}

#[test]
fn the_room_of_a_deleted_topic_is_used_again() {
    simulate(1, async |environment| {
        let broker = EmbeddedBroker::memory(Arc::new(environment));
        for round in 0..3 {
            let batch = (0..2000).map(|_| record("orders", format!("{round:01000}")));
            write(&broker, batch.collect()).await;
            broker.delete_topic("orders").await.unwrap();
            broker.maintain().await.unwrap();
            assert!(broker.topics().await.unwrap().is_empty());
        }
        write(&broker, vec![record("orders", "new")]).await;
        assert_eq!(read(&broker, "orders").await[0].offset, 0);
    });
}
