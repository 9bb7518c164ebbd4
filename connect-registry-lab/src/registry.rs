//! [`Registry`]: a schema registry that is not ours.

use std::{
    collections::VecDeque,
    fs,
    io::{BufRead, BufReader, PipeReader},
    os::unix::process::CommandExt,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::{
        Arc, Mutex, PoisonError,
        mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel},
    },
    thread,
    time::Duration,
};

use crate::{LabError, place::Place};

/// Where Apicurio is, in the version that `registry/pom.xml` names.
const PLACE: Place = Place {
    variable: "CONNECT_REGISTRY_HOME",
    folder: "registry-2.6.13.Final",
};

/// How long it may take to start on a busy machine.
const PATIENCE: Duration = Duration::from_secs(600);

/// What it logs once it serves, before its address.
const LISTENING: &str = "Listening on: ";

/// Where it answers Confluent's API.
const PATH: &str = "/apis/ccompat/v7";

/// How much of its log an error shows.
const LAST_LINES: usize = 40;

/// Runs a command until the input ends, which it does at the latest when the process that has the other end dies.
const HELD: &str = r#""$@" </dev/null & cat >/dev/null; kill -KILL $!; wait"#;

/// Fast to start, no file in a folder that is shared, and nothing outside of this process; the port is any free one.
const SETTINGS: &[&str] = &[
    "-XX:TieredStopAtLevel=1",
    "-XX:+UseSerialGC",
    "-XX:-UsePerfData",
    "-Xmx256m",
    "-Djava.awt.headless=true",
    "-Dquarkus.http.host=127.0.0.1",
    "-Dquarkus.http.port=0",
    "-Dquarkus.log.level=WARN",
    "-Dquarkus.log.category.\"io.quarkus\".level=INFO",
    "-Dquarkus.banner.enabled=false",
];

/// Apicurio Registry in a process of its own, empty and in memory.
///
/// It ends with this value, and also when the process that has started it is killed.
#[derive(Debug)]
pub struct Registry {
    url: String,
    held: Held,
}

/// The shell that holds the registry, for as long as its input is open.
#[derive(Debug)]
struct Held {
    shell: Child,
    log: Log,
}

type Log = Arc<Mutex<VecDeque<String>>>;

impl Registry {
    /// Starts a registry, and waits until it serves.
    ///
    /// # Errors
    ///
    /// `./test` has not fetched it, or it does not start: then with the end of its log.
    pub fn start() -> Result<Self, LabError> {
        let (held, addresses) = Held::new(&runner(&PLACE.find()?)?)?;
        let address = match addresses.recv_timeout(PATIENCE) {
            Ok(address) => address,
            Err(RecvTimeoutError::Disconnected) => {
                return Err(held.error("expected it to start, found its end"));
            }
            Err(RecvTimeoutError::Timeout) => {
                return Err(held.error(&format!("expected it to start within {PATIENCE:?}")));
            }
        };
        let url = format!("{address}{PATH}");
        Ok(Self { url, held })
    }

    /// Returns where it answers Confluent's API, for `schema.registry.url`.
    #[must_use]
    pub fn url(&self) -> String {
        self.url.clone()
    }

    /// Returns the last lines that it has logged: warnings and errors.
    #[must_use]
    pub fn log(&self) -> String {
        self.held.last_lines()
    }
}

impl Held {
    fn new(jar: &Path) -> Result<(Self, Receiver<String>), LabError> {
        let starting = "starting Apicurio Registry";
        let (output, input) = std::io::pipe().map_err(LabError::during(starting))?;
        let errors = input.try_clone().map_err(LabError::during(starting))?;
        let shell = Command::new("sh")
            .args(["-c", HELD, "sh", "java"])
            .args(SETTINGS)
            .arg("-jar")
            .arg(jar)
            // Spares a page of the log.
            .env("REGISTRY_APIS_V2_DATE_FORMAT", "yyyy-MM-dd'T'HH:mm:ss'Z'")
            .stdin(Stdio::piped())
            .stdout(input)
            .stderr(errors)
            // Ctrl-C is for the test, which ends the registry.
            .process_group(0)
            .spawn()
            .map_err(LabError::during(starting))?;
        let (sender, addresses) = sync_channel(1);
        let log = Log::default();
        let kept = Arc::clone(&log);
        thread::spawn(move || keep(output, &kept, &sender));
        Ok((Self { shell, log }, addresses))
    }

    fn last_lines(&self) -> String {
        let lines = self.log.lock().unwrap_or_else(PoisonError::into_inner);
        lines.iter().map(String::as_str).collect()
    }

    fn error(&self, what: &str) -> LabError {
        LabError::new(format!(
            "Apicurio Registry: {what}\nthe end of its log:\n{}",
            self.last_lines()
        ))
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        // Its input ends, and so does it.
        drop(self.shell.stdin.take());
        if let Err(error) = self.shell.wait() {
            eprintln!("waiting for the end of Apicurio Registry: {error}");
        }
    }
}

/// Finds the jar that starts the others.
fn runner(home: &Path) -> Result<PathBuf, LabError> {
    let entries = fs::read_dir(home).map_err(LabError::during(home.display()))?;
    let mut paths = entries.filter_map(|entry| Some(entry.ok()?.path()));
    let is_runner = |path: &PathBuf| {
        let name = path.file_name().and_then(|name| name.to_str());
        name.is_some_and(|name| name.ends_with("-runner.jar") || name == "quarkus-run.jar")
    };
    paths.find(is_runner).ok_or_else(|| {
        LabError::new(format!(
            "expected the jar of Apicurio Registry in {}, found none",
            home.display()
        ))
    })
}

/// Keeps the last lines of what it logs, and tells its address.
fn keep(output: PipeReader, log: &Log, addresses: &SyncSender<String>) {
    let mut output = BufReader::new(output);
    let mut line = Vec::new();
    while output
        .read_until(b'\n', &mut line)
        .is_ok_and(|bytes| bytes > 0)
    {
        let text = String::from_utf8_lossy(&line).into_owned();
        if let Some((_, address)) = text.trim_end().split_once(LISTENING) {
            // Nobody listens any more if it was given up in this moment.
            let _ = addresses.try_send(address.to_owned());
        }
        let mut log = log.lock().unwrap_or_else(PoisonError::into_inner);
        log.push_back(text);
        if log.len() > LAST_LINES {
            log.pop_front();
        }
        line.clear();
    }
}
