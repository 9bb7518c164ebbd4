//! [`FileSinkTask`]: appends records to files.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, SystemTime},
};

use async_trait::async_trait;
use connect_api::{
    Error, FlushReason, Flushed, Offsets, Origin, Result, SinkBatch, SinkContext, SinkTask,
    TopicPartition,
};

use super::{
    files::Files,
    format::{Format, Text, Texts},
};

/// How many bytes of lines are kept in memory at most, but for one batch.
const MOST: usize = 8 * 1024 * 1024;

/// How much memory is kept for the next lines when there are none.
const KEPT: usize = 64 * 1024;

/// What a line looks like, and how soon it is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Style {
    pub(crate) format: Format,
    /// What stands behind each value.
    pub(crate) delimiter: Vec<u8>,
    /// How long a line may wait in memory.
    pub(crate) patience: Duration,
}

/// Appends records to files; a line is written together with the offset after it.
#[derive(Debug)]
pub(crate) struct FileSinkTask {
    cx: SinkContext,
    /// Calls never overlap, so the lock is always free; work that blocks takes it to another thread.
    files: Arc<Mutex<Files>>,
    style: Style,
    /// Since when the first line in memory waits.
    waiting: Option<SystemTime>,
}

impl FileSinkTask {
    pub(crate) fn new(cx: SinkContext, files: Files, style: Style) -> Self {
        Self {
            cx,
            files: Arc::new(Mutex::new(files)),
            style,
            waiting: None,
        }
    }

    fn files(&self) -> MutexGuard<'_, Files> {
        lock(&self.files)
    }

    async fn blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Files) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let files = Arc::clone(&self.files);
        self.cx.blocking(move || work(&mut lock(&files))).await?
    }

    async fn store(&mut self, then: Then) -> Result<()> {
        let now = self.cx.now();
        self.blocking(move |files| files.store(now)).await?;
        self.waiting = None;
        self.files().shrink(match then {
            Then::GoesOn => 2 * MOST,
            Then::Rests => KEPT,
        });
        Ok(())
    }

    /// Returns the lines of the records that are new, and those that are none.
    fn read<'a>(&self, batch: &'a SinkBatch) -> Result<Found<'a>> {
        let mut files = self.files();
        let mut found = Found {
            texts: Texts::default(),
            lines: Vec::with_capacity(batch.len()),
            rejected: Vec::new(),
        };
        for run in runs(batch.records(), |record| &record.origin) {
            let partition = run[0].origin.partition();
            let next = files.journal(partition)?.next_offset(partition);
            for record in run {
                let of = &record.origin;
                // What was taken before a failure comes again.
                if next.is_some_and(|next| of.offset() < next) {
                    continue;
                }
                match found.texts.add(self.style.format, &record.value.value) {
                    Ok(text) => found.lines.push(Line { of, text }),
                    Err(error) => found.rejected.push((of.clone(), error.context(of))),
                }
            }
        }
        Ok(found)
    }

    /// Appends lines and offsets, and says how urgent it is to store them.
    fn take(&self, found: &Found<'_>, next: &Offsets) -> Result<Urgency> {
        let mut files = self.files();
        let mut is_full = false;
        for run in runs(&found.lines, |line| line.of) {
            let texts = run.iter().map(|line| found.texts.bytes(&line.text));
            let of = run[0].of.partition();
            let journal = files.journal(of)?;
            journal.unsaved().push(of, texts, &self.style.delimiter);
            is_full |= journal.is_full();
        }
        for (of, offset) in next {
            let journal = files.journal(of)?;
            if journal.next_offset(of).is_none_or(|next| *offset > next) {
                journal.unsaved().advance(of, *offset);
            }
        }
        Ok(match files.unsaved() {
            0 => Urgency::None,
            unsaved if is_full || unsaved >= MOST => Urgency::Now,
            _ => Urgency::Soon,
        })
    }

    /// Asks for a call when the first line has waited for long enough, or a file is old enough.
    fn ask_for_wake(&self, now: SystemTime) {
        let waited = self.waiting.map(|since| since + self.style.patience);
        let next = waited.into_iter().chain(self.files().due()).min();
        if let Some(next) = next {
            self.cx
                .wake_after(next.duration_since(now).unwrap_or_default());
        }
    }
}

/// What is likely to follow a store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Then {
    /// As many lines again, for which memory is kept: asking for it anew costs more than filling it.
    GoesOn,
    Rests,
}

/// How urgent it is to store lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Urgency {
    /// There are none.
    None,
    /// They may wait.
    Soon,
    /// They fill the memory, or a file.
    Now,
}

/// What a batch holds.
struct Found<'a> {
    texts: Texts,
    lines: Vec<Line<'a>>,
    rejected: Vec<(Origin, Error)>,
}

/// What is written for one record.
struct Line<'a> {
    of: &'a Origin,
    text: Text<'a>,
}

#[async_trait]
impl SinkTask for FileSinkTask {
    async fn open(&mut self, partitions: &[TopicPartition]) -> Result<Offsets> {
        let taken = partitions.to_vec();
        let stored = self.blocking(move |files| files.take(&taken)).await?;
        self.ask_for_wake(self.cx.now());
        Ok(stored)
    }

    async fn put(&mut self, batch: &SinkBatch) -> Result<()> {
        // A store that keeps failing must not fill the memory.
        if self.files().unsaved() >= MOST {
            self.store(Then::GoesOn).await?;
        }
        let mut found = self.read(batch)?;
        if !found.rejected.is_empty() {
            self.cx.reject(std::mem::take(&mut found.rejected)).await?;
        }
        let urgency = self.take(&found, batch.next_offsets())?;
        let now = self.cx.now();
        if urgency != Urgency::None {
            // A clock may be set back.
            self.waiting = Some(self.waiting.map_or(now, |since| since.min(now)));
        }
        let waited = self
            .waiting
            .map(|since| now.duration_since(since).unwrap_or_default());
        let is_old = self.files().due().is_some_and(|due| due <= now);
        if urgency == Urgency::Now {
            self.store(Then::GoesOn).await?;
        } else if is_old || waited.is_some_and(|waited| waited >= self.style.patience) {
            self.store(Then::Rests).await?;
        }
        self.ask_for_wake(self.cx.now());
        Ok(())
    }

    async fn flush(&mut self, _: FlushReason) -> Result<Flushed> {
        self.store(Then::Rests).await?;
        Ok(Flushed::All)
    }

    async fn close(&mut self, partitions: &[TopicPartition]) -> Result<()> {
        let lost = partitions.to_vec();
        self.blocking(move |files| files.drop_partitions(&lost))
            .await
    }
}

/// Parts `records` where the topic-partition changes.
fn runs<T>(records: &[T], of: impl Fn(&T) -> &Origin) -> impl Iterator<Item = &[T]> {
    records.chunk_by(move |one, two| of(one).is_beside(of(two)))
}

fn lock(files: &Mutex<Files>) -> MutexGuard<'_, Files> {
    files.lock().unwrap_or_else(PoisonError::into_inner)
}
