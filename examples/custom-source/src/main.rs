//! A source of one's own: it counts, and goes on where it was.

use std::{sync::Arc, time::Duration};

use connect_api::{
    Record, Result, SourceBatch, SourceConnector, SourceContext, SourceGuarantees, SourceOffset,
    SourcePartition, SourceRecord, SourceTask, async_trait,
};
use connect_converters::{SimpleHeaderConverter, StringConverter};
use connect_runtime::{
    System, Worker,
    broker::{Broker, Fetched, ReaderOptions, embedded::EmbeddedBroker},
};

/// Counts, a hundred numbers a second.
struct Counter;

struct Counting {
    from: SourcePartition,
    next: i64,
}

#[async_trait]
impl SourceConnector for Counter {
    async fn open(&self, cx: SourceContext) -> Result<Box<dyn SourceTask>> {
        let from = SourcePartition::from([("counter", "a")]);
        let next = cx.offset_at(&from, "next")?.unwrap_or(0);
        Ok(Box::new(Counting { from, next }))
    }

    fn guarantees(&self) -> SourceGuarantees {
        SourceGuarantees::ExactlyOnce
    }
}

#[async_trait]
impl SourceTask for Counting {
    async fn poll(&mut self) -> Result<SourceBatch> {
        self.next += 1;
        let record = Record::new("numbers", (self.next - 1).to_string());
        let read = SourceRecord::new(record, &self.from, SourceOffset::at("next", self.next));
        Ok(SourceBatch::from(read).again_after(Duration::from_millis(10)))
    }
}

/// Runs the source on `broker` until the topic holds `count` numbers, and returns them.
async fn count_to(broker: &EmbeddedBroker, count: usize) -> Result<Vec<String>> {
    let worker = Worker::builder("custom-source")
        .broker(broker.clone())
        .converters(
            StringConverter::default(),
            StringConverter::default(),
            SimpleHeaderConverter::default(),
        )
        .start()
        .await?;
    worker.source("counter", Counter).start().await?;
    worker
        .wait_for("counter", |status| status.is_running())
        .await?;

    let mut numbers = Vec::new();
    while numbers.len() < count {
        if broker.topic("numbers").await?.is_none() {
            tokio::task::yield_now().await;
            continue;
        }
        numbers.clear();
        let mut collect = |fetched: Fetched| {
            let values = fetched.records.into_iter().flat_map(|record| record.value);
            numbers.extend(values.map(|value| String::from_utf8_lossy(&value).into_owned()));
        };
        broker
            .reader(&ReaderOptions::new("numbers"))
            .await?
            .to_end(&mut collect)
            .await?;
    }
    worker.shutdown(Duration::from_secs(10)).await;
    Ok(numbers)
}

#[tokio::main]
async fn main() -> Result<()> {
    let broker = EmbeddedBroker::memory(Arc::new(System::current()));
    eprintln!("counted to {:?}", count_to(&broker, 5).await?.last());
    let numbers = count_to(&broker, 10).await?;
    assert!(
        numbers
            .iter()
            .enumerate()
            .all(|(n, number)| n.to_string() == *number),
        "{numbers:?}"
    );
    eprintln!(
        "and went on to {:?} with none missing and none twice",
        numbers.last()
    );
    Ok(())
}
