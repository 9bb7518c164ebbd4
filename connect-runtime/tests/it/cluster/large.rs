//! Connectors whose tasks take more than one record of a topic.

use std::{
    num::NonZeroUsize,
    sync::{Arc, Mutex},
    time::Duration,
};

use async_trait::async_trait;
use connect_api::{
    ConfigMap, Error, Plugin, Result, SourceConnector, SourceContext, SourceGuarantees, SourceTask,
    TaskConfig,
};
use connect_runtime::{
    Environment, Plugins, Restart, State, WorkerHandle, broker::embedded::EmbeddedBroker,
};
use connect_testkit::simulate;

use super::{fixture::runs, requests::left};
use crate::worker::fixture::{Idle, memory, worker};

/// A source whose tasks have configs of these sizes.
#[derive(Clone)]
struct Bulky {
    sizes: Arc<Mutex<Vec<usize>>>,
    /// The sizes that tasks were opened with, if they were whole.
    opened: Arc<Mutex<Vec<usize>>>,
}

impl Bulky {
    fn new(sizes: &[usize]) -> Self {
        Self {
            sizes: Arc::new(Mutex::new(sizes.to_vec())),
            opened: Arc::default(),
        }
    }

    fn set(&self, sizes: &[usize]) {
        *self.sizes.lock().unwrap() = sizes.to_vec();
    }

    /// Takes the sizes that tasks were opened with, the smallest first.
    fn opened(&self) -> Vec<usize> {
        let mut opened = std::mem::take(&mut *self.opened.lock().unwrap());
        opened.sort_unstable();
        opened
    }

    async fn worker(
        &self,
        environment: &Arc<dyn Environment>,
        broker: &EmbeddedBroker,
    ) -> WorkerHandle {
        let source = self.clone();
        let plugin = Plugin::source("bulky", "1.0", move |(): ()| Ok(source.clone()));
        let worker = worker(environment, broker.clone()).plugins(Plugins::new().with([plugin]));
        worker.distributed().start().await.unwrap()
    }
}

/// Characters that have to be escaped, and some of several bytes.
fn text(size: usize) -> String {
    "a\"\\é€".chars().cycle().take(size).collect()
}

#[async_trait]
impl SourceConnector for Bulky {
    async fn task_configs(&self, _: NonZeroUsize, _: &[TaskConfig]) -> Result<Vec<TaskConfig>> {
        let sizes = self.sizes.lock().unwrap();
        let config = |size: &usize| TaskConfig::new().with("text", text(*size));
        Ok(sizes.iter().map(config).collect())
    }

    async fn open(&self, cx: SourceContext) -> Result<Box<dyn SourceTask>> {
        let found = cx.config().get("text").unwrap_or_default();
        let size = found.chars().count();
        if found != text(size) {
            return Err(Error::fatal("the text is another one"));
        }
        self.opened.lock().unwrap().push(size);
        Ok(Box::new(Idle(cx.task_context())))
    }

    fn guarantees(&self) -> SourceGuarantees {
        SourceGuarantees::ExactlyOnce
    }
}

fn bulky() -> ConfigMap {
    ConfigMap::from([("connector.class", "bulky"), ("tasks.max", "8")])
}

/// Returns the keys of pieces that are in the cluster topic after a while.
async fn pieces(broker: &EmbeddedBroker) -> Vec<String> {
    tokio::time::sleep(Duration::from_secs(300)).await;
    let left = left(broker, "connect-test-cluster").await.into_keys();
    left.filter(|key| key.starts_with("piece-")).collect()
}

const LARGE: [usize; 8] = [300_000; 8];

#[test]
fn tasks_that_take_megabytes_together_run_as_they_were_split() {
    simulate(71, async |environment| {
        let environment: Arc<dyn Environment> = Arc::new(environment);
        let (broker, source) = (memory(&environment), Bulky::new(&LARGE));
        let one = source.worker(&environment, &broker).await;
        let two = source.worker(&environment, &broker).await;
        one.create_connector("bulky", bulky()).await.unwrap();
        runs(&two, "bulky", 8, 2).await;
        assert_eq!(source.opened(), LARGE);
        assert_eq!(pieces(&broker).await, [""; 0], "requests leave nothing");
        source.set(&[10, 20]);
        let scope = Restart::Connector;
        two.restart("bulky", scope).await.unwrap();
        runs(&one, "bulky", 2, 2).await;
        assert_eq!(source.opened(), [10, 20]);
    });
}

#[test]
fn tasks_of_a_connector_from_code_may_take_megabytes_too_and_leave_nothing() {
    simulate(72, async |environment| {
        let environment: Arc<dyn Environment> = Arc::new(environment);
        let (broker, source) = (memory(&environment), Bulky::new(&LARGE));
        let one = source.worker(&environment, &broker).await;
        let two = source.worker(&environment, &broker).await;
        for worker in [&one, &two] {
            let started = worker.source("bulky", source.clone()).tasks_max(8);
            started.version("1.0").start().await.unwrap();
        }
        runs(&two, "bulky", 8, 2).await;
        assert_eq!(source.opened(), LARGE);
        assert!(pieces(&broker).await.len() > 4);
        // Who comes later reads them from the log.
        let three = source.worker(&environment, &broker).await;
        let started = three.source("bulky", source.clone()).tasks_max(8);
        started.version("1.0").start().await.unwrap();
        runs(&three, "bulky", 8, 3).await;
        source.set(&[30, 100_000]);
        one.restart("bulky", Restart::Connector).await.unwrap();
        runs(&three, "bulky", 2, 2).await;
        assert_eq!(pieces(&broker).await, [""; 0]);
    });
}

#[test]
fn a_task_that_no_record_holds_fails_its_connector_which_says_what_to_do() {
    simulate(73, async |environment| {
        let environment: Arc<dyn Environment> = Arc::new(environment);
        let (broker, source) = (memory(&environment), Bulky::new(&[10, 1_200_000]));
        let one = source.worker(&environment, &broker).await;
        let two = source.worker(&environment, &broker).await;
        one.create_connector("bulky", bulky()).await.unwrap();
        let failed = |status: &connect_runtime::ConnectorStatus| status.state == State::Failed;
        let status = two.wait_for("bulky", failed).await.unwrap();
        let trace = status.trace.unwrap();
        let expected = "its tasks are not stored: connector `bulky`: record `task-bulky-1`: topic `connect-test-configs`: \
                        expected a record of at most 1048588 bytes (`max.message.bytes`), found 2";
        assert!(trace.contains(expected), "{trace}");
        assert_eq!(source.opened(), [0; 0], "no part of a split runs");
        source.set(&[10, 20]);
        two.restart("bulky", Restart::Failed).await.unwrap();
        // The other worker has the connector itself.
        runs(&one, "bulky", 2, 1).await;
    });
}

#[test]
fn connectors_whose_tasks_no_record_holds_keep_nobody_else_waiting() {
    simulate(74, async |environment| {
        let environment: Arc<dyn Environment> = Arc::new(environment);
        let (broker, source) = (memory(&environment), Bulky::new(&[10, 1_200_000]));
        let one = source.worker(&environment, &broker).await;
        let two = source.worker(&environment, &broker).await;
        let names = ["bulky-1", "bulky-2", "bulky-3"];
        let created = names.map(|name| one.create_connector(name, bulky()));
        for created in futures::future::join_all(created).await {
            created.unwrap();
        }
        for name in names {
            let failed = |status: &connect_runtime::ConnectorStatus| status.state == State::Failed;
            let status = two.wait_for(name, failed).await.unwrap();
            let trace = status.trace.unwrap();
            let expected = format!("connector `{name}`: record `task-{name}-1`");
            assert!(trace.contains(&expected), "{trace}");
        }
        source.set(&[10]);
        one.create_connector("small", bulky()).await.unwrap();
        runs(&two, "small", 1, 1).await;
    });
}
