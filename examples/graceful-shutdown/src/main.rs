//! Ends a worker in an orderly way on Ctrl-C.
//!
//! What was polled is stored, and the task is told.

#![expect(clippy::disallowed_methods, reason = "an application owns its signals")]

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use connect_api::{
    Classify, Record, Result, SourceBatch, SourceConnector, SourceContext, SourceGuarantees,
    SourceOffset, SourcePartition, SourceRecord, SourceTask, async_trait,
};
use connect_converters::{SimpleHeaderConverter, StringConverter};
use connect_runtime::{System, Worker, broker::embedded::EmbeddedBroker};

/// Counts, a hundred numbers a second.
struct Counter;

struct Counting {
    next: i64,
}

fn counter() -> SourcePartition {
    SourcePartition::from([("counter", "a")])
}

#[async_trait]
impl SourceConnector for Counter {
    async fn open(&self, cx: SourceContext) -> Result<Box<dyn SourceTask>> {
        Ok(Box::new(Counting {
            next: cx.offset_at(&counter(), "next")?.unwrap_or(0),
        }))
    }

    fn guarantees(&self) -> SourceGuarantees {
        SourceGuarantees::ExactlyOnce
    }
}

#[async_trait]
impl SourceTask for Counting {
    async fn poll(&mut self) -> Result<SourceBatch> {
        self.next += 1;
        let record = Record::new("numbers", self.next.to_string());
        let read = SourceRecord::new(record, &counter(), SourceOffset::at("next", self.next));
        Ok(SourceBatch::from(read).again_after(Duration::from_millis(10)))
    }

    async fn commit(&mut self, offsets: &BTreeMap<SourcePartition, SourceOffset>) -> Result<()> {
        // The first one says that everything is up: the program may be interrupted at any moment.
        if self.next == 1 {
            eprintln!("ready: {} position stored; press Ctrl-C", offsets.len());
        }
        Ok(())
    }

    async fn stop(self: Box<Self>) -> Result<()> {
        eprintln!("the task was told to stop at {}", self.next);
        Ok(())
    }
}

#[tokio::main]
async fn main() -> Result<()> {
    let worker = Worker::builder("graceful-shutdown")
        .broker(EmbeddedBroker::memory(Arc::new(System::current())))
        .converters(
            StringConverter::default(),
            StringConverter::default(),
            SimpleHeaderConverter::default(),
        )
        .start()
        .await?;
    worker.source("counter", Counter).start().await?;
    tokio::signal::ctrl_c().await.fatal("waiting for Ctrl-C")?;
    let report = worker.shutdown(Duration::from_secs(5)).await;
    eprintln!(
        "{} task ended in order, {} given up",
        report.ended.len(),
        report.abandoned.len()
    );
    Ok(())
}
