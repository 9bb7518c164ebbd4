//! Connectors whose open tasks are counted.

use std::{
    collections::BTreeMap,
    num::NonZeroUsize,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use async_trait::async_trait;
use connect_api::{
    FlushReason, Flushed, Offsets, Result, SinkBatch, SinkConnector, SinkContext, SinkGuarantees,
    SinkTask, SourceBatch, SourceConnector, SourceContext, SourceGuarantees, SourceOffset,
    SourcePartition, SourceTask, TaskConfig, TopicPartition,
};
use tokio::sync::Notify;

use super::census::{Census, Presence, Side};
use crate::{
    SimulatedEnvironment,
    memory::{MemorySink, MemorySource},
};

/// How many tasks a source has at most, for a reason of its own; cheap to clone.
#[derive(Clone)]
pub(super) struct Width(Arc<(AtomicUsize, Notify)>);

impl Width {
    pub(super) fn new(tasks: usize) -> Self {
        Self(Arc::new((AtomicUsize::new(tasks), Notify::new())))
    }

    /// Changes it: those who watch split anew.
    pub(super) fn set(&self, tasks: usize) {
        self.0.0.store(tasks, Ordering::Relaxed);
        self.0.1.notify_waiters();
    }

    fn get(&self) -> usize {
        self.0.0.load(Ordering::Relaxed)
    }
}

/// A connector whose open tasks are counted.
pub(super) struct Watched<C> {
    pub(super) inner: C,
    pub(super) census: Census,
    pub(super) process: SimulatedEnvironment,
    pub(super) width: Width,
    /// Which release of the application it is of, if it is a value of that.
    pub(super) release: Option<u64>,
}

struct WatchedSource(Box<dyn SourceTask>, Presence);

struct WatchedSink(Box<dyn SinkTask>, Presence);

#[async_trait]
impl SourceConnector for Watched<MemorySource> {
    async fn task_configs(
        &self,
        max: NonZeroUsize,
        current: &[TaskConfig],
    ) -> Result<Vec<TaskConfig>> {
        let width = NonZeroUsize::new(self.width.get()).unwrap_or(max);
        self.inner.task_configs(max.min(width), current).await
    }

    async fn changed(&self, current: &[TaskConfig]) -> Result<()> {
        let changed = self.width.0.1.notified();
        if current.len() <= self.width.get() {
            changed.await;
        }
        Ok(())
    }

    async fn open(&self, cx: SourceContext) -> Result<Box<dyn SourceTask>> {
        let of = (Side::Source, self.release);
        let presence = self.census.enter(&self.process, &cx, of);
        let task = self.inner.open(cx).await?;
        Ok(Box::new(WatchedSource(task, presence)))
    }

    fn guarantees(&self) -> SourceGuarantees {
        self.inner.guarantees()
    }

    async fn alter_offsets(
        &self,
        offsets: &[(SourcePartition, Option<SourceOffset>)],
    ) -> Result<()> {
        self.inner.alter_offsets(offsets).await
    }
}

#[async_trait]
impl SourceTask for WatchedSource {
    async fn poll(&mut self) -> Result<SourceBatch> {
        self.0.poll().await
    }

    async fn commit(&mut self, offsets: &BTreeMap<SourcePartition, SourceOffset>) -> Result<()> {
        self.0.commit(offsets).await
    }

    async fn stop(self: Box<Self>) -> Result<()> {
        let Self(task, _presence) = *self;
        task.stop().await
    }
}

#[async_trait]
impl SinkConnector for Watched<MemorySink> {
    async fn open(&self, cx: SinkContext) -> Result<Box<dyn SinkTask>> {
        let of = (Side::Sink, self.release);
        let presence = self.census.enter(&self.process, &cx, of);
        let task = self.inner.open(cx).await?;
        Ok(Box::new(WatchedSink(task, presence)))
    }

    fn guarantees(&self) -> SinkGuarantees {
        self.inner.guarantees()
    }

    async fn alter_offsets(&self, offsets: &BTreeMap<TopicPartition, Option<i64>>) -> Result<()> {
        self.inner.alter_offsets(offsets).await
    }
}

#[async_trait]
impl SinkTask for WatchedSink {
    async fn open(&mut self, partitions: &[TopicPartition]) -> Result<Offsets> {
        self.0.open(partitions).await
    }

    async fn put(&mut self, batch: &SinkBatch) -> Result<()> {
        self.0.put(batch).await
    }

    async fn flush(&mut self, why: FlushReason) -> Result<Flushed> {
        self.0.flush(why).await
    }

    async fn close(&mut self, partitions: &[TopicPartition]) -> Result<()> {
        self.0.close(partitions).await
    }

    async fn stop(self: Box<Self>) -> Result<()> {
        let Self(task, _presence) = *self;
        task.stop().await
    }
}
