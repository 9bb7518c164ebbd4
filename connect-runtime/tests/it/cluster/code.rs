//! Connectors that are values of the application, in several replicas of it.

use std::{sync::Arc, time::Duration};

use connect_api::ErrorKind;
use connect_runtime::{Environment, WorkerHandle};
use connect_testkit::simulate;

use super::fixture::{Known, runs};
use crate::worker::fixture::{Memory, Numbers, memory};

/// Starts the connector as every replica does.
async fn start(worker: &WorkerHandle, source: &Numbers, version: &str) -> connect_api::Result<()> {
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

async fn two_more_tasks(worker: &WorkerHandle, source: &Numbers) -> connect_api::Result<()> {
    let source = worker.source("n", source.clone()).tasks_max(6);
    source.version("1.10").start().await
}
