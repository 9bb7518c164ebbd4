//! S3 sink: records gather in objects whose names say what is in them.

use std::collections::BTreeMap;

use connect_api::{
    Classify, Error, FlushReason, Flushed, Millis, Offsets, Origin, Plugin, Result, SinkBatch,
    SinkConnector, SinkContext, SinkGuarantees, SinkRecord, SinkTask, TopicPartition, async_trait,
};
use schemars::JsonSchema;
use serde::Deserialize;

use super::Reply;

/// Where objects go, and when one is complete.
#[derive(Clone, Deserialize, JsonSchema)]
struct Options {
    /// The bucket.
    bucket: String,
    /// How many records make an object.
    #[serde(default = "thousand")]
    #[schemars(range(min = 1))]
    flush_size: usize,
    /// How long an object waits for more records.
    #[serde(default = "minute", rename = "rotate.schedule.interval.ms")]
    rotate_after: Millis,
}

struct S3Sink(Options);

pub(super) fn plugin() -> Plugin {
    Plugin::sink("s3-sink", env!("CARGO_PKG_VERSION"), |options| {
        Ok(S3Sink(options))
    })
    .alias("io.confluent.connect.s3.S3SinkConnector")
}

#[async_trait]
impl SinkConnector for S3Sink {
    async fn open(&self, cx: SinkContext) -> Result<Box<dyn SinkTask>> {
        let bucket = Bucket::connect(&self.0.bucket)
            .await
            .unavailable("opening the bucket")?;
        let options = self.0.clone();
        Ok(Box::new(Writing {
            bucket,
            options,
            open: BTreeMap::new(),
            cx,
        }))
    }

    fn guarantees(&self) -> SinkGuarantees {
        SinkGuarantees::StoresOffsets
    }
}

/// What will be the next object of a partition.
#[derive(Default)]
struct Object {
    /// From partition and first offset alone: of two owners only one can store it.
    name: String,
    /// Where the partition resumes as long as this is not stored.
    from: i64,
    next: i64,
    since: i64,
    records: Vec<SinkRecord>,
}

impl Object {
    fn start(&mut self, first: &Origin, now: i64) {
        let (at, offset) = (first.partition(), first.offset());
        self.name = format!("{}/{:05}+{offset:020}.json", at.topic, at.partition);
        self.from = offset;
        self.since = now;
    }
}

struct Writing {
    bucket: Bucket,
    options: Options,
    open: BTreeMap<TopicPartition, Object>,
    cx: SinkContext,
}

impl Writing {
    /// Stores what is due.
    async fn rotate(&mut self, due: impl Fn(&Object) -> bool + Send) -> Result<()> {
        for object in self.open.values_mut() {
            if object.records.is_empty() || !due(object) {
                continue;
            }
            let (name, next) = (&object.name, object.next);
            let stored = self.bucket.put_if_absent(name, &object.records, next).await;
            if !stored.unavailable("storing an object")? {
                return Err(Error::fenced(format!("{name}: another task stored it")));
            }
            object.from = object.next;
            object.records.clear();
        }
        Ok(())
    }
}

#[async_trait]
impl SinkTask for Writing {
    async fn open(&mut self, partitions: &[TopicPartition]) -> Result<Offsets> {
        let next = self
            .bucket
            .next_offsets(partitions)
            .await
            .unavailable("listing objects")?;
        Ok(next)
    }

    async fn put(&mut self, batch: &SinkBatch) -> Result<()> {
        let now = self.cx.now_millis();
        for record in batch.records() {
            let object = self
                .open
                .entry(record.origin.partition().clone())
                .or_default();
            // After an error the same batch comes again: what is here already is skipped.
            if record.origin.offset() >= object.next {
                if object.records.is_empty() {
                    object.start(&record.origin, now);
                }
                object.records.push(record.clone());
            }
        }
        for (at, next) in batch.next_offsets() {
            let object = self.open.entry(at.clone()).or_default();
            object.next = *next;
            if object.records.is_empty() {
                object.from = *next;
            }
        }
        let (most, age) = (self.options.flush_size, self.options.rotate_after);
        let oldest = now - age.millis();
        self.rotate(|object| object.records.len() >= most || object.since <= oldest)
            .await?;
        self.cx.wake_after(age.duration());
        Ok(())
    }

    async fn flush(&mut self, why: FlushReason) -> Result<Flushed> {
        if why == FlushReason::Closing {
            self.rotate(|_| true).await?;
        }
        let open = self
            .open
            .iter()
            .map(|(at, object)| (at.clone(), object.from));
        Ok(Flushed::Below(open.collect()))
    }

    async fn close(&mut self, partitions: &[TopicPartition]) -> Result<()> {
        self.open.retain(|at, _| !partitions.contains(at));
        Ok(())
    }
}

fn thousand() -> usize {
    1000
}

fn minute() -> Millis {
    Millis::new(60_000)
}

struct Bucket;

impl Bucket {
    async fn connect(_name: &str) -> Reply<Self> {
        Ok(Self)
    }

    async fn put_if_absent(&self, _name: &str, _records: &[SinkRecord], _next: i64) -> Reply<bool> {
        Ok(true)
    }

    async fn next_offsets(&self, _: &[TopicPartition]) -> Reply<Offsets> {
        Ok(Offsets::new())
    }
}
