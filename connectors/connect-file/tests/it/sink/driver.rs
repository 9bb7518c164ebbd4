//! Drives one sink task over a folder of its own, as the runtime would.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use connect_api::{
    FlushReason, Flushed, Offsets, Origin, Record, Result, SinkBatch, SinkConnector, SinkContext,
    SinkRecord, SinkTask, TopicPartition, Value,
};
use connect_file::FileSink;
use futures::executor::block_on;
use tempfile::TempDir;

use crate::host::StillHost;

/// The name of the file that is written.
pub(crate) const NAME: &str = "out.txt";

pub(crate) fn of(partition: i32) -> TopicPartition {
    TopicPartition::new("t", partition)
}

/// Builds a batch of one partition, whose first record has the offset `start`.
pub(crate) fn batch<V: Into<Value>>(
    partition: i32,
    start: i64,
    values: impl IntoIterator<Item = V>,
) -> SinkBatch {
    let records: Vec<_> = (start..)
        .zip(values)
        .map(|(offset, value)| {
            let origin = Origin::new(of(partition), offset);
            SinkRecord::new(Record::new("t", value.into()), origin)
        })
        .collect();
    let next = start + i64::try_from(records.len()).unwrap();
    SinkBatch::new(records, [(of(partition), next)].into())
}

/// Returns a sink that writes below `folder`.
pub(crate) fn by(folder: &Path, template: &str) -> FileSink {
    let folder = folder.to_str().unwrap();
    FileSink::by_template(&format!("{folder}/{template}")).unwrap()
}

/// A folder with a sink in it, and the task that writes.
pub(crate) struct Driver {
    folder: Arc<TempDir>,
    pub(crate) host: Arc<StillHost>,
    pub(crate) sink: FileSink,
    task: Option<Box<dyn SinkTask>>,
}

impl Driver {
    /// Opens a task for partitions 0 and 1.
    pub(crate) fn new() -> Self {
        Self::with(|_| ())
    }

    /// Prepares the folder first.
    pub(crate) fn with(prepare: impl FnOnce(&PathBuf)) -> Self {
        Self::of(|folder| {
            let file = folder.join(NAME);
            prepare(&file);
            FileSink::new(&file)
        })
    }

    /// Opens a task of a sink that has options.
    pub(crate) fn of(sink: impl FnOnce(&Path) -> FileSink) -> Self {
        let folder = Arc::new(tempfile::tempdir().unwrap());
        let sink = sink(folder.path());
        let mut driver = Self::rival(folder, sink);
        driver.restart();
        driver
    }

    /// Opens a task of a sink that writes below the folder by a template.
    pub(crate) fn by(template: &str) -> Self {
        Self::of(|folder| by(folder, template))
    }

    /// Returns another worker on the same folder, without a task.
    pub(crate) fn other(&self) -> Self {
        Self::rival(Arc::clone(&self.folder), self.sink.clone())
    }

    fn rival(folder: Arc<TempDir>, sink: FileSink) -> Self {
        Self {
            folder,
            host: StillHost::new(),
            sink,
            task: None,
        }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn text(&self) -> String {
        self.text_of(NAME)
    }

    pub(crate) fn text_of(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap()
    }

    /// Returns the names of the data files in a folder.
    pub(crate) fn names(&self, folder: &str) -> Vec<String> {
        let entries = fs::read_dir(self.path(folder)).unwrap();
        let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        let mut names: Vec<_> = names
            .filter(|name| !name.contains("connect-offsets"))
            .collect();
        names.sort();
        names
    }

    pub(crate) fn task(&mut self) -> &mut dyn SinkTask {
        self.task.as_deref_mut().unwrap()
    }

    /// Drops the task as a crash would, without a flush.
    pub(crate) fn crash(&mut self) {
        self.task = None;
    }

    pub(crate) fn try_open(&self) -> Result<Box<dyn SinkTask>> {
        block_on(self.sink.open(SinkContext::new(self.host.context())))
    }

    /// Opens a new task, and returns the offsets that it knows.
    pub(crate) fn restart(&mut self) -> Offsets {
        self.start();
        self.open(&[of(0), of(1)])
    }

    /// Opens a new task without partitions.
    pub(crate) fn start(&mut self) {
        self.crash();
        self.task = Some(self.try_open().unwrap());
    }

    pub(crate) fn open(&mut self, partitions: &[TopicPartition]) -> Offsets {
        self.try_take(partitions).unwrap()
    }

    pub(crate) fn try_take(&mut self, partitions: &[TopicPartition]) -> Result<Offsets> {
        block_on(self.task().open(partitions))
    }

    /// Calls the task as it asked for, and returns what it asks for next.
    pub(crate) fn wake(&mut self) -> Option<Duration> {
        self.host.woken_after.lock().unwrap().take();
        self.try_put(&SinkBatch::default()).unwrap();
        self.host.woken_after.lock().unwrap().take()
    }

    pub(crate) fn try_put(&mut self, batch: &SinkBatch) -> Result<()> {
        block_on(self.task().put(batch))
    }

    pub(crate) fn put<V: Into<Value>>(
        &mut self,
        partition: i32,
        start: i64,
        values: impl IntoIterator<Item = V>,
    ) {
        self.try_put(&batch(partition, start, values)).unwrap();
    }

    pub(crate) fn try_flush(&mut self) -> Result<Flushed> {
        block_on(self.task().flush(FlushReason::Interval))
    }

    pub(crate) fn flush(&mut self) {
        assert_eq!(self.try_flush().unwrap(), Flushed::All);
    }

    pub(crate) fn close(&mut self, partition: i32) {
        block_on(self.task().close(&[of(partition)])).unwrap();
    }

    pub(crate) fn alter(&self, offsets: &[(i32, Option<i64>)]) -> Result<()> {
        let offsets: BTreeMap<_, _> = offsets
            .iter()
            .map(|(p, offset)| (of(*p), *offset))
            .collect();
        block_on(self.sink.alter_offsets(&offsets))
    }
}
