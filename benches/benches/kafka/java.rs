//! Kafka Connect's own worker, `connect-standalone` as its script starts it.

use std::{fs, path::Path, time::Duration};

use connect_benches::{Answer, Lines, Options, java_worker, properties};
use tokio::time::sleep;

use crate::{
    ours::{Topic, unique},
    outside::Outside,
};

/// How often it is looked at how far it is.
const LOOK: Duration = Duration::from_millis(20);

/// From a file into a topic.
pub(crate) async fn read(
    servers: &str,
    (input, lines): (&str, Lines),
    options: Options<'_>,
) -> Answer {
    let folder = tempfile::tempdir().unwrap();
    let topic = Topic::new(servers).await;
    let connector = [
        ("connector.class", "FileStreamSource"),
        ("file", input),
        ("topic", &topic.name),
    ];
    let worker = start(folder.path(), servers, &[&connector, options].concat());
    let answer = follow(worker, lines.count, async || topic.end().await).await;
    topic.delete().await;
    answer
}

/// From a topic into a file.
pub(crate) async fn write(
    servers: &str,
    (topic, lines): (&str, Lines),
    options: Options<'_>,
) -> Answer {
    let folder = tempfile::tempdir().unwrap();
    let output = folder.path().join("output");
    let connector = [
        ("connector.class", "FileStreamSink"),
        ("file", output.to_str().unwrap()),
        ("topics", topic),
    ];
    let worker = start(folder.path(), servers, &[&connector, options].concat());
    let written = async || {
        let bytes = output.metadata().map_or(0, |file| file.len());
        usize::try_from(bytes).unwrap() / lines.size
    };
    follow(worker, lines.count, written).await
}

fn start(folder: &Path, servers: &str, connector: Options<'_>) -> Outside {
    let path = |name: &str| folder.join(name);
    let offsets = path("offsets");
    let settings = [
        ("offset.storage.file.filename", offsets.to_str().unwrap()),
        ("listeners", "http://127.0.0.1:0"),
    ];
    let name = unique("java");
    let connector = [&[("name", &*name), ("tasks.max", "1")], connector].concat();
    fs::write(path("connector.properties"), properties(&connector)).unwrap();
    let mut java = java_worker(folder, "ConnectStandalone", servers, &settings);
    Outside::start(java.arg(path("connector.properties")))
}

/// Measures from the first records on, without the start of the JVM.
async fn follow(mut worker: Outside, count: usize, done: impl AsyncFn() -> usize) -> Answer {
    let mut first = None;
    loop {
        worker.check();
        let records = done().await;
        let cost = worker.cost();
        if records > 0 && first.is_none() {
            first = Some((records, cost));
        }
        if let (Some((before, since)), true) = (first, records >= count) {
            let records = (records - before) as f64;
            return Answer::default()
                .with("rate", records / (cost.at - since.at).as_secs_f64())
                .with("cpu", (cost.cpu - since.cpu).as_nanos() as f64 / records)
                .with("peak", worker.peak());
        }
        sleep(LOOK).await;
    }
}
