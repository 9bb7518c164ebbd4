//! [`Scene`]: what a program reads and writes, and what it makes of it.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use connect_api::{Error, Record, Result, TopicPartition};
use connect_file::FileSource;
use connect_runtime::{
    ConnectorOffsets, Environment, Milestone, SourceBuilder, WorkerHandle,
    broker::{Broker, ConsumedRecord, Fetched, NewTopic, ReaderOptions, embedded::EmbeddedBroker},
};
use connect_testkit::program::Errand;

/// The variable that tells a program where its scene is.
pub(super) const DIRECTORY: &str = "CONNECT_KILL_DIRECTORY";

pub(super) const TOPIC: &str = "lines";
pub(super) const DEAD_AT_SOURCE: &str = "dead-at-source";
pub(super) const DEAD_AT_SINK: &str = "dead-at-sink";

/// How many lines the input has, and how many of them a poll returns: enough for every milestone to be passed often.
const LINES: usize = 48;
const BATCH: u32 = 6;

/// A directory with all that a program reads and writes.
#[derive(Clone, Debug)]
pub(super) struct Scene(PathBuf);

/// What becomes of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    /// It comes to the output.
    Line,
    /// It is no text: the source cannot read it.
    Unreadable,
    /// It is sent to a partition that does not exist: the broker refuses it.
    Nowhere,
    /// A transform of the source drops it.
    Dropped,
    /// A transform of the sink fails on it.
    Poison,
}

impl Fate {
    /// Returns what becomes of the line at `index`; each kind stands alone, beside each other kind, and in a poll of
    /// its own. The last line comes to the output.
    fn of(index: usize) -> Self {
        match index {
            4 | 15 | 26 | 37 => Self::Unreadable,
            6 | 19 | 32 => Self::Nowhere,
            8 | 20 | 33 => Self::Dropped,
            3 | 10 | 17 | 24 | 25 | 38 => Self::Poison,
            _ => Self::Line,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Line => "line",
            Self::Unreadable => "unreadable\u{fffd}",
            Self::Nowhere => "nowhere",
            Self::Dropped => "dropped",
            Self::Poison => "poison",
        }
    }
}

/// Returns the lines with one of these fates, in order.
pub(super) fn lines(fates: &[Fate]) -> Vec<String> {
    let all = (0..LINES).filter(|index| fates.contains(&Fate::of(*index)));
    all.map(|index| format!("{} {index}", Fate::of(index).name()))
        .collect()
}

/// Returns the number of a line.
pub(super) fn number(line: &str) -> i32 {
    let number = line.trim_end_matches('"').rsplit(' ').next().unwrap();
    number.parse().unwrap()
}

impl Scene {
    pub(super) fn at(directory: impl Into<PathBuf>) -> Self {
        Self(directory.into())
    }

    pub(super) fn directory(&self) -> &Path {
        &self.0
    }

    pub(super) fn broker(&self) -> PathBuf {
        self.0.join("broker")
    }

    pub(super) fn output(&self) -> PathBuf {
        self.0.join("output")
    }

    fn input(&self) -> PathBuf {
        self.0.join("input")
    }

    /// Writes the input.
    pub(super) fn prepare(&self) {
        let mut bytes = Vec::new();
        for index in 0..LINES {
            let fate = Fate::of(index);
            let end: &[u8] = match fate {
                Fate::Unreadable => b"\xff",
                _ => b"",
            };
            bytes.extend_from_slice(fate.name().trim_end_matches('\u{fffd}').as_bytes());
            bytes.extend_from_slice(end);
            bytes.extend_from_slice(format!(" {index}\n").as_bytes());
        }
        fs::write(self.input(), bytes).unwrap();
    }

    /// Returns the data files of the output, those of a partition together and in order.
    pub(super) fn output_files(&self) -> Vec<PathBuf> {
        if !self.output().is_dir() {
            return vec![self.output()];
        }
        let mut files = Vec::new();
        for folder in fs::read_dir(self.output()).unwrap() {
            let entries = fs::read_dir(folder.unwrap().path()).unwrap();
            let paths = entries.map(|entry| entry.unwrap().path());
            files.extend(paths.filter(|path| path.extension().is_some_and(|name| name == "txt")));
        }
        // A dash stands in front of a dot, as what is finished does in front of what is not.
        files.sort();
        files
    }

    /// Returns the lines of the output; the last of a file may be half of one.
    pub(super) fn written(&self) -> Vec<String> {
        let files = self.output_files().into_iter();
        let texts = files.map(|file| fs::read_to_string(file).unwrap_or_default());
        let lines = |text: String| text.lines().map(str::to_owned).collect::<Vec<_>>();
        texts.flat_map(lines).collect()
    }

    /// Waits until source and sink say that they have done everything; whether that is true is another question.
    ///
    /// # Panics
    ///
    /// They do not within minutes.
    pub(super) async fn settle(
        &self,
        errand: &Errand,
        (worker, broker): (&WorkerHandle, &EmbeddedBroker),
        milestones: &[(Milestone, u64)],
    ) {
        let settled = errand.until(async |census| {
            let came = |(milestone, count): &(Milestone, u64)| census.count(*milestone) >= *count;
            milestones.iter().all(came)
                && self.is_read(worker).await
                && is_written(worker, broker).await
        });
        let patience = Duration::from_secs(300);
        let settled = tokio::time::timeout(patience, settled).await;
        settled.expect("source and sink come to their end");
    }

    /// Returns whether the source has stored that it read everything.
    async fn is_read(&self, worker: &WorkerHandle) -> bool {
        let length = fs::metadata(self.input()).unwrap().len();
        let ConnectorOffsets::Source(offsets) = worker.offsets("source").await.unwrap() else {
            panic!("a source has the offsets of a source")
        };
        let stored = offsets.values().next().map(|offset| {
            let offset = offset.to_value().unwrap();
            connect_api::json::to_string(&offset)
        });
        stored.is_some_and(|offset| offset.contains(&format!("\"position\":{length},")))
    }

    /// Opens the broker, with the topics.
    pub(super) async fn open_broker(
        &self,
        environment: &Arc<dyn Environment>,
        partitions: i32,
    ) -> EmbeddedBroker {
        let broker = EmbeddedBroker::open(self.broker(), Arc::clone(environment)).await;
        let broker = broker.unwrap();
        let topic = NewTopic::new(TOPIC).partitions(partitions);
        broker.create_topic(&topic).await.unwrap();
        broker
    }

    /// Returns the source, with a transform in front of the topic.
    pub(super) fn source(&self) -> FileSource {
        let input = self.input().to_str().unwrap().to_owned();
        FileSource::new(input, TOPIC).with_batch_size(BATCH.try_into().unwrap())
    }
}

/// Returns whether the sink has committed that it wrote everything that is in the topic.
async fn is_written(worker: &WorkerHandle, broker: &EmbeddedBroker) -> bool {
    let ConnectorOffsets::Sink(offsets) = worker.offsets("sink").await.unwrap() else {
        panic!("a sink has the offsets of a sink")
    };
    let committed = |of| offsets.get(of).copied().unwrap_or(0);
    let topic = read(broker, TOPIC).await;
    topic
        .iter()
        .all(|(of, record)| record.offset < committed(of))
}

/// Reads the committed records of a topic.
pub(super) async fn read(
    broker: &EmbeddedBroker,
    topic: &str,
) -> Vec<(TopicPartition, ConsumedRecord)> {
    let mut reader = broker.reader(&ReaderOptions::new(topic)).await.unwrap();
    let mut records = Vec::new();
    let mut each = |fetched: Fetched| {
        let of = fetched.partition;
        records.extend(
            fetched
                .records
                .into_iter()
                .map(|record| (of.clone(), record)),
        );
    };
    reader.to_end(&mut each).await.unwrap();
    records
}

/// Adds what all programs do to a source: the lines are spread over `partitions`.
pub(super) fn routed(source: SourceBuilder, partitions: i32) -> SourceBuilder {
    let source = source.transform(move |mut record: Record| -> Result<Option<Record>> {
        let line = record.value.value.as_str().unwrap_or_default();
        let partition = match line.split(' ').next() {
            Some("dropped") => return Ok(None),
            Some("nowhere") => 99,
            _ => number(line) % partitions,
        };
        record.partition = Some(partition);
        Ok(Some(record))
    });
    let settings = dead_letters(DEAD_AT_SOURCE).into_iter();
    settings.fold(source, |source, (key, value)| source.setting(key, value))
}

/// The transform of a sink: fails on poison.
pub(super) fn filtered(record: Record) -> Result<Option<Record>> {
    let line = record.value.value.as_str().unwrap_or_default();
    if line.starts_with(Fate::Poison.name()) {
        return Err(Error::rejected("poison"));
    }
    Ok(Some(record))
}

/// The settings of a connector that survives failures of single records.
pub(super) fn dead_letters(topic: &'static str) -> [(&'static str, &'static str); 3] {
    [
        ("errors.tolerance", "all"),
        ("errors.deadletterqueue.topic.name", topic),
        ("errors.deadletterqueue.topic.replication.factor", "1"),
    ]
}
