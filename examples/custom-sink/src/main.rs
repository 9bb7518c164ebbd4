//! A sink of one's own: it counts words, and says what it has counted.

use std::{collections::BTreeMap, fs, sync::Arc, time::Duration};

use connect_api::{
    Classify, ConfigMap, FlushReason, Flushed, Result, SinkBatch, SinkConnector, SinkContext,
    SinkGuarantees, SinkTask, async_trait,
};
use connect_converters::{SimpleHeaderConverter, StringConverter};
use connect_runtime::{Plugins, System, Worker, broker::embedded::EmbeddedBroker};
use tokio::sync::watch;

type Counts = BTreeMap<String, u64>;

/// Counts the words of all records.
struct WordCount {
    counts: watch::Sender<Counts>,
}

struct Counting {
    counts: watch::Sender<Counts>,
}

#[async_trait]
impl SinkConnector for WordCount {
    async fn open(&self, _: SinkContext) -> Result<Box<dyn SinkTask>> {
        Ok(Box::new(Counting {
            counts: self.counts.clone(),
        }))
    }

    fn guarantees(&self) -> SinkGuarantees {
        SinkGuarantees::AtLeastOnce
    }
}

#[async_trait]
impl SinkTask for Counting {
    async fn put(&mut self, batch: &SinkBatch) -> Result<()> {
        self.counts.send_modify(|counts| {
            let lines = batch
                .records()
                .iter()
                .filter_map(|record| record.value.value.as_str());
            for word in lines.flat_map(str::split_whitespace) {
                *counts.entry(word.to_owned()).or_default() += 1;
            }
        });
        Ok(())
    }

    async fn flush(&mut self, _: FlushReason) -> Result<Flushed> {
        Ok(Flushed::All)
    }
}

#[tokio::main]
async fn main() -> Result<()> {
    fs::write("text.txt", "to be or\nnot to be\n").fatal("writing `text.txt`")?;
    let worker = Worker::builder("custom-sink")
        .broker(EmbeddedBroker::memory(Arc::new(System::current())))
        .plugins(Plugins::new().with(connect_file::plugins()))
        .converters(
            StringConverter::default(),
            StringConverter::default(),
            SimpleHeaderConverter::default(),
        )
        .start()
        .await?;
    let source = [
        ("connector.class", "file-source"),
        ("file", "text.txt"),
        ("topic", "lines"),
    ];
    worker
        .put_connector("text", ConfigMap::from(source))
        .await?;
    let (counts, mut counted) = watch::channel(Counts::new());
    worker
        .sink("word-count", WordCount { counts })
        .topics(["lines"])
        .start()
        .await?;

    let all = counted
        .wait_for(|counts| counts.values().sum::<u64>() == 6)
        .await
        .fatal("counting words")?
        .clone();
    worker.shutdown(Duration::from_secs(10)).await;
    eprintln!("{all:?}");
    Ok(())
}
