//! Tasks that die at any moment, as killed processes do.

use std::{collections::BTreeMap, num::NonZeroU32};

use connect_api::{Record, SourceOffset};
use connect_datagen::{DatagenSource, Preset};

use crate::driver::{Stored, open, poll, read};

const COUNT: usize = 500;

fn source(partitions: u32, batch: u32) -> DatagenSource {
    DatagenSource::preset(Preset::Orders, "orders")
        .with_count(COUNT as u64)
        .with_seed(42)
        .with_partitions(NonZeroU32::new(partitions).unwrap())
        .with_batch_size(NonZeroU32::new(batch).unwrap())
}

/// What is durable downstream: records and positions, which became so together.
#[derive(Default)]
struct Durable {
    records: BTreeMap<i64, Vec<Record>>,
    stored: Stored,
}

impl Durable {
    fn written(&self) -> usize {
        self.records.values().map(Vec::len).sum()
    }

    /// Opens tasks, lets them work and kills them; what was not committed is lost.
    async fn live(&mut self, chance: &mut fastrand::Rng, partitions: u32) {
        let source = source(partitions, chance.u32(1..20));
        let mut tasks = open(&source, chance.usize(1..5), &self.stored).await;
        for _ in 0..chance.usize(0..10) {
            let missing = COUNT - self.written();
            if missing == 0 {
                return;
            }
            let at = chance.usize(..tasks.len());
            // A task that is done would rest for ever.
            let Some(records) = futures::FutureExt::now_or_never(poll(&mut tasks[at])) else {
                return;
            };
            if chance.u8(..4) == 0 {
                return;
            }
            for read in records {
                let stored = SourceOffset::Stored(read.offset.to_value().unwrap());
                self.stored.insert(read.partition, stored);
                let id = read.record.value.value.get("order_id").unwrap();
                let id = id.as_i64().unwrap();
                self.records.entry(id).or_default().push(read.record);
            }
        }
    }
}

/// Timestamps are when a record was made, and all else is the same for ever.
fn without_timestamp(record: &Record) -> Record {
    let mut record = record.clone();
    record.timestamp = None;
    record
}

#[tokio::test]
async fn every_record_comes_exactly_once_whenever_tasks_die() {
    let undisturbed = read(&source(1, 2000), COUNT).await;
    let expected: Vec<_> = undisturbed
        .iter()
        .map(|read| without_timestamp(&read.record))
        .collect();
    for seed in 0..50 {
        let mut chance = fastrand::Rng::with_seed(seed);
        let partitions = chance.u32(1..7);
        let mut durable = Durable::default();
        while durable.written() < COUNT {
            durable.live(&mut chance, partitions).await;
        }
        let found: Vec<_> = durable
            .records
            .values()
            .flatten()
            .map(without_timestamp)
            .collect();
        assert_eq!(found, expected, "seed {seed}");
    }
}
