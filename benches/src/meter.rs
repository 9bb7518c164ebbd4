//! [`Meter`]: what something costs.

use std::{
    fs,
    time::{Duration, Instant},
};

use rustix::time::{ClockId, clock_gettime};

/// Measures from its start on.
#[derive(Debug)]
pub struct Meter {
    wall: Instant,
    cpu: Duration,
}

/// What something cost.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Spent {
    /// Time on the clock.
    pub wall: Duration,
    /// What all threads of this process computed meanwhile, in user and kernel mode.
    pub cpu: Duration,
}

impl Meter {
    /// Starts to measure.
    #[must_use]
    pub fn start() -> Self {
        Self {
            wall: Instant::now(),
            cpu: cpu_time(),
        }
    }

    /// Returns what was spent since the start.
    #[must_use]
    pub fn spent(&self) -> Spent {
        Spent {
            wall: self.wall.elapsed(),
            cpu: cpu_time() - self.cpu,
        }
    }
}

fn cpu_time() -> Duration {
    Duration::try_from(clock_gettime(ClockId::ProcessCPUTime)).unwrap()
}

/// The memory of a process, in bytes; zero where the system does not say.
#[derive(Clone, Copy, Debug, Default)]
#[non_exhaustive]
pub struct Memory {
    /// What is in memory now.
    pub resident: f64,
    /// The most that ever was.
    pub peak: f64,
}

impl Memory {
    /// Looks it up.
    #[must_use]
    pub fn now() -> Self {
        Self::of("self")
    }

    /// Looks up that of another process, by its id.
    #[must_use]
    pub fn of(process: &str) -> Self {
        let status = fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
        let kib = |key: &str| {
            let line = status.lines().find_map(|line| line.strip_prefix(key));
            let number = line.and_then(|line| line.split_whitespace().next()?.parse::<f64>().ok());
            number.unwrap_or_default() * 1024.0
        };
        Self {
            resident: kib("VmRSS:"),
            peak: kib("VmHWM:"),
        }
    }
}
