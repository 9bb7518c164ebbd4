//! Lines from a file into a topic of the embedded broker and back: what a worker costs beside a bare program.
//!
//! All of them leave everything durable: the time ends when the last record and its position are.

#![expect(clippy::unwrap_used, reason = "a benchmark stops at the first error")]

mod bare;

use std::path::{Path, PathBuf};

use connect_benches::{
    Answer, Case, Lines, Memory, Meter, Mode, Pipeline, main as measure_in_children, open, print,
    title,
};
use tokio::runtime::Builder;

const TOPIC: &str = "lines";

fn main() {
    measure_in_children(plan, |words| {
        let executor = Builder::new_multi_thread().enable_all().build().unwrap();
        executor.block_on(measure(words))
    });
}

/// What is compared, and what it is called.
const INTO_TOPIC: [(&str, &str); 4] = [
    ("read-exactly-once", "Connect, exactly once"),
    ("read-transactions", "bare, a transaction per 2000 lines"),
    ("read-at-least-once", "Connect, at least once"),
    ("read-plain", "bare, without transactions"),
];
const INTO_FILE: [(&str, &str); 2] = [
    ("write-exactly-once", "Connect, exactly once"),
    ("write-plain", "bare"),
];

fn plan() {
    let folder = tempfile::tempdir().unwrap();
    for (lines, size) in [
        (Lines::new(2_000_000, 100), "100 B"),
        (Lines::new(300_000, 1024), "1 KiB"),
    ] {
        let input = folder.path().join("input");
        lines.write(&input);
        title(&format!("file → topic, {} lines of {size}", lines.count));
        compare(&INTO_TOPIC, &input, lines);
        let filled = folder.path().join(format!("filled-{}", lines.size));
        let _ = Case::new(words("fill", &filled, &input, lines)).run();
        title(&format!("topic → file, {} lines of {size}", lines.count));
        compare(&INTO_FILE, &filled, lines);
    }
}

fn compare(named: &[(&str, &str)], from: &Path, lines: Lines) {
    let folder = tempfile::tempdir().unwrap();
    let case = |(what, _): &(&str, &str)| Case::new(words(what, folder.path(), from, lines));
    let cases: Vec<Case> = named.iter().map(case).collect();
    for ((_, name), answer) in named.iter().zip(Case::alternate(&cases)) {
        print(
            name,
            [
                (answer.get("rate") / 1e3, "k records/s"),
                (answer.get("cpu"), "ns CPU each"),
                (answer.get("peak") / 1e6, "MB peak"),
            ],
        );
    }
}

fn words(what: &str, folder: &Path, from: &Path, lines: Lines) -> [String; 5] {
    let path = |path: &Path| path.to_str().unwrap().to_owned();
    let (count, size) = (lines.count.to_string(), lines.size.to_string());
    [what.to_owned(), path(folder), path(from), count, size]
}

async fn measure(words: &[&str]) -> Answer {
    let [what, folder, from, count, size] = words else {
        panic!("expected five words, found {words:?}");
    };
    let lines = Lines::new(count.parse().unwrap(), size.parse().unwrap());
    let (folder, from) = (PathBuf::from(folder), PathBuf::from(from));
    match *what {
        "fill" => {
            let broker = open(&folder).await;
            bare::produce(&broker, &from).await;
            broker.close().await.unwrap();
            Answer::default()
        }
        "write-exactly-once" | "write-plain" => write(what, &from, lines).await,
        _ => read(what, &from, lines).await,
    }
}

/// From a file into a topic.
async fn read(what: &str, input: &Path, lines: Lines) -> Answer {
    let folder = tempfile::tempdir().unwrap();
    let broker = open(folder.path()).await;
    let mode = match what {
        "read-at-least-once" => Mode::AtLeastOnce,
        _ => Mode::ExactlyOnce,
    };
    let pipeline = Pipeline::start(&broker, mode).await;
    let meter = Meter::start();
    match what {
        "read-plain" => bare::produce(&broker, input).await,
        "read-transactions" => bare::produce_transactions(&broker, input).await,
        _ => {
            pipeline.read("read", input, TOPIC).await;
            pipeline.handed_on("read", lines.count).await;
        }
    }
    pipeline.end().await;
    let answer = answer(&meter, lines);
    let found = bare::count(&broker, lines.count).await;
    assert_eq!(
        found,
        lines.bytes() - lines.count as u64,
        "bytes without line ends"
    );
    broker.close().await.unwrap();
    answer
}

/// From a topic into a file.
async fn write(what: &str, filled: &Path, lines: Lines) -> Answer {
    let folder = tempfile::tempdir().unwrap();
    let output = folder.path().join("output");
    let broker = open(filled).await;
    let pipeline = Pipeline::start(&broker, Mode::ExactlyOnce).await;
    // A group of its own, so that it reads from the beginning.
    let group = folder.path().file_name().unwrap().to_str().unwrap();
    let meter = Meter::start();
    if what == "write-plain" {
        bare::consume(&broker, (group, &output), lines.count).await;
    } else {
        pipeline.write(group, TOPIC, &output).await;
        pipeline.handed_on(group, lines.count).await;
    }
    pipeline.end().await;
    let answer = answer(&meter, lines);
    assert_eq!(output.metadata().unwrap().len(), lines.bytes());
    broker.close().await.unwrap();
    answer
}

fn answer(meter: &Meter, lines: Lines) -> Answer {
    let spent = meter.spent();
    let count = lines.count as f64;
    Answer::default()
        .with("rate", count / spent.wall.as_secs_f64())
        .with("cpu", spent.cpu.as_nanos() as f64 / count)
        .with("peak", Memory::now().peak)
}
