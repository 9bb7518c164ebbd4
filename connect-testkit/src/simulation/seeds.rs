//! Running seeds: one, or many on all cores.

use std::{
    env,
    fmt::{self, Write},
    ops::Range,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    thread,
    time::Duration,
};

use tokio::time::sleep;

use super::world::World;
use crate::{EventLog, SimulatedEnvironment, environment::panic_message, simulate};

/// How long the last worker may take, by the simulation's clock.
const LONGEST: u32 = 3 * 60 * 60;

/// Every so many seconds an operator looks after the last worker.
const TENDED: u32 = 60;

/// How many failing seeds end a run.
const ENOUGH: usize = 5;

/// A seed that fails, and what is wrong.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Failure {
    /// The seed.
    pub seed: u64,
    /// The tests that run it.
    pub tests: &'static str,
    /// What is wrong.
    pub found: Vec<String>,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { seed, tests, found } = self;
        writeln!(
            f,
            "seed {seed}: CONNECT_SEED={seed} ./test {tests}::no_seed"
        )?;
        found.iter().try_for_each(|wrong| writeln!(f, "  {wrong}"))
    }
}

/// Runs one seed, and returns what happened.
///
/// # Errors
///
/// Something was lost, doubled, out of order or early, or the worker did not get to the end.
pub fn run(seed: u64) -> Result<EventLog, Failure> {
    run_seed(seed, "simulation", async |environment| {
        let mut world = World::new(environment).await;
        world.live().await
    })
}

/// Runs one seed of a simulation that answers what is wrong.
pub(super) fn run_seed(
    seed: u64,
    tests: &'static str,
    live: impl AsyncFnOnce(SimulatedEnvironment) -> Vec<String>,
) -> Result<EventLog, Failure> {
    let ran = catch_unwind(AssertUnwindSafe(|| {
        simulate(seed, async |environment| {
            let log = environment.log().clone();
            let found = live(environment).await;
            (log, found)
        })
    }));
    let found = match ran {
        Ok((log, found)) if found.is_empty() => return Ok(log),
        Ok((log, mut found)) => {
            if env::var_os(SEED).is_some() {
                found.push(format!("{log}"));
            }
            found
        }
        Err(panic) => vec![panic_message(&*panic)],
    };
    Err(Failure { seed, tests, found })
}

/// The variable that names the one seed to run.
const SEED: &str = "CONNECT_SEED";

/// Runs `seeds` on all cores, or the one that `CONNECT_SEED` names.
///
/// # Panics
///
/// A seed fails; the message says what is wrong, and the command that repeats it.
pub fn run_all(seeds: Range<u64>) {
    on_all_cores(seeds, run);
}

/// Runs seeds with `run` on all cores, or the one that `CONNECT_SEED` names.
pub(super) fn on_all_cores(
    seeds: Range<u64>,
    run: impl Fn(u64) -> Result<EventLog, Failure> + Sync,
) {
    let seeds = match env::var(SEED) {
        Ok(seed) => {
            let seed: u64 = seed.parse().expect("`CONNECT_SEED` is a number");
            seed..seed + 1
        }
        Err(_) => seeds,
    };
    let (next, failures) = (AtomicU64::new(seeds.start), Mutex::new(Vec::new()));
    let work = || {
        loop {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            let failed = failures
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .len();
            if seed >= seeds.end || failed >= ENOUGH {
                return;
            }
            if let Err(failure) = run(seed) {
                let mut failures = failures.lock().unwrap_or_else(PoisonError::into_inner);
                failures.push(failure);
            }
        }
    };
    let cores = thread::available_parallelism().map_or(1, usize::from);
    thread::scope(|scope| {
        for _ in 0..cores {
            scope.spawn(work);
        }
    });
    let failures = failures
        .into_inner()
        .unwrap_or_else(PoisonError::into_inner);
    let mut report = String::new();
    for failure in &failures {
        write!(report, "{failure}").expect("a string takes everything");
    }
    assert!(
        failures.is_empty(),
        "{} seeds of {seeds:?} fail\n{report}",
        failures.len()
    );
}

impl World {
    /// Lives through everything, and returns what is wrong.
    async fn live(&mut self) -> Vec<String> {
        self.environment.record(format_args!("{:?}", self.plan));
        for _ in 0..self.plan.steps {
            self.step().await;
            // Rarely: looking waits for open transactions, and lets the workers get on meanwhile.
            if self.environment.below(4) == 0 {
                let wrong = self.wrong_so_far().await;
                if !wrong.is_empty() {
                    return wrong;
                }
            }
        }
        self.settle().await;
        for second in 0..LONGEST {
            if second % TENDED == 0 {
                self.tend().await;
            }
            if self.is_complete().await {
                return self.wrong().await;
            }
            sleep(Duration::from_secs(1)).await;
        }
        let mut wrong = self.wrong().await;
        wrong.push(self.standstill().await);
        wrong
    }

    /// Says how things stand when they don't get on.
    async fn standstill(&self) -> String {
        let worker = self.workers.last().and_then(|lane| lane.handle());
        let statuses = worker.map(|worker| worker.statuses());
        let input = self.story.input();
        let parts = (0..input.partitions()).map(|part| {
            (
                input.acknowledged(part),
                input.read(part),
                input.entries(part).len(),
            )
        });
        format!(
            "not complete after {LONGEST} s: statuses {statuses:?}, group {:?}, acknowledged, read and all entries {:?}",
            self.committed().await,
            parts.collect::<Vec<_>>(),
        )
    }
}
