//! Workers of this project.

use std::{
    thread,
    time::{Duration, Instant},
};

use connect_benches::{print, rounds, title};
use connect_kafka_lab::Kafka;

use crate::{
    LANES,
    beside::Beside,
    gaps::{Gaps, Watched},
    watch::Watcher,
    worker::Child,
};

const GROUP: &str = "failover";

/// How long the cluster is watched after something was done to it: twice the session, and time to settle.
const WATCHED: Duration = Duration::from_secs(15);

/// How many connectors are created at once.
const MANY: usize = 200;

/// Workers that share a source and a sink.
struct Cluster<'a> {
    servers: &'a str,
    watcher: Watcher,
    children: Vec<Child>,
    gaps: Gaps,
}

pub(crate) fn measure(servers: &str) {
    for topic in ["ticks", "fed", "many"] {
        Kafka::create_topic(servers, topic, usize::from(LANES), &[]).unwrap();
    }
    let watcher = Watcher::start();
    let topics = ([("fed".to_owned(), LANES)], ["ticks".to_owned()]);
    let _beside = Beside::start(servers, &watcher, (&topics.0, &topics.1));
    let mut cluster = Cluster::start(servers, watcher);
    for round in 0..rounds() {
        cluster.round(round);
    }
    title("the longest time without a record");
    cluster.gaps.print();
    cluster.create_many();
}

impl<'a> Cluster<'a> {
    /// Starts three workers, and waits until everything runs.
    fn start(servers: &'a str, watcher: Watcher) -> Self {
        let mut children: Vec<_> = (0..3).map(|_| Child::start(servers, GROUP)).collect();
        let address = &watcher.address;
        children[0].tell(&format!(
            "create ticks connector.class=ticks tasks.max={LANES} topic=ticks lanes={LANES}"
        ));
        children[0].tell(&format!(
            "create watch connector.class=watch tasks.max={LANES} topics=fed socket={address} teller=reader"
        ));
        children[0].tell("running 2");
        while watcher.alive() < 2 * usize::from(LANES) {
            thread::sleep(Duration::from_millis(50));
        }
        Self {
            servers,
            watcher,
            children,
            gaps: Gaps::default(),
        }
    }

    /// Does everything once; there are three workers before and after it.
    fn round(&mut self, round: usize) {
        self.observe("nothing happens", |_| {});
        self.observe("a worker joins", Self::join);
        let follower = self.follower();
        self.observe("a worker leaves", |_| follower.end());
        self.observe("a connector is added", |cluster| {
            let create = format!("create added-{round} connector.class=ticks topic=many lanes=1");
            cluster.children[0].tell(&create);
        });
        let follower = self.follower();
        self.observe("a worker is killed", |_| drop(follower));
        self.join();
        thread::sleep(WATCHED);
        let follower = self.follower();
        self.observe("a worker is killed and replaced at once", |cluster| {
            drop(follower);
            cluster.join();
        });
        let leader = self.leader();
        self.observe("the leader is killed", |_| drop(leader));
        self.join();
        thread::sleep(WATCHED);
    }

    /// Does something, and notes how long lanes are without a record then.
    fn observe(&mut self, what: &str, event: impl FnOnce(&mut Self)) {
        let watched = Watched {
            least: WATCHED,
            most: 4 * WATCHED,
        };
        let (watcher, mut gaps) = (self.watcher.clone(), std::mem::take(&mut self.gaps));
        gaps.observe(what, (&watcher, watched), || {
            event(self);
            Box::new(|_, seen| !seen.stayed)
        });
        self.gaps = gaps;
    }

    fn join(&mut self) {
        self.children.push(Child::start(self.servers, GROUP));
    }

    /// Takes a worker out that does not lead.
    fn follower(&mut self) -> Child {
        let leader = leader(self.servers);
        let mut children = self.children.iter();
        let follower = children.position(|child| child.worker != leader).unwrap();
        self.children.remove(follower)
    }

    /// Takes the worker out that leads.
    fn leader(&mut self) -> Child {
        let leader = leader(self.servers);
        let mut children = self.children.iter();
        let leading = children.position(|child| child.worker == leader).unwrap();
        self.children.remove(leading)
    }

    fn create_many(&mut self) {
        let children = &mut self.children;
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
        children[0].tell(&format!("running {}", MANY + 2 + rounds()));
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
