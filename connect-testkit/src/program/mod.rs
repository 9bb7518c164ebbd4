//! [`Program`]: a test that runs as a process, and dies where another says.
//!
//! A test binary holds both sides. The program is a test that works only where it has an [`Errand`]; its worker and its
//! broker run in [`Errand::environment`], which knows where the runtime has come. The other test starts its own binary
//! again with nothing but the program, and says at which [`Milestone`] that dies by SIGKILL or is stopped by SIGSTOP.
//! What it left behind is the same as after a real crash at that place, and it is the same place every time.
//!
//! Nothing waits for time to pass: the parent waits for its child to end or to be stopped.
//!
//! ```no_run
//! use connect_runtime::{Milestone, System, broker::embedded::EmbeddedBroker};
//! use connect_testkit::program::{Errand, Outcome, Program};
//!
//! // #[tokio::test]
//! async fn program() {
//!     let Some(errand) = Errand::received() else { return };
//!     let environment = errand.environment(System::current());
//!     let broker = EmbeddedBroker::open(errand.path("SHOP_DIRECTORY"), environment).await.unwrap();
//!     // … work, until it is done …
//!     broker.close().await.unwrap();
//!     errand.done();
//! }
//!
//! // #[test]
//! fn a_kill_loses_nothing() {
//!     let program = Program::new("shop::program").with("SHOP_DIRECTORY", "/tmp/shop");
//!     assert_eq!(program.kill_at(Milestone::BrokerCommitted, 2), Outcome::Killed);
//!     program.run();
//!     // … everything is there …
//! }
//! ```

mod census;
mod errand;
mod marked;
mod order;
mod process;
mod report;

use std::{ffi::OsString, fmt, time::Instant};

use connect_runtime::Milestone;

pub use self::{census::Census, errand::Errand};
use self::{
    order::{Order, Release},
    process::{Process, Status},
};

/// A test that runs as a process of its own.
///
/// Every way to run it panics, with all that it has written, if it ends in any other way than it was told to.
#[derive(Clone, Debug)]
pub struct Program {
    test: String,
    variables: Vec<(String, OsString)>,
}

/// How a program ended that was to be killed.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "it came there or it did not")]
pub enum Outcome {
    /// Where it was to be.
    Killed,
    /// By itself: it did not come to the milestone so often.
    Ended(Census),
}

impl Program {
    /// Names a test of the calling binary, as its runner does: `module::test`.
    pub fn new(test: impl Into<String>) -> Self {
        Self {
            test: test.into(),
            variables: Vec::new(),
        }
    }

    /// Passes an environment variable.
    #[must_use]
    pub fn with(mut self, name: impl Into<String>, value: impl Into<OsString>) -> Self {
        self.variables.push((name.into(), value.into()));
        self
    }

    /// Runs it to its end, and returns how often it came where.
    ///
    /// # Panics
    ///
    /// It fails, or ends without [`Errand::done`].
    #[must_use = "a program that ended may have come nowhere"]
    pub fn run(&self) -> Census {
        self.start(Order::Run).end()
    }

    /// Kills it by SIGKILL when it comes to `milestone` for the `nth` time.
    ///
    /// It kills itself, before it goes a step further. The first time is 1.
    ///
    /// # Panics
    ///
    /// As [`run`](Self::run). That it never came there is an outcome.
    #[must_use = "it may not have come there"]
    pub fn kill_at(&self, milestone: Milestone, nth: u64) -> Outcome {
        let mut process = self.start(Order::Kill(milestone, nth));
        match process.wait() {
            Status::Killed => Outcome::Killed,
            status => Outcome::Ended(process.census(status)),
        }
    }

    /// Stops it by SIGSTOP when it comes to `milestone` for the `nth` time.
    ///
    /// The first time is 1.
    ///
    /// # Panics
    ///
    /// As [`run`](Self::run), and if it never comes there.
    #[must_use = "dropping a stopped program kills it"]
    pub fn stop_at(&self, milestone: Milestone, nth: u64) -> Stopped {
        self.spawn_to_stop_at(milestone, nth).stopped()
    }

    /// Starts it, to be stopped at `milestone` as by [`stop_at`](Self::stop_at).
    ///
    /// It dies with the thread that calls this; [`Running::stopped`] may wait for it on another one.
    #[must_use = "dropping a running program kills it"]
    pub fn spawn_to_stop_at(&self, milestone: Milestone, nth: u64) -> Running {
        Running {
            process: self.start(Order::Stop(milestone, nth)),
            awaited: Some((self.test.clone(), milestone, nth)),
        }
    }

    /// Starts it, and lets it run; it dies with the thread that calls this.
    #[must_use = "dropping a running program kills it"]
    pub fn spawn(&self) -> Running {
        Running {
            process: self.start(Order::Run),
            awaited: None,
        }
    }

    fn start(&self, order: Order) -> Process {
        Process::start(&self.test, &self.variables, order)
    }
}

/// A program that stands still; dropping it kills it.
#[derive(Debug)]
pub struct Stopped {
    process: Process,
    since: Instant,
}

impl Stopped {
    /// Returns its process id.
    #[must_use]
    pub fn pid(&self) -> u32 {
        self.process.pid()
    }

    /// Returns since when it stands still.
    #[must_use]
    pub fn since(&self) -> Instant {
        self.since
    }

    /// Lets it go on, by SIGCONT.
    #[must_use = "dropping a running program kills it"]
    pub fn go_on(self) -> Running {
        self.release(Release::Now)
    }

    /// Lets it go on, but for the thread that came to the milestone.
    ///
    /// That one waits until another thread comes to `other`. So a test decides who notices first that the process stood
    /// still.
    #[must_use = "dropping a running program kills it"]
    pub fn go_on_after(self, other: Milestone) -> Running {
        self.release(Release::After(other))
    }

    /// Kills it, by SIGKILL.
    pub fn kill(self) {
        drop(self.process);
    }

    fn release(mut self, release: Release) -> Running {
        self.process.release(release);
        Running {
            process: self.process,
            awaited: None,
        }
    }
}

/// A program that runs, or goes on after it was stopped; dropping it kills it.
#[derive(Debug)]
pub struct Running {
    process: Process,
    /// Which program is to be stopped where, and when.
    awaited: Option<(String, Milestone, u64)>,
}

impl Running {
    /// Stops it by SIGSTOP, wherever it is: it stands still when this returns.
    ///
    /// # Panics
    ///
    /// It has ended.
    pub fn pause(&mut self) {
        self.process.pause();
    }

    /// Lets it go on after a [`pause`](Self::pause), by SIGCONT.
    pub fn resume(&mut self) {
        self.process.resume();
    }

    /// Waits until it stands still where it was to be stopped.
    ///
    /// # Panics
    ///
    /// As [`Program::run`], and if it never comes there.
    #[must_use = "dropping a stopped program kills it"]
    pub fn stopped(mut self) -> Stopped {
        match self.process.wait() {
            Status::Stopped => Stopped {
                process: self.process,
                since: Instant::now(),
            },
            status => {
                let census = self.process.census(status);
                match self.awaited {
                    Some((test, milestone, nth)) => {
                        let came = census.count(milestone);
                        panic!(
                            "`{test}` came to {milestone} {came} times, expected {nth}: {census}"
                        )
                    }
                    None => panic!("nobody told the program to stop anywhere: {census}"),
                }
            }
        }
    }

    /// Kills it, by SIGKILL.
    pub fn kill(self) {
        drop(self.process);
    }

    /// Waits for its end, and returns how often it came where.
    ///
    /// # Panics
    ///
    /// As [`Program::run`].
    #[must_use = "a program that ended may have come nowhere"]
    pub fn end(&mut self) -> Census {
        self.process.end()
    }
}

impl fmt::Display for Program {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.test)
    }
}
