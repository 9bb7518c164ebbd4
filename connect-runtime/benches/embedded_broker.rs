//! What appending to the embedded broker and fetching from it costs.
//!
//! Prints records per second and CPU per record, all threads together.

#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a benchmark prints, and stops at the first error"
)]

use std::{
    path::Path,
    sync::Arc,
    time::{Duration, Instant},
};

use bytes::Bytes;
use connect_api::Offsets;
use connect_runtime::{
    System,
    broker::{
        Broker, ConsumerEvent, ConsumerOptions, NewTopic, Producer, ProducerOptions,
        ProducerRecord, Subscription, Want, embedded::EmbeddedBroker,
    },
};
use futures::future::join_all;
use rustix::time::{ClockId, clock_gettime};
use tokio::runtime::Builder;

const BATCH: usize = 2000;
/// How many batches are on their way before the oldest is waited for.
const IN_FLIGHT: usize = 8;

fn main() {
    let executor = Builder::new_multi_thread().enable_time().build().unwrap();
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
    let measured = Measured::start();
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
    measured.print(&format!("append {size} B, {mode:?}"), records);
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
    let measured = Measured::start();
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
    measured.print(&format!("fetch {size} B"), records);
    broker.close().await.unwrap();
}

/// Small transactions, one after the other.
async fn commits() {
    let directory = tempfile::tempdir().unwrap();
    let broker = open(directory.path()).await;
    let options = ProducerOptions::new("bench");
    let mut producer = broker.transactional_producer("id", &options).await.unwrap();
    broker.create_topic(&NewTopic::new("small")).await.unwrap();
    let measured = Measured::start();
    let count = 500;
    for _ in 0..count {
        let batch = vec![ProducerRecord::new("small", "value")];
        producer.send(batch).await.unwrap().await.unwrap();
        producer.commit().await.unwrap();
    }
    measured.print("durable transactions of one record", count);
    broker.close().await.unwrap();
}

/// A broker in memory and 200 small commits, as simulations make by the thousand.
fn memory_brokers() {
    let measured = Measured::start();
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
    measured.print(
        "brokers in memory with 200 commits",
        usize::try_from(count).unwrap(),
    );
}

async fn open(directory: &Path) -> EmbeddedBroker {
    EmbeddedBroker::open(directory, Arc::new(System::current()))
        .await
        .unwrap()
}

struct Measured {
    wall: Instant,
    cpu: Duration,
}

impl Measured {
    fn start() -> Self {
        Self {
            wall: Instant::now(),
            cpu: cpu(),
        }
    }

    fn print(self, what: &str, count: usize) {
        let (wall, cpu) = (self.wall.elapsed(), cpu() - self.cpu);
        println!(
            "{what:<40} {:>10.0}/s  {:>9.0} ns CPU each  ({count} in {wall:.2?})",
            count as f64 / wall.as_secs_f64(),
            cpu.as_nanos() as f64 / count as f64,
        );
    }
}

fn cpu() -> Duration {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    Duration::new(
        u64::try_from(time.tv_sec).unwrap(),
        u32::try_from(time.tv_nsec).unwrap(),
    )
}
