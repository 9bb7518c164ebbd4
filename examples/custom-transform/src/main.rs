//! A closure as a transform.
//!
//! It drops comments and sends errors to a topic of their own.

use std::{fs, sync::Arc, time::Duration};

use connect_api::{Classify, Record, Result};
use connect_converters::{SimpleHeaderConverter, StringConverter};
use connect_file::FileSource;
use connect_runtime::{
    System, Worker,
    broker::{Broker, Fetched, ReaderOptions, embedded::EmbeddedBroker},
};

/// Drops lines that start with `#`; lines with `ERROR` go to the topic `errors`.
fn sort(mut record: Record) -> Result<Option<Record>> {
    let line = record.value.value.as_str().unwrap_or_default();
    if line.starts_with('#') {
        return Ok(None);
    }
    if line.contains("ERROR") {
        record.topic = "errors".into();
    }
    Ok(Some(record))
}

async fn lines(broker: &EmbeddedBroker, topic: &str) -> Result<Vec<String>> {
    let mut lines = Vec::new();
    let mut collect = |fetched: Fetched| {
        let values = fetched.records.into_iter().flat_map(|record| record.value);
        lines.extend(values.map(|value| String::from_utf8_lossy(&value).into_owned()));
    };
    broker
        .reader(&ReaderOptions::new(topic))
        .await?
        .to_end(&mut collect)
        .await?;
    Ok(lines)
}

#[tokio::main]
async fn main() -> Result<()> {
    fs::write("app.log", "# started\nall is well\nERROR: it is not\n")
        .fatal("writing `app.log`")?;
    let broker = EmbeddedBroker::memory(Arc::new(System::current()));
    let worker = Worker::builder("custom-transform")
        .broker(broker.clone())
        .converters(
            StringConverter::default(),
            StringConverter::default(),
            SimpleHeaderConverter::default(),
        )
        .start()
        .await?;
    worker
        .source("log", FileSource::new("app.log", "log"))
        .transform(sort)
        .start()
        .await?;

    while broker.topic("errors").await?.is_none() || lines(&broker, "errors").await?.is_empty() {
        tokio::task::yield_now().await;
    }
    worker.shutdown(Duration::from_secs(10)).await;
    eprintln!(
        "log: {:?}, errors: {:?}",
        lines(&broker, "log").await?,
        lines(&broker, "errors").await?
    );
    Ok(())
}
