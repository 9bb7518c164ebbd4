//! [`SimulatedEnvironment`]: one seed decides everything.

mod process;

use std::{
    any::Any,
    fmt,
    panic::{AssertUnwindSafe, catch_unwind, resume_unwind},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, SystemTime},
};

use connect_api::Result;
use connect_runtime::{Environment, Milestone};
use fastrand::Rng;
use futures::future::{BoxFuture, pending, ready};
use tokio::{
    runtime::{Builder, Handle},
    time::{Instant, timeout},
};

use self::process::Process;
use crate::{Event, EventLog};

/// Clocks, threads and randomness of a simulation: nothing happens but what the seed says.
///
/// The clock is tokio's paused one, so waiting takes no time. There are no threads: [`drive`](Environment::drive)
/// starts a task, and blocking work runs where it is asked for. Whatever is spawned belongs to a simulated
/// [`process`](Self::process), which can be killed or frozen at any await point. [`simulate`] makes one.
///
/// Clones are the same process.
#[derive(Clone)]
pub struct SimulatedEnvironment {
    world: Arc<World>,
    process: Arc<Process>,
}

/// What all processes of a simulation share.
struct World {
    seed: u64,
    start: Instant,
    random: Mutex<Rng>,
    log: EventLog,
    executor: Handle,
    /// All that were started: each keeps itself alive by its tasks, until it is killed.
    processes: Mutex<Vec<Arc<Process>>>,
}

/// The wall clock at the start of every simulation: 2025-06-15 15:06:40 UTC.
const EPOCH: Duration = Duration::from_secs(1_750_000_000);

/// How long a simulation may take by its own clock, before it counts as standing still.
const LONGEST: Duration = Duration::from_secs(30 * 24 * 60 * 60);

/// Runs `work` in a simulation with its own paused clock, and returns what it answers.
///
/// ```
/// use std::time::Duration;
/// use connect_runtime::{Environment, Milestone};
///
/// let passed = connect_testkit::simulate(7, async |environment| {
///     tokio::time::sleep(Duration::from_secs(3600)).await; // takes no time
///     environment.elapsed()
/// });
/// assert_eq!(passed, Duration::from_secs(3600));
/// ```
///
/// # Panics
///
/// `work` panics, or waits for something that cannot happen any more.
pub fn simulate<T>(seed: u64, work: impl AsyncFnOnce(SimulatedEnvironment) -> T) -> T {
    let executor = Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .expect("a runtime without I/O needs nothing from the system");
    executor.block_on(async {
        let environment = SimulatedEnvironment::start(seed);
        let ended = timeout(LONGEST, work(environment.clone())).await;
        // Tasks that outlive the simulation must not meet its clock in another one, nor keep its memory.
        environment.world.end();
        let Ok(answer) = ended else {
            panic!("seed {seed}: the simulation stands still")
        };
        answer
    })
}

impl SimulatedEnvironment {
    fn start(seed: u64) -> Self {
        let world = World {
            seed,
            start: Instant::now(),
            random: Mutex::new(Rng::with_seed(seed)),
            log: EventLog::new(),
            executor: Handle::current(),
            processes: Mutex::default(),
        };
        let world = Arc::new(world);
        let process = world.process("main");
        Self { world, process }
    }

    /// Starts a process of its own: same clock, same randomness, same log.
    #[must_use]
    pub fn process(&self, name: &str) -> Self {
        let process = self.world.process(name);
        Self {
            world: Arc::clone(&self.world),
            process,
        }
    }

    /// Returns the name of this process.
    #[must_use]
    pub fn name(&self) -> Arc<str> {
        self.process.name()
    }

    /// Returns the seed.
    #[must_use]
    pub fn seed(&self) -> u64 {
        self.world.seed
    }

    /// Returns the log of the whole simulation.
    #[must_use]
    pub fn log(&self) -> &EventLog {
        &self.world.log
    }

    /// Writes to the log.
    pub fn record(&self, what: impl fmt::Display) {
        self.world.log.push(Event {
            at: self.elapsed(),
            process: self.process.name(),
            what: what.to_string(),
        });
    }

    /// Draws a number below `bound`; 0 if `bound` is 0.
    #[must_use]
    pub fn below(&self, bound: u64) -> u64 {
        self.draw(|random| if bound == 0 { 0 } else { random.u64(..bound) })
    }

    /// Kills this process: all its tasks are dropped where they stand.
    pub fn kill(&self) {
        self.record("killed");
        self.process.kill();
    }

    /// Kills this process when its tasks were polled `polls` times more.
    ///
    /// Every await point that really waits is the end of a poll, so this reaches them all.
    pub fn kill_after(&self, polls: u64) {
        self.process.kill_after(polls);
    }

    /// Kills this process when it comes to `milestone` for the `nth` time.
    ///
    /// It counts from now, and the first is 1. What came there does not go a step further.
    pub fn kill_at(&self, milestone: Milestone, nth: u64) {
        self.process.kill_at(milestone, nth);
    }

    /// Stops running this process, as SIGSTOP does; its timers expire unheard.
    pub fn freeze(&self) {
        self.record("frozen");
        self.process.freeze();
    }

    /// Goes on running a frozen process.
    pub fn thaw(&self) {
        self.record("thawed");
        self.process.thaw();
    }

    /// Lets the wall clock of this process jump by so many milliseconds.
    ///
    /// It jumps back if they are negative. Timers and [`elapsed`](Environment::elapsed) go on as they were; they jump when a process is frozen and thawed.
    pub fn jump(&self, millis: i64) {
        self.record(format_args!("wall clock jumps by {millis} ms"));
        self.process.jump(millis);
    }

    /// Waits until this process was killed.
    pub async fn killed(&self) {
        self.process.killed().await;
    }

    /// Returns how often tasks of this process were polled.
    #[must_use]
    pub fn polls(&self) -> u64 {
        self.process.polls()
    }

    fn draw<T>(&self, draw: impl FnOnce(&mut Rng) -> T) -> T {
        draw(
            &mut self
                .world
                .random
                .lock()
                .unwrap_or_else(PoisonError::into_inner),
        )
    }
}

impl World {
    fn process(&self, name: &str) -> Arc<Process> {
        let process = Process::new(name);
        self.processes().push(Arc::clone(&process));
        process
    }

    /// Kills all processes.
    fn end(&self) {
        let processes = std::mem::take(&mut *self.processes());
        processes.iter().for_each(|process| process.kill());
    }

    fn processes(&self) -> MutexGuard<'_, Vec<Arc<Process>>> {
        let processes = self.processes.lock();
        processes.unwrap_or_else(PoisonError::into_inner)
    }
}

impl Environment for SimulatedEnvironment {
    fn wall(&self) -> SystemTime {
        let right = EPOCH + self.elapsed();
        let error = self.process.wall_error();
        let jumped = Duration::from_millis(error.unsigned_abs());
        SystemTime::UNIX_EPOCH
            + match error {
                ..0 => right.saturating_sub(jumped),
                0.. => right + jumped,
            }
    }

    fn elapsed(&self) -> Duration {
        self.world.start.elapsed()
    }

    fn random(&self) -> u64 {
        self.draw(|random| random.u64(..))
    }

    fn spawn(
        &self,
        name: &str,
        work: BoxFuture<'static, ()>,
    ) -> BoxFuture<'static, Result<(), String>> {
        self.record(format_args!("{name} starts"));
        let (environment, name) = (self.clone(), name.to_owned());
        let task = self.process.task(work);
        let handle = self.world.executor.spawn(async move {
            let ended = task.await;
            match &ended {
                Ok(()) => environment.record(format_args!("{name} ends")),
                Err(why) => environment.record(format_args!("{name} fails: {why}")),
            }
            ended
        });
        Box::pin(async move {
            handle
                .await
                .unwrap_or_else(|error| Err(format!("the executor is gone: {error}")))
        })
    }

    fn drive(&self, name: &str, work: BoxFuture<'static, ()>) -> Result<()> {
        drop(self.spawn(name, work));
        Ok(())
    }

    fn alarm(&self, moment: Duration) -> BoxFuture<'static, ()> {
        match self.world.start.checked_add(moment) {
            Some(moment) => Box::pin(tokio::time::sleep_until(moment)),
            None => Box::pin(pending()),
        }
    }

    fn blocking(&self, work: Box<dyn FnOnce() + Send>) -> BoxFuture<'static, Result<(), String>> {
        let caught = catch_unwind(AssertUnwindSafe(work));
        Box::pin(ready(caught.map_err(|panic| panic_message(&*panic))))
    }

    fn reached(&self, milestone: Milestone) {
        if self.process.dies_at(milestone) {
            self.record(format_args!("killed at {milestone}"));
            self.process.kill();
            // Not a step further: the task that came here is dropped like the others, only from inside.
            resume_unwind(Box::new(format!("killed at {milestone}")));
        }
    }
}

impl fmt::Debug for SimulatedEnvironment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "SimulatedEnvironment({} of seed {})",
            self.process.name(),
            self.world.seed
        )
    }
}

/// Returns what `panic!` was given, where that is text.
pub(crate) fn panic_message(panic: &(dyn Any + Send)) -> String {
    match (panic.downcast_ref::<&str>(), panic.downcast_ref::<String>()) {
        (Some(text), _) => (*text).to_owned(),
        (_, Some(text)) => text.clone(),
        _ => "a panic without a message".to_owned(),
    }
}
