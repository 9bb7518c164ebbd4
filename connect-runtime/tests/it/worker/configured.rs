//! Connectors that are described by text, and how their work is split.

use std::{num::NonZeroUsize, sync::Arc};

use async_trait::async_trait;
use connect_api::{
    ConfigMap, ErrorKind, Plugin, Result, SinkConnector, SinkContext, SinkGuarantees, SinkTask,
    SourceConnector, SourceContext, SourceGuarantees, SourceOffset, SourcePartition, SourceTask,
    TaskConfig,
};
use connect_runtime::{Environment, Plugins, Put, State, WorkerHandle};
use connect_testkit::simulate;
use schemars::JsonSchema;
use serde::Deserialize;
use tokio::sync::watch;

use super::fixture::{Idle, Memory, Numbers, memory, numbers, worker};

/// What is counted.
#[derive(Deserialize, JsonSchema)]
struct CountingOptions {
    /// How far.
    until: i64,
}

/// Registers `numbers` and `memory`, whose values the test keeps.
fn plugins(source: &Numbers, sink: &Memory) -> Plugins {
    let (source, sink) = (source.clone(), sink.clone());
    Plugins::new().with([
        Plugin::source("numbers", "1.0", move |options: CountingOptions| {
            let mut source = source.clone();
            source.until = options.until;
            Ok(source)
        }),
        Plugin::sink("memory", "1.0", move |(): ()| Ok(sink.clone())),
    ])
}

fn counting(until: &str) -> ConfigMap {
    ConfigMap::from([("connector.class", "numbers"), ("until", until)])
}

#[test]
fn the_same_configuration_disturbs_nothing_and_another_one_restarts() {
    simulate(21, async |environment| {
        let environment: Arc<dyn Environment> = Arc::new(environment);
        let (source, sunk) = (Numbers::new("numbers", 0), Memory::default());
        let worker = worker(&environment, memory(&environment))
            .plugins(plugins(&source, &sunk))
            .start()
            .await
            .unwrap();
        let to_memory = ConfigMap::from([("connector.class", "memory"), ("topics", "numbers")]);
        worker.create_connector("sunk", to_memory).await.unwrap();

        assert_eq!(
            worker.put_connector("n", counting("5")).await.unwrap(),
            Put::Created
        );
        assert_eq!(sunk.reaches(5).await, numbers(5));
        assert_eq!(
            worker.put_connector("n", counting("5")).await.unwrap(),
            Put::Unchanged
        );
        assert_eq!(*source.opened.borrow(), 1);
        assert_eq!(
            worker.put_connector("n", counting("9")).await.unwrap(),
            Put::Updated
        );
        assert_eq!(sunk.reaches(9).await, numbers(9));
        assert_eq!(*source.opened.borrow(), 2);

        let mut written = counting("9");
        written.insert("name", "n");
        assert_eq!(worker.config("n").await.unwrap(), written);
        let twice = worker
            .create_connector("n", counting("9"))
            .await
            .unwrap_err();
        assert_eq!(twice.message(), "connector `n` exists already");
    });
}

#[test]
fn a_new_configuration_of_a_paused_connector_waits_until_it_is_resumed() {
    simulate(22, async |environment| {
        let environment: Arc<dyn Environment> = Arc::new(environment);
        let (source, sunk) = (Numbers::new("numbers", 0), Memory::default());
        let worker = worker(&environment, memory(&environment))
            .plugins(plugins(&source, &sunk))
            .start()
            .await
            .unwrap();
        let to_memory = ConfigMap::from([("connector.class", "memory"), ("topics", "numbers")]);
        worker.create_connector("sunk", to_memory).await.unwrap();
        worker.create_connector("n", counting("5")).await.unwrap();
        sunk.reaches(5).await;
        worker.pause("n").await.unwrap();
        worker
            .wait_for("n", |status| status.is_paused())
            .await
            .unwrap();
        worker.put_connector("n", counting("7")).await.unwrap();
        assert!(worker.status("n").unwrap().is_paused());
        assert_eq!(*source.opened.borrow(), 1);
        worker.resume("n").await.unwrap();
        assert_eq!(sunk.reaches(7).await, numbers(7));
    });
}

#[test]
fn a_wrong_configuration_is_refused_and_changes_nothing() {
    simulate(23, async |environment| {
        let environment: Arc<dyn Environment> = Arc::new(environment);
        let (source, sunk) = (Numbers::new("numbers", 0), Memory::default());
        let worker = worker(&environment, memory(&environment))
            .plugins(plugins(&source, &sunk))
            .start()
            .await
            .unwrap();
        worker.create_connector("n", counting("5")).await.unwrap();
        worker
            .wait_for("n", |status| status.is_running())
            .await
            .unwrap();

        let mut wrong = counting("many");
        wrong.insert("task.max", "2");
        let error = worker.put_connector("n", wrong.clone()).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Config);
        assert_eq!(
            error.message(),
            "connector `n`: the configuration is invalid and contains the following 2 error(s): \
             Unknown configuration \"task.max\": did you mean \"tasks.max\"?\n\
             Invalid value many for configuration until: Not a number of type LONG"
        );
        let keys: Vec<_> = error
            .problems()
            .iter()
            .map(|problem| problem.key().to_owned())
            .collect();
        assert_eq!(keys, ["task.max", "until"]);
        wrong.insert("name", "n");
        assert_eq!(worker.validate(&wrong).await.unwrap(), error.problems());
        assert_eq!(worker.config("n").await.unwrap().get("until"), Some("5"));
        assert_eq!(*source.opened.borrow(), 1);

        let mut other = counting("5");
        other.insert("name", "m");
        let error = worker.put_connector("n", other).await.unwrap_err();
        assert_eq!(
            error.message(),
            "connector `n`: expected its own name under `name`, found `m`"
        );
    });
}

#[test]
fn a_connector_from_code_is_not_replaced_by_text() {
    simulate(24, async |environment| {
        let environment: Arc<dyn Environment> = Arc::new(environment);
        let (source, sunk) = (Numbers::new("numbers", 3), Memory::default());
        let worker = worker(&environment, memory(&environment))
            .plugins(plugins(&source, &sunk))
            .start()
            .await
            .unwrap();
        worker.source("n", source.clone()).start().await.unwrap();
        let error = worker.put_connector("n", counting("5")).await.unwrap_err();
        assert_eq!(
            error.message(),
            "connector `n` is a value of the application: no configuration replaces it"
        );
    });
}

/// Reads units that come and go; each task tells which ones it was opened for.
#[derive(Clone)]
struct Units {
    units: Arc<watch::Sender<Vec<String>>>,
    opened: Arc<watch::Sender<Vec<String>>>,
    /// How many tasks it makes whatever it may.
    excess: usize,
}

impl Units {
    fn new(units: &[&str]) -> Self {
        Self {
            units: Arc::new(watch::Sender::new(
                units.iter().map(ToString::to_string).collect(),
            )),
            opened: Arc::default(),
            excess: 0,
        }
    }

    /// Waits until so many tasks were opened, and returns for what.
    async fn opened(&self, count: usize) -> Vec<String> {
        let mut opened = self.opened.subscribe();
        opened
            .wait_for(|opened| opened.len() >= count)
            .await
            .unwrap()
            .clone()
    }
}

#[async_trait]
impl SourceConnector for Units {
    async fn task_configs(
        &self,
        max: NonZeroUsize,
        current: &[TaskConfig],
    ) -> Result<Vec<TaskConfig>> {
        if self.excess > 0 {
            return Ok(vec![TaskConfig::new(); self.excess]);
        }
        Ok(TaskConfig::spread(
            "units",
            &self.units.borrow(),
            max,
            current,
        ))
    }

    async fn changed(&self, current: &[TaskConfig]) -> Result<()> {
        let mut units = self.units.subscribe();
        let known = current
            .iter()
            .map(|config| config.units("units").len())
            .sum::<usize>();
        units
            .wait_for(|units| units.len() != known)
            .await
            .map(drop)
            .ok();
        Ok(())
    }

    async fn open(&self, cx: SourceContext) -> Result<Box<dyn SourceTask>> {
        let units = cx.config().units("units");
        self.opened
            .send_modify(|opened| opened.push(units.join("+")));
        Ok(Box::new(Idle(cx.task_context())))
    }

    fn guarantees(&self) -> SourceGuarantees {
        SourceGuarantees::AtLeastOnce
    }

    async fn alter_offsets(&self, _: &[(SourcePartition, Option<SourceOffset>)]) -> Result<()> {
        Ok(())
    }
}

async fn running(worker: &WorkerHandle, tasks: usize) {
    let there = |status: &connect_runtime::ConnectorStatus| {
        status.is_running() && status.tasks.len() == tasks
    };
    worker.wait_for("units", there).await.unwrap();
}

#[test]
fn only_tasks_whose_part_has_changed_restart() {
    simulate(25, async |environment| {
        let environment: Arc<dyn Environment> = Arc::new(environment);
        let worker = worker(&environment, memory(&environment))
            .start()
            .await
            .unwrap();
        let source = Units::new(&["a", "b", "c"]);
        worker
            .source("units", source.clone())
            .tasks_max(3)
            .start()
            .await
            .unwrap();
        running(&worker, 3).await;
        assert_eq!(source.opened(3).await.len(), 3);

        source.units.send_modify(|units| units.push("d".to_owned()));
        assert_eq!(source.opened(4).await[3], "a+d");
        running(&worker, 3).await;

        source.units.send_modify(|units| units.truncate(2));
        running(&worker, 2).await;
        assert_eq!(
            source.opened(4).await.len(),
            5,
            "only the task that lost a unit"
        );
    });
}

#[test]
fn more_tasks_than_allowed_fail_the_connector() {
    simulate(26, async |environment| {
        let environment: Arc<dyn Environment> = Arc::new(environment);
        let worker = worker(&environment, memory(&environment))
            .start()
            .await
            .unwrap();
        let mut source = Units::new(&[]);
        source.excess = 4;
        worker
            .source("units", source.clone())
            .tasks_max(3)
            .start()
            .await
            .unwrap();
        let status = worker
            .wait_for("units", |status| status.has_failed())
            .await
            .unwrap();
        assert_eq!(
            status.failure(),
            Some(
                "connector `units`: task_configs: expected at most 3 task configs (tasks.max), found 4"
            )
        );
        assert_eq!((status.state, status.tasks.len()), (State::Failed, 0));
        worker.delete_connector("units").await.unwrap();
        let unchecked = worker.source("units", source).tasks_max(3);
        unchecked
            .setting("tasks.max.enforce", "false")
            .start()
            .await
            .unwrap();
        running(&worker, 4).await;
    });
}

/// A sink that allows two tasks.
#[derive(Clone, Default)]
struct Pair(Memory);

#[async_trait]
impl SinkConnector for Pair {
    async fn open(&self, cx: SinkContext) -> Result<Box<dyn SinkTask>> {
        SinkConnector::open(&self.0, cx).await
    }

    fn guarantees(&self) -> SinkGuarantees {
        SinkGuarantees::Idempotent
    }

    fn max_tasks(&self) -> Option<NonZeroUsize> {
        NonZeroUsize::new(2)
    }
}

#[test]
fn a_sink_has_as_many_tasks_as_both_sides_allow() {
    simulate(27, async |environment| {
        let environment: Arc<dyn Environment> = Arc::new(environment);
        let worker = worker(&environment, memory(&environment))
            .start()
            .await
            .unwrap();
        for (name, max, tasks) in [("few", 1, 1), ("many", 9, 2)] {
            let sink = worker
                .sink(name, Pair::default())
                .topics(["t"])
                .tasks_max(max);
            sink.start().await.unwrap();
            let status = worker
                .wait_for(name, |status| status.is_running())
                .await
                .unwrap();
            assert_eq!(status.tasks.len(), tasks);
        }
    });
}
