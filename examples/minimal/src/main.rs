//! Copies a file to another through a topic, with configuration alone.

use std::{fs, time::Duration};

use connect_api::{Classify, ConfigMap, Result};
use connect_converters::{SimpleHeaderConverter, StringConverter};
use connect_runtime::{Plugins, Worker};

#[tokio::main]
async fn main() -> Result<()> {
    fs::write("input.txt", "one\ntwo\nthree\n").fatal("writing `input.txt`")?;
    let worker = Worker::builder("minimal")
        .setting("bootstrap.servers", "embedded:broker")
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
        ("file", "input.txt"),
        ("topic", "lines"),
    ];
    worker
        .put_connector("read", ConfigMap::from(source))
        .await?;
    let sink = [
        ("connector.class", "file-sink"),
        ("file", "output.txt"),
        ("topics", "lines"),
        ("file.flush.interval.ms", "100"),
    ];
    worker.put_connector("write", ConfigMap::from(sink)).await?;

    let mut tick = tokio::time::interval(Duration::from_millis(10));
    while fs::read_to_string("output.txt").unwrap_or_default() != "one\ntwo\nthree\n" {
        tick.tick().await;
    }
    let report = worker.shutdown(Duration::from_secs(10)).await;
    eprintln!("copied three lines; {} tasks ended", report.ended.len());
    Ok(())
}
