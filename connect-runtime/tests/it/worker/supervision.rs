//! What a supervisor owes: to those who wait for it, to other tasks, and after plugins that misbehave.

use std::{
    collections::BTreeMap,
    num::NonZeroUsize,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use connect_api::{
    ConfigMap, Error, FlushReason, Flushed, Offsets, Plugin, Result, SinkBatch, SinkConnector,
    SinkContext, SinkGuarantees, SinkTask, SourceBatch, SourceConnector, SourceContext,
    SourceGuarantees, SourceTask, TaskConfig, TaskContext, TopicPartition,
};
use connect_runtime::{Environment, Plugins, Put, Restart, State, WorkerHandle, broker::Broker};
use connect_testkit::{
    memory::{MemoryInput, MemorySource},
    simulate,
};
use schemars::JsonSchema;
use serde::Deserialize;
use tokio::sync::{Notify, watch};

use super::{
    fixture::{Memory, Numbers, memory, numbers, worker},
    internal_topics::latest,
};

/// A source without records that can be told how to split, watch and stop.
#[derive(Clone)]
struct Odd(Arc<Inside>);

struct Inside {
    /// What the next calls of `task_configs` answer; then one task.
    splits: Mutex<Vec<Error>>,
    split: AtomicU32,
    /// What the next calls of `changed` answer; then it waits.
    changes: Mutex<Vec<Result<()>>>,
    /// How long `stop` takes.
    stopping: Duration,
    /// How many task values there are.
    alive: watch::Sender<u32>,
    opened: watch::Sender<u32>,
}

impl Odd {
    fn new() -> Self {
        Self::stopping(Duration::ZERO)
    }

    fn stopping(stopping: Duration) -> Self {
        Self(Arc::new(Inside {
            splits: Mutex::default(),
            split: AtomicU32::new(0),
            changes: Mutex::default(),
            stopping,
            alive: watch::Sender::default(),
            opened: watch::Sender::default(),
        }))
    }

    fn failing(errors: impl IntoIterator<Item = Error>) -> Self {
        let odd = Self::new();
        odd.0.splits.lock().unwrap().extend(errors);
        odd
    }

    fn changing(changes: impl IntoIterator<Item = Result<()>>) -> Self {
        let odd = Self::new();
        odd.0.changes.lock().unwrap().extend(changes);
        odd
    }

    fn splits(&self) -> u32 {
        self.0.split.load(Ordering::SeqCst)
    }
}

#[async_trait]
impl SourceConnector for Odd {
    async fn task_configs(&self, _: NonZeroUsize, _: &[TaskConfig]) -> Result<Vec<TaskConfig>> {
        self.0.split.fetch_add(1, Ordering::SeqCst);
        match self.0.splits.lock().unwrap().pop() {
            Some(error) => Err(error),
            None => Ok(vec![TaskConfig::new()]),
        }
    }

    async fn changed(&self, _: &[TaskConfig]) -> Result<()> {
        let change = self.0.changes.lock().unwrap().pop();
        match change {
            Some(change) => change,
            None => std::future::pending().await,
        }
    }

    async fn open(&self, cx: SourceContext) -> Result<Box<dyn SourceTask>> {
        self.0.alive.send_modify(|alive| *alive += 1);
        self.0.opened.send_modify(|opened| *opened += 1);
        Ok(Box::new(OddTask(self.clone(), cx.task_context())))
    }

    fn guarantees(&self) -> SourceGuarantees {
        SourceGuarantees::AtLeastOnce
    }
}

struct OddTask(Odd, TaskContext);

#[async_trait]
impl SourceTask for OddTask {
    async fn poll(&mut self) -> Result<SourceBatch> {
        self.1.wait(std::future::pending::<()>()).await;
        Ok(SourceBatch::new())
    }

    async fn stop(self: Box<Self>) -> Result<()> {
        tokio::time::sleep(self.0.0.stopping).await;
        Ok(())
    }
}

impl Drop for OddTask {
    fn drop(&mut self) {
        self.0.0.alive.send_modify(|alive| *alive -= 1);
    }
}

async fn running(worker: &WorkerHandle, name: &str) {
    let running = worker.wait_for(name, |status| status.is_running()).await;
    running.unwrap();
}

#[test]
fn a_deleted_connector_can_be_created_again_at_once() {
    simulate(31, async |environment| {
        let environment: Arc<dyn Environment> = Arc::new(environment);
        let worker = worker(&environment, memory(&environment))
            .start()
            .await
            .unwrap();
        let source = Odd::stopping(Duration::from_secs(1));
        for round in 1..=5 {
            worker.source("odd", source.clone()).start().await.unwrap();
            running(&worker, "odd").await;
            worker.delete_connector("odd").await.unwrap();
            assert_eq!(worker.status("odd"), None);
            assert_eq!(
                (*source.0.alive.borrow(), *source.0.opened.borrow()),
                (0, round)
            );
        }
    });
}

#[test]
fn what_was_deleted_is_gone_also_if_the_worker_shuts_down_meanwhile() {
    simulate(32, async |environment| {
        let environment: Arc<dyn Environment> = Arc::new(environment);
        let worker = worker(&environment, memory(&environment))
            .start()
            .await
            .unwrap();
        let source = Odd::stopping(Duration::from_secs(1));
        worker.source("odd", source).start().await.unwrap();
        worker.source("kept", Odd::new()).start().await.unwrap();
        running(&worker, "odd").await;
        running(&worker, "kept").await;
        let (deleted, report) = tokio::join!(
            worker.delete_connector("odd"),
            worker.shutdown(Duration::from_secs(10)),
        );
        deleted.unwrap();
        assert!(report.is_orderly(), "{report:?}");
        assert_eq!(report.ended.len(), 2);
        assert_eq!(worker.status("odd"), None);
        assert_eq!(worker.status("kept").unwrap().state, State::Unassigned);
    });
}

#[test]
fn those_who_wait_for_a_status_are_told_that_the_worker_has_ended() {
    simulate(33, async |environment| {
        let environment: Arc<dyn Environment> = Arc::new(environment);
        let worker = worker(&environment, memory(&environment))
            .start()
            .await
            .unwrap();
        worker.source("odd", Odd::new()).start().await.unwrap();
        running(&worker, "odd").await;
        let mut updates = worker.watch();
        let last = async {
            let mut last = Vec::new();
            while let Some(statuses) = updates.next().await {
                last = statuses;
            }
            last
        };
        let (never, last, report) = tokio::join!(
            worker.wait_for("odd", |status| status.has_failed()),
            last,
            worker.shutdown(Duration::from_secs(10)),
        );
        assert!(report.is_orderly(), "{report:?}");
        let ended = "the worker of group `test` has ended";
        assert_eq!(never.unwrap_err().message(), ended);
        assert_eq!(last[0].state, State::Unassigned, "the last change was seen");
        // What holds is still answered, and what can never hold is refused.
        let unassigned =
            |status: &connect_runtime::ConnectorStatus| status.state == State::Unassigned;
        worker.wait_for("odd", unassigned).await.unwrap();
        let late = worker.wait_for("odd", |status| status.is_running()).await;
        assert_eq!(late.unwrap_err().message(), ended);
    });
}

#[test]
fn work_that_changes_again_and_again_is_split_ever_more_slowly() {
    simulate(34, async |environment| {
        let environment: Arc<dyn Environment> = Arc::new(environment);
        let worker = worker(&environment, memory(&environment))
            .start()
            .await
            .unwrap();
        let source = Odd::changing((0..100).map(|_| Ok(())));
        worker.source("odd", source.clone()).start().await.unwrap();
        running(&worker, "odd").await;
        tokio::time::sleep(Duration::from_secs(62)).await;
        // After 1, 2, 4, 8, 16 and 32 seconds, or a quarter less.
        assert!((6..=8).contains(&source.splits()), "{}", source.splits());
        assert_eq!(*source.0.opened.borrow(), 1, "the task was not disturbed");
        assert!(worker.status("odd").unwrap().is_running());
    });
}

#[test]
fn a_connector_that_fails_to_split_its_work_is_tried_again_by_the_policy_of_tasks() {
    simulate(35, async |environment| {
        let environment: Arc<dyn Environment> = Arc::new(environment);
        let worker = worker(&environment, memory(&environment))
            .start()
            .await
            .unwrap();
        let fatal = |n| (0..n).map(|n| Error::fatal(format!("gone for the {n}. time")));
        let source = Odd::failing(fatal(5));
        worker.source("five", source.clone()).start().await.unwrap();
        let retried = worker
            .wait_for("five", |status| status.trace.is_some())
            .await
            .unwrap();
        assert_eq!(retried.state, State::Restarting);
        running(&worker, "five").await;
        assert_eq!(worker.status("five").unwrap().trace, None);
        assert_eq!(source.splits(), 6);

        let source = Odd::failing(fatal(6));
        worker.source("six", source.clone()).start().await.unwrap();
        let failed = worker
            .wait_for("six", |status| status.has_failed())
            .await
            .unwrap();
        let trace = "connector `six`: task_configs: gone for the 0. time";
        assert_eq!(failed.failure(), Some(trace));
        worker.restart("six", Restart::Failed).await.unwrap();
        running(&worker, "six").await;

        let source = Odd::failing([Error::config("no such table")]);
        worker
            .source("wrong", source.clone())
            .start()
            .await
            .unwrap();
        worker
            .wait_for("wrong", |status| status.has_failed())
            .await
            .unwrap();
        assert_eq!(
            source.splits(),
            1,
            "a wrong configuration is not tried again"
        );
    });
}

#[test]
fn a_watch_that_fails_is_taken_up_again_while_tasks_go_on() {
    simulate(36, async |environment| {
        let environment: Arc<dyn Environment> = Arc::new(environment);
        let worker = worker(&environment, memory(&environment))
            .start()
            .await
            .unwrap();
        let errors = |n| (0..n).map(|_| Err(Error::fatal("the list is gone")));
        let source = Odd::changing(errors(5));
        worker.source("five", source.clone()).start().await.unwrap();
        tokio::time::sleep(Duration::from_secs(3600)).await;
        assert!(worker.status("five").unwrap().is_running());
        assert_eq!((source.splits(), *source.0.opened.borrow()), (6, 1));

        let source = Odd::changing(errors(6));
        worker.source("six", source.clone()).start().await.unwrap();
        let failed = worker
            .wait_for("six", |status| status.has_failed())
            .await
            .unwrap();
        assert_eq!(
            (failed.state, failed.tasks[0].state),
            (State::Failed, State::Running)
        );
        assert_eq!((source.splits(), *source.0.opened.borrow()), (6, 1));
    });
}

/// What a plan says about itself, and what its tasks get to see.
#[derive(Clone, Default)]
struct Seen {
    /// Of which plan a task is, and of which its part.
    pairs: Arc<watch::Sender<Vec<(i64, String)>>>,
    /// Lets `task_configs` of a later plan answer.
    gate: Arc<Notify>,
}

/// Which plan it is.
#[derive(Deserialize, JsonSchema)]
struct PlanOptions {
    /// Its number.
    number: i64,
}

struct Numbered(i64, Seen);

#[async_trait]
impl SourceConnector for Numbered {
    async fn task_configs(&self, _: NonZeroUsize, _: &[TaskConfig]) -> Result<Vec<TaskConfig>> {
        if self.0 > 1 {
            self.1.gate.notified().await;
        }
        Ok(vec![TaskConfig::new().with("plan", self.0.to_string())])
    }

    async fn open(&self, cx: SourceContext) -> Result<Box<dyn SourceTask>> {
        let part = cx.config().get("plan").unwrap_or_default().to_owned();
        self.1.pairs.send_modify(|pairs| pairs.push((self.0, part)));
        Odd::new().open(cx).await
    }

    fn guarantees(&self) -> SourceGuarantees {
        SourceGuarantees::AtLeastOnce
    }
}

#[test]
fn a_new_configuration_counts_only_together_with_its_split() {
    simulate(37, async |environment| {
        let environment: Arc<dyn Environment> = Arc::new(environment);
        let seen = Seen::default();
        let of_plugin = seen.clone();
        let plugin = Plugin::source("numbered", "1.0", move |options: PlanOptions| {
            Ok(Numbered(options.number, of_plugin.clone()))
        });
        let worker = worker(&environment, memory(&environment))
            .plugins(Plugins::new().with([plugin]))
            .start()
            .await
            .unwrap();
        let plan = |number| ConfigMap::from([("connector.class", "numbered"), ("number", number)]);
        worker.create_connector("n", plan("1")).await.unwrap();
        running(&worker, "n").await;
        let put = worker.put_connector("n", plan("2")).await.unwrap();
        assert_eq!(put, Put::Updated);
        worker.restart("n", Restart::Task(0)).await.unwrap();
        let mut pairs = seen.pairs.subscribe();
        pairs.wait_for(|pairs| pairs.len() == 2).await.unwrap();
        running(&worker, "n").await;
        seen.gate.notify_one();
        pairs.wait_for(|pairs| pairs.len() == 3).await.unwrap();
        let of = |plan: i64| (plan, plan.to_string());
        assert_eq!(*seen.pairs.borrow(), [of(1), of(1), of(2)]);
    });
}

/// Returns which worker last claimed task 0 of `connector`.
async fn claimant(broker: &dyn Broker, connector: &str) -> String {
    let claims = latest(broker, "connect-test-offsets").await;
    let key = format!(r#"{{"claim":{{"connector":"{connector}","task":0}}}}"#);
    let claim = claims[&key].1.clone().unwrap();
    let (_, worker) = claim.split_once(r#"{"worker":""#).unwrap();
    worker.split('"').next().unwrap().to_owned()
}

#[test]
fn of_two_workers_of_one_group_the_latest_starter_runs_the_source() {
    simulate(38, async |environment| {
        let environment: Arc<dyn Environment> = Arc::new(environment);
        let (broker, input, sunk) = (memory(&environment), MemoryInput::new(1), Memory::default());
        let start = async || {
            let worker = worker(&environment, broker.clone()).start().await.unwrap();
            let source = MemorySource::new(&input, "numbers");
            worker.source("source", source).start().await.unwrap();
            running(&worker, "source").await;
            worker
        };
        let write =
            |range: std::ops::Range<i64>| input.append_texts(0, range.map(|n| n.to_string()));
        let older = start().await;
        let sink = older.sink("memory", sunk.clone());
        sink.topics(["numbers"]).start().await.unwrap();
        write(0..10);
        sunk.reaches(10).await;

        let newer = start().await;
        let lost = async |worker: &WorkerHandle| {
            let winner = claimant(&broker, "source").await;
            let failed = worker
                .wait_for("source", |status| status.has_failed())
                .await;
            let expected = format!("source-0: the worker {winner} has taken over this task");
            assert_eq!(failed.unwrap().failure(), Some(expected.as_str()));
        };
        write(10..30);
        lost(&older).await;
        sunk.reaches(30).await;
        let before = claimant(&broker, "source").await;
        tokio::time::sleep(Duration::from_secs(3600)).await;
        assert!(
            older.status("source").unwrap().has_failed(),
            "not restarted by itself"
        );
        assert!(newer.status("source").unwrap().is_running());
        assert_eq!(claimant(&broker, "source").await, before);

        // A person may decide otherwise.
        older.restart("source", Restart::Failed).await.unwrap();
        running(&older, "source").await;
        write(30..40);
        lost(&newer).await;
        assert_eq!(sunk.reaches(40).await, numbers(40));
    });
}

/// Stores offsets of its own and has never flushed: the group knows nothing of what it has.
#[derive(Clone, Default)]
struct Hoarder {
    altered: Arc<Mutex<Vec<TopicPartition>>>,
    put: Arc<watch::Sender<usize>>,
}

#[async_trait]
impl SinkConnector for Hoarder {
    async fn open(&self, _: SinkContext) -> Result<Box<dyn SinkTask>> {
        Ok(Box::new(self.clone()))
    }

    fn guarantees(&self) -> SinkGuarantees {
        SinkGuarantees::StoresOffsets
    }

    async fn alter_offsets(&self, offsets: &BTreeMap<TopicPartition, Option<i64>>) -> Result<()> {
        let mut altered = self.altered.lock().unwrap();
        altered.extend(offsets.keys().cloned());
        Ok(())
    }
}

#[async_trait]
impl SinkTask for Hoarder {
    async fn put(&mut self, batch: &SinkBatch) -> Result<()> {
        let count = batch.records().len();
        self.put.send_modify(|put| *put += count);
        Ok(())
    }

    async fn flush(&mut self, _: FlushReason) -> Result<Flushed> {
        Ok(Flushed::Below(Offsets::new()))
    }
}

#[test]
fn a_reset_reaches_partitions_of_which_only_the_sink_knows() {
    simulate(39, async |environment| {
        let environment: Arc<dyn Environment> = Arc::new(environment);
        let worker = worker(&environment, memory(&environment))
            .start()
            .await
            .unwrap();
        let source = Numbers::new("numbers", 3);
        worker.source("numbers", source).start().await.unwrap();
        for (name, key, topics) in [
            ("listed", "topics", "numbers,missing"),
            ("matched", "topics.regex", "num.*"),
        ] {
            let hoarder = Hoarder::default();
            let sink = worker.sink(name, hoarder.clone());
            sink.setting(key, topics).start().await.unwrap();
            let mut put = hoarder.put.subscribe();
            put.wait_for(|put| *put == 3).await.unwrap();
            worker.stop(name).await.unwrap();
            worker
                .wait_for(name, |status| status.is_stopped())
                .await
                .unwrap();
            worker.reset_offsets(name).await.unwrap();
            let altered = hoarder.altered.lock().unwrap();
            assert_eq!(*altered, [TopicPartition::new("numbers", 0)]);
        }
    });
}
