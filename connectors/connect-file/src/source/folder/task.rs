//! [`FolderTask`]: turns the lines of many files into records.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use async_trait::async_trait;
use connect_api::{Result, SourceBatch, SourceContext, SourceTask, TaskContext};

use super::{
    Files, Watch,
    ledger::Ledger,
    reader::{Clock, FolderReader, News, Read},
    watch::{Bell, Coverage, Watcher},
};

/// Pauses when nothing is new: short after lines, longer the longer it is quiet.
const PAUSES: std::ops::RangeInclusive<Duration> =
    Duration::from_millis(10)..=Duration::from_secs(1);

/// Reads the lines of many files.
#[derive(Debug)]
pub(crate) struct FolderTask {
    cx: TaskContext,
    /// Moved to a thread for blocking work at each call; calls never overlap, so the lock is always free.
    reader: Arc<Mutex<FolderReader>>,
    bell: Arc<Bell>,
    pause: Duration,
}

impl FolderTask {
    /// Goes on at the stored places.
    ///
    /// # Errors
    ///
    /// `Fatal`: an offset is none.
    pub(crate) fn open(cx: &SourceContext, files: Files, watch: Watch) -> Result<Self> {
        let ledger = Ledger::read(cx.offsets())?;
        let cx = cx.task_context();
        let bell = Arc::new(Bell::default());
        let watcher = match watch {
            Watch::Poll => None,
            Watch::Notify => Watcher::start(&bell)
                .inspect_err(|error| {
                    tracing::warn!(?cx, %error, "folders cannot be watched, and are looked at instead");
                })
                .ok(),
        };
        let reader = FolderReader::new(files, ledger, watcher, &cx);
        Ok(Self {
            cx,
            reader: Arc::new(Mutex::new(reader)),
            bell,
            pause: *PAUSES.start(),
        })
    }

    async fn read(&self) -> Result<(Read, Coverage)> {
        let reader = Arc::clone(&self.reader);
        let clock = Clock {
            now: self.cx.now(),
            timestamp: self.cx.now_millis(),
        };
        let news = match self.bell.take_news() {
            true => News::Possible,
            false => News::None,
        };
        let read = move || {
            let mut reader = reader.lock().unwrap_or_else(PoisonError::into_inner);
            let read = reader.read(clock, news);
            (read, reader.coverage())
        };
        self.cx.blocking(read).await
    }
}

#[async_trait]
impl SourceTask for FolderTask {
    async fn poll(&mut self) -> Result<SourceBatch> {
        loop {
            let most = match self.read().await? {
                (Read::Lines(batch), _) => {
                    self.pause = *PAUSES.start();
                    return Ok(batch);
                }
                (Read::Nothing(most), coverage) => {
                    if coverage == Coverage::Whole && most.is_none_or(|most| most >= *PAUSES.end())
                    {
                        if self.cx.wait(self.bell.rung()).await.is_none() {
                            return Ok(SourceBatch::new());
                        }
                        continue;
                    }
                    most
                }
            };
            let pause = self.pause;
            self.pause = (2 * pause).min(*PAUSES.end());
            return Ok(SourceBatch::idle(
                most.map_or(pause, |most| pause.min(most)),
            ));
        }
    }
}
