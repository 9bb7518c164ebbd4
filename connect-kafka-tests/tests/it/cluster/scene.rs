//! [`Scene`]: a cluster, its source and sink, and what has to be there in the end.

use std::{
    collections::BTreeMap,
    env, fs,
    path::PathBuf,
    sync::atomic::{AtomicI64, AtomicU32, Ordering},
    thread,
    time::Duration,
};

use connect_testkit::program::Program;
use tempfile::TempDir;

use super::{chain, control::Unit, member::Member};
use crate::stage::{PATIENCE, create, own, read, within};

/// What tells a program its part.
pub(super) const GROUP: &str = "CONNECT_CLUSTER_GROUP";
pub(super) const SERVERS: &str = "CONNECT_CLUSTER_SERVERS";
pub(super) const CONTROL: &str = "CONNECT_CLUSTER_CONTROL";
pub(super) const LOG: &str = "CONNECT_CLUSTER_LOG";

/// Where it is set, workers write down everything that they do.
pub(super) const DEBUG: &str = "CONNECT_CLUSTER_DEBUG";

/// A cluster, its source and sink, and what has to be there in the end.
#[derive(Debug)]
pub(super) struct Scene {
    pub(super) group: String,
    pub(super) servers: String,
    pub(super) topic: String,
    /// The name of the sink, and so of its group at the broker that tests share.
    pub(super) sink: String,
    /// How many tasks source and sink have, and partitions the topic.
    pub(super) tasks: usize,
    directory: Option<TempDir>,
    path: PathBuf,
    fed: AtomicI64,
    programs: AtomicU32,
}

impl Scene {
    /// How often a second a lane is fed, and how much.
    const RHYTHM: Duration = Duration::from_millis(100);
    const PORTION: i64 = 5;

    pub(super) async fn prepare(name: &str, servers: &str, tasks: usize) -> Self {
        let group = own(&format!("cluster-{name}"));
        let topic = format!("{group}-numbers");
        create(servers, &topic, tasks).await;
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().to_owned();
        let scene = Self {
            sink: format!("{group}-sink"),
            group,
            servers: servers.to_owned(),
            topic,
            tasks,
            directory: Some(directory),
            path,
            fed: AtomicI64::new(0),
            programs: AtomicU32::new(0),
        };
        scene.feed(1);
        scene
    }

    /// Returns the program of one more worker.
    pub(super) fn program(&self) -> Program {
        self.program_named("cluster::program::program")
    }

    /// Returns the program of one more worker, whose executor has one thread.
    pub(super) fn program_of_one_thread(&self) -> Program {
        self.program_named("cluster::program::program_of_one_thread")
    }

    fn program_named(&self, name: &str) -> Program {
        let number = self.programs.fetch_add(1, Ordering::Relaxed);
        Program::new(name)
            .with(GROUP, &self.group)
            .with(SERVERS, &self.servers)
            .with(LOG, self.path.join(format!("worker-{number}.log")))
    }

    /// Starts one more worker.
    pub(super) async fn worker(&self) -> Member {
        Member::start(self.program()).await
    }

    /// Starts three workers, of which the first is told to run source and sink, and waits until all runs.
    pub(super) async fn start(&self) -> Vec<Member> {
        let mut members = self.members().await;
        members[0].create("source", self.source(self.tasks)).await;
        members[1].create(&self.sink, self.sink()).await;
        self.all_run(&mut members[2]).await;
        members
    }

    /// Waits until a worker shows that all tasks run.
    pub(super) async fn all_run(&self, member: &mut Member) {
        let all = |units: &[Unit]| self.all(units);
        member.shows("all tasks run", all).await;
    }

    /// Waits until it also shows that nothing is about to move: all workers have the same, or one more.
    pub(super) async fn balanced(&self, member: &mut Member, workers: usize) {
        let balanced = |units: &[Unit]| {
            let mut loads = BTreeMap::<&str, usize>::new();
            for unit in units {
                *loads.entry(&unit.worker).or_default() += 1;
            }
            let least = units.len() / workers;
            let is_fair = |load: &usize| (least..=least + 1).contains(load);
            self.all(units) && loads.len() == workers && loads.values().all(is_fair)
        };
        member.shows("all workers have the same", balanced).await;
    }

    fn all(&self, units: &[Unit]) -> bool {
        runs(units, "source") == self.tasks && runs(units, &self.sink) == self.tasks
    }

    /// Starts three workers.
    pub(super) async fn members(&self) -> Vec<Member> {
        let (one, two, three) = tokio::join!(self.worker(), self.worker(), self.worker());
        vec![one, two, three]
    }

    /// Waits until somebody leads, and returns who.
    pub(super) async fn leader(&self) -> String {
        let topic = format!("connect-{}-cluster", self.group);
        let leading = async {
            loop {
                let records = read(&self.servers, &topic).await.into_iter();
                let mut terms = records.filter(|(_, key, _)| key == "leader");
                if let Some((_, _, term)) = terms.next_back() {
                    let term: serde_json::Value = serde_json::from_str(&term).unwrap();
                    return term["worker"].as_str().unwrap().to_owned();
                }
            }
        };
        within("a leader", leading).await
    }

    /// Returns the configuration of the source.
    pub(super) fn source(&self, tasks: usize) -> BTreeMap<String, String> {
        let fed = self.path.join("fed").display().to_string();
        config([
            ("connector.class", "counter".to_owned()),
            ("tasks.max", tasks.to_string()),
            ("topic", self.topic.clone()),
            ("lanes", self.lanes().to_string()),
            ("fed", fed),
        ])
    }

    /// Returns the configuration of the sink.
    pub(super) fn sink(&self) -> BTreeMap<String, String> {
        config([
            ("connector.class", "chain".to_owned()),
            ("tasks.max", self.tasks.to_string()),
            ("topics", self.topic.clone()),
            ("directory", self.sunk().display().to_string()),
        ])
    }

    /// Lets the source count further.
    pub(super) fn feed(&self, more: i64) {
        let fed = self.fed.fetch_add(more, Ordering::Relaxed) + more;
        let draft = self.path.join("fed.draft");
        fs::write(&draft, fed.to_string()).unwrap();
        fs::rename(draft, self.path.join("fed")).unwrap();
    }

    /// Lets the source count further, for as long as something goes on.
    pub(super) async fn feed_during<T>(&self, work: impl Future<Output = T>) -> T {
        let mut ticks = tokio::time::interval(Self::RHYTHM);
        let feeding = async {
            loop {
                ticks.tick().await;
                self.feed(Self::PORTION);
            }
        };
        tokio::select! {
            biased;
            done = work => done,
            () = feeding => panic!("feeding does not end"),
        }
    }

    /// Waits until everything that was fed so far is in the sink.
    pub(super) async fn arrived(&self) {
        let wanted = self.count();
        let mut ticks = tokio::time::interval(Duration::from_secs(1));
        let arriving = async {
            while self.rows().len() < wanted {
                ticks.tick().await;
            }
        };
        let arrived = tokio::time::timeout(PATIENCE, arriving).await;
        assert!(
            arrived.is_ok(),
            "{} of {wanted} within {PATIENCE:?}: {}",
            self.rows().len(),
            self.path.display(),
        );
    }

    /// Checks that everything is there once, in the topic also in order.
    pub(super) async fn check(&self, story: &str) {
        self.check_rows(&format!("{story}: the sink"), self.rows());
        let records = read(&self.servers, &self.topic).await.into_iter();
        let records = records.map(|(_, key, value)| (key, value)).collect();
        self.check_rows(&format!("{story}: the topic"), records);
    }

    fn check_rows(&self, place: &str, rows: Vec<(String, String)>) {
        let mut lanes = BTreeMap::<String, Vec<String>>::new();
        for (lane, number) in rows {
            lanes.entry(lane).or_default().push(number);
        }
        let fed = self.fed.load(Ordering::Relaxed);
        for lane in 0..self.lanes() {
            let found = lanes.remove(&lane.to_string()).unwrap_or_default();
            let mut expected = (0..fed).map(|number| number.to_string());
            let wrong = found
                .iter()
                .position(|number| Some(number) != expected.next().as_ref());
            assert!(
                wrong.is_none() && found.len() as i64 == fed,
                "{place}: lane {lane} has {} numbers of {fed}, and is wrong at {wrong:?}: {:?}",
                found.len(),
                &found[wrong.unwrap_or_default().saturating_sub(3)..][..found.len().min(8)],
            );
        }
        assert!(lanes.is_empty(), "{place}: {:?}", lanes.keys());
    }

    /// Returns all that the sink has.
    fn rows(&self) -> Vec<(String, String)> {
        let partitions = 0..i32::try_from(self.tasks).unwrap();
        let of = |partition| chain::rows(&self.sunk(), &self.topic, partition);
        partitions.flat_map(of).collect()
    }

    fn count(&self) -> usize {
        let fed = usize::try_from(self.fed.load(Ordering::Relaxed)).unwrap();
        fed * self.lanes()
    }

    fn lanes(&self) -> usize {
        2 * self.tasks
    }

    fn sunk(&self) -> PathBuf {
        self.path.join("sunk")
    }
}

/// What workers wrote is worth reading after a failure, and when everything was asked for.
impl Drop for Scene {
    fn drop(&mut self) {
        if (thread::panicking() || env::var_os(DEBUG).is_some())
            && let Some(directory) = self.directory.take()
        {
            eprintln!("{}: logs in {}", self.group, directory.keep().display());
        }
    }
}

/// Counts the tasks of a connector that run.
pub(super) fn runs(units: &[Unit], connector: &str) -> usize {
    let tasks = units.iter().filter(|unit| unit.task.is_some());
    let tasks = tasks.filter(|unit| unit.connector == connector && unit.state == "RUNNING");
    tasks.count()
}

fn config<const N: usize>(entries: [(&str, String); N]) -> BTreeMap<String, String> {
    let entries = entries.into_iter();
    entries
        .map(|(key, value)| (key.to_owned(), value))
        .collect()
}
