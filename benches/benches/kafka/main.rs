//! Lines from a file into a topic of Kafka and back: a worker beside a bare program and beside Java's worker.
//!
//! One broker, started as Kafka's own scripts do it, serves all of them in turn. `CONNECT_BENCH_LINES` says how many
//! lines of 100 B there are (a million).

#![expect(clippy::unwrap_used, reason = "a benchmark stops at the first error")]

mod chain;
mod idle;
mod java;
mod ours;
mod outside;

use std::{env, path::Path};

use connect_benches::{Answer, Case, Lines, Mode, main as measure_in_children, print, title};
use connect_kafka_lab::{Kafka, Options};
use tokio::runtime::Builder;

use self::outside::Outside;

fn main() {
    measure_in_children(plan, |words| {
        let executor = Builder::new_multi_thread().enable_all().build().unwrap();
        executor.block_on(measure(words))
    });
}

/// What is compared, and what it is called.
const INTO_TOPIC: [(&str, &str); 4] = [
    ("read-exactly-once", "Connect, exactly once"),
    ("read-at-least-once", "Connect, at least once"),
    ("read-bare", "bare librdkafka, idempotent"),
    ("read-java", "Kafka Connect in Java, at least once"),
];
const INTO_FILE: [(&str, &str); 3] = [
    ("write-ours", "Connect, exactly once"),
    ("write-bare", "bare librdkafka"),
    ("write-java", "Kafka Connect in Java, at least once"),
];

fn plan() {
    let kafka = Kafka::start(&Options::default().for_throughput()).unwrap();
    let servers = kafka.bootstrap();
    let folder = tempfile::tempdir().unwrap();
    warm_up(&servers, folder.path());
    let count = env::var("CONNECT_BENCH_LINES").ok();
    let count = count.map_or(1_000_000, |count| count.parse().unwrap());
    for (lines, size) in [
        (Lines::new(count, 100), "100 B"),
        (Lines::new(count / 5, 1024), "1 KiB"),
    ] {
        let input = folder.path().join("input");
        lines.write(&input);
        title(&format!("file → topic, {} lines of {size}", lines.count));
        compare(&INTO_TOPIC, &servers, (&input, lines));
        for partitions in [1, 4] {
            let topic = format!("filled-{}-{partitions}", lines.size);
            Kafka::create_topic(&servers, &topic, partitions, &[]).unwrap();
            Outside::bare(&["produce", &servers, &topic, input.to_str().unwrap()]).wait();
            title(&format!(
                "topic → file, {} lines of {size}, {partitions} partition(s)",
                lines.count
            ));
            compare(&INTO_FILE, &servers, (Path::new(&topic), lines));
        }
    }
    chain::plan(&servers, (folder.path(), count));
    idle::plan(&servers);
}

/// Lets a fresh broker make its topics of transactions and of groups, which takes seconds.
fn warm_up(servers: &str, folder: &Path) {
    let (input, lines) = (folder.join("input"), Lines::new(100, 100));
    lines.write(&input);
    let input = input.to_str().unwrap();
    Kafka::create_topic(servers, "warm-up", 1, &[]).unwrap();
    Outside::bare(&["produce", servers, "warm-up", input]).wait();
    for (what, from) in [("read-exactly-once", input), ("write-ours", "warm-up")] {
        let case = Case::new([what, servers, from, "100", "100"]);
        assert!(case.run().get("rate") > 0.0);
    }
}

fn compare(named: &[(&str, &str)], servers: &str, (from, lines): (&Path, Lines)) {
    let from = from.to_str().unwrap();
    let (count, size) = (lines.count.to_string(), lines.size.to_string());
    let case = |(what, _): &(&str, &str)| Case::new([what, servers, from, &count, &size]);
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

async fn measure(words: &[&str]) -> Answer {
    if let ["idle", servers, what, count] = *words {
        return idle::measure(servers, what, count.parse().unwrap()).await;
    }
    let [what, servers, from, count, size] = *words else {
        panic!("expected five words, found {words:?}");
    };
    let lines = Lines::new(count.parse().unwrap(), size.parse().unwrap());
    let way = (from, lines);
    match what {
        "write-ours" => ours::write(servers, way, &[]).await,
        "write-bare" => write_bare(servers, from, lines).await,
        "write-java" => java::write(servers, way, &[]).await,
        "read-bare" => read_bare(servers, from, lines).await,
        "read-java" => java::read(servers, way, &[]).await,
        "read-exactly-once" => ours::read(Mode::ExactlyOnce, servers, way, &[]).await,
        "read-at-least-once" => ours::read(Mode::AtLeastOnce, servers, way, &[]).await,
        other => chain::measure(other, servers, way).await,
    }
}

async fn read_bare(servers: &str, input: &str, lines: Lines) -> Answer {
    let topic = ours::Topic::new(servers).await;
    let mut bare = Outside::bare(&["produce", servers, &topic.name, input]);
    bare.wait();
    let answer = bare.answer(lines.count);
    assert_eq!(topic.end().await, lines.count);
    topic.delete().await;
    answer
}

async fn write_bare(servers: &str, topic: &str, lines: Lines) -> Answer {
    let folder = tempfile::tempdir().unwrap();
    let output = folder.path().join("output");
    let partitions = ours::partitions(servers, topic).await.to_string();
    let mut bare = Outside::bare(&[
        "consume",
        servers,
        topic,
        &partitions,
        &lines.count.to_string(),
        output.to_str().unwrap(),
    ]);
    bare.wait();
    let answer = bare.answer(lines.count);
    assert_eq!(output.metadata().unwrap().len(), lines.bytes());
    answer
}
