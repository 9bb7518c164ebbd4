//! Several workers on one broker.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use connect_api::{ConfigMap, Plugin};
use connect_runtime::{
    ConnectorStatus, Environment, Plugins, State, WorkerBuilder, WorkerHandle, broker::Broker,
};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::worker::fixture::{Memory, Numbers, worker};

/// What is counted.
#[derive(Deserialize, JsonSchema)]
struct CountingOptions {
    /// How far.
    until: i64,
}

/// The connectors that all workers have.
#[derive(Clone)]
pub(super) struct Known {
    pub(super) source: Numbers,
    pub(super) sink: Memory,
}

impl Known {
    pub(super) fn new() -> Self {
        Self {
            source: Numbers::new("numbers", 0),
            sink: Memory::default(),
        }
    }

    fn plugins(&self) -> Plugins {
        let Self { source, sink } = self.clone();
        Plugins::new().with([
            Plugin::source("numbers", "1.0", move |options: CountingOptions| {
                let mut source = source.clone();
                source.until = options.until;
                Ok(source)
            }),
            Plugin::sink("memory", "1.0", move |(): ()| Ok(sink.clone())),
        ])
    }

    /// Starts a worker of the cluster.
    pub(super) async fn worker(
        &self,
        environment: &Arc<dyn Environment>,
        broker: &(impl Broker + Clone),
    ) -> WorkerHandle {
        let worker = self.begun(environment, broker);
        worker.start().await.unwrap()
    }

    /// Begins a worker of the cluster.
    pub(super) fn begun(
        &self,
        environment: &Arc<dyn Environment>,
        broker: &(impl Broker + Clone),
    ) -> WorkerBuilder {
        worker(environment, broker.clone())
            .plugins(self.plugins())
            .distributed()
    }
}

pub(super) fn counting(until: i64, tasks: usize) -> ConfigMap {
    ConfigMap::from([
        ("connector.class", "numbers"),
        ("until", &until.to_string()),
        ("tasks.max", &tasks.to_string()),
    ])
}

pub(super) fn to_memory() -> ConfigMap {
    ConfigMap::from([("connector.class", "memory"), ("topics", "numbers")])
}

/// Returns how many tasks which worker runs.
pub(super) fn shares(statuses: &[ConnectorStatus]) -> BTreeMap<String, usize> {
    let mut shares = BTreeMap::new();
    let tasks = statuses.iter().flat_map(|status| &status.tasks);
    for task in tasks.filter(|task| task.state == State::Running) {
        *shares.entry(task.worker.to_string()).or_default() += 1;
    }
    shares
}

/// Waits until so many tasks of a connector run, on so many workers.
pub(super) async fn runs(worker: &WorkerHandle, name: &str, tasks: usize, workers: usize) {
    let reached = |status: &ConnectorStatus| {
        let shares = shares(std::slice::from_ref(status));
        status.tasks.len() == tasks
            && shares.values().sum::<usize>() == tasks
            && shares.len() == workers
    };
    let mut updates = worker.watch();
    let waited = tokio::time::timeout(Duration::from_secs(60), async {
        while !worker.status(name).as_ref().is_some_and(reached) {
            updates.next().await.unwrap();
        }
    });
    if waited.await.is_err() {
        panic!("after a minute: {:?}", worker.status(name));
    }
}
