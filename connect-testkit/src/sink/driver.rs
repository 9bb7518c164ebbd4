//! [`Log`] and [`Driver`]: what is consumed, and a task driven call by call.

use std::{collections::BTreeMap, fmt, time::Duration};

use connect_api::{
    Error, ErrorKind, FlushReason, Flushed, Offsets, Origin, Result, SinkBatch, SinkGuarantees,
    SinkRecord, SinkTask, TopicPartition,
};
use tokio::time::{sleep, timeout};

use super::{Order, SinkSystem};
use crate::TestHost;

/// How long one call may take.
const PATIENCE: Duration = Duration::from_secs(60);

/// How long the driver waits before it repeats an unavailable call, and how often it does.
const BACKOFF: Duration = Duration::from_millis(20);
const REPEATS: u32 = 500;

/// The topic of all claims.
pub(super) const TOPIC: &str = "testkit";

/// What is consumed: some partitions of one topic, with gaps where transforms dropped records.
pub(super) struct Log {
    partitions: Vec<Vec<Option<String>>>,
}

impl Log {
    /// Builds `partitions` partitions of `count` offsets each; every fifth record was dropped.
    pub(super) fn new(partitions: i32, count: usize) -> Self {
        let text =
            |partition, offset| (offset % 5 != 3).then(|| format!("record {partition} {offset}"));
        let part = |partition| (0..count).map(|offset| text(partition, offset)).collect();
        Self {
            partitions: (0..partitions).map(part).collect(),
        }
    }

    pub(super) fn all(&self) -> Vec<TopicPartition> {
        (0..).zip(&self.partitions).map(|(n, _)| at(n)).collect()
    }

    fn part(&self, partition: &TopicPartition) -> &[Option<String>] {
        &self.partitions[usize::try_from(partition.partition).expect("not negative")]
    }

    pub(super) fn end(&self, partition: &TopicPartition) -> i64 {
        i64::try_from(self.part(partition).len()).expect("short")
    }

    /// Drops one more record.
    pub(super) fn drop_record(&mut self, partition: &TopicPartition, offset: i64) {
        let part = usize::try_from(partition.partition).expect("not negative");
        self.partitions[part][usize::try_from(offset).expect("not negative")] = None;
    }

    /// Returns the texts below `offset`.
    pub(super) fn below(&self, partition: &TopicPartition, offset: i64) -> Vec<String> {
        let offset = usize::try_from(offset).expect("not negative");
        self.part(partition)[..offset]
            .iter()
            .flatten()
            .cloned()
            .collect()
    }

    /// Builds the batch of `from..to`.
    pub(super) fn batch(
        &self,
        system: &dyn SinkSystem,
        partition: &TopicPartition,
        from: i64,
        to: i64,
    ) -> SinkBatch {
        let range = usize::try_from(from).expect("not negative")
            ..usize::try_from(to).expect("not negative");
        let record = |(offset, text): (i64, &Option<String>)| {
            let record = system.record(&partition.topic, text.as_deref()?);
            Some(SinkRecord::new(
                record,
                Origin::new(partition.clone(), offset),
            ))
        };
        let records = (from..)
            .zip(&self.part(partition)[range])
            .filter_map(record);
        SinkBatch::new(records.collect(), Offsets::from([(partition.clone(), to)]))
    }
}

pub(super) fn at(partition: i32) -> TopicPartition {
    TopicPartition::new(TOPIC, partition)
}

/// A sink task, and the host that it lives on.
pub(super) struct Driver<'a> {
    system: &'a dyn SinkSystem,
    log: &'a Log,
    task: Box<dyn SinkTask>,
    pub(super) host: TestHost,
    /// What the task took over, with the next offset to put.
    pub(super) next: Offsets,
}

impl<'a> Driver<'a> {
    /// Opens a task as another process would, without partitions yet.
    pub(super) async fn open(system: &'a dyn SinkSystem, log: &'a Log) -> Driver<'a> {
        Self::try_open(system, log)
            .await
            .unwrap_or_else(|error| panic!("open: {error:?}"))
    }

    /// Opens a task; waits while the system is unavailable.
    pub(super) async fn try_open(system: &'a dyn SinkSystem, log: &'a Log) -> Result<Driver<'a>> {
        let host = TestHost::new();
        let connector = system.connector();
        let mut repeats = 0;
        let task = loop {
            match within("open", connector.open(host.sink_context("testkit"))).await {
                Err(error) if error.kind() == ErrorKind::Unavailable && repeats < REPEATS => {
                    repeats += 1;
                    sleep(BACKOFF).await;
                }
                answer => break answer?,
            }
        };
        Ok(Self {
            system,
            log,
            task,
            host,
            next: Offsets::new(),
        })
    }

    /// Takes partitions over: they start where the sink says, else where the group left off, else at 0.
    pub(super) async fn take(&mut self, partitions: &[TopicPartition], group: &Offsets) {
        let stored = self.try_take(partitions).await;
        let stored = stored.unwrap_or_else(|error| panic!("open of partitions: {error:?}"));
        self.start(partitions, &stored, group);
    }

    pub(super) async fn try_take(&mut self, partitions: &[TopicPartition]) -> Result<Offsets> {
        let mut repeats = 0;
        loop {
            match within("open of partitions", self.task.open(partitions)).await {
                Err(error) if error.kind() == ErrorKind::Unavailable && repeats < REPEATS => {
                    repeats += 1;
                    sleep(BACKOFF).await;
                }
                answer => return answer,
            }
        }
    }

    pub(super) fn start(
        &mut self,
        partitions: &[TopicPartition],
        stored: &Offsets,
        group: &Offsets,
    ) {
        for partition in partitions {
            let next = stored.get(partition).or_else(|| group.get(partition));
            let next = next.copied().unwrap_or(0);
            let end = self.log.end(partition);
            assert!(
                (0..=end).contains(&next),
                "{partition}: the sink stored the offset {next}, the log ends at {end}"
            );
            self.next.insert(partition.clone(), next);
        }
    }

    /// Puts the next `count` offsets of a partition.
    pub(super) async fn put(&mut self, partition: &TopicPartition, count: i64) {
        let put = self.try_put(partition, count).await;
        put.unwrap_or_else(|error| panic!("put: {error:?}"));
    }

    /// Puts the next `count` offsets; repeats what is unavailable, as the runtime does.
    pub(super) async fn try_put(&mut self, partition: &TopicPartition, count: i64) -> Result<()> {
        let from = self.next[partition];
        let to = self.log.end(partition).min(from + count);
        let batch = self.log.batch(self.system, partition, from, to);
        let mut repeats = 0;
        loop {
            match self.put_once(&batch).await {
                Err(error) if error.kind() == ErrorKind::Unavailable && repeats < REPEATS => {
                    repeats += 1;
                    sleep(BACKOFF).await;
                }
                Err(error) => return Err(error),
                Ok(()) => break,
            }
        }
        self.next.insert(partition.clone(), to);
        Ok(())
    }

    pub(super) async fn put_once(&mut self, batch: &SinkBatch) -> Result<()> {
        within("put", self.task.put(batch)).await
    }

    /// Puts all that is left of every partition, in batches of `count`.
    pub(super) async fn put_rest(&mut self, count: i64) {
        loop {
            let more: Vec<_> = self
                .next
                .iter()
                .filter(|(partition, next)| **next < self.log.end(partition))
                .map(|(partition, _)| partition.clone())
                .collect();
            if more.is_empty() {
                break;
            }
            for partition in more {
                self.put(&partition, count).await;
            }
        }
    }

    /// Flushes; `Unavailable` answers nothing. Returns below which offsets all is durable.
    pub(super) async fn flush(&mut self, why: FlushReason) -> Offsets {
        let flushed = self.try_flush(why).await;
        flushed.unwrap_or_else(|error| panic!("flush({why:?}): {error:?}"))
    }

    pub(super) async fn try_flush(&mut self, why: FlushReason) -> Result<Offsets> {
        match within("flush", self.task.flush(why)).await {
            Ok(Flushed::All) => Ok(self.next.clone()),
            Ok(Flushed::Below(offsets)) => {
                for (partition, offset) in &offsets {
                    let put = self.next.get(partition).copied().unwrap_or(i64::MIN);
                    assert!(
                        *offset <= put,
                        "{partition}: flushed below {offset}, but put only below {put}"
                    );
                }
                Ok(offsets)
            }
            Ok(other) => panic!("unknown answer {other:?}"),
            Err(error) if error.kind() == ErrorKind::Unavailable => Ok(Offsets::new()),
            Err(error) => Err(error),
        }
    }

    pub(super) async fn close(&mut self, partitions: &[TopicPartition]) {
        let closed = within("close", self.task.close(partitions)).await;
        closed.unwrap_or_else(|error| panic!("close: {error:?}"));
        for partition in partitions {
            self.next.remove(partition);
        }
    }

    /// Ends as the runtime does when it is asked to: flush, close, stop.
    pub(super) async fn stop(mut self) -> Offsets {
        let durable = self.flush(FlushReason::Closing).await;
        let partitions: Vec<_> = self.next.keys().cloned().collect();
        self.close(&partitions).await;
        let stopped = within("stop", self.task.stop()).await;
        stopped.unwrap_or_else(|error| panic!("stop: {error:?}"));
        let failures = self.host.take_failures();
        assert!(failures.is_empty(), "background work failed: {failures:?}");
        durable
    }

    /// Ends as a killed process does: nothing more is called.
    pub(super) fn crash(self) {
        self.host.crash();
        drop(self.task);
    }
}

/// Fails unless the system holds each text as often as the sink promises, in the order of the log.
pub(super) async fn check_complete(system: &dyn SinkSystem, log: &Log) {
    let read = system.read().await;
    check_no_duplicates(system, &read);
    for partition in log.all() {
        let expected = log.below(&partition, log.end(&partition));
        check_texts(system, &read, &expected, &partition);
    }
    let known: Vec<_> = log
        .all()
        .iter()
        .flat_map(|partition| log.below(partition, log.end(partition)))
        .collect();
    let foreign: Vec<_> = read.iter().filter(|text| !known.contains(text)).collect();
    assert!(foreign.is_empty(), "texts that nobody put: {foreign:?}");
}

/// Fails unless everything below `durable` is there.
pub(super) async fn check_durable(system: &dyn SinkSystem, log: &Log, durable: &Offsets) {
    let read = system.read().await;
    check_no_duplicates(system, &read);
    for (partition, offset) in durable {
        for text in log.below(partition, *offset) {
            assert!(
                read.contains(&text),
                "{partition}: `{text}` is missing, but everything below {offset} was said to be durable; \
                 found {read:?}"
            );
        }
    }
}

fn check_no_duplicates(system: &dyn SinkSystem, read: &[String]) {
    if system.connector().guarantees() == SinkGuarantees::AtLeastOnce {
        return;
    }
    let mut counts = BTreeMap::new();
    for text in read {
        *counts.entry(text).or_insert(0) += 1;
    }
    counts.retain(|_, count| *count > 1);
    assert!(counts.is_empty(), "written more than once: {counts:?}");
}

/// Compares the texts of one partition, of duplicates the first.
fn check_texts(
    system: &dyn SinkSystem,
    read: &[String],
    expected: &[String],
    partition: &TopicPartition,
) {
    let mut found: Vec<&String> = Vec::new();
    for text in read {
        if expected.contains(text) && !found.contains(&text) {
            found.push(text);
        }
    }
    let mut expected: Vec<&String> = expected.iter().collect();
    if system.order() == Order::Invisible {
        found.sort();
        expected.sort();
    }
    assert_eq!(found, expected, "the texts of {partition}");
}

pub(super) async fn within<T>(call: impl fmt::Display, work: impl Future<Output = T>) -> T {
    match timeout(PATIENCE, work).await {
        Ok(answer) => answer,
        Err(_) => panic!("{call}: no answer within {PATIENCE:?}"),
    }
}

/// Fails unless `error` is of `kind`.
#[track_caller]
pub(super) fn expect_kind(what: &str, error: &Error, kind: ErrorKind) {
    assert_eq!(error.kind(), kind, "{what}: {}", error.report());
}
