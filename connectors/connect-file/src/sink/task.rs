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

    async fn store(&mut self) -> Result<()> {
        self.blocking(Journal::store).await?;
        self.waiting = None;
        Ok(())
    }

    /// Returns the lines of the records that are new, and those that are none.
    fn read<'a>(&self, batch: &'a SinkBatch) -> (Vec<Line<'a>>, Vec<(Origin, Error)>) {
        let journal = self.journal();
        let mut lines = Vec::with_capacity(batch.len());
        let mut rejected = Vec::new();
        let mut known: Option<(&TopicPartition, Option<i64>)> = None;
        for record in batch.records() {
            let of = record.origin.partition();
            let next = match known {
                Some((known, next)) if known == of => next,
                _ => journal.next_offset(of),
            };
            known = Some((of, next));
            // What was taken before a failure comes again.
            if next.is_some_and(|next| record.origin.offset() < next) {
                continue;
            }
            match line(&record.value.value) {
                Ok(text) => lines.push(Line { of, text }),
                Err(error) => rejected.push((record.origin.clone(), error.context(&record.origin))),
            }
        }
        (lines, rejected)
    }

    /// Appends lines and offsets, and returns how many bytes are unsaved now.
    fn take(&self, lines: Vec<Line<'_>>, next: &Offsets) -> usize {
        let mut journal = self.journal();
        for line in lines {
            journal.unsaved().push(line.of, &line.text);
        }
        for (of, offset) in next {
            if journal.next_offset(of).is_none_or(|next| *offset > next) {
                journal.unsaved().advance(of, *offset);
            }
        }
        journal.unsaved().bytes().len()
    }
}

/// What is written for one record.
struct Line<'a> {
    of: &'a TopicPartition,
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
            self.store().await?;
        }
        let (lines, rejected) = self.read(batch);
        if !rejected.is_empty() {
            self.cx.reject(rejected).await?;
        }
        let unsaved = self.take(lines, batch.next_offsets());
        if unsaved == 0 {
            return Ok(());
        }
        let now = self.cx.now();
        // A clock may be set back.
        let since = self.waiting.map_or(now, |since| since.min(now));
        self.waiting = Some(since);
        let waited = now.duration_since(since).unwrap_or_default();
        if unsaved >= MOST || waited >= self.patience {
            return self.store().await;
        }
        self.cx.wake_after(self.patience - waited);
        Ok(())
    }

    async fn flush(&mut self, _: FlushReason) -> Result<Flushed> {
        self.store().await?;
        Ok(Flushed::All)
    }

    async fn close(&mut self, partitions: &[TopicPartition]) -> Result<()> {
        let lost = partitions.to_vec();
        self.blocking(move |journal| journal.forget(&lost)).await
    }
}

fn lock(journal: &Mutex<Journal<LocalDisk>>) -> MutexGuard<'_, Journal<LocalDisk>> {
    journal.lock().unwrap_or_else(PoisonError::into_inner)
}
