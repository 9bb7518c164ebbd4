//! [`Sharing`]: what runs in each simulated process.

use std::{sync::Arc, time::Duration};

use connect_api::{ConfigMap, Error, Plugin, Result};
use connect_runtime::{Environment, Plugins, Worker, WorkerHandle};
use schemars::JsonSchema;
use serde::Deserialize;
use tokio::time::sleep;

use super::{
    census::Census,
    plan::Plan,
    watched::{Watched, Width},
    world::{CODE, GROUP, LANES, topic},
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
    /// Of the application.
    pub(super) release: u64,
}

/// The options of the connectors that are configured as text.
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
    let (_, number) = name.rsplit_once('-').expect("names end with a number");
    number.parse().expect("names end with a number")
}

/// Returns the version of a release.
pub(super) fn version(release: u64) -> String {
    // So that releases are in another order than the texts.
    format!("1.{}", 8 + release)
}

impl Application for Sharing {
    async fn try_start(&self) -> Result<WorkerHandle> {
        let plan = &self.plan;
        let converter = TextConverter::new;
        let worker = Worker::builder(GROUP)
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
            .await?;
        self.start_code(&worker);
        Ok(worker)
    }
}

impl Sharing {
    /// Starts the source that is a value of the application, as often as it takes.
    fn start_code(&self, worker: &WorkerHandle) {
        let (worker, release, process) = (worker.clone(), self.release, self.process.clone());
        let (workshop, number) = (self.watch(), number(CODE));
        let work = async move {
            let starting = async || {
                let input = &workshop.systems.inputs[number];
                let source = MemorySource::new(input, topic(number))
                    .batch(4)
                    .forgetting()
                    .with_faults(workshop.faults.clone());
                let mut source = workshop.watched(source);
                source.release = Some(release);
                worker
                    .source(CODE, source)
                    .version(version(release))
                    .tasks_max(u32::try_from(1 + release % 3).expect("small"))
                    .start()
                    .await
            };
            while let Err(error) = starting().await {
                let process = &workshop.process;
                process.record(format_args!("{CODE} is not started: {}", error.report()));
                sleep(Duration::from_secs(1)).await;
            }
            let now = workshop.process.elapsed();
            workshop.systems.census.released(release, now);
        };
        drop(process.spawn("release", Box::pin(work)));
    }

    fn plugins(&self) -> Plugins {
        let (source, sink) = (self.watch(), self.watch());
        Plugins::new().with([
            Plugin::source("input", "1.0", move |options: Options| {
                let Workshop {
                    systems, faults, ..
                } = &source;
                let input = systems.inputs.get(options.number).ok_or_else(unknown)?;
                let mut inner = MemorySource::new(input, topic(options.number))
                    .batch(4)
                    .with_faults(faults.clone());
                // What was forgotten cannot be read again: offsets of such a source are not changed.
                if options.number == 0 {
                    inner = inner.forgetting();
                }
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
            release: None,
        }
    }
}

fn unknown() -> Error {
    Error::config(format!("number: expected one below {LANES}"))
}
