//! What every connector promises.

use std::{
    num::NonZeroU32,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
};

use connect_api::{Record, SinkConnector, SourceConnector, async_trait};
use connect_datagen::{Blackhole, DatagenSource};
use connect_testkit::{sink::SinkSystem, source::SourceSystem};

/// How many streams the generator has.
const PARTITIONS: usize = 3;

/// Records that show their number.
const NUMBERED: &str = r#"{
    "type": "object",
    "required": ["number"],
    "properties": {
        "number": { "type": "integer", "x-sequence": true },
        "name": { "type": "string", "x-fake": "full-name" }
    }
}"#;

/// A generator whose records stand for the texts that are appended, one after the other.
#[derive(Default)]
struct Numbers {
    supply: Arc<AtomicU64>,
    texts: [Vec<String>; PARTITIONS],
}

#[async_trait]
impl SourceSystem for Numbers {
    fn connector(&self) -> Arc<dyn SourceConnector> {
        let source = DatagenSource::of_schema(NUMBERED, "topic").unwrap();
        let partitions = NonZeroU32::try_from(PARTITIONS as u32).unwrap();
        Arc::new(
            source
                .with_partitions(partitions)
                .with_batch_size(NonZeroU32::new(4).unwrap())
                .with_supply(Arc::clone(&self.supply)),
        )
    }

    fn partitions(&self) -> usize {
        PARTITIONS
    }

    async fn append(&mut self, partition: usize, texts: &[String]) {
        self.texts[partition].extend_from_slice(texts);
        // A stream gets its n-th record when all have got the one before.
        let complete = self.texts.iter().map(Vec::len).min().unwrap();
        self.supply
            .store((complete * PARTITIONS) as u64, Ordering::Relaxed);
    }

    fn text(&self, record: &Record) -> String {
        let number = record.value.value.get("number").unwrap().as_i64().unwrap();
        let number = usize::try_from(number).unwrap();
        self.texts[number % PARTITIONS][number / PARTITIONS].clone()
    }
}

/// A black hole that somebody looks into.
#[derive(Default)]
struct Watched(Arc<Mutex<Vec<String>>>);

#[async_trait]
impl SinkSystem for Watched {
    fn connector(&self) -> Arc<dyn SinkConnector> {
        let seen = Arc::clone(&self.0);
        Arc::new(Blackhole::new().with_tap(move |batch| {
            let text = |record: &Record| record.value.value.as_str().unwrap().to_owned();
            let texts = batch.records().iter().map(|record| text(record));
            seen.lock().unwrap().extend(texts);
        }))
    }

    async fn read(&self) -> Vec<String> {
        self.0.lock().unwrap().clone()
    }
}

#[tokio::test]
async fn a_generator_keeps_the_source_contract() {
    connect_testkit::source(|| async { Numbers::default() }).await;
}

#[tokio::test]
async fn a_black_hole_keeps_the_sink_contract() {
    connect_testkit::sink(|| async { Watched::default() }).await;
}
