//! [`Folder`]: the files that a test gives to the program.

use std::{
    fs::{self, File, OpenOptions},
    io::Write,
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
    process::Command,
};

use rustix::fs::{CWD, FileType, Mode, OFlags, mknodat};
use tempfile::TempDir;

use super::process::{Running, connect, run};

/// The files of Apache Kafka, as they are.
const STOCK_WORKER: &str = include_str!("stock/connect-standalone.properties");
pub(crate) const STOCK_CLUSTER: &str = include_str!("stock/connect-distributed.properties");
pub(crate) const STOCK_SOURCE: &str = include_str!("stock/connect-file-source.properties");
pub(crate) const STOCK_SINK: &str = include_str!("stock/connect-file-sink.properties");

/// A worker with converters that print what they read.
pub(crate) const WORKER: &str =
    "bootstrap.servers=embedded:broker\nkey.converter=string\nvalue.converter=string\n";

pub(crate) const ARGUMENTS: [&str; 4] = [
    "standalone",
    "worker.properties",
    "source.properties",
    "sink.properties",
];

/// A folder in which the program runs; its broker is in `broker`.
pub(crate) struct Folder(TempDir);

impl Folder {
    pub(crate) fn empty() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    /// With Kafka's own files, of which only `bootstrap.servers` is changed.
    pub(crate) fn stock() -> Self {
        let changed = STOCK_WORKER.replace("=localhost:9092", "=embedded:broker");
        assert_ne!(changed, STOCK_WORKER);
        Self::with(&changed, STOCK_SOURCE, STOCK_SINK)
    }

    /// With Kafka's own files, unchanged but for where Kafka is and for names of their own.
    #[cfg(feature = "kafka")]
    pub(crate) fn stock_on(servers: &str, name: &str) -> Self {
        let folder = Self::empty();
        let offsets = folder.at("connect.offsets").display().to_string();
        let worker = STOCK_WORKER
            .replace("localhost:9092", servers)
            .replace("/tmp/connect.offsets", &offsets);
        // One shared cluster: what is named alike would meet.
        let unique = |text: &str| {
            text.replace("connect-test", name)
                .replace("local-file-sink", &format!("{name}-sink"))
                .replace("local-file-source", &format!("{name}-source"))
        };
        folder.write("worker.properties", &worker);
        folder.write("source.properties", &unique(STOCK_SOURCE));
        folder.write("sink.properties", &unique(STOCK_SINK));
        folder
    }

    pub(crate) fn with(worker: &str, source: &str, sink: &str) -> Self {
        let folder = Self::empty();
        folder.write("worker.properties", worker);
        folder.write("source.properties", source);
        folder.write("sink.properties", sink);
        folder
    }

    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }

    pub(crate) fn at(&self, name: &str) -> PathBuf {
        self.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, text: &str) {
        fs::write(self.at(name), text).unwrap();
    }

    pub(crate) fn make_directory(&self, name: &str) {
        fs::create_dir(self.at(name)).unwrap();
    }

    pub(crate) fn remove(&self, name: &str) {
        fs::remove_file(self.at(name)).unwrap();
    }

    pub(crate) fn append(&self, name: &str, text: &str) {
        let file = OpenOptions::new()
            .create(true)
            .append(true)
            .open(self.at(name));
        file.unwrap().write_all(text.as_bytes()).unwrap();
    }

    /// Returns what a file holds, nothing if it is missing; the last character may be half of one.
    pub(crate) fn read(&self, name: &str) -> String {
        let bytes = fs::read(self.at(name)).unwrap_or_default();
        String::from_utf8_lossy(&bytes).into_owned()
    }

    /// Returns a worker whose connectors may refer to files of the folder.
    pub(crate) fn worker_with_values(&self) -> String {
        format!(
            "{WORKER}config.providers=dir\nconfig.providers.dir.param.allowed.paths={}\n",
            self.path().display()
        )
    }

    /// Makes a pipe in place of a file.
    pub(crate) fn make_pipe(&self, name: &str) {
        // There may be no such file.
        let _ = fs::remove_file(self.at(name));
        let mode = Mode::RUSR | Mode::WUSR;
        mknodat(CWD, self.at(name), FileType::Fifo, mode, 0).unwrap();
    }

    pub(crate) fn has(&self, name: &str) -> bool {
        self.at(name).exists()
    }

    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        connect(self.path(), arguments)
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> super::process::Done {
        run(self.path(), arguments)
    }

    /// Starts worker, source and sink.
    pub(crate) fn start(&self) -> Running {
        Running::start(self.command(&ARGUMENTS))
    }
}

impl Running {
    /// Waits until it reads a pipe of the folder, which ends for it when what this returns is dropped.
    #[track_caller]
    pub(crate) fn writer(&mut self, folder: &Folder, name: &str) -> File {
        let mut options = OpenOptions::new();
        // Without a reader this fails.
        options.write(true);
        options.custom_flags(OFlags::NONBLOCK.bits().cast_signed());
        let mut writer = None;
        self.wait(&format!("a reader of {name}"), |_| {
            writer = options.open(folder.at(name)).ok();
            writer.is_some()
        });
        writer.unwrap()
    }

    /// Waits until a file of the folder holds `text`.
    #[track_caller]
    pub(crate) fn until(&mut self, folder: &Folder, name: &str, text: &str) {
        self.wait(&format!("{name} with the expected content"), |_| {
            folder.read(name) == text
        });
    }
}
