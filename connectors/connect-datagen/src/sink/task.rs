//! [`BlackholeTask`]: counts and forgets.

use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, SystemTime},
};

use async_trait::async_trait;
use connect_api::{FlushReason, Flushed, Result, SinkBatch, SinkContext, SinkTask};
use tracing::info;

use super::{connector::Tap, tally::Tally};

/// Counts records and forgets them.
pub(super) struct BlackholeTask {
    cx: SinkContext,
    counters: Counters,
    log_interval: Option<Duration>,
    tap: Option<Tap>,
    /// Since the last log line.
    tally: Tally,
}

/// What the embedder's metrics get.
struct Counters {
    records: Arc<AtomicU64>,
    bytes: Arc<AtomicU64>,
    lag_millis: Arc<AtomicU64>,
}

impl Counters {
    fn new(cx: &SinkContext) -> Self {
        Self {
            records: cx.counter("datagen.blackhole-records"),
            bytes: cx.counter("datagen.blackhole-bytes"),
            lag_millis: cx.counter("datagen.blackhole-lag-ms"),
        }
    }

    fn add(&self, tally: &Tally) {
        self.records.fetch_add(tally.records, Ordering::Relaxed);
        self.bytes.fetch_add(tally.bytes, Ordering::Relaxed);
        self.lag_millis
            .fetch_add(tally.lag_millis, Ordering::Relaxed);
    }
}

impl BlackholeTask {
    pub(super) fn new(cx: SinkContext, log_interval: Option<Duration>, tap: Option<Tap>) -> Self {
        Self {
            counters: Counters::new(&cx),
            tally: Tally::new(cx.now()),
            log_interval,
            tap,
            cx,
        }
    }

    /// Logs what arrived since the last line, and begins anew.
    fn log(&mut self, now: SystemTime) {
        let summary = self.tally.summary(now);
        info!(
            connector = self.cx.connector(),
            task = self.cx.task(),
            records = self.tally.records,
            bytes = self.tally.bytes,
            records_per_second = summary.records_per_second,
            bytes_per_second = summary.bytes_per_second,
            mean_lag_ms = summary.mean_lag_millis,
            max_lag_ms = summary.max_lag_millis,
            "records went into the black hole"
        );
        self.tally = Tally::new(now);
    }
}

impl fmt::Debug for BlackholeTask {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BlackholeTask")
            .field("tally", &self.tally)
            .finish_non_exhaustive()
    }
}

#[async_trait]
impl SinkTask for BlackholeTask {
    async fn put(&mut self, batch: &SinkBatch) -> Result<()> {
        if let Some(tap) = &self.tap {
            tap(batch);
        }
        let (now, millis) = (self.cx.now(), self.cx.now_millis());
        let mut arrived = Tally::new(now);
        for record in batch.records() {
            arrived.count(record, millis);
        }
        self.counters.add(&arrived);
        self.tally.add(&arrived);
        if let Some(interval) = self.log_interval
            && self.tally.is_due(now, interval)
        {
            self.log(now);
        }
        Ok(())
    }

    async fn flush(&mut self, _: FlushReason) -> Result<Flushed> {
        Ok(Flushed::All)
    }

    async fn stop(mut self: Box<Self>) -> Result<()> {
        if self.log_interval.is_some() && self.tally.records > 0 {
            let now = self.cx.now();
            self.log(now);
        }
        Ok(())
    }
}
