//! Plugins that block their thread: nothing can end them, and nobody else waits for them.

use std::{
    num::NonZeroUsize,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use connect_api::{
    Error, ErrorKind, Outcome, Record, Result, SourceBatch, SourceConnector, SourceContext,
    SourceGuarantees, SourceTask, TaskConfig, TaskContext, Transform,
};
use connect_runtime::{Environment, Restart, System, WorkerHandle};
use connect_testkit::memory::Gate;
use tokio::{runtime::Builder, sync::Notify, time::timeout};

use super::fixture::{memory, worker};

/// Where it blocks until the gate opens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    Nowhere,
    Poll,
    Drop,
    Changed,
    TaskConfigs,
}

#[derive(Clone)]
struct Blocking {
    place: Place,
    gate: Gate,
    /// Told when it is about to block.
    reached: Arc<Notify>,
    /// Whether its first poll failed, so that the task is dropped.
    failed: Arc<AtomicBool>,
    /// The threads that its calls ran on.
    threads: Arc<Mutex<Vec<String>>>,
}

impl Blocking {
    fn new(place: Place) -> Self {
        Self {
            place,
            gate: Gate::new(),
            reached: Arc::default(),
            failed: Arc::default(),
            threads: Arc::default(),
        }
    }

    fn block(&self, place: Place) {
        let thread = std::thread::current().name().unwrap_or_default().to_owned();
        self.threads.lock().unwrap().push(thread);
        if self.place == place {
            self.reached.notify_one();
            self.gate.pass();
        }
    }
}

#[async_trait]
impl SourceConnector for Blocking {
    async fn task_configs(&self, _: NonZeroUsize, _: &[TaskConfig]) -> Result<Vec<TaskConfig>> {
        self.block(Place::TaskConfigs);
        Ok(vec![TaskConfig::new()])
    }

    async fn changed(&self, _: &[TaskConfig]) -> Result<()> {
        self.block(Place::Changed);
        std::future::pending().await
    }

    async fn open(&self, cx: SourceContext) -> Result<Box<dyn SourceTask>> {
        Ok(Box::new(BlockingTask(self.clone(), cx.task_context())))
    }

    fn guarantees(&self) -> SourceGuarantees {
        SourceGuarantees::AtLeastOnce
    }
}

struct BlockingTask(Blocking, TaskContext);

#[async_trait]
impl SourceTask for BlockingTask {
    async fn poll(&mut self) -> Result<SourceBatch> {
        self.0.block(Place::Poll);
        if self.0.place == Place::Drop && !self.0.failed.swap(true, Ordering::SeqCst) {
            return Err(Error::fatal("broken"));
        }
        self.1.wait(std::future::pending::<()>()).await;
        Ok(SourceBatch::new())
    }
}

impl Drop for BlockingTask {
    fn drop(&mut self) {
        self.0.block(Place::Drop);
    }
}

/// A transform that blocks while a task makes its own.
struct Stubborn(Gate);

impl Clone for Stubborn {
    fn clone(&self) -> Self {
        self.0.pass();
        Self(self.0.clone())
    }
}

impl Transform for Stubborn {
    fn apply(&mut self, _: &mut Record, _: &mut Vec<Record>) -> Result<Outcome> {
        Ok(Outcome::Kept)
    }
}

/// Opens gates when the test ends, however it ends: the runtime waits for its threads.
struct Opens(Vec<Gate>);

impl Drop for Opens {
    fn drop(&mut self) {
        self.0.iter().for_each(Gate::open);
    }
}

/// Starts a worker whose plugins may take 50 ms for a call.
async fn impatient() -> WorkerHandle {
    let environment: Arc<dyn Environment> = Arc::new(System::current());
    worker(&environment, memory(&environment))
        .setting("plugin.call.timeout.ms", "50")
        .start()
        .await
        .unwrap()
}

/// Waits for what a defect would make last for ever.
async fn in_time<T>(what: impl Future<Output = T>) -> T {
    timeout(Duration::from_secs(60), what)
        .await
        .expect("it does not end")
}

async fn failure(worker: &WorkerHandle, name: &str) -> String {
    let failed = in_time(worker.wait_for(name, |status| status.has_failed())).await;
    failed.unwrap().failure().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_task_given_up_by_pause_or_restart_holds_up_no_end() {
    let worker = impatient().await;
    let (paused, restarted) = (Blocking::new(Place::Poll), Blocking::new(Place::Poll));
    let _opens = Opens(vec![paused.gate.clone(), restarted.gate.clone()]);
    for (name, source) in [("paused", &paused), ("restarted", &restarted)] {
        worker.source(name, source.clone()).start().await.unwrap();
        in_time(source.reached.notified()).await;
    }
    worker.pause("paused").await.unwrap();
    worker.restart("restarted", Restart::All).await.unwrap();
    for name in ["paused", "restarted"] {
        let told = failure(&worker, name).await;
        let expected = format!("connector `{name}` task 0: poll: blocks its thread for");
        assert!(told.starts_with(&expected), "{told}");
    }

    in_time(worker.delete_connector("paused")).await.unwrap();
    assert_eq!(worker.status("paused"), None);
    let early = worker.source("paused", Blocking::new(Place::Nowhere));
    let early = early.start().await.unwrap_err();
    assert_eq!(early.kind(), ErrorKind::Unavailable);
    assert_eq!(
        early.message(),
        "connector `paused` is going away: a call of task 0 still blocks its thread"
    );

    let report = in_time(worker.shutdown(Duration::from_secs(1))).await;
    let abandoned: Vec<_> = report.abandoned.iter().map(ToString::to_string).collect();
    assert_eq!(abandoned, ["paused-0", "restarted-0"]);
    assert_eq!(report.ended, []);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn offsets_are_not_deleted_while_a_task_may_still_store_some() {
    let worker = impatient().await;
    let source = Blocking::new(Place::Poll);
    let opens = Opens(vec![source.gate.clone()]);
    worker
        .source("stuck", source.clone())
        .start()
        .await
        .unwrap();
    in_time(source.reached.notified()).await;
    let kept = in_time(worker.delete_connector_with_offsets("stuck")).await;
    let kept = kept.unwrap_err();
    assert_eq!(kept.kind(), ErrorKind::Unavailable);
    assert_eq!(
        kept.message(),
        "it was stopped and is not deleted: connector `stuck`: a call of task 0 still blocks its thread"
    );
    drop(opens);
    let gone = in_time(worker.wait_for("stuck", |status| status.tasks.is_empty()));
    gone.await.unwrap();
    let deleted = worker.delete_connector_with_offsets("stuck");
    in_time(deleted).await.unwrap();
    assert_eq!(worker.status("stuck"), None);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 5)]
async fn whatever_of_a_plugin_blocks_is_named() {
    let worker = impatient().await;
    let cases = [
        ("drop", Place::Drop, "connector `drop` task 0: drop"),
        ("changed", Place::Changed, "connector `changed`: changed"),
        (
            "split",
            Place::TaskConfigs,
            "connector `split`: task_configs",
        ),
    ];
    let mut gates = Opens(Vec::new());
    for (name, place, _) in cases {
        let source = Blocking::new(place);
        gates.0.push(source.gate.clone());
        worker.source(name, source).start().await.unwrap();
    }
    let stubborn = Gate::new();
    worker
        .source("stages", Blocking::new(Place::Nowhere))
        .transform(Stubborn(stubborn.clone()))
        .start()
        .await
        .unwrap();
    gates.0.push(stubborn);

    let stages = (
        "stages",
        Place::Nowhere,
        "connector `stages` task 0: building transforms",
    );
    for (name, _, call) in cases.into_iter().chain([stages]) {
        let told = failure(&worker, name).await;
        let expected = format!("{call}: blocks its thread for");
        assert!(told.starts_with(&expected), "{told}");
    }
    // Once it has answered, it is tried again as after any failure.
    drop(gates);
    for name in ["drop", "changed", "split", "stages"] {
        in_time(worker.wait_for(name, |status| status.is_running()))
            .await
            .unwrap();
    }
}

#[test]
fn plugins_run_on_the_executor_that_is_meant_for_them() {
    let executor = |name: &str| {
        let mut builder = Builder::new_multi_thread();
        builder.worker_threads(1).thread_name(name).enable_all();
        builder.build().unwrap()
    };
    let (own, plugins) = (executor("application"), executor("plugins"));
    let source = Blocking::new(Place::Nowhere);
    own.block_on(async {
        let environment: Arc<dyn Environment> = Arc::new(System::current());
        let worker = worker(&environment, memory(&environment))
            .plugin_executor(plugins.handle().clone())
            .start()
            .await
            .unwrap();
        worker
            .source("source", source.clone())
            .start()
            .await
            .unwrap();
        in_time(worker.wait_for("source", |status| status.is_running()))
            .await
            .unwrap();
        let report = in_time(worker.shutdown(Duration::from_secs(10))).await;
        assert!(report.is_orderly(), "{report:?}");
    });
    let threads = source.threads.lock().unwrap();
    // Splitting, watching, polling, and being dropped.
    assert!(threads.len() >= 4, "{threads:?}");
    assert!(threads.iter().all(|name| name == "plugins"), "{threads:?}");
}
