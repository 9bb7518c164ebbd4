//! What a program without a worker does, written as tightly as the broker allows.

use std::{
    collections::VecDeque,
    fs::File,
    io::{Read, Write},
    path::Path,
};

use bytes::Bytes;
use connect_api::Offsets;
use connect_runtime::broker::{
    Broker, Consumer, ConsumerEvent, ConsumerOptions, ProducerOptions, ProducerRecord,
    Subscription, Want, embedded::EmbeddedBroker,
};
use futures::future::join_all;

use crate::TOPIC;

/// As many as the file source returns at once.
const BATCH: usize = 2000;
/// How many batches are on their way before the oldest is waited for.
const IN_FLIGHT: usize = 8;
/// After how many bytes the output is made durable, as the file sink does.
const UNSAVED: usize = 8 * 1024 * 1024;

/// Reads lines and appends them, many batches at a time.
pub(crate) async fn produce(broker: &EmbeddedBroker, input: &Path) {
    let options = ProducerOptions::new("bare");
    let mut producer = broker.producer(&options).await.unwrap();
    let mut deliveries = VecDeque::new();
    let mut blocks = Blocks::open(input);
    while let Some(batch) = blocks.next() {
        deliveries.push_back(producer.send(batch).await.unwrap());
        if deliveries.len() == IN_FLIGHT {
            assert!(deliveries.pop_front().unwrap().await.unwrap().is_empty());
        }
    }
    for delivered in join_all(deliveries).await {
        assert!(delivered.unwrap().is_empty());
    }
}

/// Reads lines and appends them, each batch and its position in a transaction.
pub(crate) async fn produce_transactions(broker: &EmbeddedBroker, input: &Path) {
    let options = ProducerOptions::new("bare");
    let mut producer = broker
        .transactional_producer("bare", &options)
        .await
        .unwrap();
    let mut blocks = Blocks::open(input);
    let mut position = 0;
    while let Some(mut batch) = blocks.next() {
        position += batch.len();
        let position = ProducerRecord::new("positions", position.to_string());
        batch.push(position.with_key("input"));
        assert!(
            producer
                .send(batch)
                .await
                .unwrap()
                .await
                .unwrap()
                .is_empty()
        );
        producer.commit().await.unwrap();
    }
}

/// The lines of a file, as slices of the blocks that were read.
struct Blocks {
    file: File,
    block: Bytes,
    rest: Vec<u8>,
}

impl Blocks {
    const SIZE: usize = 256 * 1024;

    fn open(input: &Path) -> Self {
        Self {
            file: File::open(input).unwrap(),
            block: Bytes::new(),
            rest: Vec::new(),
        }
    }

    fn next(&mut self) -> Option<Vec<ProducerRecord>> {
        let mut batch = Vec::with_capacity(BATCH);
        while batch.len() < BATCH {
            match memchr::memchr(b'\n', &self.block) {
                Some(end) => {
                    let line = self.block.split_to(end + 1);
                    batch.push(ProducerRecord::new(TOPIC, line.slice(..end)));
                }
                None if self.read() == 0 => break,
                None => {}
            }
        }
        (!batch.is_empty()).then_some(batch)
    }

    /// Reads on behind what is left of the last block.
    fn read(&mut self) -> usize {
        let mut block = std::mem::take(&mut self.rest);
        block.extend_from_slice(&self.block);
        let mut next = (&self.file).take(Self::SIZE as u64);
        let read = next.read_to_end(&mut block).unwrap();
        self.block = block.into();
        read
    }
}

/// Writes the records of the topic as lines, durably, and commits offsets after that.
pub(crate) async fn consume(broker: &EmbeddedBroker, (group, output): (&str, &Path), count: usize) {
    let mut consumer = subscribe(broker, group).await;
    let mut file = File::create(output).unwrap();
    let (mut unsaved, mut next) = (Vec::new(), Offsets::new());
    let mut written = 0;
    while written < count {
        match consumer.next(Want::Records).await.unwrap() {
            ConsumerEvent::Assigned(partitions) => {
                consumer.start(&partitions, &Offsets::new()).await.unwrap();
            }
            ConsumerEvent::Records(fetched) => {
                for record in &fetched.records {
                    unsaved.extend_from_slice(record.value.as_deref().unwrap());
                    unsaved.push(b'\n');
                }
                written += fetched.records.len();
                next.insert(fetched.partition, fetched.next);
                if unsaved.len() >= UNSAVED || written == count {
                    file.write_all(&unsaved).unwrap();
                    file.sync_data().unwrap();
                    unsaved.clear();
                    consumer.commit(&next).await.unwrap();
                }
            }
            other => panic!("{other:?}"),
        }
    }
}

/// Reads `count` records of the topic, and returns how many bytes they have.
pub(crate) async fn count(broker: &EmbeddedBroker, count: usize) -> u64 {
    let mut consumer = subscribe(broker, "count").await;
    let (mut read, mut bytes) = (0, 0);
    while read < count {
        match consumer.next(Want::Records).await.unwrap() {
            ConsumerEvent::Assigned(partitions) => {
                consumer.start(&partitions, &Offsets::new()).await.unwrap();
            }
            ConsumerEvent::Records(fetched) => {
                read += fetched.records.len();
                let values = fetched.records.iter().flat_map(|record| &record.value);
                bytes += values.map(|value| value.len() as u64).sum::<u64>();
            }
            other => panic!("{other:?}"),
        }
    }
    bytes
}

async fn subscribe(broker: &EmbeddedBroker, group: &str) -> Box<dyn Consumer> {
    let subscription = Subscription::Topics(vec![TOPIC.into()]);
    let options = ConsumerOptions::new(group.to_owned(), subscription);
    broker.consumer(&options).await.unwrap()
}
