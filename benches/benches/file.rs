//! How fast lines become records, and records lines, without a worker around the connector.

#![expect(clippy::unwrap_used, reason = "a benchmark stops at the first error")]

use std::{
    collections::BTreeMap,
    fs::File,
    hint::black_box,
    io::{BufWriter, Write},
    path::Path,
};

use connect_api::{
    FlushReason, Origin, Record, SinkBatch, SinkConnector, SinkContext, SinkRecord,
    SourceConnector, SourceContext, TaskConfig, TopicPartition,
};
use connect_benches::{Meter, Spent, context, print, title};
use connect_file::{FileSink, FileSource};
use futures::executor::block_on;

fn main() {
    title("the file connectors, on one core");
    let folder = tempfile::tempdir().unwrap();
    for (name, length, text) in [
        ("ASCII, 100 B", 99, "x"),
        ("UTF-8, 100 B", 99, "xü"),
        ("ASCII, 1 KiB", 1023, "x"),
    ] {
        let path = folder.path().join(format!("{name}.log"));
        let line: String = text
            .chars()
            .cycle()
            .take(length / text.len() * text.chars().count())
            .collect();
        let lines = 200_000_000 / (length + 1);
        fill(&path, &line, lines);
        for _ in 0..3 {
            read(name, &path, lines);
        }
    }
    for _ in 0..3 {
        write(&folder.path().join("out"));
    }
}

fn fill(path: &Path, line: &str, lines: usize) {
    let mut file = BufWriter::new(File::create(path).unwrap());
    for _ in 0..lines {
        writeln!(file, "{line}").unwrap();
    }
    file.flush().unwrap();
}

fn report(what: &str, count: usize, spent: Spent, allocations: u64) {
    let count = count as f64;
    print(
        what,
        [
            (spent.cpu.as_nanos() as f64 / count, "ns CPU each"),
            (allocations as f64 / count, "allocations"),
        ],
    );
}

fn read(name: &str, path: &Path, lines: usize) {
    let source = FileSource::new(path.to_str().unwrap(), "lines");
    let cx = SourceContext::new(context(), TaskConfig::new(), BTreeMap::new());
    let mut task = block_on(source.open(cx)).unwrap();
    let mut spent = None;
    let mut count = 0;
    let work = || {
        let meter = Meter::start();
        while count < lines {
            let batch = block_on(task.poll()).unwrap();
            count += batch.len();
            black_box(&batch);
        }
        spent = Some(meter.spent());
    };
    let info = allocation_counter::measure(work);
    report(
        &format!("poll, {name}, per line"),
        count,
        spent.unwrap(),
        info.count_total,
    );
}

fn write(path: &Path) {
    const BATCH: i64 = 2000;
    const BATCHES: i64 = 500;
    let _ = std::fs::remove_file(path);
    let _ = std::fs::remove_file(path.with_extension("connect-offsets"));
    let of = TopicPartition::new("lines", 0);
    let line = "x".repeat(99);
    let batches: Vec<_> = (0..BATCHES)
        .map(|n| {
            let record = |offset| {
                let record = Record::new("lines", line.as_str());
                SinkRecord::new(record, Origin::new(of.clone(), offset))
            };
            let records = (n * BATCH..(n + 1) * BATCH).map(record).collect();
            SinkBatch::new(records, [(of.clone(), (n + 1) * BATCH)].into())
        })
        .collect();
    let mut spent = None;
    let mut task = block_on(FileSink::new(path).open(SinkContext::new(context()))).unwrap();
    block_on(task.open(std::slice::from_ref(&of))).unwrap();
    let info = allocation_counter::measure(|| {
        let meter = Meter::start();
        for batch in &batches {
            block_on(task.put(batch)).unwrap();
        }
        block_on(task.flush(FlushReason::Closing)).unwrap();
        spent = Some(meter.spent());
    });
    let count = usize::try_from(BATCH * BATCHES).unwrap();
    report(
        "put and flush, 100 B, durable, per record",
        count,
        spent.unwrap(),
        info.count_total,
    );
}
