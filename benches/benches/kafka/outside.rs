//! [`Outside`]: another program, and what it costs.

use std::{
    env, fs,
    io::{BufRead, BufReader},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use connect_benches::{Answer, Memory};

/// Another program, and what it costs; dropping it ends it.
#[derive(Debug)]
pub(crate) struct Outside {
    child: Child,
    started: Instant,
}

/// What a program has cost so far.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cost {
    pub(crate) at: Instant,
    pub(crate) cpu: Duration,
}

impl Outside {
    /// Starts a program.
    pub(crate) fn start(command: &mut Command) -> Self {
        let started = Instant::now();
        let piped = command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let child = piped.spawn().unwrap();
        Self { child, started }
    }

    /// Starts the bare program, an example of `connect-librdkafka`, which stands beside the benchmarks.
    pub(crate) fn bare(arguments: &[&str]) -> Self {
        let own = env::current_exe().unwrap();
        let program = own.parent().unwrap().with_file_name("examples/bare");
        assert!(
            program.exists(),
            "expected the bare program in {}, found none: `./test bench kafka` builds it",
            program.display()
        );
        Self::start(Command::new(program).args(arguments))
    }

    /// Waits until it says that it is done.
    pub(crate) fn wait(&mut self) {
        let mut said = String::new();
        let output = self.child.stdout.as_mut().unwrap();
        BufReader::new(output).read_line(&mut said).unwrap();
        assert_eq!(said, "done\n");
    }

    /// Says what it has cost since its start, which handled so many records.
    pub(crate) fn answer(&self, count: usize) -> Answer {
        let cost = self.cost();
        let count = count as f64;
        Answer::default()
            .with("rate", count / (cost.at - self.started).as_secs_f64())
            .with("cpu", cost.cpu.as_nanos() as f64 / count)
            .with("peak", self.peak())
    }

    /// Fails if it has ended.
    pub(crate) fn check(&mut self) {
        let ended = self.child.try_wait().unwrap();
        assert!(ended.is_none(), "it has ended: {ended:?}");
    }

    /// Says what it has cost so far, all threads in user and kernel mode.
    pub(crate) fn cost(&self) -> Cost {
        let at = Instant::now();
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.child.id())).unwrap();
        // The name before may have blanks.
        let (_, numbers) = stat.rsplit_once(") ").unwrap();
        let ticks: u64 = numbers
            .split(' ')
            .skip(11)
            .take(2)
            .map(|ticks| ticks.parse::<u64>().unwrap())
            .sum();
        let second = rustix::param::clock_ticks_per_second();
        let cpu = Duration::from_secs_f64(ticks as f64 / second as f64);
        Cost { at, cpu }
    }

    /// Returns the most memory that it ever had.
    pub(crate) fn peak(&self) -> f64 {
        Memory::of(&self.child.id().to_string()).peak
    }
}

impl Drop for Outside {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
