//! [`World`]: the systems, the broker, and the workers that come and go.

use std::{
    fmt,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use connect_runtime::{
    Environment, WorkerHandle,
    broker::{Broker, NewTopic, embedded::EmbeddedBroker},
};

use super::{
    alterations::Alterations,
    application::{Sharing, Systems},
    census::Census,
    history::History,
    ledger::Ledger,
    plan::Plan,
    watched::Width,
};
use crate::{
    FaultyBroker, SimulatedEnvironment,
    faulty::{BrokerFault, BrokerFaults, Cut, Operation},
    memory::{Faults, MemoryInput, MemoryTable},
    simulation::{application::Hosted, trouble::Trouble},
};

pub(super) const GROUP: &str = "cluster";

/// How many inputs, topics and tables there are.
pub(super) const LANES: usize = 3;

/// The names that connectors have: sources read inputs, sinks write tables.
pub(super) const NAMES: [&str; 5] = ["from-0", "from-1", "into-0", "into-1", CODE];

/// The source that is a value of the application.
pub(super) const CODE: &str = "from-2";

/// Returns the name of a topic.
pub(super) fn topic(number: usize) -> String {
    format!("topic-{number}")
}

/// The systems, the broker, and the workers that come and go.
pub(super) struct World {
    pub(super) environment: SimulatedEnvironment,
    pub(super) plan: Arc<Plan>,
    pub(super) broker: EmbeddedBroker,
    pub(super) systems: Systems,
    pub(super) ledger: Ledger,
    pub(super) lanes: Vec<Lane>,
    /// Of those who died unheard: they are members until their sessions are over.
    pub(super) graves: Vec<Cut>,
    /// The mark of the last configuration.
    pub(super) mark: u64,
    pub(super) alterations: Alterations,
    pub(super) history: History,
    /// The newest release of the application.
    pub(super) release: u64,
    /// Whether calls go wrong.
    trouble: Trouble,
    started: u32,
}

/// A simulated process with a worker in it.
pub(super) struct Lane {
    pub(super) process: SimulatedEnvironment,
    pub(super) cut: Cut,
    pub(super) ambush: Ambush,
    /// Which release of the application it runs.
    pub(super) release: u64,
    hosted: Hosted,
}

/// Stops a process just before some call to the broker, to go on much later; cheap to clone.
#[derive(Clone, Default)]
pub(super) struct Ambush(Arc<Mutex<Option<(Operation, u64)>>>);

impl Ambush {
    /// Lies in wait for a call that comes after `after` others like it.
    pub(super) fn set(&self, call: Operation, after: u64) {
        *self.lock() = Some((call, after));
    }

    pub(super) fn clear(&self) {
        *self.lock() = None;
    }

    /// Returns whether it still lies in wait.
    pub(super) fn is_set(&self) -> bool {
        self.lock().is_some()
    }

    /// Returns whether this is the call.
    fn meets(&self, call: Operation) -> bool {
        let mut waiting = self.lock();
        match &mut *waiting {
            Some((awaited, after)) if *awaited == call && *after > 0 => *after -= 1,
            Some((awaited, _)) if *awaited == call => {
                *waiting = None;
                return true;
            }
            _ => {}
        }
        false
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Option<(Operation, u64)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
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
        for number in 0..LANES {
            let topic = NewTopic::new(topic(number)).partitions(plan.topic_partitions);
            let created = broker.create_topic(&topic).await;
            created.expect("a broker in memory creates topics");
        }
        let input = |_| MemoryInput::new(plan.input_partitions);
        let systems = Systems {
            inputs: (0..LANES).map(input).collect(),
            tables: (0..LANES).map(|_| MemoryTable::new()).collect(),
            width: Width::new(3),
            census: Census::default(),
        };
        let history = History::follow(&environment, &broker, plan.transaction_timeout);
        Self {
            environment,
            plan,
            broker,
            systems,
            ledger: Ledger::default(),
            lanes: Vec::new(),
            graves: Vec::new(),
            mark: 0,
            alterations: Alterations::default(),
            history,
            release: 1,
            trouble: Trouble::begun(),
            started: 0,
        }
    }

    /// Starts a worker in a process of its own: with the newest release mostly, sometimes with one that is newer or older.
    pub(super) fn start_some_worker(&mut self) {
        let release = match self.environment.below(8) {
            0 => {
                self.release += 1;
                self.release
            }
            1 => self.release.max(2) - 1,
            _ => self.release,
        };
        self.start_worker(release);
    }

    /// Starts a worker in a process of its own, with a release of the application.
    pub(super) fn start_worker(&mut self, release: u64) {
        self.started += 1;
        let process = self
            .environment
            .process(&format!("worker-{}", self.started));
        process.record(format_args!("of release {release}"));
        let ambush = Ambush::default();
        let broker = self.broker(&process, &ambush);
        let cut = broker.cut_handle();
        let application = Sharing {
            plan: Arc::clone(&self.plan),
            broker,
            systems: self.systems.clone(),
            faults: self.plugin_faults(&process),
            process: process.clone(),
            release,
        };
        let hosted = Hosted::start(&process, application);
        self.lanes.push(Lane {
            process,
            cut,
            ambush,
            release,
            hosted,
        });
    }

    /// Ends all trouble: from now on no call goes wrong.
    pub(super) fn calm(&self) {
        self.trouble.end();
        for lane in &self.lanes {
            lane.ambush.clear();
        }
    }

    fn plugin_faults(&self, process: &SimulatedEnvironment) -> Faults {
        match self.plan.plugin_faults {
            0 => Faults::none(),
            rate => self.trouble.of_plugins(process, rate),
        }
    }

    fn broker(&self, process: &SimulatedEnvironment, ambush: &Ambush) -> FaultyBroker {
        let (rate, trouble) = (self.plan.broker_faults, self.trouble.clone());
        let census = self.systems.census.clone();
        let (here, traps) = (process.clone(), ambush.clone());
        // The faults know how to cut off whose faults they are: they get the handle once it is there.
        let line: Arc<Mutex<Option<Cut>>> = Arc::default();
        let own = Arc::clone(&line);
        let faults = BrokerFaults::drawn(move |call| {
            if trouble.is_over() {
                return None;
            }
            if traps.meets(call) {
                here.record(format_args!("stopped before {call:?}"));
                here.freeze();
                census.excuse(&here.name());
                if let Some(cut) = &*own.lock().unwrap_or_else(PoisonError::into_inner) {
                    cut.cut();
                }
                return Some(BrokerFault::Delay(Duration::from_millis(1)));
            }
            let fault = drawn(&here, rate)?;
            if fault == BrokerFault::CutOff {
                // It may have been the membership itself that was closed.
                census.recover(&here.name(), here.elapsed());
            }
            here.record(format_args!("{call:?} meets {fault:?}"));
            Some(fault)
        });
        let (census, name) = (self.systems.census.clone(), process.name());
        let broker = FaultyBroker::new(Arc::new(self.broker.clone()), faults)
            .telling(move |id| census.initialized(&name, id));
        *line.lock().unwrap_or_else(PoisonError::into_inner) = Some(broker.cut_handle());
        broker
    }
}

fn drawn(process: &SimulatedEnvironment, rate: u64) -> Option<BrokerFault> {
    match process.below(1000) {
        draw if draw < rate => Some(match process.below(8) {
            0 => BrokerFault::CutOff,
            1 | 2 => BrokerFault::LoseAnswer,
            3 | 4 => BrokerFault::LoseRequest,
            5 => BrokerFault::Delay(Duration::from_millis(process.below(20_000))),
            _ => BrokerFault::DelayAnswer(Duration::from_millis(process.below(5_000))),
        }),
        // A network takes its time, and lets others run.
        draw if draw < 200 => Some(BrokerFault::Delay(Duration::from_millis(1))),
        _ => None,
    }
}

impl fmt::Debug for World {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("World")
            .field("plan", &self.plan)
            .finish_non_exhaustive()
    }
}
