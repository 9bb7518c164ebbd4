//! [`World`]: the systems, the broker, and the workers that come and go.

use std::{fmt, sync::Arc, time::Duration};

use connect_api::{Result, SourceGuarantees};
use connect_runtime::{
    Worker, WorkerHandle,
    broker::{Broker, NewTopic, embedded::EmbeddedBroker},
};

use super::{
    application::{Application, Hosted, millis},
    plan::{Delivery, Plan, Poison, choose},
    stages::{SinkStage, SourceStage},
    story::Story,
    trouble::Trouble,
};
use crate::{
    FaultyBroker, SimulatedEnvironment,
    faulty::{BrokerFault, BrokerFaults},
    memory::{MemorySink, MemorySource, MemoryTable, TextConverter},
};

pub(super) const TOPIC: &str = "topic";
pub(super) const SOURCE: &str = "source";
pub(super) const SINK: &str = "sink";
pub(super) const DEAD_AT_SOURCE: &str = "dead-at-source";
pub(super) const DEAD_AT_SINK: &str = "dead-at-sink";

/// The systems, the broker, and the workers that come and go.
pub(super) struct World {
    pub(super) environment: SimulatedEnvironment,
    pub(super) plan: Arc<Plan>,
    pub(super) broker: EmbeddedBroker,
    pub(super) story: Story,
    pub(super) table: MemoryTable,
    pub(super) workers: Vec<Lane>,
    /// Whether calls go wrong.
    trouble: Trouble,
    started: u32,
}

/// A simulated process with a worker in it.
pub(super) struct Lane {
    pub(super) process: SimulatedEnvironment,
    hosted: Hosted,
    pub(super) motion: Motion,
}

/// Whether a process runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Motion {
    Running,
    Frozen,
}

impl Lane {
    /// Returns the worker, once it has started.
    pub(super) fn handle(&self) -> Option<WorkerHandle> {
        self.hosted.handle()
    }
}

impl World {
    pub(super) async fn new(environment: SimulatedEnvironment) -> Self {
        let plan = Arc::new(Plan::draw(&environment));
        let broker = EmbeddedBroker::memory(Arc::new(environment.clone()));
        for (name, partitions) in [
            (TOPIC, plan.topic_partitions),
            (DEAD_AT_SOURCE, 1),
            (DEAD_AT_SINK, 1),
        ] {
            let topic = NewTopic::new(name).partitions(partitions);
            let created = broker.create_topic(&topic).await;
            created.expect("a broker in memory creates topics");
        }
        let story = Story::new(&plan);
        Self {
            environment,
            plan,
            broker,
            story,
            table: MemoryTable::new(),
            workers: Vec::new(),
            trouble: Trouble::begun(),
            started: 0,
        }
    }

    /// Starts a worker in a process of its own.
    pub(super) fn start_worker(&mut self) {
        self.started += 1;
        let process = self
            .environment
            .process(&format!("worker-{}", self.started));
        let application = Copying {
            plan: Arc::clone(&self.plan),
            broker: FaultyBroker::new(Arc::new(self.broker.clone()), self.broker_faults(&process)),
            source: self.source(&process),
            sink: self.sink(&process),
            process: process.clone(),
        };
        let hosted = Hosted::start(&process, application);
        self.workers.push(Lane {
            process,
            hosted,
            motion: Motion::Running,
        });
    }

    /// Ends all trouble: from now on no call goes wrong.
    pub(super) fn calm(&self) {
        self.trouble.end();
    }

    fn source(&self, process: &SimulatedEnvironment) -> MemorySource {
        let guarantees = match self.plan.delivery {
            Delivery::AtLeastOnce => SourceGuarantees::AtLeastOnce,
            Delivery::Poll | Delivery::Interval => SourceGuarantees::ExactlyOnce,
            Delivery::Connector => SourceGuarantees::ExactlyOnceWithBoundaries,
        };
        MemorySource::new(self.story.input(), TOPIC)
            .batch(self.plan.source_batch)
            .promising(guarantees)
            .forgetting()
            .with_faults(self.trouble.of_plugins(process, self.plan.plugin_faults))
    }

    fn sink(&self, process: &SimulatedEnvironment) -> MemorySink {
        MemorySink::new(&self.table)
            .promising(self.plan.sink)
            .buffering(self.plan.buffering)
            .refusing(self.plan.refusal)
            .with_faults(self.trouble.of_plugins(process, self.plan.plugin_faults))
    }

    fn broker_faults(&self, process: &SimulatedEnvironment) -> BrokerFaults {
        let (rate, trouble) = (self.plan.broker_faults, self.trouble.clone());
        let process = process.clone();
        BrokerFaults::drawn(move |operation| {
            let fault = match process.below(1000) {
                draw if draw < rate => match process.below(8) {
                    0 => BrokerFault::CutOff,
                    1 | 2 => BrokerFault::LoseAnswer,
                    3 | 4 => BrokerFault::LoseRequest,
                    5 => BrokerFault::Delay(Duration::from_millis(process.below(60_000))),
                    _ => BrokerFault::DelayAnswer(Duration::from_millis(process.below(5_000))),
                },
                // A network takes its time, and lets others run.
                draw if draw < 300 => BrokerFault::Delay(Duration::from_millis(1)),
                _ => return None,
            };
            if trouble.is_over() {
                return None;
            }
            process.record(format_args!("{operation:?} meets {fault:?}"));
            Some(fault)
        })
    }
}

/// Copies all of a source through a topic into a table.
struct Copying {
    plan: Arc<Plan>,
    process: SimulatedEnvironment,
    broker: FaultyBroker,
    source: MemorySource,
    sink: MemorySink,
}

impl Application for Copying {
    async fn try_start(&self) -> Result<WorkerHandle> {
        let plan = &self.plan;
        let converter = TextConverter::new;
        let handle = Worker::builder("simulation")
            .broker(self.broker.clone())
            .converters(converter(), converter(), converter())
            .environment(Arc::new(self.process.clone()))
            .setting("offset.flush.interval.ms", millis(plan.flush_interval))
            .setting("plugin.call.timeout.ms", "5000")
            .setting("task.shutdown.graceful.timeout.ms", "5000")
            .start()
            .await?;
        let mut source = handle
            .source(SOURCE, self.source.clone())
            .tasks_max(plan.source_tasks)
            .transform(SourceStage)
            .setting(
                "producer.override.transaction.timeout.ms",
                millis(plan.transaction_timeout),
            );
        source = match plan.delivery {
            Delivery::AtLeastOnce | Delivery::Poll => source,
            Delivery::Interval => source.setting("transaction.boundary", "interval"),
            Delivery::Connector => source.setting("transaction.boundary", "connector"),
        };
        let mut sink = handle
            .sink(SINK, self.sink.clone())
            .topics([TOPIC])
            .tasks_max(plan.sink_tasks)
            .converters(
                converter(),
                TextConverter::new().refusing("mangled"),
                converter(),
            )
            .transform(SinkStage)
            .setting("batch.max.records", plan.sink_batch.to_string())
            .setting("queue.max.records", plan.queue_records.to_string())
            .setting("consumer.override.max.poll.interval.ms", "20000");
        if plan.poison == Poison::Some {
            let tolerant = [
                ("errors.tolerance", "all"),
                ("errors.deadletterqueue.topic.replication.factor", "1"),
            ];
            for (key, value) in tolerant {
                source = source.setting(key, value);
                sink = sink.setting(key, value);
            }
            source = source.setting("errors.deadletterqueue.topic.name", DEAD_AT_SOURCE);
            sink = sink.setting("errors.deadletterqueue.topic.name", DEAD_AT_SINK);
        }
        source.start().await?;
        sink.start().await?;
        Ok(handle)
    }
}

impl fmt::Debug for World {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("World")
            .field("plan", &self.plan)
            .finish_non_exhaustive()
    }
}

/// Draws a time span: mostly short, sometimes long.
pub(super) fn some_time(environment: &SimulatedEnvironment) -> Duration {
    let longest = *choose(environment, &[5, 500, 500, 5_000, 60_000]);
    Duration::from_millis(environment.below(longest))
}
