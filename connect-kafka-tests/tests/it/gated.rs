//! [`GatedSink`]: a sink whose `put` lasts as long as a test wants.

use std::{collections::BTreeMap, sync::Arc};

use connect_api::{
    FlushReason, Flushed, Offsets, Result, SinkBatch, SinkConnector, SinkContext, SinkGuarantees,
    SinkTask, TopicPartition, async_trait,
};
use connect_testkit::memory::{MemorySink, MemoryTable};
use tokio::sync::watch;

/// A sink that holds `put` while its gate is closed.
#[derive(Clone)]
pub(crate) struct GatedSink {
    inner: Arc<MemorySink>,
    calls: Arc<watch::Sender<Calls>>,
    gate: Arc<watch::Sender<Gate>>,
}

/// What was called so far.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Calls {
    /// Partitions that were opened, in order.
    pub(crate) opened: Vec<TopicPartition>,
    /// Partitions that were closed, in order.
    pub(crate) closed: Vec<TopicPartition>,
    /// How often `put` began.
    pub(crate) puts: u64,
    /// Where records that were put lie: again, if they came again.
    pub(crate) put: Vec<(TopicPartition, i64)>,
    /// How many of the waiting calls were told that the runtime wants the task.
    pub(crate) wanted: u64,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Gate {
    #[default]
    Open,
    Closed,
}

impl GatedSink {
    /// Writes a table exactly once.
    pub(crate) fn new(table: &MemoryTable) -> Self {
        Self::around(MemorySink::new(table))
    }

    /// Does what `inner` does.
    pub(crate) fn around(inner: MemorySink) -> Self {
        Self {
            inner: Arc::new(inner),
            calls: Arc::default(),
            gate: Arc::default(),
        }
    }

    /// Lets the next calls of `put` wait.
    pub(crate) fn close(&self) {
        self.gate.send_replace(Gate::Closed);
    }

    /// Lets waiting calls go on.
    pub(crate) fn open(&self) {
        self.gate.send_replace(Gate::Open);
    }

    /// Returns what was called.
    pub(crate) fn calls(&self) -> Calls {
        self.calls.borrow().clone()
    }

    /// Waits until what was called is so.
    pub(crate) async fn called(&self, so: impl FnMut(&Calls) -> bool) {
        let mut calls = self.calls.subscribe();
        calls.wait_for(so).await.unwrap();
    }
}

struct GatedTask {
    inner: Box<dyn SinkTask>,
    sink: GatedSink,
    cx: SinkContext,
}

#[async_trait]
impl SinkConnector for GatedSink {
    async fn open(&self, cx: SinkContext) -> Result<Box<dyn SinkTask>> {
        Ok(Box::new(GatedTask {
            inner: self.inner.open(cx.clone()).await?,
            sink: self.clone(),
            cx,
        }))
    }

    fn guarantees(&self) -> SinkGuarantees {
        self.inner.guarantees()
    }

    async fn alter_offsets(&self, offsets: &BTreeMap<TopicPartition, Option<i64>>) -> Result<()> {
        self.inner.alter_offsets(offsets).await
    }
}

#[async_trait]
impl SinkTask for GatedTask {
    async fn open(&mut self, partitions: &[TopicPartition]) -> Result<Offsets> {
        let opened = self.inner.open(partitions).await;
        let calls = &self.sink.calls;
        calls.send_modify(|calls| calls.opened.extend_from_slice(partitions));
        opened
    }

    async fn put(&mut self, batch: &SinkBatch) -> Result<()> {
        let mut gate = self.sink.gate.subscribe();
        self.sink.calls.send_modify(|calls| {
            calls.puts += 1;
            let origins = batch.records().iter().map(|record| &record.origin);
            calls
                .put
                .extend(origins.map(|origin| (origin.partition().clone(), origin.offset())));
        });
        let opened = async { gate.wait_for(|gate| *gate == Gate::Open).await.is_ok() };
        if self.cx.wait(opened).await.is_none() {
            self.sink.calls.send_modify(|calls| calls.wanted += 1);
            // It cannot be hurried.
            let _ = gate.wait_for(|gate| *gate == Gate::Open).await;
        }
        self.inner.put(batch).await
    }

    async fn flush(&mut self, why: FlushReason) -> Result<Flushed> {
        self.inner.flush(why).await
    }

    async fn close(&mut self, partitions: &[TopicPartition]) -> Result<()> {
        let calls = &self.sink.calls;
        calls.send_modify(|calls| calls.closed.extend_from_slice(partitions));
        self.inner.close(partitions).await
    }

    async fn stop(self: Box<Self>) -> Result<()> {
        self.inner.stop().await
    }
}
