//! Workers of Kafka Connect in Java, with its file connectors.

use std::{
    collections::BTreeSet,
    env,
    fs::{self, File},
    net::TcpListener,
    path::{Path, PathBuf},
    process::{Child, Stdio},
    thread,
    time::{Duration, Instant},
};

use connect_benches::{java_worker, title};
use connect_kafka_lab::Kafka;
use serde_json::{Value, json};

use crate::{
    LANES,
    beside::Beside,
    gaps::{Gaps, Watched},
    lines::{feed, follow},
    rest::ask,
    watch::{Lane, Watcher},
};

/// How long a cluster is watched at least: its session is 10 s.
const WATCHED: Duration = Duration::from_secs(20);

/// How long its start, and balancing, may take.
const PATIENCE: Duration = Duration::from_secs(180);

/// Three workers, each source and sink of which has one task.
struct Cluster {
    /// The name of the group, and what the names of its topics and connectors begin with.
    name: String,
    servers: String,
    folder: tempfile::TempDir,
    /// How long tasks wait for a worker that died.
    delay: Duration,
    watcher: Watcher,
    workers: Vec<Process>,
    /// How many were started.
    started: usize,
    _beside: Beside,
}

/// A worker, which is killed when it is dropped.
struct Process {
    child: Child,
    port: u16,
    log: PathBuf,
}

/// What a worker is in its group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Role {
    Leads,
    Follows,
}

/// Measures without the delay, and with it.
pub(crate) fn measure(servers: &str) {
    let seconds = env::var("CONNECT_BENCH_DELAY").ok();
    let seconds = seconds.map_or(300, |seconds| seconds.parse().unwrap());
    for delay in BTreeSet::from([0, seconds]) {
        let mut cluster = Cluster::start(servers, Duration::from_secs(delay));
        let mut gaps = Gaps::default();
        cluster.observe(&mut gaps, "nothing happens", |_| None);
        let follower = cluster.take(Role::Follows);
        cluster.observe(&mut gaps, "a worker is killed", |_| Some(follower));
        cluster.observe(&mut gaps, "a worker joins", |cluster| {
            cluster.join();
            None
        });
        let leader = cluster.take(Role::Leads);
        cluster.observe(&mut gaps, "the leader is killed", |_| Some(leader));
        title(&format!(
            "Kafka Connect in Java, waiting {delay} s for who died: the longest time without a record"
        ));
        gaps.print();
    }
}

impl Cluster {
    /// Starts three workers, and waits until everything runs.
    fn start(servers: &str, delay: Duration) -> Self {
        let name = format!("java-{}", delay.as_secs());
        let watcher = Watcher::start();
        let feeds: Vec<_> = (0..LANES)
            .map(|lane| (topic(&name, "fed", lane), 1))
            .collect();
        let reads: Vec<_> = (0..LANES).map(|lane| topic(&name, "ticks", lane)).collect();
        for topic in feeds.iter().map(|(topic, _)| topic).chain(&reads) {
            Kafka::create_topic(servers, topic, 1, &[]).unwrap();
        }
        let mut cluster = Self {
            servers: servers.to_owned(),
            folder: tempfile::tempdir().unwrap(),
            delay,
            watcher: watcher.clone(),
            workers: Vec::new(),
            started: 0,
            _beside: Beside::start(servers, &watcher, (&feeds, &reads)),
            name,
        };
        let path = |kind: &str| (0..LANES).map(|lane| cluster.path(kind, lane)).collect();
        feed(path("in"));
        follow(path("out"), watcher.clone());
        for _ in 0..3 {
            cluster.join();
        }
        cluster.create();
        let began = Instant::now();
        while watcher.alive() < 2 * usize::from(LANES) {
            assert!(began.elapsed() < PATIENCE, "not all connectors run");
            thread::sleep(Duration::from_millis(50));
        }
        thread::sleep(WATCHED);
        cluster
    }

    fn path(&self, kind: &str, lane: u16) -> PathBuf {
        self.folder.path().join(format!("{kind}-{lane}"))
    }

    fn join(&mut self) {
        self.started += 1;
        let folder = self.folder.path().join(format!("worker-{}", self.started));
        fs::create_dir(&folder).unwrap();
        let worker = Process::start(&folder, (&self.servers, &self.name), self.delay);
        worker.wait();
        self.workers.push(worker);
    }

    /// Creates the connectors, and tries again while the group is not settled.
    fn create(&self) {
        for lane in 0..LANES {
            let (input, output) = (self.path("in", lane), self.path("out", lane));
            self.put(
                &format!("source-{lane}"),
                &json!({
                    "connector.class": "FileStreamSource",
                    "tasks.max": "1",
                    "file": input,
                    "topic": topic(&self.name, "ticks", lane),
                }),
            );
            self.put(
                &format!("sink-{lane}"),
                &json!({
                    "connector.class": "FileStreamSink",
                    "tasks.max": "1",
                    "file": output,
                    "topics": topic(&self.name, "fed", lane),
                }),
            );
        }
    }

    fn put(&self, name: &str, config: &Value) {
        let (began, path) = (Instant::now(), format!("/connectors/{name}/config"));
        while began.elapsed() < PATIENCE {
            if let Ok((200..300, _)) = ask(self.workers[0].port, ("PUT", &path), config) {
                return;
            }
            thread::sleep(Duration::from_millis(200));
        }
        panic!("connector {name} could not be created");
    }

    /// Takes a worker out, the one that leads or one that does not.
    fn take(&mut self, role: Role) -> Process {
        let leader = self.workers.iter().find_map(Process::leader).unwrap();
        let mut workers = self.workers.iter();
        let found = workers.position(|worker| (worker.port == leader) == (role == Role::Leads));
        self.workers.remove(found.unwrap())
    }

    /// Returns the lanes whose tasks a worker has.
    fn lanes(&self, worker: &Process) -> BTreeSet<Lane> {
        let asked = ("GET", "/connectors?expand=status");
        let (_, connectors) = ask(worker.port, asked, &Value::Null).unwrap();
        let id = format!("127.0.0.1:{}", worker.port);
        let connectors = connectors.as_object().unwrap().iter();
        let of = connectors.filter(|(_, it)| it["status"]["tasks"][0]["worker_id"] == *id);
        let lane = |name: &str| {
            let (direction, lane) = name.split_once('-')?;
            Some((direction.to_owned(), lane.parse().ok()?))
        };
        of.filter_map(|(name, _)| lane(name)).collect()
    }

    /// Does something, and notes how long lanes are without a record then; a worker that it returns is killed.
    fn observe(
        &mut self,
        gaps: &mut Gaps,
        what: &str,
        event: impl FnOnce(&mut Self) -> Option<Process>,
    ) {
        let watched = Watched {
            least: WATCHED,
            most: self.delay + Duration::from_secs(90),
        };
        let watcher = self.watcher.clone();
        gaps.observe(what, (&watcher, watched), || {
            let killed = event(self);
            let lanes = killed.as_ref().map(|killed| self.lanes(killed));
            drop(killed);
            let lanes = lanes.unwrap_or_default();
            Box::new(move |lane, _| lanes.contains(lane))
        });
    }
}

/// Returns the topic of a lane, which has no other.
fn topic(cluster: &str, kind: &str, lane: u16) -> String {
    format!("{cluster}-{kind}-{lane}")
}

impl Process {
    fn start(folder: &Path, (servers, group): (&str, &str), delay: Duration) -> Self {
        let port = TcpListener::bind("127.0.0.1:0").and_then(|socket| socket.local_addr());
        let port = port.unwrap().port();
        let (listeners, delay) = (
            format!("http://127.0.0.1:{port}"),
            delay.as_millis().to_string(),
        );
        let topics = ["config", "offset", "status"];
        let topics = topics.map(|of| [format!("{of}.storage.topic"), format!("{group}-{of}s")]);
        let replicas = ["config", "offset", "status"];
        let replicas = replicas.map(|of| format!("{of}.storage.replication.factor"));
        let mut settings = vec![
            ("group.id", group),
            ("listeners", &*listeners),
            ("scheduled.rebalance.max.delay.ms", &*delay),
        ];
        settings.extend(topics.iter().map(|[key, topic]| (&**key, &**topic)));
        settings.extend(replicas.iter().map(|key| (&**key, "1")));
        let log = folder.join("log");
        let mut java = java_worker(folder, "ConnectDistributed", servers, &settings);
        java.stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(File::create(&log).unwrap());
        let child = java.spawn().unwrap();
        Self { child, port, log }
    }

    /// Waits until it answers.
    fn wait(&self) {
        let began = Instant::now();
        while !matches!(
            ask(self.port, ("GET", "/connectors"), &Value::Null),
            Ok((200, _))
        ) {
            let log = self.log.display();
            assert!(began.elapsed() < PATIENCE, "it does not answer, see {log}");
            thread::sleep(Duration::from_millis(100));
        }
    }

    /// Returns the port of the worker that leads, as it has heard last.
    fn leader(&self) -> Option<u16> {
        let log = fs::read_to_string(&self.log).unwrap();
        let (_, last) = log.rsplit_once("leaderUrl='http://127.0.0.1:")?;
        last.split('/').next()?.parse().ok()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended by itself.
        drop(self.child.kill());
        self.child.wait().unwrap();
    }
}
