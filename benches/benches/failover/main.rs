//! A cluster on Kafka: how long records stay away while workers join, leave and die, and how fast connectors start.
//!
//! Three processes share a source and a sink of six tasks, each of which has a record every 20 ms. A worker that is
//! beside the cluster feeds the sink, and reads what the source writes, committed records only.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a benchmark prints, and stops at the first error"
)]

mod plugins;
mod watch;
mod worker;

use std::{
    env, thread,
    time::{Duration, Instant},
};

use connect_benches::{print, title};
use connect_converters::{SimpleHeaderConverter, StringConverter};
use connect_kafka_lab::{Kafka, Options};
use connect_runtime::{Worker, WorkerHandle};
use tokio::runtime::Builder;

use self::{
    plugins::{Teller, Ticks, Watch},
    watch::Watcher,
    worker::{Child, WORKER, work},
};

const GROUP: &str = "failover";

/// How many tasks source and sink have, and partitions the topics.
const LANES: u16 = 6;

/// How long a cluster is watched after something was done to it: twice the session, and time to settle.
const WATCHED: Duration = Duration::from_secs(20);

/// How many connectors are created at once.
const MANY: usize = 200;

fn main() {
    let executor = Builder::new_multi_thread().enable_all().build().unwrap();
    let arguments: Vec<String> = env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match *words {
        [WORKER, servers, group] => executor.block_on(work(servers, group)),
        _ => executor.block_on(async { tokio::task::block_in_place(measure) }),
    }
}

fn measure() {
    let kafka = Kafka::start(&Options::default().for_throughput()).unwrap();
    let servers = kafka.bootstrap();
    for topic in ["ticks", "fed", "many"] {
        Kafka::create_topic(&servers, topic, usize::from(LANES), &[]).unwrap();
    }
    let watcher = Watcher::start();
    let beside = tokio::runtime::Handle::current().block_on(beside(&servers, &watcher));
    let mut children: Vec<_> = (0..3).map(|_| Child::start(&servers, GROUP)).collect();
    children[0].tell(&format!(
        "create ticks connector.class=ticks tasks.max={LANES} topic=ticks lanes={LANES}"
    ));
    children[0].tell(&format!(
        "create watch connector.class=watch tasks.max={LANES} topics=fed socket={} teller=reader",
        watcher.address
    ));
    children[0].tell("running 2");
    settled(&watcher);
    title("the longest time without a record");
    observe("nothing happens", &watcher, || {});
    observe("a worker joins", &watcher, || {
        children.push(Child::start(&servers, GROUP));
    });
    observe("a worker leaves", &watcher, || children.remove(1).end());
    observe("a connector is added", &watcher, || {
        children[0].tell("create added connector.class=ticks topic=many lanes=1");
    });
    let leader = leader(&servers);
    let (leading, following) = children
        .into_iter()
        .partition(|child| child.worker == leader);
    let (leading, mut following): (Vec<Child>, Vec<Child>) = (leading, following);
    observe("a worker is killed", &watcher, || drop(following.pop()));
    following.push(Child::start(&servers, GROUP));
    thread::sleep(WATCHED);
    observe("a worker is killed and replaced at once", &watcher, || {
        drop(following.pop());
        following.push(Child::start(&servers, GROUP));
    });
    observe("the leader is killed", &watcher, || drop(leading));
    following.push(Child::start(&servers, GROUP));
    thread::sleep(WATCHED);
    create_many(&mut following);
    drop(following);
    drop(beside);
}

/// Does something, and prints how long lanes were without a record then.
fn observe(what: &str, watcher: &Watcher, event: impl FnOnce()) {
    settled(watcher);
    let since = Instant::now();
    event();
    thread::sleep(WATCHED.saturating_sub(since.elapsed()));
    for direction in ["source", "sink"] {
        let gaps = watcher.gaps(direction, since);
        print(
            &format!("{what}, {direction}"),
            [
                (gaps.moved as f64, "moved"),
                (gaps.longest_moved.as_secs_f64() * 1e3, "ms"),
                (gaps.kept as f64, "stayed"),
                (gaps.longest_kept.as_secs_f64() * 1e3, "ms"),
            ],
        );
    }
}

/// Waits until every lane has records.
fn settled(watcher: &Watcher) {
    while watcher.alive() < 2 * usize::from(LANES) {
        thread::sleep(Duration::from_millis(50));
    }
    thread::sleep(Duration::from_secs(5));
}

fn create_many(children: &mut [Child]) {
    let began = Instant::now();
    let each = MANY.div_ceil(children.len());
    for (number, child) in children.iter_mut().enumerate() {
        let first = number * each;
        let count = each.min(MANY.saturating_sub(first));
        child.say(&format!("many {first} {count} many"));
    }
    for child in &mut *children {
        assert_eq!(child.hear(), "done");
    }
    let created = began.elapsed();
    children[0].tell(&format!("running {}", MANY + 3));
    title(&format!(
        "{MANY} connectors at once, on {} workers",
        children.len()
    ));
    print(
        "all are created, and all run",
        [
            (created.as_secs_f64(), "s created"),
            (began.elapsed().as_secs_f64(), "s run"),
        ],
    );
}

/// Starts what is beside the cluster: the source that feeds its sink, and the sink that reads its source.
async fn beside(servers: &str, watcher: &Watcher) -> WorkerHandle {
    let strings = StringConverter::default;
    let worker = Worker::builder("beside")
        .setting("bootstrap.servers", servers)
        .setting("exactly.once.source.support", "disabled")
        .converters(strings(), strings(), SimpleHeaderConverter::default())
        .start()
        .await
        .unwrap();
    let feed = Ticks {
        topic: "fed".to_owned(),
        lanes: LANES,
    };
    worker.source("feed", feed).start().await.unwrap();
    let watch = Watch {
        socket: watcher.address.clone(),
        teller: Teller::Writer,
    };
    let sink = worker.sink("read", watch).topics(["ticks"]);
    sink.start().await.unwrap();
    worker
}

/// Returns who leads the cluster.
fn leader(servers: &str) -> String {
    let topic = format!("connect-{GROUP}-cluster");
    let records = Kafka::read_committed(servers, &topic).unwrap().into_iter();
    let mut terms = records.filter(|record| record.key.as_deref() == Some(b"leader"));
    let term = terms.next_back().and_then(|record| record.value).unwrap();
    let term: serde_json::Value = serde_json::from_slice(&term).unwrap();
    term["worker"].as_str().unwrap().to_owned()
}
