//! Background work that fails ends its task, however busy that is.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use connect_api::{
    Error, FlushReason, Flushed, Record, Result, SinkBatch, SinkConnector, SinkContext,
    SinkGuarantees, SinkTask, SourceBatch, SourceConnector, SourceContext, SourceGuarantees,
    SourceOffset, SourcePartition, SourceRecord, SourceTask,
};
use connect_runtime::{Environment, WorkerHandle, broker::ProducerRecord};
use connect_testkit::simulate;
use tokio::sync::watch;

use super::fixture::{memory, worker};
use crate::fixture::write;

/// A source and a sink that never rest, and whose background work fails when the test says so.
#[derive(Clone, Default)]
struct Busy {
    fail: Arc<watch::Sender<bool>>,
}

impl Busy {
    fn fails(&self) -> impl Future<Output = Result<()>> + Send + 'static {
        let mut fail = self.fail.subscribe();
        async move {
            // The sender outlives the work.
            let _ = fail.wait_for(|fail| *fail).await;
            Err(Error::fatal("the line is cut"))
        }
    }
}

struct BusyTask {
    busy: Busy,
    next: i64,
}

#[async_trait]
impl SourceConnector for Busy {
    async fn open(&self, cx: SourceContext) -> Result<Box<dyn SourceTask>> {
        if !*self.fail.borrow() {
            cx.spawn("line", self.fails());
        }
        Ok(Box::new(BusyTask {
            busy: self.clone(),
            next: 0,
        }))
    }

    fn guarantees(&self) -> SourceGuarantees {
        SourceGuarantees::ExactlyOnce
    }
}

#[async_trait]
impl SourceTask for BusyTask {
    async fn poll(&mut self) -> Result<SourceBatch> {
        self.next += 1;
        match self.next {
            1_000 => drop(self.busy.fail.send_replace(true)),
            // Time stands still while there is always something to do.
            20_000 => panic!("polled 19,000 times after the background work failed"),
            _ => {}
        }
        let from = SourcePartition::from([("busy", "yes")]);
        let record = Record::new("busy", self.next.to_string());
        Ok(SourceRecord::new(record, &from, SourceOffset::at("next", self.next)).into())
    }
}

#[async_trait]
impl SinkConnector for Busy {
    async fn open(&self, cx: SinkContext) -> Result<Box<dyn SinkTask>> {
        if !*self.fail.borrow() {
            cx.spawn("line", self.fails());
        }
        Ok(Box::new(BusyTask {
            busy: self.clone(),
            next: 0,
        }))
    }

    fn guarantees(&self) -> SinkGuarantees {
        SinkGuarantees::AtLeastOnce
    }
}

#[async_trait]
impl SinkTask for BusyTask {
    async fn put(&mut self, batch: &SinkBatch) -> Result<()> {
        self.next += i64::try_from(batch.len()).unwrap();
        if self.next >= 1_000 {
            self.busy.fail.send_replace(true);
        }
        // Slower than the source, so that the queue is never empty.
        tokio::time::sleep(Duration::from_millis(100)).await;
        Ok(())
    }

    async fn flush(&mut self, _: FlushReason) -> Result<Flushed> {
        Ok(Flushed::All)
    }
}

/// Waits until the background work of a connector's task has ended it, and the task runs again.
async fn check_ended(worker: &WorkerHandle, name: &str) {
    let told = "background work `line`: the line is cut";
    let failed = worker.wait_for(name, |status| {
        status.tasks.iter().any(|task| task.trace.is_some())
    });
    let trace = failed.await.unwrap().tasks[0].trace.clone().unwrap();
    assert!(trace.contains(told), "{trace}");
    let running = worker.wait_for(name, |status| status.is_running());
    running.await.unwrap();
}

#[test]
fn background_work_that_fails_ends_a_source_that_always_has_records() {
    simulate(41, async |environment| {
        let environment: Arc<dyn Environment> = Arc::new(environment);
        let worker = worker(&environment, memory(&environment))
            .start()
            .await
            .unwrap();
        worker
            .source("busy", Busy::default())
            .start()
            .await
            .unwrap();
        let ended = check_ended(&worker, "busy");
        tokio::time::timeout(Duration::from_secs(60), ended)
            .await
            .unwrap();
    });
}

#[test]
fn background_work_that_fails_ends_a_sink_whose_queue_is_never_empty() {
    simulate(42, async |environment| {
        let environment: Arc<dyn Environment> = Arc::new(environment);
        let broker = memory(&environment);
        let record = |number: i64| ProducerRecord::new("busy", number.to_string());
        write(&broker, (0..20_000).map(record).collect()).await;
        let worker = worker(&environment, broker).start().await.unwrap();
        let sink = worker.sink("busy", Busy::default()).topics(["busy"]);
        // With 20 records a put, there is enough for 100 s.
        sink.setting("batch.max.records", "20")
            .start()
            .await
            .unwrap();
        let ended = check_ended(&worker, "busy");
        tokio::time::timeout(Duration::from_secs(60), ended)
            .await
            .unwrap();
    });
}
