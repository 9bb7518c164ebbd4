//! [`FileSourceTask`]: turns the lines of a file into records.

use std::{
    num::NonZeroUsize,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, SystemTime},
};

use async_trait::async_trait;
use connect_api::{Result, SourceBatch, SourcePartition, SourceTask, TaskContext};

use super::{
    lines::{Lines, Room},
    tail::{Step, Tail},
};

/// Pauses at the end of a file: short after lines, longer the longer it is quiet.
const PAUSES: std::ops::RangeInclusive<Duration> =
    Duration::from_millis(10)..=Duration::from_secs(1);

/// How often in a row a glimpse of a quiet file is enough.
///
/// It costs two system calls and no change of threads. Should it ever miss something, a look at the file does not.
const GLIMPSES: u32 = 9;

/// Reads the lines of one file.
#[derive(Debug)]
pub(crate) struct FileSourceTask {
    cx: TaskContext,
    /// Moved to a thread for blocking work at each call; calls never overlap, so the lock is always free.
    reader: Arc<Mutex<Reader>>,
    pause: Duration,
    /// For how many more polls a glimpse is enough.
    glimpses: u32,
}

/// What reads blocks until a batch is full.
#[derive(Debug)]
pub(crate) struct Reader {
    pub(crate) tail: Tail,
    pub(crate) lines: Lines,
    pub(crate) partition: SourcePartition,
    /// How many records a batch may have.
    pub(crate) most: NonZeroUsize,
}

/// What one call read.
enum Read {
    Lines(SourceBatch),
    Nothing(Option<Duration>),
}

impl FileSourceTask {
    pub(crate) fn new(cx: TaskContext, reader: Reader) -> Self {
        Self {
            cx,
            reader: Arc::new(Mutex::new(reader)),
            pause: *PAUSES.start(),
            glimpses: GLIMPSES,
        }
    }

    fn is_quiet(&mut self) -> bool {
        let reader = self.reader.lock().unwrap_or_else(PoisonError::into_inner);
        let is_quiet = self.glimpses > 0 && reader.tail.is_quiet();
        self.glimpses = if is_quiet {
            self.glimpses - 1
        } else {
            GLIMPSES
        };
        is_quiet
    }

    fn rest(&mut self, most: Option<Duration>) -> SourceBatch {
        let pause = self.pause;
        self.pause = (2 * pause).min(*PAUSES.end());
        SourceBatch::idle(most.map_or(pause, |most| pause.min(most)))
    }
}

#[async_trait]
impl SourceTask for FileSourceTask {
    async fn poll(&mut self) -> Result<SourceBatch> {
        if self.is_quiet() {
            return Ok(self.rest(None));
        }
        let reader = Arc::clone(&self.reader);
        let (now, timestamp) = (self.cx.now(), self.cx.now_millis());
        let read = move || {
            let mut reader = reader.lock().unwrap_or_else(PoisonError::into_inner);
            reader.read(now, timestamp)
        };
        match self.cx.blocking(read).await?? {
            Read::Lines(batch) => {
                self.pause = *PAUSES.start();
                Ok(batch)
            }
            Read::Nothing(most) => Ok(self.rest(most)),
        }
    }
}

impl Reader {
    fn read(&mut self, now: SystemTime, timestamp: i64) -> Result<Read> {
        let mut batch = SourceBatch::new();
        let mut room = Room::new(self.most);
        loop {
            while room.is_left()
                && let Some((line, reading)) = self.tail.next_line()
            {
                room.take(&line);
                if batch.is_empty() {
                    batch = SourceBatch::with_capacity(room.records(reading.left()));
                }
                let after = (&self.partition, reading.offset());
                self.lines.push(&mut batch, line, after, timestamp);
            }
            if !room.is_left() {
                return Ok(Read::Lines(batch));
            }
            match self.tail.step(now) {
                Ok(Step::On) => {}
                // What was read is returned first; the next call meets the same again.
                Ok(Step::Wait(_)) | Err(_) if !batch.is_empty() => return Ok(Read::Lines(batch)),
                Ok(Step::Wait(most)) => {
                    let Some(offset) = self.tail.take_news() else {
                        return Ok(Read::Nothing(most));
                    };
                    batch.advance(&self.partition, offset);
                    return Ok(Read::Lines(batch));
                }
                Err(error) => return Err(error),
            }
        }
    }
}
