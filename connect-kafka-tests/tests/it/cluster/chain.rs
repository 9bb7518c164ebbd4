//! [`Chain`]: a sink that stores its offsets with its data, in files that follow each other.

use std::{
    collections::BTreeMap,
    fs, io,
    path::{Path, PathBuf},
    process,
    sync::atomic::{AtomicU64, Ordering},
};

use async_trait::async_trait;
use connect_api::{
    Classify, Error, FlushReason, Flushed, Offsets, Result, SinkBatch, SinkConnector, SinkContext,
    SinkGuarantees, SinkTask, TopicPartition, Value,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A sink that writes a file per batch and partition, in a directory that all processes share.
///
/// A file has the name of the first offset that it settles, and says what the next one is. No name is given twice, so
/// that storing is a compare-and-set: of two that go on from the same place one is refused.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Chain {
    /// Where its files are.
    directory: PathBuf,
}

/// What one file has.
#[derive(Serialize, Deserialize)]
struct Link {
    next: i64,
    /// Keys and values.
    rows: Vec<(String, String)>,
}

#[async_trait]
impl SinkConnector for Chain {
    async fn open(&self, _cx: SinkContext) -> Result<Box<dyn SinkTask>> {
        let directory = self.directory.clone();
        fs::create_dir_all(&directory).fatal("creating the directory")?;
        Ok(Box::new(ChainTask {
            directory,
            next: Offsets::new(),
        }))
    }

    fn guarantees(&self) -> SinkGuarantees {
        SinkGuarantees::StoresOffsets
    }
}

/// The ends of the chains of one task.
struct ChainTask {
    directory: PathBuf,
    next: Offsets,
}

#[async_trait]
impl SinkTask for ChainTask {
    async fn open(&mut self, partitions: &[TopicPartition]) -> Result<Offsets> {
        let mut stored = Offsets::new();
        for partition in partitions {
            let links = links(&self.directory, &name(partition)).fatal("reading the chain")?;
            let next = match links.last_key_value() {
                None => 0,
                Some((_, path)) => read(path).fatal("reading the last link")?.next,
            };
            self.next.insert(partition.clone(), next);
            if next > 0 {
                stored.insert(partition.clone(), next);
            }
        }
        Ok(stored)
    }

    async fn put(&mut self, batch: &SinkBatch) -> Result<()> {
        let mut rows = BTreeMap::<_, Vec<_>>::new();
        for record in batch.records() {
            let partition = record.origin.partition();
            if self
                .next
                .get(partition)
                .is_some_and(|next| record.origin.offset() >= *next)
            {
                let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
                let row = (
                    text(&record.record.key.value),
                    text(&record.record.value.value),
                );
                rows.entry(partition.clone()).or_default().push(row);
            }
        }
        for (partition, next) in batch.next_offsets() {
            let Some(expected) = self.next.get_mut(partition) else {
                return Err(Error::fatal(format!(
                    "{partition} is not open in this task"
                )));
            };
            if next > expected {
                let rows = rows.remove(partition).unwrap_or_default();
                let link = Link { next: *next, rows };
                let file = format!("{}-{expected:020}", name(partition));
                store(&self.directory, &file, &link)?;
                *expected = *next;
            }
        }
        Ok(())
    }

    async fn flush(&mut self, _why: FlushReason) -> Result<Flushed> {
        Ok(Flushed::All)
    }

    async fn close(&mut self, partitions: &[TopicPartition]) -> Result<()> {
        self.next
            .retain(|partition, _| !partitions.contains(partition));
        Ok(())
    }

    async fn stop(self: Box<Self>) -> Result<()> {
        Ok(())
    }
}

/// Stores a link under a name that nobody has taken.
fn store(directory: &Path, file: &str, link: &Link) -> Result<()> {
    static NUMBER: AtomicU64 = AtomicU64::new(0);
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    let draft = directory.join(format!(".{}-{number}", process::id()));
    let text = serde_json::to_vec(link).fatal("encoding a link")?;
    fs::write(&draft, text).fatal("writing a link")?;
    let linked = fs::hard_link(&draft, directory.join(file));
    fs::remove_file(&draft).fatal("removing a draft")?;
    match linked {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Err(Error::fenced(format!(
            "`{file}` was written by another task"
        ))),
        linked => linked.fatal("naming a link"),
    }
}

/// Reads all that a chain has, in its order; panics if anything lies beside it.
pub(super) fn rows(directory: &Path, topic: &str, partition: i32) -> Vec<(String, String)> {
    let name = name(&TopicPartition::new(topic, partition));
    let mut rows = Vec::new();
    let mut expected = 0;
    for (first, path) in links(directory, &name).unwrap_or_default() {
        let link = read(&path).unwrap();
        assert_eq!(
            first,
            expected,
            "{}: it begins where none ended",
            path.display()
        );
        expected = link.next;
        rows.extend(link.rows);
    }
    rows
}

fn name(partition: &TopicPartition) -> String {
    format!("{}-{}", partition.topic, partition.partition)
}

/// Finds the links of a chain, by their first offsets.
fn links(directory: &Path, name: &str) -> io::Result<BTreeMap<i64, PathBuf>> {
    let mut links = BTreeMap::new();
    for entry in fs::read_dir(directory)? {
        let path = entry?.path();
        let file = path.file_name().unwrap_or_default().to_string_lossy();
        if let Some((of, first)) = file.rsplit_once('-')
            && of == name
            && let Ok(first) = first.parse()
        {
            links.insert(first, path);
        }
    }
    Ok(links)
}

fn read(path: &Path) -> io::Result<Link> {
    Ok(serde_json::from_slice(&fs::read(path)?)?)
}
