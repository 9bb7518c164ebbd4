//! Clusters on Kafka: how long records stay away while workers join, leave and die, and how fast connectors start.
//!
//! Three processes share a source and a sink of six tasks, each of which has a record every 20 ms. A worker that is
//! beside the cluster feeds the sink, and reads what the source writes, committed records only. Three workers of Kafka
//! Connect in Java do the same with its file connectors. `CONNECT_BENCH_ROUNDS` says how often each thing is done to the
//! cluster (3; to Java's once), `CONNECT_BENCH_DELAY` how many seconds Java's workers wait for one that died (300, as by
//! default).

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a benchmark talks to its processes, and stops at the first error"
)]

mod beside;
mod gaps;
mod java;
mod lines;
mod ours;
mod plugins;
mod rest;
mod watch;
mod worker;

use std::env;

use connect_kafka_lab::{Kafka, Options};
use tokio::{runtime::Builder, task::block_in_place};

use self::worker::{WORKER, work};

/// How many tasks there are of sources and of sinks.
const LANES: u16 = 6;

fn main() {
    let executor = Builder::new_multi_thread().enable_all().build().unwrap();
    let arguments: Vec<String> = env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match *words {
        [WORKER, servers, group] => executor.block_on(work(servers, group)),
        _ => executor.block_on(async { block_in_place(|| measure(&words)) }),
    }
}

/// Measures both, or what is named.
fn measure(words: &[&str]) {
    let kafka = Kafka::start(&Options::default().for_throughput()).unwrap();
    let servers = kafka.bootstrap();
    if !words.contains(&"java") {
        ours::measure(&servers);
    }
    if !words.contains(&"ours") {
        java::measure(&servers);
    }
}
