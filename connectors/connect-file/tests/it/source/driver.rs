//! Drives one source task over a folder of its own, as the runtime would.

use std::{
    collections::BTreeMap,
    fs::{self, OpenOptions},
    io::Write,
    path::PathBuf,
    sync::Arc,
    time::Duration,
};

use connect_api::{
    Result, SourceBatch, SourceConnector, SourceContext, SourceItem, SourceOffset, SourcePartition,
    SourceTask, TaskConfig,
};
use connect_file::FileSource;
use futures::executor::block_on;
use tempfile::TempDir;

use crate::host::StillHost;

/// The name of the file that is followed.
pub(crate) const NAME: &str = "app.log";

/// One source task, its folder, and what is stored of it.
pub(crate) struct Driver {
    folder: TempDir,
    pub(crate) host: Arc<StillHost>,
    source: FileSource,
    task: Box<dyn SourceTask>,
    /// Read, and not committed yet.
    read: Vec<(Option<String>, SourceOffset)>,
    pub(crate) committed: Vec<String>,
    pub(crate) stored: BTreeMap<SourcePartition, SourceOffset>,
}

impl Driver {
    pub(crate) fn new() -> Self {
        Self::with(|source| source)
    }

    pub(crate) fn with(options: impl FnOnce(FileSource) -> FileSource) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join(NAME);
        let source = options(FileSource::new(file.to_str().unwrap(), "lines"));
        let host = StillHost::new();
        let task = open(&host, &source, BTreeMap::new()).unwrap();
        Self {
            folder,
            host,
            source,
            task,
            read: Vec::new(),
            committed: Vec::new(),
            stored: BTreeMap::new(),
        }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn append(&self, bytes: impl AsRef<[u8]>) {
        self.append_to(NAME, bytes);
    }

    pub(crate) fn append_to(&self, name: &str, bytes: impl AsRef<[u8]>) {
        let mut file = OpenOptions::new();
        let mut file = file
            .create(true)
            .append(true)
            .open(self.path(name))
            .unwrap();
        file.write_all(bytes.as_ref()).unwrap();
    }

    pub(crate) fn rename(&self, from: &str, to: &str) {
        fs::rename(self.path(from), self.path(to)).unwrap();
    }

    /// Renames the file as logrotate does: `app.log.1` becomes `app.log.2` before.
    pub(crate) fn rotate(&self) {
        let numbered = |n: u32| format!("{NAME}.{n}");
        let count = (1..)
            .take_while(|n| self.path(&numbered(*n)).exists())
            .count();
        for n in (1..=u32::try_from(count).unwrap()).rev() {
            self.rename(&numbered(n), &numbered(n + 1));
        }
        self.rename(NAME, &numbered(1));
    }

    pub(crate) fn try_poll(&mut self) -> Result<SourceBatch> {
        block_on(self.task.poll())
    }

    /// Polls once; returns the lines, or how long to wait.
    pub(crate) fn poll(&mut self) -> Result<Vec<String>, Duration> {
        let (items, wait) = self.try_poll().unwrap().into_parts();
        let mut lines = Vec::new();
        for item in items {
            let (line, offset) = match item {
                SourceItem::Record(record) => {
                    let text = record.record.value.value.as_str().unwrap().to_owned();
                    (Some(text), record.offset)
                }
                SourceItem::Rejected(unreadable) => (
                    Some(format!("unreadable {:?}", unreadable.raw)),
                    unreadable.offset,
                ),
                SourceItem::Advance(_, offset) => (None, offset),
                other => panic!("a file has no {other:?}"),
            };
            lines.extend(line.clone());
            // As it comes back from the offsets topic.
            self.read
                .push((line, SourceOffset::Stored(offset.to_value().unwrap())));
        }
        match wait {
            Some(wait) if lines.is_empty() => Err(wait),
            _ => Ok(lines),
        }
    }

    /// Polls until nothing comes.
    pub(crate) fn poll_to_end(&mut self) -> Vec<String> {
        std::iter::from_fn(|| self.poll().ok()).flatten().collect()
    }

    /// Polls until nothing comes for so long that no line is held back and no rotation waited for.
    pub(crate) fn settle(&mut self) -> Vec<String> {
        let mut lines = Vec::new();
        for _ in 0..4 {
            lines.extend(self.poll_to_end());
            self.host.pass(Duration::from_secs(60));
        }
        lines.extend(self.poll_to_end());
        lines
    }

    /// Stores the offset after the first `count` lines that were read and not committed yet.
    pub(crate) fn commit(&mut self, count: usize) {
        let count = count.min(self.read.len());
        for (line, offset) in self.read.drain(..count) {
            self.committed.extend(line);
            self.stored
                .insert(partition(&self.folder.path().join(NAME)), offset);
        }
    }

    pub(crate) fn commit_all(&mut self) {
        self.commit(usize::MAX);
    }

    /// Opens a new task from what is stored; what was not committed is discarded.
    pub(crate) fn restart(&mut self) {
        self.read.clear();
        self.task = open(&self.host, &self.source, self.stored.clone()).unwrap();
    }

    pub(crate) fn restart_from(&mut self, offset: SourceOffset) -> Result<()> {
        let stored = [(partition(&self.path(NAME)), offset)].into();
        self.task = open(&self.host, &self.source, stored)?;
        Ok(())
    }
}

pub(crate) fn partition(file: &std::path::Path) -> SourcePartition {
    SourcePartition::from([("filename", file.to_str().unwrap())])
}

fn open(
    host: &Arc<StillHost>,
    source: &FileSource,
    stored: BTreeMap<SourcePartition, SourceOffset>,
) -> Result<Box<dyn SourceTask>> {
    let cx = SourceContext::new(host.context(), TaskConfig::new(), stored);
    block_on(source.open(cx))
}
