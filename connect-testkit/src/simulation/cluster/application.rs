//! [`Sharing`]: what runs in each simulated process.

use std::sync::Arc;

use connect_api::{ConfigMap, Error, Plugin, Result};
use connect_runtime::{Plugins, Worker, WorkerHandle};
use schemars::JsonSchema;
use serde::Deserialize;

use super::{
    census::Census,
    plan::Plan,
    watched::{Watched, Width},
    world::{GROUP, LANES, topic},
};
use crate::{
    FaultyBroker, SimulatedEnvironment,
    memory::{Faults, MemoryInput, MemorySink, MemorySource, MemoryTable, TextConverter},
    simulation::application::{Application, millis},
};

/// What all workers read from and write to.
#[derive(Clone)]
pub(super) struct Systems {
    pub(super) inputs: Vec<MemoryInput>,
    pub(super) tables: Vec<MemoryTable>,
    pub(super) width: Width,
    pub(super) census: Census,
}

/// A worker of the cluster, and the connectors that it knows.
pub(super) struct Sharing {
    pub(super) plan: Arc<Plan>,
    pub(super) process: SimulatedEnvironment,
    pub(super) broker: FaultyBroker,
    pub(super) systems: Systems,
    pub(super) faults: Faults,
}

/// The options of both connectors.
#[derive(Deserialize, JsonSchema)]
struct Options {
    /// Which input or table.
    number: usize,
    /// Tells one configuration from another.
    #[expect(dead_code, reason = "it is looked for in the config topic")]
    mark: u64,
}

/// Returns a configuration of a connector.
pub(super) fn config(name: &str, mark: u64, tasks: u64) -> ConfigMap {
    let number = number(name);
    let mut config = ConfigMap::from([
        ("number", number.to_string()),
        ("mark", mark.to_string()),
        ("tasks.max", tasks.to_string()),
    ]);
    let class = if name.starts_with("from") {
        "input"
    } else {
        config.insert("topics", topic(number));
        "table"
    };
    config.insert("connector.class", class);
    config
}

/// Returns which input or table a connector of this name has.
pub(super) fn number(name: &str) -> usize {
    usize::from(name.ends_with('1'))
}

impl Application for Sharing {
    async fn try_start(&self) -> Result<WorkerHandle> {
        let plan = &self.plan;
        let converter = TextConverter::new;
        Worker::builder(GROUP)
            .broker(self.broker.clone())
            .plugins(self.plugins())
            .converters(converter(), converter(), converter())
            .environment(Arc::new(self.process.clone()))
            .setting("offset.flush.interval.ms", millis(plan.flush_interval))
            .setting("plugin.call.timeout.ms", "5000")
            .setting("task.shutdown.graceful.timeout.ms", "5000")
            .setting("scheduled.rebalance.max.delay.ms", millis(plan.delay))
            .setting("quarantine.worker.deaths", plan.most_deaths.to_string())
            .setting(
                "producer.transaction.timeout.ms",
                millis(plan.transaction_timeout),
            )
            .distributed()
            .start()
            .await
    }
}

impl Sharing {
    fn plugins(&self) -> Plugins {
        let (source, sink) = (self.watch(), self.watch());
        Plugins::new().with([
            Plugin::source("input", "1.0", move |options: Options| {
                let Workshop {
                    systems, faults, ..
                } = &source;
                let input = systems.inputs.get(options.number).ok_or_else(unknown)?;
                let inner = MemorySource::new(input, topic(options.number))
                    .batch(4)
                    .forgetting()
                    .with_faults(faults.clone());
                Ok(source.watched(inner))
            }),
            Plugin::sink("table", "1.0", move |options: Options| {
                let Workshop {
                    systems, faults, ..
                } = &sink;
                let table = systems.tables.get(options.number).ok_or_else(unknown)?;
                let inner = MemorySink::new(table).with_faults(faults.clone());
                Ok(sink.watched(inner))
            }),
        ])
    }

    fn watch(&self) -> Workshop {
        Workshop {
            process: self.process.clone(),
            systems: self.systems.clone(),
            faults: self.faults.clone(),
        }
    }
}

/// What makes connectors in a process.
struct Workshop {
    process: SimulatedEnvironment,
    systems: Systems,
    faults: Faults,
}

impl Workshop {
    fn watched<C>(&self, inner: C) -> Watched<C> {
        Watched {
            inner,
            census: self.systems.census.clone(),
            process: self.process.clone(),
            width: self.systems.width.clone(),
        }
    }
}

fn unknown() -> Error {
    Error::config(format!("number: expected one below {LANES}"))
}
