//! [`Driver`]: a source task, driven call by call.

use std::{collections::BTreeMap, fmt, num::NonZeroUsize, time::Duration};

use connect_api::{
    ErrorKind, SourceBatch, SourceItem, SourceOffset, SourcePartition, SourceTask, TaskConfig, json,
};
use tokio::time::{sleep, timeout};

use super::SourceSystem;
use crate::TestHost;

/// How long one call, and the arrival of what was appended, may take.
pub(super) const PATIENCE: Duration = Duration::from_secs(60);

/// The longest that a driver waits because a task asked for it.
const LONGEST_PAUSE: Duration = Duration::from_millis(50);

/// Positions as they are stored.
pub(super) type Stored = BTreeMap<SourcePartition, SourceOffset>;

/// A source task that reads everything, and the host that it lives on.
pub(super) struct Driver {
    task: Box<dyn SourceTask>,
    pub(super) host: TestHost,
}

/// A record that was read, and the place after it.
#[derive(Clone, Debug)]
pub(super) struct Read {
    pub(super) text: String,
    pub(super) partition: SourcePartition,
    pub(super) offset: SourceOffset,
}

impl Driver {
    /// Opens one task for all the work, as another process would, at `stored`.
    pub(super) async fn open(system: &dyn SourceSystem, stored: &Stored) -> Self {
        let connector = system.connector();
        let host = TestHost::new();
        let config = only_config(system).await;
        let cx = host.source_context("testkit", config, stored.clone());
        let task = within("open", connector.open(cx)).await;
        Self {
            task: task.unwrap_or_else(|error| panic!("open: {error:?}")),
            host,
        }
    }

    /// Polls once; `Unavailable` answers nothing.
    pub(super) async fn poll(&mut self) -> SourceBatch {
        match within("poll", self.task.poll()).await {
            Ok(batch) => batch,
            Err(error) if error.kind() == ErrorKind::Unavailable => SourceBatch::new(),
            Err(error) => panic!("poll: {error:?}"),
        }
    }

    /// Polls until something comes.
    pub(super) async fn poll_some(&mut self) -> Vec<SourceItem> {
        loop {
            let (items, pause) = self.poll().await.into_parts();
            if !items.is_empty() {
                return items;
            }
            sleep(pause.unwrap_or_default().min(LONGEST_PAUSE)).await;
        }
    }

    /// Polls until `count` records came, and returns them.
    pub(super) async fn read(&mut self, system: &dyn SourceSystem, count: usize) -> Vec<Read> {
        let mut read = Vec::new();
        let reading = async {
            while read.len() < count {
                let (items, pause) = self.poll().await.into_parts();
                let moved = !items.is_empty();
                read.extend(items.into_iter().filter_map(|item| record(system, item)));
                if read.len() < count && !moved {
                    sleep(pause.unwrap_or_default().min(LONGEST_PAUSE)).await;
                }
            }
        };
        if timeout(PATIENCE, reading).await.is_err() {
            let texts: Vec<_> = read.iter().map(|read| &read.text).collect();
            panic!("expected {count} records within {PATIENCE:?}, found {texts:?}");
        }
        read
    }

    pub(super) async fn commit(&mut self, stored: &Stored) {
        let committed = within("commit", self.task.commit(stored)).await;
        committed.unwrap_or_else(|error| panic!("commit: {error:?}"));
    }

    pub(super) async fn stop(self) {
        let stopped = within("stop", self.task.stop()).await;
        stopped.unwrap_or_else(|error| panic!("stop: {error:?}"));
        let failures = self.host.take_failures();
        assert!(failures.is_empty(), "background work failed: {failures:?}");
    }

    /// Ends the task as a killed process does: nothing more is called.
    pub(super) fn crash(self) {
        self.host.crash();
        drop(self.task);
    }
}

/// Returns the config of the one task that does everything; there may be nothing to do at first.
async fn only_config(system: &dyn SourceSystem) -> TaskConfig {
    let connector = system.connector();
    let asking = async {
        loop {
            let configs = connector.task_configs(NonZeroUsize::MIN, &[]).await;
            let configs = configs.unwrap_or_else(|error| panic!("task_configs: {error:?}"));
            match &configs[..] {
                [] => sleep(LONGEST_PAUSE).await,
                [config] => break config.clone(),
                more => panic!("expected at most one task, found {}", more.len()),
            }
        }
    };
    within("something to read", asking).await
}

/// Reads the record of an item, and fails on what only unreadable input gives.
pub(super) fn record(system: &dyn SourceSystem, item: SourceItem) -> Option<Read> {
    match item {
        SourceItem::Record(record) => Some(Read {
            text: system.text(&record.record),
            partition: record.partition,
            offset: record.offset,
        }),
        SourceItem::Rejected(unreadable) => panic!("unreadable: {:?}", unreadable.error),
        _ => None,
    }
}

/// Moves positions over an item; the last item of a partition counts.
pub(super) fn settle(stored: &mut Stored, item: &SourceItem) {
    let (partition, offset) = match item {
        SourceItem::Record(record) => (&record.partition, &record.offset),
        SourceItem::Advance(partition, offset) => (partition, offset),
        SourceItem::Rejected(unreadable) => (&unreadable.partition, &unreadable.offset),
        _ => return,
    };
    stored.insert(partition.clone(), as_stored(offset));
}

/// Returns an offset as it comes back from the offsets topic.
pub(super) fn as_stored(offset: &SourceOffset) -> SourceOffset {
    let value = offset
        .to_value()
        .unwrap_or_else(|error| panic!("an offset cannot be stored: {error:?}"));
    let text = json::to_string(&value);
    let parsed = json::parse(&text.into()).expect("what was written as JSON is read");
    SourceOffset::Stored(parsed)
}

/// Returns a partition as it comes back from the offsets topic.
pub(super) fn partition_as_stored(partition: &SourcePartition) -> SourcePartition {
    let text = json::to_string(partition.fields());
    let parsed = json::parse(&text.into()).expect("what was written as JSON is read");
    SourcePartition::from_value(parsed).expect("a map stays a map")
}

pub(super) async fn within<T>(call: impl fmt::Display, work: impl Future<Output = T>) -> T {
    match timeout(PATIENCE, work).await {
        Ok(answer) => answer,
        Err(_) => panic!("{call}: no answer within {PATIENCE:?}"),
    }
}

/// The texts `a 0`, `a 1`, … for partition 0, `b 0`, … for partition 1.
pub(super) fn texts(partition: usize, count: usize) -> Vec<String> {
    let label = char::from(b'a' + u8::try_from(partition % 26).expect("below 26"));
    (0..count)
        .map(|n| format!("{label} {partition} {n}"))
        .collect()
}

/// Appends `count` texts to every partition and returns how many that are.
pub(super) async fn fill(system: &mut dyn SourceSystem, count: usize) -> usize {
    for partition in 0..system.partitions() {
        system.append(partition, &texts(partition, count)).await;
    }
    system.partitions() * count
}

/// Fails unless `read` holds, per partition, exactly `expected` of its texts in order.
#[track_caller]
pub(super) fn check_texts(system: &dyn SourceSystem, read: &[String], expected: usize) {
    for partition in 0..system.partitions() {
        let all = texts(partition, expected);
        let own = |text: &&String| all.contains(*text);
        let found: Vec<_> = read.iter().filter(own).cloned().collect();
        assert_eq!(found, all, "the texts of partition {partition}");
    }
    let foreign = read.len() - system.partitions() * expected;
    assert_eq!(foreign, 0, "texts that nobody appended, in {read:?}");
}
