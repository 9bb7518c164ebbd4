//! [`Node`]: one broker, which may die and come back.

use std::{
    fs::{self, File},
    io::{BufRead, BufReader, PipeReader, Write},
    net::TcpStream,
    os::unix::process::CommandExt,
    path::{Path, PathBuf},
    process::{Child, Stdio},
    sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel},
    thread,
    time::{Duration, Instant},
};

use rustix::process::{Pid, Signal, kill_process};

use crate::{
    LabError,
    installation::{Installation, Tuning},
};

/// How long a broker may take to start or to stop on a busy machine.
const PATIENCE: Duration = Duration::from_secs(120);

/// What a broker logs once it serves.
const STARTED: &str = "Kafka Server started";

/// How much of a log an error shows.
const LAST_LINES: usize = 40;

/// One broker: its settings and data stay while its process comes and goes.
#[derive(Debug)]
pub(crate) struct Node {
    installation: Installation,
    id: usize,
    folder: PathBuf,
    address: String,
    heap_mib: u32,
    tuning: Tuning,
    process: Option<Process>,
}

#[derive(Debug)]
struct Process {
    child: Child,
    /// Says once that the broker has started; it is closed when the process has ended.
    started: Receiver<()>,
}

impl Node {
    /// Writes settings and a formatted directory; nothing runs yet.
    pub(crate) fn new(
        installation: &Installation,
        settings: &Settings<'_>,
    ) -> Result<Self, LabError> {
        let folder = settings.folder.join(format!("node-{}", settings.id));
        installation.format(&folder.join("data"), settings.id)?;
        let properties = format!(
            "{}log.dirs={}\n",
            settings.properties,
            folder.join("data").display()
        );
        fs::write(folder.join("server.properties"), properties)
            .map_err(LabError::during(format!("writing to {}", folder.display())))?;
        Ok(Self {
            installation: installation.clone(),
            id: settings.id,
            folder,
            address: settings.address.clone(),
            heap_mib: settings.heap_mib,
            tuning: settings.tuning,
            process: None,
        })
    }

    /// Starts a process, which serves from the end of [`Self::wait_until_started`] on.
    pub(crate) fn launch(&mut self) -> Result<(), LabError> {
        if self.process.is_some() {
            return Err(self.error("expected a node that is down, found it running"));
        }
        let starting = format!("starting node {}", self.id);
        let (log, output) = std::io::pipe().map_err(LabError::during(&starting))?;
        let copy = output.try_clone().map_err(LabError::during(&starting))?;
        let file = File::options()
            .create(true)
            .append(true)
            .open(self.log())
            .map_err(LabError::during(&starting))?;
        let child = self
            .installation
            .java(&self.folder, self.heap_mib, self.tuning)?
            .arg("Broker")
            .arg(self.folder.join("server.properties"))
            .stdin(Stdio::piped())
            .stdout(output)
            .stderr(copy)
            // Ctrl-C is for the test, which ends the broker.
            .process_group(0)
            .spawn()
            .map_err(LabError::during(&starting))?;
        let (sender, started) = sync_channel(1);
        thread::spawn(move || keep(log, file, &sender));
        self.process = Some(Process { child, started });
        Ok(())
    }

    /// Waits until the broker says that it has started, and takes connections.
    pub(crate) fn wait_until_started(&mut self) -> Result<(), LabError> {
        let process = self.running()?;
        match process.started.recv_timeout(PATIENCE) {
            Ok(()) => {}
            Err(RecvTimeoutError::Disconnected) => {
                let status = process.child.wait();
                self.process = None;
                return Err(self.error(&match status {
                    Ok(status) => format!("expected it to start, it ended with {status}"),
                    Err(error) => format!("expected it to start, it ended: {error}"),
                }));
            }
            Err(RecvTimeoutError::Timeout) => {
                return Err(self.error(&format!("expected it to start within {PATIENCE:?}")));
            }
        }
        match TcpStream::connect(&self.address) {
            Ok(_) => Ok(()),
            Err(error) => Err(self.error(&format!("connecting to {}: {error}", self.address))),
        }
    }

    /// Ends it by SIGKILL.
    pub(crate) fn kill(&mut self) -> Result<(), LabError> {
        let process = self.running()?;
        let killed = process.child.kill().and_then(|()| process.child.wait());
        self.process = None;
        killed
            .map(drop)
            .map_err(LabError::during(format!("killing node {}", self.id)))
    }

    /// Ends it in order.
    pub(crate) fn stop(&mut self) -> Result<(), LabError> {
        self.signal(Signal::TERM)?;
        let deadline = Instant::now() + PATIENCE;
        let process = self.running()?;
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            match process.started.recv_timeout(left) {
                Ok(()) => {}
                Err(RecvTimeoutError::Disconnected) => break,
                Err(RecvTimeoutError::Timeout) => {
                    return Err(self.error(&format!("expected it to stop within {PATIENCE:?}")));
                }
            }
        }
        let stopped = process.child.wait();
        self.process = None;
        stopped
            .map(drop)
            .map_err(LabError::during(format!("stopping node {}", self.id)))
    }

    /// Sends a signal to its process.
    pub(crate) fn signal(&mut self, signal: Signal) -> Result<(), LabError> {
        let id = self.id;
        let process = self.running()?;
        // Nobody has waited for the child yet, so the id is its own.
        kill_process(Pid::from_child(&process.child), signal)
            .map_err(|error| LabError::new(format!("sending {signal:?} to node {id}: {error}")))
    }

    fn running(&mut self) -> Result<&mut Process, LabError> {
        let id = self.id;
        self.process
            .as_mut()
            .ok_or_else(|| LabError::new(format!("node {id}: expected it to run, found it down")))
    }

    fn log(&self) -> PathBuf {
        self.folder.join("broker.log")
    }

    fn error(&self, what: &str) -> LabError {
        LabError::new(format!(
            "node {}: {what}\n{}",
            self.id,
            last_lines(&self.log())
        ))
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        if self.process.is_some() {
            // A process that cannot be killed has ended.
            let _ = self.kill();
        }
    }
}

/// What one node is made of.
#[derive(Debug)]
pub(crate) struct Settings<'a> {
    pub(crate) id: usize,
    /// The folder of the cluster.
    pub(crate) folder: &'a Path,
    /// Where it listens for other brokers and for clients without a proxy.
    pub(crate) address: String,
    pub(crate) heap_mib: u32,
    pub(crate) tuning: Tuning,
    /// All but the place of its data.
    pub(crate) properties: String,
}

/// Copies what a broker writes into its log and tells when it has started.
fn keep(output: PipeReader, mut log: File, started: &SyncSender<()>) {
    let mut output = BufReader::new(output);
    let mut line = Vec::new();
    while output
        .read_until(b'\n', &mut line)
        .is_ok_and(|bytes| bytes > 0)
    {
        // A full disk must not stop the broker, which would wait for this pipe.
        let _ = log.write_all(&line);
        if String::from_utf8_lossy(&line).contains(STARTED) {
            // Nobody listens any more if the node was killed in this moment.
            let _ = started.try_send(());
        }
        line.clear();
    }
}

fn last_lines(log: &Path) -> String {
    let text = match fs::read(log) {
        Ok(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
        Err(error) => return format!("its log cannot be read: {error}"),
    };
    let lines: Vec<_> = text.lines().collect();
    let last = lines.len().saturating_sub(LAST_LINES);
    format!("the end of its log:\n{}", lines[last..].join("\n"))
}
