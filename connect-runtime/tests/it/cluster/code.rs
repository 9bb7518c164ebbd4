//! Connectors that are values of the application, in several replicas of it.

use std::{
    num::NonZeroUsize,
    sync::{Arc, Mutex},
    time::Duration,
};

use async_trait::async_trait;
use connect_api::{
    ErrorKind, Result, SourceConnector, SourceContext, SourceGuarantees, SourceTask, TaskConfig,
};
use connect_runtime::{Environment, WorkerHandle};
use connect_testkit::simulate;

use super::fixture::{Known, runs};
use crate::worker::fixture::{Memory, Numbers, memory};

/// Starts the connector as every replica does.
async fn start(worker: &WorkerHandle, source: &Numbers, version: &str) -> Result<()> {
    let source = worker.source("n", source.clone()).tasks_max(4);
    source.version(version.to_owned()).start().await
}

#[test]
fn replicas_share_a_connector_from_code_and_take_over_from_each_other() {
    simulate(31, async |environment| {
        let environment: Arc<dyn Environment> = Arc::new(environment);
        let (broker, known) = (memory(&environment), Known::new());
        let (source, sunk) = (Numbers::new("numbers", 50), Memory::default());
        let one = known.worker(&environment, &broker).await;
        let two = known.worker(&environment, &broker).await;
        start(&one, &source, "1.0").await.unwrap();
        start(&two, &source, "1.0").await.unwrap();
        let again = start(&two, &source, "1.0").await.unwrap_err();
        assert_eq!(again.message(), "connector `n` exists already");
        runs(&one, "n", 4, 2).await;
        one.sink("sunk", sunk.clone())
            .topics(["numbers"])
            .start()
            .await
            .unwrap();
        assert_eq!(sunk.reaches(200).await.len(), 200);
        one.pause("n").await.unwrap();
        two.wait_for("n", |status| status.is_paused())
            .await
            .unwrap();
        two.resume("n").await.unwrap();
        runs(&two, "n", 4, 2).await;
        one.shutdown(Duration::from_secs(30)).await;
        runs(&two, "n", 4, 1).await;
        assert_eq!(sunk.values().len(), 200);
    });
}

#[test]
fn other_code_under_the_same_version_is_refused_where_it_comes_later() {
    simulate(32, async |environment| {
        let environment: Arc<dyn Environment> = Arc::new(environment);
        let (broker, known) = (memory(&environment), Known::new());
        let source = Numbers::new("numbers", 5);
        let one = known.worker(&environment, &broker).await;
        let two = known.worker(&environment, &broker).await;
        start(&one, &source, "1.0").await.unwrap();
        let other = two.source("n", source.clone()).tasks_max(5).version("1.0");
        let error = other.start().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Config);
        let expected = "connector `n`: another replica has other code under version 1.0: expected ";
        assert!(error.message().starts_with(expected), "{error}");
        runs(&two, "n", 4, 1).await;
    });
}

#[test]
fn the_highest_version_runs_on_the_replicas_that_have_it() {
    simulate(33, async |environment| {
        let environment: Arc<dyn Environment> = Arc::new(environment);
        let (broker, known) = (memory(&environment), Known::new());
        let source = Numbers::new("numbers", 5);
        let one = known.worker(&environment, &broker).await;
        let two = known.worker(&environment, &broker).await;
        let three = known.worker(&environment, &broker).await;
        start(&one, &source, "1.9").await.unwrap();
        start(&two, &source, "1.9").await.unwrap();
        runs(&one, "n", 4, 2).await;
        let newest = two_more_tasks(&three, &source).await;
        newest.unwrap();
        runs(&one, "n", 6, 1).await;
        // One that comes back with the old version waits.
        let four = known.worker(&environment, &broker).await;
        start(&four, &source, "1.9").await.unwrap();
        runs(&four, "n", 6, 1).await;
        three.shutdown(Duration::from_secs(30)).await;
        let late = known.worker(&environment, &broker).await;
        two_more_tasks(&late, &source).await.unwrap();
        runs(&late, "n", 6, 1).await;
    });
}

async fn two_more_tasks(worker: &WorkerHandle, source: &Numbers) -> Result<()> {
    let source = worker.source("n", source.clone()).tasks_max(6);
    source.version("1.10").start().await
}

/// A source that notes how many tasks it is told of when it is to split its work.
#[derive(Clone)]
struct Told {
    source: Numbers,
    current: Arc<Mutex<Vec<usize>>>,
}

#[async_trait]
impl SourceConnector for Told {
    async fn task_configs(
        &self,
        max: NonZeroUsize,
        current: &[TaskConfig],
    ) -> Result<Vec<TaskConfig>> {
        self.current.lock().unwrap().push(current.len());
        self.source.task_configs(max, current).await
    }

    async fn open(&self, cx: SourceContext) -> Result<Box<dyn SourceTask>> {
        self.source.open(cx).await
    }

    fn guarantees(&self) -> SourceGuarantees {
        self.source.guarantees()
    }
}

#[test]
fn a_connector_that_moves_is_told_of_all_its_tasks_wherever_they_run() {
    simulate(34, async |environment| {
        let environment: Arc<dyn Environment> = Arc::new(environment);
        let (broker, known) = (memory(&environment), Known::new());
        let told = Told {
            source: Numbers::new("numbers", 5),
            current: Arc::default(),
        };
        let mut workers = Vec::new();
        for _ in 0..3 {
            let worker = known.worker(&environment, &broker).await;
            let source = worker.source("n", told.clone()).tasks_max(8);
            source.start().await.unwrap();
            workers.push(worker);
        }
        runs(&workers[0], "n", 8, 3).await;
        let owner = workers[0].status("n").unwrap().worker;
        let (owners, others): (Vec<_>, Vec<_>) = workers
            .into_iter()
            .partition(|worker| worker.id() == *owner);
        told.current.lock().unwrap().clear();
        owners[0].shutdown(Duration::from_secs(30)).await;
        runs(&others[0], "n", 8, 2).await;
        assert_eq!(*told.current.lock().unwrap(), [8]);
    });
}

#[test]
fn a_worker_that_has_another_version_shows_what_the_cluster_runs() {
    simulate(35, async |environment| {
        let environment: Arc<dyn Environment> = Arc::new(environment);
        let (broker, known) = (memory(&environment), Known::new());
        let source = Numbers::new("numbers", 5);
        let newer = known.worker(&environment, &broker).await;
        start(&newer, &source, "1.10").await.unwrap();
        runs(&newer, "n", 4, 1).await;
        let older = known.worker(&environment, &broker).await;
        start(&older, &source, "1.9").await.unwrap();
        runs(&older, "n", 4, 1).await;
        assert_eq!(older.status("n"), newer.status("n"));
    });
}
