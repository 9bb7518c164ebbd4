//! Connectors on Kafka that have nothing to do: each has clients, which have threads.

use std::{
    fs,
    time::{Duration, Instant},
};

use connect_benches::{Answer, Case, Memory, Meter, Mode, Pipeline, print, title};
use tokio::time::sleep;

use crate::ours::{Topic, cluster, unique};

/// How long connectors rest before they are looked at.
const SETTLED: Duration = Duration::from_secs(5);
/// For how long they are looked at.
const WATCHED: Duration = Duration::from_secs(10);

pub(crate) fn plan(servers: &str) {
    title("idle");
    for (what, count, name) in [
        ("sources", "0", "a worker without connectors"),
        ("sources", "1", "1 file source"),
        ("sinks", "1", "1 file sink"),
        ("sources", "100", "100 file sources"),
        ("sinks", "100", "100 file sinks"),
    ] {
        let answer = Case::new(["idle", servers, what, count]).run();
        print(
            name,
            [
                (answer.get("threads"), "threads"),
                (answer.get("resident") / 1e6, "MB"),
                (answer.get("cpu") * 100.0, "% of a core"),
                (answer.get("started"), "ms to start"),
            ],
        );
    }
}

/// Sources that have read the one line of their file, or sinks that have written the one record of their topic.
pub(crate) async fn measure(servers: &str, what: &str, count: usize) -> Answer {
    let folder = tempfile::tempdir().unwrap();
    let topic = Topic::new(servers).await;
    let began = Instant::now();
    let pipeline = Pipeline::on(cluster(servers), &unique("idle"), Mode::ExactlyOnce).await;
    let name = unique(what);
    let names: Vec<_> = (0..count)
        .map(|number| format!("{name}-{number}"))
        .collect();
    if what == "sinks" {
        // It ends before the sinks are looked at.
        let filling = Pipeline::on(cluster(servers), &unique("fill"), Mode::AtLeastOnce).await;
        let input = folder.path().join("input");
        fs::write(&input, "one line\n").unwrap();
        filling.read("fill", &input, &topic.name).await;
        filling.handed_on("fill", 1).await;
        filling.end().await;
    }
    for name in &names {
        let file = folder.path().join(name);
        if what == "sinks" {
            pipeline.write(name, &topic.name, &file).await;
        } else {
            fs::write(&file, "one line\n").unwrap();
            pipeline.read(name, &file, &topic.name).await;
        }
    }
    for name in &names {
        pipeline.handed_on(name, 1).await;
    }
    let started = began.elapsed();
    sleep(SETTLED).await;
    let meter = Meter::start();
    sleep(WATCHED).await;
    let spent = meter.spent();
    let (memory, threads) = (Memory::now(), fs::read_dir("/proc/self/task"));
    let answer = Answer::default()
        .with("started", started.as_secs_f64() * 1e3)
        .with("threads", threads.unwrap().count() as f64)
        .with("resident", memory.resident)
        .with("cpu", spent.cpu.as_secs_f64() / spent.wall.as_secs_f64());
    pipeline.end().await;
    topic.delete().await;
    answer
}
