//! [`Running`]: the program while it runs, and what it says.

use std::{
    borrow::BorrowMut,
    io::{BufRead, BufReader, Read},
    path::Path,
    process::{Child, ChildStdin, ChildStdout, Command, Output, Stdio},
    sync::mpsc::{Receiver, RecvTimeoutError, sync_channel},
    thread,
    time::{Duration, Instant},
};

use rustix::process::{Pid, Signal, kill_process};

/// Nothing that a test waits for takes longer, unless it never comes.
const PATIENCE: Duration = Duration::from_secs(60);

/// Returns the program, about to run in `folder`.
pub(crate) fn connect(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_connect"));
    command
        .args(arguments)
        .current_dir(folder)
        .env_remove("RUST_LOG")
        .stdin(Stdio::null())
        .stdout(Stdio::null());
    command
}

/// Runs the program to its end.
pub(crate) fn run(folder: &Path, arguments: &[&str]) -> Done {
    let mut command = connect(folder, arguments);
    Done::of(command.stdout(Stdio::piped()).output().unwrap())
}

/// How the program ended, and all that it wrote.
#[derive(Debug)]
pub(crate) struct Done {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Done {
    pub(crate) fn of(output: Output) -> Self {
        Self {
            code: output.status.code(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// Fails unless it ended with `code`.
    #[track_caller]
    pub(crate) fn with(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "{}{}", self.stdout, self.stderr);
        self
    }
}

/// The program while it runs; dropping it kills it.
pub(crate) struct Running {
    child: Child,
    said: Receiver<String>,
    heard: Vec<String>,
    /// How many lines lie before the place where the next one is looked for.
    understood: usize,
}

impl Running {
    pub(crate) fn start(mut command: impl BorrowMut<Command>) -> Self {
        let command = command.borrow_mut();
        let mut child = command.stderr(Stdio::piped()).spawn().unwrap();
        let said = follow(BufReader::new(child.stderr.take().unwrap()));
        Self {
            child,
            said,
            heard: Vec::new(),
            understood: 0,
        }
    }

    /// Takes what it reads, if the command says that it is piped.
    pub(crate) fn stdin(&mut self) -> ChildStdin {
        self.child.stdin.take().unwrap()
    }

    /// Takes what it prints, if the command says that it is piped.
    pub(crate) fn stdout(&mut self) -> ChildStdout {
        self.child.stdout.take().unwrap()
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Returns all that it said so far.
    pub(crate) fn heard(&self) -> String {
        self.heard.join("\n")
    }

    /// Waits for a line that contains `text`, behind the last one that was waited for.
    #[track_caller]
    pub(crate) fn hear(&mut self, text: &str) {
        let begin = self.understood;
        let place = |heard: &[String]| heard.iter().position(|line| line.contains(text));
        self.wait(text, |running| place(&running.heard[begin..]).is_some());
        let line = place(&self.heard[begin..]).unwrap();
        self.understood = begin + line + 1;
    }

    /// Waits until `done` holds; it is asked again and again.
    #[track_caller]
    pub(crate) fn wait(&mut self, what: &str, mut done: impl FnMut(&Self) -> bool) {
        let until = Instant::now() + PATIENCE;
        while !done(self) {
            assert!(
                Instant::now() < until,
                "{what} never came:\n{}",
                self.heard()
            );
            let listening = self.listen(Duration::from_millis(5));
            assert!(
                listening == Listening::On || done(self),
                "it ended before: {what}\n{}",
                self.heard()
            );
        }
    }

    /// Takes what it says, for at most `time`.
    pub(crate) fn listen(&mut self, time: Duration) -> Listening {
        match self.said.recv_timeout(time) {
            Ok(line) => self.heard.push(line),
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => return Listening::Over,
        }
        Listening::On
    }

    pub(crate) fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).unwrap();
    }

    /// Sends a signal until it ends, and returns its exit code.
    pub(crate) fn insist(&mut self, signal: Signal) -> Option<i32> {
        let until = Instant::now() + PATIENCE;
        while self.listen(Duration::from_millis(50)) == Listening::On {
            assert!(Instant::now() < until, "it goes on:\n{}", self.heard());
            self.signal(signal);
        }
        self.end()
    }

    /// Waits for its end, and returns its exit code; `None` after a signal that it does not handle.
    pub(crate) fn end(&mut self) -> Option<i32> {
        while self.listen(PATIENCE) == Listening::On {}
        self.child.wait().unwrap().code()
    }

    /// Stops it in an orderly way.
    #[track_caller]
    pub(crate) fn stop(mut self) -> String {
        self.signal(Signal::INT);
        assert_eq!(self.end(), Some(0), "{}", self.heard());
        self.heard()
    }

    pub(crate) fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

/// Whether a program can still say something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Listening {
    On,
    Over,
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended, which is no error of the test.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Passes on what is said, line by line.
pub(crate) fn follow(lines: impl Read + Send + 'static) -> Receiver<String> {
    let (say, said) = sync_channel(1024);
    thread::spawn(move || {
        for line in BufReader::new(lines).lines().map_while(Result::ok) {
            if say.send(line).is_err() {
                return;
            }
        }
    });
    said
}
