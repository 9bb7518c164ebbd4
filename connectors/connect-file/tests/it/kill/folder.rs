//! Many files that are written and rotated while a source reads them and its process dies again and again.

use std::{
    env,
    fs::{self, File, OpenOptions},
    io::Write,
    path::{Path, PathBuf},
    sync::Arc,
    thread,
    time::Duration,
};

use connect_file::FileSource;
use connect_runtime::{
    Milestone, System, Worker,
    broker::{Broker, Fetched, NewTopic, ReaderOptions, embedded::EmbeddedBroker},
};
use connect_testkit::{
    memory::TextConverter,
    program::{Errand, Outcome, Program},
};

use super::scene::{DIRECTORY, TOPIC, read};

/// How many tasks read.
const TASKS: &str = "3";

/// The files of a test, and what has become of them.
#[derive(Clone, Debug)]
struct Logs(PathBuf);

impl Logs {
    fn folder(&self) -> PathBuf {
        self.0.join("logs")
    }

    /// How many lines there are, once that is known.
    fn total(&self) -> Option<u64> {
        let text = fs::read_to_string(self.0.join("total")).ok()?;
        text.parse().ok()
    }

    /// Says how far the source is, to who writes.
    fn mark(&self, stage: Stage) {
        File::create(self.0.join(stage.name())).unwrap();
    }

    fn wait_for(&self, stage: Stage) {
        while !self.0.join(stage.name()).exists() {
            thread::yield_now();
        }
    }

    fn begin(&self) {
        for stage in Stage::ALL {
            let _ = fs::remove_file(self.0.join(stage.name()));
        }
    }

    async fn broker(&self, environment: &Arc<dyn connect_runtime::Environment>) -> EmbeddedBroker {
        let broker = EmbeddedBroker::open(self.0.join("broker"), Arc::clone(environment)).await;
        let broker = broker.unwrap();
        broker.create_topic(&NewTopic::new(TOPIC)).await.unwrap();
        broker
    }
}

/// How far a source has come.
#[derive(Clone, Copy, Debug)]
enum Stage {
    Started,
    /// Something of what was there first is committed.
    Committed,
}

impl Stage {
    const ALL: [Self; 2] = [Self::Started, Self::Committed];

    fn name(self) -> &'static str {
        match self {
            Self::Started => "started",
            Self::Committed => "committed",
        }
    }
}

/// The program: works until all lines have come.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn program() {
    let Some(errand) = Errand::received() else {
        return; // Only the test below asks for it.
    };
    let logs = Logs(errand.path(DIRECTORY));
    let environment = errand.environment(System::current());
    let broker = logs.broker(&environment).await;
    let text = TextConverter::new;
    let worker = Worker::builder("kill")
        .broker(broker.clone())
        .environment(Arc::clone(&environment))
        .converters(text(), text(), text());
    let worker = worker.start().await.unwrap();
    let pattern = format!("{}/*.log*", logs.folder().display());
    let source = worker.source("source", FileSource::new(pattern, TOPIC));
    source.setting("tasks.max", TASKS).start().await.unwrap();
    let mut reader = broker.reader(&ReaderOptions::new(TOPIC)).await.unwrap();
    let mut count = 0;
    let all = errand.until(async |census| {
        if census.count(Milestone::SourceOpened) > 0 {
            logs.mark(Stage::Started);
        }
        if census.count(Milestone::TransactionCommitted) > 0 {
            logs.mark(Stage::Committed);
        }
        let mut each = |fetched: Fetched| count += fetched.records.len() as u64;
        reader.to_end(&mut each).await.unwrap();
        logs.total().is_some_and(|total| count >= total)
    });
    let came = tokio::time::timeout(Duration::from_secs(600), all).await;
    assert!(came.is_ok(), "{count} of {:?} lines came", logs.total());
    worker.shutdown(Duration::from_secs(60)).await;
    broker.close().await.unwrap();
    errand.done();
}

/// Writes lines to all files and rotates some of them; returns the lines.
fn write_round(folder: &Path, round: usize, files: usize) -> Vec<String> {
    let mut lines = Vec::with_capacity(files);
    for n in 0..files {
        let path = folder.join(format!("app-{n:05}.log"));
        let line = format!("{n} {round}");
        let mut file = OpenOptions::new()
            .create(true)
            .append(true)
            .open(&path)
            .unwrap();
        // In two pieces: a reader may come between them.
        let (one, two) = line.split_at(2);
        file.write_all(one.as_bytes()).unwrap();
        file.write_all(format!("{two}\n").as_bytes()).unwrap();
        lines.push(line);
        if (n + round).is_multiple_of(3) {
            rotate(&path);
        }
    }
    lines
}

fn rotate(path: &Path) {
    let numbered = |n: usize| PathBuf::from(format!("{}.{n}", path.display()));
    let count = (1..).take_while(|n| numbered(*n).exists()).count();
    for n in (1..=count).rev() {
        fs::rename(numbered(n), numbered(n + 1)).unwrap();
    }
    fs::rename(path, numbered(1)).unwrap();
}

/// Where the process dies, one time after the other.
const KILLS: [(Milestone, u64); 6] = [
    (Milestone::TransactionSent, 1),
    (Milestone::TransactionCommitted, 1),
    (Milestone::SourceOpened, 2),
    (Milestone::BrokerCommitting, 9),
    (Milestone::TransactionDelivered, 3),
    (Milestone::TransactionCommitted, 4),
];

#[tokio::test]
async fn files_that_rotate_while_workers_are_killed_come_exactly_once() {
    let (files, rounds) = match env::var_os("CONNECT_SOAK") {
        Some(_) => (10_000, 4),
        None => (150, 6),
    };
    let directory = tempfile::tempdir().unwrap();
    let logs = Logs(directory.path().to_owned());
    fs::create_dir(logs.folder()).unwrap();
    let program = Program::new("kill::folder::program").with(DIRECTORY, directory.path());
    let (mut written, mut round) = (Vec::new(), 0);
    for (milestone, nth) in KILLS {
        logs.begin();
        written.extend(write_round(&logs.folder(), round, files));
        let (writer, first) = (logs.clone(), round + 1);
        let writing = thread::spawn(move || {
            let mut lines = Vec::new();
            for round in first..first + rounds {
                // The other rounds are for a source that reads, and half of them for one that has committed: however
                // slow it is, it does not read all in one transaction of each task, and comes where it is to die.
                writer.wait_for(match round - first < rounds / 2 {
                    true => Stage::Started,
                    false => Stage::Committed,
                });
                lines.extend(write_round(&writer.folder(), round, files));
            }
            lines
        });
        let outcome = program.kill_at(milestone, nth);
        assert_eq!(outcome, Outcome::Killed, "at {milestone}, number {nth}");
        // It may have died before it said so.
        Stage::ALL.into_iter().for_each(|stage| logs.mark(stage));
        written.extend(writing.join().unwrap());
        round += rounds + 1;
    }
    fs::write(directory.path().join("total"), written.len().to_string()).unwrap();
    let _ = program.run();
    let broker = logs.broker(&(Arc::new(System::current()) as Arc<_>)).await;
    let records = read(&broker, TOPIC).await.into_iter();
    let value =
        |value: Option<connect_api::Bytes>| String::from_utf8(value.unwrap().to_vec()).unwrap();
    let mut found: Vec<_> = records.map(|(_, record)| value(record.value)).collect();
    broker.close().await.unwrap();
    found.sort_unstable();
    written.sort_unstable();
    assert_eq!(found.len(), written.len());
    assert!(found == written, "lines were lost and doubled");
}
