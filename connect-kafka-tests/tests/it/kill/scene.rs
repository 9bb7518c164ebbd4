//! [`Scene`]: what a program reads and writes, and what has to be there when it has done its work.

use std::{
    collections::BTreeSet,
    env,
    ffi::OsString,
    fs,
    path::PathBuf,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicU32, Ordering},
    },
};

use connect_kafka_lab::Kafka;
use connect_runtime::broker::Broker;
use connect_testkit::program::Program;
use tempfile::TempDir;
use tokio::runtime::Builder;

use crate::stage::{broker, own};

/// What tells a program its scene.
const GROUP: &str = "CONNECT_KILL_GROUP";
const DIRECTORY: &str = "CONNECT_KILL_DIRECTORY";
const PROMISE: &str = "CONNECT_KILL_PROMISE";

/// How many lines the input has.
const LINES: usize = 48;

/// How often each line may come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Promise {
    Once,
    AtLeastOnce,
}

/// What becomes of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    /// It comes to the output.
    Line,
    /// It is sent to a partition that does not exist: it is refused, and its transaction aborted.
    Nowhere,
    /// A transform of the source drops it.
    Dropped,
    /// A transform of the sink fails on it.
    Poison,
}

impl Fate {
    /// Returns what becomes of the line at `index`; the last comes to the output.
    fn of(index: usize) -> Self {
        match index {
            9 | 30 => Self::Nowhere,
            8 | 20 | 33 => Self::Dropped,
            3 | 10 | 17 | 24 | 25 | 38 => Self::Poison,
            _ => Self::Line,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Line => "line",
            Self::Nowhere => "nowhere",
            Self::Dropped => "dropped",
            Self::Poison => "poison",
        }
    }

    /// Returns the fate that a line names.
    pub(super) fn named(line: &str) -> Self {
        let all = [Self::Line, Self::Nowhere, Self::Dropped, Self::Poison];
        let mut all = all.into_iter();
        let name = line.split(' ').next();
        all.find(|fate| Some(fate.name()) == name).unwrap()
    }
}

/// A group of the shared broker, and a directory, for one program and no other.
#[derive(Debug)]
pub(super) struct Scene {
    pub(super) group: String,
    pub(super) promise: Promise,
    directory: PathBuf,
    /// The side that prepared it removes it.
    _directory: Option<TempDir>,
}

impl Scene {
    /// Writes the input of a new scene.
    pub(super) fn prepare(promise: Promise) -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let directory = tempfile::tempdir().unwrap();
        let scene = Self {
            group: own(&format!("kill-{number}")),
            promise,
            directory: directory.path().to_owned(),
            _directory: Some(directory),
        };
        let line = |index: usize| format!("{} {index}\n", Fate::of(index).name());
        fs::write(scene.input(), (0..LINES).map(line).collect::<String>()).unwrap();
        scene
    }

    /// Returns the scene of this process, which is a program.
    pub(super) fn received() -> Self {
        let promise = match env::var(PROMISE).unwrap().as_str() {
            "once" => Promise::Once,
            _ => Promise::AtLeastOnce,
        };
        Self {
            group: env::var(GROUP).unwrap(),
            promise,
            directory: env::var_os(DIRECTORY).unwrap().into(),
            _directory: None,
        }
    }

    /// Returns the program that plays it.
    pub(super) fn program(&self) -> Program {
        let promise = match self.promise {
            Promise::Once => "once",
            Promise::AtLeastOnce => "at least once",
        };
        Program::new("kill::program::program")
            .with(GROUP, &self.group)
            .with(DIRECTORY, OsString::from(&self.directory))
            .with(PROMISE, promise)
    }

    pub(super) fn input(&self) -> PathBuf {
        self.directory.join("input")
    }

    pub(super) fn output(&self) -> PathBuf {
        self.directory.join("output")
    }

    pub(super) fn topic(&self) -> String {
        format!("{}-lines", self.group)
    }

    pub(super) fn dead_at_source(&self) -> String {
        format!("{}-dead-at-source", self.group)
    }

    pub(super) fn dead_at_sink(&self) -> String {
        format!("{}-dead-at-sink", self.group)
    }

    /// Checks output, topic and dead letter queues of a program that has done its work.
    pub(super) fn check(&self, story: &str) {
        let output = fs::read_to_string(self.output()).unwrap();
        let output = output.lines().map(str::to_owned).collect();
        // Letters of a sink are durable before its offsets are, and so come again.
        let rows = [
            ("output", output, self.promise, &[Fate::Line][..]),
            (
                "topic",
                values(&self.topic()),
                self.promise,
                &[Fate::Line, Fate::Poison],
            ),
            (
                "dead at source",
                values(&self.dead_at_source()),
                self.promise,
                &[Fate::Nowhere],
            ),
            (
                "dead at sink",
                values(&self.dead_at_sink()),
                Promise::AtLeastOnce,
                &[Fate::Poison],
            ),
        ];
        for (place, mut found, promise, fates) in rows {
            if promise == Promise::AtLeastOnce {
                let mut known = BTreeSet::new();
                found.retain(|line| known.insert(line.clone()));
            }
            assert_eq!(found, lines(fates), "{story}: {place}, {promise:?}");
        }
    }

    /// Removes its topics: a broker gets slow with thousands of them.
    pub(super) fn clear(&self) {
        let internal = ["offsets", "status"].map(|topic| format!("connect-{}-{topic}", self.group));
        let own = [self.topic(), self.dead_at_source(), self.dead_at_sink()];
        let runtime = Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let broker = broker(&Kafka::shared());
            for topic in own.iter().chain(&internal) {
                broker.delete_topic(topic).await.unwrap();
            }
        });
    }
}

/// Returns the lines with one of these fates, in order.
fn lines(fates: &[Fate]) -> Vec<String> {
    let all = (0..LINES).filter(|index| fates.contains(&Fate::of(*index)));
    all.map(|index| format!("{} {index}", Fate::of(index).name()))
        .collect()
}

/// Reads the committed values of a topic with Java's consumer, one topic after the other: each reader takes memory.
fn values(topic: &str) -> Vec<String> {
    static READER: Mutex<()> = Mutex::new(());
    let _reader = READER.lock().unwrap_or_else(PoisonError::into_inner);
    let read = Kafka::read_committed(&Kafka::shared(), topic).unwrap();
    let value = |record: connect_kafka_lab::Record| {
        let value = String::from_utf8(record.value.unwrap_or_default()).unwrap();
        // What a source could not send is JSON text.
        value.trim_matches('"').to_owned()
    };
    read.into_iter().map(value).collect()
}
