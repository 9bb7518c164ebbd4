//! What reaches the `metrics` facade.

use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use connect_api::{
    Error, FlushReason, Flushed, Result, SinkBatch, SinkConnector, SinkContext, SinkGuarantees,
    SinkTask,
};
use connect_runtime::Environment;
use connect_testkit::simulate;
use metrics::{Counter, Gauge, Histogram, Key, KeyName, Metadata, Recorder, SharedString, Unit};

use super::fixture::{Memory, Numbers, memory, worker};

/// Remembers counters by name and labels.
#[derive(Default)]
struct Remembering(Mutex<BTreeMap<String, Arc<AtomicU64>>>);

impl Remembering {
    fn counted(&self, name: &str) -> BTreeMap<String, u64> {
        let counters = self.0.lock().unwrap();
        let named = counters.iter().filter(|(key, _)| key.starts_with(name));
        named
            .map(|(key, count)| (key.clone(), count.load(Ordering::Relaxed)))
            .collect()
    }
}

impl Recorder for Remembering {
    fn describe_counter(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}

    fn describe_gauge(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}

    fn describe_histogram(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}

    fn register_counter(&self, key: &Key, _: &Metadata<'_>) -> Counter {
        let labels = key.labels();
        let labels: Vec<_> = labels
            .map(|label| format!("{}={}", label.key(), label.value()))
            .collect();
        let name = format!("{}{{{}}}", key.name(), labels.join(","));
        let mut counters = self.0.lock().unwrap();
        Counter::from_arc(Arc::clone(counters.entry(name).or_default()))
    }

    fn register_gauge(&self, _: &Key, _: &Metadata<'_>) -> Gauge {
        Gauge::noop()
    }

    fn register_histogram(&self, _: &Key, _: &Metadata<'_>) -> Histogram {
        Histogram::noop()
    }
}

/// Counts the records that it was given, and fails once.
#[derive(Clone, Default)]
struct Tally {
    put: Memory,
    failed: Arc<Mutex<bool>>,
}

struct TallyTask {
    tally: Tally,
    cx: SinkContext,
}

#[async_trait]
impl SinkConnector for Tally {
    async fn open(&self, cx: SinkContext) -> Result<Box<dyn SinkTask>> {
        let tally = self.clone();
        Ok(Box::new(TallyTask { tally, cx }))
    }

    fn guarantees(&self) -> SinkGuarantees {
        SinkGuarantees::AtLeastOnce
    }
}

#[async_trait]
impl SinkTask for TallyTask {
    async fn put(&mut self, batch: &SinkBatch) -> Result<()> {
        if !std::mem::replace(&mut *self.tally.failed.lock().unwrap(), true) {
            self.cx
                .counter("tally.tries")
                .fetch_add(1, Ordering::Relaxed);
            return Err(Error::fatal("the first try fails"));
        }
        self.cx
            .counter("tally.tries")
            .fetch_add(1, Ordering::Relaxed);
        let count = u64::try_from(batch.len()).unwrap();
        self.cx
            .counter("tally.records")
            .fetch_add(count, Ordering::Relaxed);
        SinkTask::put(&mut self.tally.put, batch).await
    }

    async fn flush(&mut self, _: FlushReason) -> Result<Flushed> {
        Ok(Flushed::All)
    }
}

#[test]
fn what_a_plugin_counts_is_labelled_with_connector_task_and_plugin_and_outlives_its_task() {
    let recorder = Remembering::default();
    metrics::with_local_recorder(&recorder, || {
        simulate(51, async |environment| {
            let environment: Arc<dyn Environment> = Arc::new(environment);
            let worker = worker(&environment, memory(&environment))
                .start()
                .await
                .unwrap();
            let source = worker.source("numbers", Numbers::new("t", 50));
            source.start().await.unwrap();
            let tally = Tally::default();
            let sink = worker.sink("tally", tally.clone()).topics(["t"]);
            sink.start().await.unwrap();
            tally.put.reaches(50).await;
            // Counters are handed over every ten seconds.
            tokio::time::sleep(Duration::from_secs(11)).await;
        });
    });
    let labels = "{group=test,connector=tally,task=0,plugin=Tally}";
    let records = recorder.counted("tally.records");
    assert_eq!(records, [(format!("tally.records{labels}"), 50)].into());
    let tries = recorder.counted("tally.tries");
    assert!(tries[&format!("tally.tries{labels}")] >= 2, "{tries:?}");
}

#[test]
fn the_runtime_counts_under_connects_names() {
    let recorder = Remembering::default();
    metrics::with_local_recorder(&recorder, || {
        simulate(52, async |environment| {
            let environment: Arc<dyn Environment> = Arc::new(environment);
            let worker = worker(&environment, memory(&environment))
                .start()
                .await
                .unwrap();
            let source = worker.source("numbers", Numbers::new("t", 50));
            source.start().await.unwrap();
            let sunk = Memory::default();
            let sink = worker.sink("sunk", sunk.clone()).topics(["t"]);
            sink.start().await.unwrap();
            sunk.reaches(50).await;
            tokio::time::sleep(Duration::from_secs(11)).await;
        });
    });
    for (name, connector) in [
        ("source-task-metrics.source-record-poll-total", "numbers"),
        ("source-task-metrics.source-record-write-total", "numbers"),
        ("sink-task-metrics.sink-record-read-total", "sunk"),
        ("sink-task-metrics.sink-record-send-total", "sunk"),
    ] {
        let name = format!("kafka.connect.{name}");
        let key = format!("{name}{{group=test,connector={connector},task=0}}");
        assert_eq!(recorder.counted(&name), [(key, 50)].into());
    }
}
