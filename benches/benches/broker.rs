//! What appending to the embedded broker and fetching from it costs.

#![expect(clippy::unwrap_used, reason = "a benchmark stops at the first error")]

use std::sync::Arc;

use bytes::Bytes;
use connect_api::Offsets;
use connect_benches::{Meter, open, print, title};
use connect_runtime::broker::{
    Broker, ConsumerEvent, ConsumerOptions, NewTopic, Producer, ProducerOptions, ProducerRecord,
    Subscription, Want, embedded::EmbeddedBroker,
};
use futures::future::join_all;
use tokio::runtime::Builder;

const BATCH: usize = 2000;
/// How many batches are on their way before the oldest is waited for.
const IN_FLIGHT: usize = 8;

fn main() {
    let executor = Builder::new_multi_thread().enable_time().build().unwrap();
    title("the embedded broker");
    executor.block_on(async {
        for size in [100, 200, 1024] {
            let records = 200_000_000 / (size + 100);
            append(size, records, Mode::Plain).await;
            append(size, records, Mode::Transactional).await;
            fetch(size, records).await;
        }
        commits().await;
    });
    memory_brokers();
}

#[derive(Clone, Copy, Debug)]
enum Mode {
    Plain,
    Transactional,
}

/// One producer, batches of 2000; a transaction ends every four batches.
async fn append(size: usize, records: usize, mode: Mode) {
    let directory = tempfile::tempdir().unwrap();
    let broker = open(directory.path()).await;
    let payload = Bytes::from(vec![b'x'; size]);
    let options = ProducerOptions::new("bench");
    let measured = Meter::start();
    match mode {
        Mode::Plain => {
            let mut producer = broker.producer(&options).await.unwrap();
            produce(&mut *producer, &payload, records).await;
        }
        Mode::Transactional => {
            let mut producer = broker.transactional_producer("id", &options).await.unwrap();
            for _ in 0..records / BATCH / 4 {
                for _ in 0..4 {
                    produce(&mut *producer, &payload, BATCH).await;
                }
                producer.commit().await.unwrap();
            }
        }
    }
    tell(&format!("append {size} B, {mode:?}"), &measured, records);
    broker.close().await.unwrap();
}

async fn produce(producer: &mut dyn Producer, payload: &Bytes, records: usize) {
    let mut deliveries = std::collections::VecDeque::new();
    for _ in 0..records / BATCH {
        let batch = (0..BATCH).map(|_| ProducerRecord::new("bench", payload.clone()));
        deliveries.push_back(producer.send(batch.collect()).await.unwrap());
        if deliveries.len() == IN_FLIGHT {
            assert!(deliveries.pop_front().unwrap().await.unwrap().is_empty());
        }
    }
    for delivered in join_all(deliveries).await {
        assert!(delivered.unwrap().is_empty());
    }
}

async fn fetch(size: usize, records: usize) {
    let directory = tempfile::tempdir().unwrap();
    let broker = open(directory.path()).await;
    let payload = Bytes::from(vec![b'x'; size]);
    let mut producer = broker
        .producer(&ProducerOptions::new("bench"))
        .await
        .unwrap();
    produce(&mut *producer, &payload, records).await;
    let records = records / BATCH * BATCH;
    let subscription = Subscription::Topics(vec!["bench".into()]);
    let options = ConsumerOptions::new("bench", subscription);
    let mut consumer = broker.consumer(&options).await.unwrap();
    let measured = Meter::start();
    let mut read = 0;
    while read < records {
        match consumer.next(Want::Records).await.unwrap() {
            ConsumerEvent::Assigned(partitions) => {
                consumer.start(&partitions, &Offsets::new()).await.unwrap();
            }
            ConsumerEvent::Records(fetched) => read += fetched.records.len(),
            other => panic!("{other:?}"),
        }
    }
    tell(&format!("fetch {size} B"), &measured, records);
    broker.close().await.unwrap();
}

/// Small transactions, one after the other.
async fn commits() {
    let directory = tempfile::tempdir().unwrap();
    let broker = open(directory.path()).await;
    let options = ProducerOptions::new("bench");
    let mut producer = broker.transactional_producer("id", &options).await.unwrap();
    broker.create_topic(&NewTopic::new("small")).await.unwrap();
    let measured = Meter::start();
    let count = 500;
    for _ in 0..count {
        let batch = vec![ProducerRecord::new("small", "value")];
        producer.send(batch).await.unwrap().await.unwrap();
        producer.commit().await.unwrap();
    }
    tell("durable transactions of one record", &measured, count);
    broker.close().await.unwrap();
}

/// A broker in memory and 200 small commits, as simulations make by the thousand.
fn memory_brokers() {
    let measured = Meter::start();
    let count = 100;
    for seed in 0..count {
        connect_testkit::simulate(seed, async |environment| {
            let broker = EmbeddedBroker::memory(Arc::new(environment));
            let options = ProducerOptions::new("bench");
            let mut producer = broker.transactional_producer("id", &options).await.unwrap();
            for _ in 0..200 {
                let batch = vec![ProducerRecord::new("small", "value")];
                producer.send(batch).await.unwrap().await.unwrap();
                producer.commit().await.unwrap();
            }
        });
    }
    tell(
        "brokers in memory with 200 commits",
        &measured,
        usize::try_from(count).unwrap(),
    );
}

fn tell(what: &str, measured: &Meter, count: usize) {
    let (spent, count) = (measured.spent(), count as f64);
    print(
        what,
        [
            (count / spent.wall.as_secs_f64(), "/s"),
            (spent.cpu.as_nanos() as f64 / count, "ns CPU each"),
        ],
    );
}
