//! What a worker needs before it does anything: time to start, memory, and CPU while nothing happens.

#![expect(clippy::unwrap_used, reason = "a benchmark stops at the first error")]

use std::{
    fs,
    path::Path,
    time::{Duration, Instant},
};

use connect_api::Offsets;
use connect_benches::{
    Answer, Case, Lines, Memory, Meter, Mode, Pipeline, main as measure_in_children, open, print,
    title,
};
use connect_runtime::broker::{
    Broker, ConsumerEvent, ConsumerOptions, Subscription, Want, embedded::EmbeddedBroker,
};
use tokio::{runtime::Builder, time::sleep};

const TOPIC: &str = "lines";
/// How long a worker rests before it is looked at: pauses have grown to their longest then.
const SETTLED: Duration = Duration::from_secs(5);
/// For how long it is looked at.
const WATCHED: Duration = Duration::from_secs(10);

fn main() {
    measure_in_children(plan, |words| {
        let executor = Builder::new_multi_thread().enable_all().build().unwrap();
        executor.block_on(async {
            match words {
                ["start", folder] => start(Path::new(folder)).await,
                ["idle"] => idle().await,
                ["sources", count] => sources(count.parse().unwrap()).await,
                ["sinks", count] => sinks(count.parse().unwrap()).await,
                other => panic!("{other:?}"),
            }
        })
    });
}

fn plan() {
    title("start, until the first record of a file can be read from its topic");
    let folder = tempfile::tempdir().unwrap();
    Lines::new(1000, 100).write(&folder.path().join("input"));
    let fresh = Case::new(["start", folder.path().to_str().unwrap()]);
    let answer = &Case::alternate(&[fresh])[0];
    for (name, what) in [
        ("broker", "open the broker in a new directory"),
        ("worker", "start the worker"),
        ("record", "start the connector, read the record"),
        ("all", "all of it"),
    ] {
        print(what, [(answer.get(name), "ms")]);
    }
    title("idle");
    for (words, what) in [
        (&["idle"][..], "a worker without connectors"),
        (&["sources", "1"], "1 file source"),
        (&["sinks", "1"], "1 file sink"),
        (&["sources", "1000"], "1000 file sources"),
        (&["sinks", "1000"], "1000 file sinks"),
    ] {
        let answer = Case::new(words).run();
        print(
            what,
            [
                (answer.get("resident") / 1e6, "MB"),
                (answer.get("cpu") * 100.0, "% of a core"),
                (answer.get("started"), "ms to start"),
            ],
        );
    }
}

async fn start(folder: &Path) -> Answer {
    let data = tempfile::tempdir().unwrap();
    let millis = |since: Instant| since.elapsed().as_secs_f64() * 1e3;
    let began = Instant::now();
    let broker = open(data.path()).await;
    let opened = millis(began);
    let pipeline = Pipeline::start(&broker, Mode::ExactlyOnce).await;
    let started = millis(began);
    pipeline.read("read", &folder.join("input"), TOPIC).await;
    first_record(&broker).await;
    let all = millis(began);
    pipeline.end().await;
    Answer::default()
        .with("broker", opened)
        .with("worker", started - opened)
        .with("record", all - started)
        .with("all", all)
}

async fn first_record(broker: &EmbeddedBroker) {
    let subscription = Subscription::Topics(vec![TOPIC.into()]);
    let options = ConsumerOptions::new("first", subscription);
    let mut consumer = broker.consumer(&options).await.unwrap();
    loop {
        match consumer.next(Want::Records).await.unwrap() {
            ConsumerEvent::Assigned(partitions) => {
                consumer.start(&partitions, &Offsets::new()).await.unwrap();
            }
            ConsumerEvent::Records(_) => return,
            other => panic!("{other:?}"),
        }
    }
}

async fn idle() -> Answer {
    let data = tempfile::tempdir().unwrap();
    let began = Instant::now();
    let broker = open(data.path()).await;
    let pipeline = Pipeline::start(&broker, Mode::ExactlyOnce).await;
    watch(began, pipeline).await
}

/// Sources that have read the one line of their file.
async fn sources(count: usize) -> Answer {
    let data = tempfile::tempdir().unwrap();
    let began = Instant::now();
    let broker = open(&data.path().join("broker")).await;
    let pipeline = Pipeline::start(&broker, Mode::ExactlyOnce).await;
    for number in 0..count {
        let file = data.path().join(number.to_string());
        fs::write(&file, "one line\n").unwrap();
        pipeline
            .read(&format!("source-{number}"), &file, TOPIC)
            .await;
    }
    for number in 0..count {
        pipeline.handed_on(&format!("source-{number}"), 1).await;
    }
    watch(began, pipeline).await
}

/// Sinks that have written the one record of their topic.
async fn sinks(count: usize) -> Answer {
    let data = tempfile::tempdir().unwrap();
    let began = Instant::now();
    let broker = open(&data.path().join("broker")).await;
    let pipeline = Pipeline::start(&broker, Mode::ExactlyOnce).await;
    let input = data.path().join("input");
    fs::write(&input, "one line\n").unwrap();
    pipeline.read("source", &input, TOPIC).await;
    for number in 0..count {
        let file = data.path().join(number.to_string());
        pipeline
            .write(&format!("sink-{number}"), TOPIC, &file)
            .await;
    }
    for number in 0..count {
        pipeline.handed_on(&format!("sink-{number}"), 1).await;
    }
    watch(began, pipeline).await
}

async fn watch(began: Instant, pipeline: Pipeline) -> Answer {
    let started = began.elapsed();
    sleep(SETTLED).await;
    let meter = Meter::start();
    sleep(WATCHED).await;
    let spent = meter.spent();
    let memory = Memory::now();
    pipeline.end().await;
    Answer::default()
        .with("started", started.as_secs_f64() * 1e3)
        .with("resident", memory.resident)
        .with("cpu", spent.cpu.as_secs_f64() / spent.wall.as_secs_f64())
}
