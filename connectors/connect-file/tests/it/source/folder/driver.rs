//! Drives the tasks of one source over a folder of its own, as the runtime would.

use std::{
    collections::BTreeMap,
    fs::{self, OpenOptions},
    io::Write,
    num::NonZeroUsize,
    path::PathBuf,
    sync::Arc,
    time::Duration,
};

use connect_api::{
    Record, Result, SourceBatch, SourceConnector, SourceContext, SourceItem, SourceOffset,
    SourcePartition, SourceTask,
};
use connect_file::{FileSource, FileSourceConfig, Watch};
use futures::executor::block_on;
use tempfile::TempDir;

use crate::host::StillHost;

/// The tasks of one source, their folder, and what is stored of them.
pub(crate) struct Driver {
    folder: TempDir,
    pub(crate) host: Arc<StillHost>,
    source: FileSource,
    tasks: Vec<Task>,
    most_tasks: usize,
    pub(crate) committed: Vec<String>,
    pub(crate) stored: BTreeMap<SourcePartition, SourceOffset>,
}

struct Task {
    task: Box<dyn SourceTask>,
    /// Read, and not committed yet.
    read: Vec<(Option<String>, SourcePartition, SourceOffset)>,
}

impl Driver {
    /// Reads what `pattern` means below the folder.
    pub(crate) fn new(pattern: &str) -> Self {
        Self::with(pattern, 1, |_| {})
    }

    pub(crate) fn with(
        pattern: &str,
        most_tasks: usize,
        options: impl FnOnce(&mut FileSourceConfig),
    ) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let file = format!("{}/{pattern}", folder.path().display());
        let mut config = FileSourceConfig::new(file, "lines");
        config.file_watch = Watch::Poll;
        options(&mut config);
        let mut driver = Self {
            folder,
            host: StillHost::new(),
            source: FileSource::from_config(config).unwrap(),
            tasks: Vec::new(),
            most_tasks,
            committed: Vec::new(),
            stored: BTreeMap::new(),
        };
        driver.restart();
        driver
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, bytes: impl AsRef<[u8]>) {
        fs::create_dir_all(self.path(name).parent().unwrap()).unwrap();
        fs::write(self.path(name), bytes).unwrap();
    }

    pub(crate) fn append(&self, name: &str, bytes: impl AsRef<[u8]>) {
        let mut options = OpenOptions::new();
        let file = options.create(true).append(true).open(self.path(name));
        file.unwrap().write_all(bytes.as_ref()).unwrap();
    }

    pub(crate) fn rename(&self, from: &str, to: &str) {
        fs::rename(self.path(from), self.path(to)).unwrap();
    }

    pub(crate) fn remove(&self, name: &str) {
        fs::remove_file(self.path(name)).unwrap();
    }

    /// Renames `name` as logrotate does: `name.1` becomes `name.2` before.
    pub(crate) fn rotate(&self, name: &str) {
        let numbered = |n: u32| format!("{name}.{n}");
        let count = (1..)
            .take_while(|n| self.path(&numbered(*n)).exists())
            .count();
        for n in (1..=u32::try_from(count).unwrap()).rev() {
            self.rename(&numbered(n), &numbered(n + 1));
        }
        self.rename(name, &numbered(1));
    }

    /// Polls each task once; returns the lines.
    pub(crate) fn poll(&mut self) -> Vec<String> {
        (0..self.tasks.len())
            .flat_map(|task| self.poll_task(task))
            .collect()
    }

    pub(crate) fn poll_task(&mut self, task: usize) -> Vec<String> {
        let batch = block_on(self.tasks[task].task.poll()).unwrap();
        self.take(task, batch)
    }

    /// Polls a task until nothing comes for so long that it waits for nothing any more.
    pub(crate) fn settle_task(&mut self, task: usize) -> Vec<String> {
        let mut lines = Vec::new();
        for _ in 0..10 {
            lines.extend(self.poll_task(task));
            self.host.pass(Duration::from_secs(30));
        }
        lines
    }

    /// Polls the first task when nothing is there; returns when it wants to be polled again.
    pub(crate) fn pause(&mut self) -> Option<Duration> {
        let batch = block_on(self.tasks[0].task.poll()).unwrap();
        let (items, pause) = batch.into_parts();
        assert!(items.is_empty(), "{items:?}");
        pause
    }

    /// Returns the names under which places are stored.
    pub(crate) fn stored_names(&self) -> Vec<&str> {
        let partitions = self.stored.keys();
        let names = partitions.filter_map(|of| of.get("filename")?.as_str());
        names.collect()
    }

    fn take(&mut self, task: usize, batch: SourceBatch) -> Vec<String> {
        let mut lines = Vec::new();
        for item in batch.into_parts().0 {
            let (line, partition, offset) = match item {
                SourceItem::Record(record) => {
                    let line = text(&record.record);
                    (Some(line), record.partition, record.offset)
                }
                SourceItem::Rejected(unreadable) => (
                    Some(format!(
                        "unreadable {:?}: {}",
                        unreadable.raw, unreadable.error
                    )),
                    unreadable.partition,
                    unreadable.offset,
                ),
                SourceItem::Advance(partition, offset) => (None, partition, offset),
                other => panic!("a file has no {other:?}"),
            };
            lines.extend(line.clone());
            // As it comes back from the offsets topic.
            let offset = SourceOffset::Stored(offset.to_value().unwrap());
            self.tasks[task].read.push((line, partition, offset));
        }
        lines
    }

    /// Polls until nothing comes.
    pub(crate) fn poll_to_end(&mut self) -> Vec<String> {
        let mut lines = Vec::new();
        loop {
            let before = self.read();
            lines.extend(self.poll());
            if self.read() == before {
                return lines;
            }
        }
    }

    /// Returns how much was read and not committed yet.
    pub(crate) fn read(&self) -> usize {
        self.tasks.iter().map(|task| task.read.len()).sum()
    }

    /// Polls until nothing comes for so long that no line is held back and no rotation waited for.
    pub(crate) fn settle(&mut self) -> Vec<String> {
        let mut lines = Vec::new();
        for _ in 0..5 {
            lines.extend(self.poll_to_end());
            self.host.pass(Duration::from_secs(60));
        }
        lines.extend(self.poll_to_end());
        lines
    }

    /// Stores what the first `count` items of each task say that were read and not committed yet.
    pub(crate) fn commit(&mut self, count: usize) {
        for task in &mut self.tasks {
            let count = count.min(task.read.len());
            for (line, partition, offset) in task.read.drain(..count) {
                self.committed.extend(line);
                self.stored.insert(partition, offset);
            }
        }
    }

    pub(crate) fn commit_all(&mut self) {
        self.commit(usize::MAX);
    }

    /// Opens new tasks from what is stored; what was not committed is discarded.
    pub(crate) fn restart(&mut self) {
        self.try_restart().unwrap();
    }

    pub(crate) fn try_restart(&mut self) -> Result<()> {
        self.tasks.clear();
        let most = NonZeroUsize::new(self.most_tasks).unwrap();
        let configs = block_on(self.source.task_configs(most, &[])).unwrap();
        for config in configs {
            let cx = SourceContext::new(self.host.context(), config, self.stored.clone());
            let task = block_on(self.source.open(cx))?;
            let read = Vec::new();
            self.tasks.push(Task { task, read });
        }
        Ok(())
    }

    /// Stops the tasks and starts as many as `most_tasks`.
    pub(crate) fn restart_with(&mut self, most_tasks: usize) {
        self.most_tasks = most_tasks;
        self.restart();
    }

    pub(crate) fn tasks(&self) -> usize {
        self.tasks.len()
    }

    pub(crate) fn failures(&self) -> u64 {
        self.host.count("connect-file.failed-reads")
    }
}

fn text(record: &Record) -> String {
    match record.value.value.as_str() {
        Some(text) => text.to_owned(),
        None => connect_api::json::to_string(&record.value.value),
    }
}

/// Returns the lines in a fixed order, for files that are read side by side.
pub(crate) fn sorted(mut lines: Vec<String>) -> Vec<String> {
    lines.sort_unstable();
    lines
}
