//! [`FileSinkTask`]: appends records to a file.

use std::{
    borrow::Cow,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, SystemTime},
};

use async_trait::async_trait;
use connect_api::{
    Error, FlushReason, Flushed, Offsets, Origin, Result, SinkBatch, SinkContext, SinkTask,
    TopicPartition,
};

use super::{disk::LocalDisk, journal::Journal, line::line};

/// How many bytes of lines are kept in memory at most, but for one batch.
const MOST: usize = 8 * 1024 * 1024;

/// Appends records to a file; a line is written together with the offset after it.
#[derive(Debug)]
pub(crate) struct FileSinkTask {
    cx: SinkContext,
    /// Calls never overlap, so the lock is always free; work that blocks takes it to another thread.
    journal: Arc<Mutex<Journal<LocalDisk>>>,
    /// How long a line may wait in memory.
    patience: Duration,
    /// Since when the first of them waits.
    waiting: Option<SystemTime>,
}

impl FileSinkTask {
    pub(crate) fn new(cx: SinkContext, journal: Journal<LocalDisk>, patience: Duration) -> Self {
        Self {
            cx,
            journal: Arc::new(Mutex::new(journal)),
            patience,
            waiting: None,
        }
    }

    fn journal(&self) -> MutexGuard<'_, Journal<LocalDisk>> {
        lock(&self.journal)
    }

    async fn blocking(
        &self,
        work: impl FnOnce(&mut Journal<LocalDisk>) -> Result<()> + Send + 'static,
    ) -> Result<()> {
        let journal = Arc::clone(&self.journal);
        self.cx.blocking(move || work(&mut lock(&journal))).await?
    }

    async fn store(&mut self, then: Then) -> Result<()> {
        self.blocking(Journal::store).await?;
        self.waiting = None;
        if then == Then::Rests {
            self.journal().unsaved().shrink();
        }
        Ok(())
    }

    /// Returns the lines of the records that are new, and those that are none.
    fn read<'a>(&self, batch: &'a SinkBatch) -> (Vec<Line<'a>>, Vec<(Origin, Error)>) {
        let journal = self.journal();
        let mut lines = Vec::with_capacity(batch.len());
        let mut rejected = Vec::new();
        for run in runs(batch.records(), |record| &record.origin) {
            let next = journal.next_offset(run[0].origin.partition());
            for record in run {
                let of = &record.origin;
                // What was taken before a failure comes again.
                if next.is_some_and(|next| of.offset() < next) {
                    continue;
                }
                match line(&record.value.value) {
                    Ok(text) => lines.push(Line { of, text }),
                    Err(error) => rejected.push((of.clone(), error.context(of))),
                }
            }
        }
        (lines, rejected)
    }

    /// Appends lines and offsets, and returns how many bytes are unsaved now.
    fn take(&self, lines: &[Line<'_>], next: &Offsets) -> usize {
        let mut journal = self.journal();
        for run in runs(lines, |line| line.of) {
            let texts = run.iter().map(|line| &*line.text);
            journal.unsaved().push(run[0].of.partition(), texts);
        }
        for (of, offset) in next {
            if journal.next_offset(of).is_none_or(|next| *offset > next) {
                journal.unsaved().advance(of, *offset);
            }
        }
        journal.unsaved().bytes().len()
    }
}

/// What is likely to follow a store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Then {
    /// As many lines again, for which memory is kept: asking for it anew costs more than filling it.
    GoesOn,
    Rests,
}

/// What is written for one record.
struct Line<'a> {
    of: &'a Origin,
    text: Cow<'a, [u8]>,
}

#[async_trait]
impl SinkTask for FileSinkTask {
    async fn open(&mut self, partitions: &[TopicPartition]) -> Result<Offsets> {
        let journal = self.journal();
        let stored = |of: &TopicPartition| Some((of.clone(), *journal.offsets().get(of)?));
        Ok(partitions.iter().filter_map(stored).collect())
    }

    async fn put(&mut self, batch: &SinkBatch) -> Result<()> {
        // A store that keeps failing must not fill the memory.
        if self.journal().unsaved().bytes().len() >= MOST {
            self.store(Then::GoesOn).await?;
        }
        let (lines, rejected) = self.read(batch);
        if !rejected.is_empty() {
            self.cx.reject(rejected).await?;
        }
        let unsaved = self.take(&lines, batch.next_offsets());
        if unsaved == 0 {
            return Ok(());
        }
        let now = self.cx.now();
        // A clock may be set back.
        let since = self.waiting.map_or(now, |since| since.min(now));
        self.waiting = Some(since);
        let waited = now.duration_since(since).unwrap_or_default();
        if unsaved >= MOST {
            return self.store(Then::GoesOn).await;
        }
        if waited >= self.patience {
            return self.store(Then::Rests).await;
        }
        self.cx.wake_after(self.patience - waited);
        Ok(())
    }

    async fn flush(&mut self, _: FlushReason) -> Result<Flushed> {
        self.store(Then::Rests).await?;
        Ok(Flushed::All)
    }

    async fn close(&mut self, partitions: &[TopicPartition]) -> Result<()> {
        let lost = partitions.to_vec();
        self.blocking(move |journal| journal.forget(&lost)).await
    }
}

/// Parts `records` where the topic-partition changes.
fn runs<T>(records: &[T], of: impl Fn(&T) -> &Origin) -> impl Iterator<Item = &[T]> {
    records.chunk_by(move |one, two| of(one).is_beside(of(two)))
}

fn lock(journal: &Mutex<Journal<LocalDisk>>) -> MutexGuard<'_, Journal<LocalDisk>> {
    journal.lock().unwrap_or_else(PoisonError::into_inner)
}
