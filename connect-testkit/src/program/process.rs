//! [`Process`]: a child that does not outlive its parent.

use std::{
    env,
    ffi::OsString,
    fs::File,
    io::Write,
    os::unix::fs::FileExt,
    process::{ChildStdin, Command, Stdio},
};

use rustix::{
    io::retry_on_intr,
    process::{Pid, Signal, WaitOptions, WaitStatus, kill_process, waitpid},
};

use super::{
    Census,
    order::{Order, Release},
    report::{DIES, DONE, said},
};

/// A child that does not outlive its parent, with all that it writes.
#[derive(Debug)]
pub(super) struct Process {
    test: String,
    pid: Pid,
    life: Life,
    /// Both outputs of the child. It is no pipe, so that nobody has to read while the child runs.
    output: File,
    input: ChildStdin,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Life {
    /// It runs or is stopped.
    Alive,
    /// It was waited for: its id may be another's by now.
    Gone,
}

/// What became of a child.
#[derive(Clone, Copy, Debug)]
pub(super) enum Status {
    Stopped,
    /// By itself, where it was told to.
    Killed,
    /// In any other way.
    Ended(WaitStatus),
}

impl Process {
    /// Runs a test of this binary, and nothing else of it.
    #[expect(
        clippy::zombie_processes,
        reason = "`wait` or the drop waits for it, also where it is only stopped"
    )]
    pub(super) fn start(test: &str, variables: &[(String, OsString)], order: Order) -> Self {
        let output = tempfile::tempfile().expect("a temporary file for the output of a child");
        let copy = || output.try_clone().expect("a second handle of a file");
        let binary = env::current_exe().expect("the path of the running test binary");
        let child = Command::new(binary)
            .args([test, "--exact", "--nocapture", "--test-threads=1"])
            .envs(variables.iter().cloned())
            .env(Order::VARIABLE, order.to_string())
            .stdin(Stdio::piped())
            .stdout(copy())
            .stderr(copy())
            .spawn();
        let mut child = child.unwrap_or_else(|error| panic!("`{test}` did not start: {error}"));
        Self {
            test: test.to_owned(),
            pid: Pid::from_child(&child),
            life: Life::Alive,
            output,
            input: child.stdin.take().expect("it was asked for"),
        }
    }

    pub(super) fn pid(&self) -> u32 {
        self.pid.as_raw_nonzero().get().unsigned_abs()
    }

    /// Waits until it ends or is stopped.
    pub(super) fn wait(&mut self) -> Status {
        let waited = retry_on_intr(|| waitpid(Some(self.pid), WaitOptions::UNTRACED));
        let Ok(Some((_, status))) = waited else {
            panic!("`{}` cannot be waited for: {waited:?}", self.test)
        };
        if status.stopped() {
            return Status::Stopped;
        }
        self.life = Life::Gone;
        let killed = status.terminating_signal() == Some(Signal::KILL.as_raw());
        match killed && said(&self.written()).any(|line| line.starts_with(DIES)) {
            true => Status::Killed,
            false => Status::Ended(status),
        }
    }

    /// Lets it go on after it was stopped.
    pub(super) fn release(&mut self, release: Release) {
        kill_process(self.pid, Signal::CONT).expect("a stopped child can be sent a signal");
        let sent = writeln!(self.input, "{release}");
        sent.expect("a child that was stopped reads its input");
    }

    /// Stops it, and waits until it stands still.
    pub(super) fn pause(&mut self) {
        kill_process(self.pid, Signal::STOP)
            .expect("a child that was not waited for can be sent a signal");
        let status = self.wait();
        if !matches!(status, Status::Stopped) {
            // Its own words say more than that it was expected to stop.
            let census = self.census(status);
            panic!(
                "`{}` has ended before it was to be stopped: {census}",
                self.test
            );
        }
    }

    /// Lets it go on.
    pub(super) fn resume(&self) {
        kill_process(self.pid, Signal::CONT).expect("a stopped child can be sent a signal");
    }

    /// Waits until it has done its work.
    pub(super) fn end(&mut self) -> Census {
        let status = self.wait();
        self.census(status)
    }

    /// Returns what it came to; panics if it ended otherwise than by having done its work.
    pub(super) fn census(&self, status: Status) -> Census {
        let Status::Ended(status) = status else {
            panic!("`{}` was stopped or killed: {status:?}", self.test)
        };
        let written = self.written();
        assert_eq!(
            status.exit_status(),
            Some(0),
            "`{}` failed, {status:?}:\n{written}",
            self.test,
        );
        assert!(
            said(&written).any(|line| line == DONE),
            "`{}` ended and did not say that it was done; is that the full name of a test that calls \
             `Errand::done`? It wrote:\n{written}",
            self.test,
        );
        let mut census = Census::default();
        said(&written).for_each(|line| census.read_line(line));
        census
    }

    /// Returns all that it has written so far.
    fn written(&self) -> String {
        let mut bytes = Vec::new();
        let mut buffer = [0; 16 * 1024];
        // The place in the file belongs to the child too, so it is not moved.
        while let Ok(read @ 1..) = self.output.read_at(&mut buffer, bytes.len() as u64) {
            bytes.extend_from_slice(&buffer[..read]);
        }
        String::from_utf8_lossy(&bytes).into_owned()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        if self.life == Life::Alive {
            // Nothing can be done about a child that cannot be killed.
            let _ = kill_process(self.pid, Signal::KILL);
            let _ = retry_on_intr(|| waitpid(Some(self.pid), WaitOptions::empty()));
        }
    }
}
