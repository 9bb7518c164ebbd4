//! What the libraries leave behind in a process: nothing.

use std::{
    collections::BTreeMap,
    env,
    fs::{self, File},
    path::Path,
    process::Command,
    time::Duration,
};

use connect_api::SinkConnector;
use connect_converters::{SimpleHeaderConverter, StringConverter};
use connect_file::{FileSink, FileSource};
use connect_runtime::Worker;
use tokio::runtime::Builder;

/// Tells the test that it is the child, and where to work.
const CHILD: &str = "QUICKSTART_FOOTPRINT";

const LINES: &str = "one\ntwo\nthree\n";

/// Runs `work` in a process of its own, in an empty folder, and returns what it wrote to stdout meanwhile.
///
/// `name` is the test that calls this: the child is the same program and calls it again.
fn stdout_of(name: &str, work: impl FnOnce(&Path)) -> Option<String> {
    if let Some(folder) = env::var_os(CHILD) {
        let folder = Path::new(&folder);
        let captured = File::create(folder.join("stdout")).unwrap();
        // The test harness prints too, before and after.
        let harness = rustix::io::dup(rustix::stdio::stdout()).unwrap();
        rustix::stdio::dup2_stdout(&captured).unwrap();
        work(folder);
        rustix::stdio::dup2_stdout(&harness).unwrap();
        fs::write(folder.join("done"), "").unwrap();
        return None;
    }
    let folder = tempfile::tempdir().unwrap();
    let output = Command::new(env::current_exe().unwrap())
        .args([name, "--exact", "--nocapture"])
        .env(CHILD, folder.path())
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{told}");
    assert!(
        folder.path().join("done").exists(),
        "the child ran no test: {told}"
    );
    Some(fs::read_to_string(folder.path().join("stdout")).unwrap())
}

/// Tails a file into a topic on the embedded broker, and `sink` takes three lines from there.
fn run(folder: &Path, sink: impl SinkConnector, meanwhile: impl FnOnce()) {
    let executor = Builder::new_multi_thread()
        .worker_threads(2)
        .thread_name("application")
        .enable_all()
        .build()
        .unwrap();
    executor.block_on(async {
        let input = folder.join("input");
        fs::write(&input, LINES).unwrap();
        let broker = folder.join("broker");
        let worker = Worker::builder("footprint")
            .setting(
                "bootstrap.servers",
                format!("embedded:{}", broker.display()),
            )
            .converters(
                StringConverter::default(),
                StringConverter::default(),
                SimpleHeaderConverter::default(),
            )
            .start()
            .await
            .unwrap();
        let source = FileSource::new(input.to_str().unwrap(), "lines");
        worker.source("read", source).start().await.unwrap();
        let sink = worker.sink("write", sink).topics(["lines"]);
        sink.start().await.unwrap();
        let mut tick = tokio::time::interval(Duration::from_millis(1));
        while worker
            .progress("write")
            .iter()
            .map(|(_, task)| task.written)
            .sum::<u64>()
            < 3
        {
            tick.tick().await;
        }
        meanwhile();
        let report = worker.shutdown(Duration::from_secs(60)).await;
        assert!(report.is_orderly(), "{report:?}");
    });
}

/// What belongs to the whole process: signal handlers, folder, environment.
struct Global {
    signals: Vec<String>,
    folder: std::path::PathBuf,
    variables: BTreeMap<std::ffi::OsString, std::ffi::OsString>,
}

impl Global {
    fn read() -> Self {
        let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
        // What is ignored and caught is the process's; what is blocked or pending is a thread's.
        let dispositions = ["SigIgn", "SigCgt"];
        let signals = status
            .lines()
            .filter(|line| dispositions.iter().any(|name| line.starts_with(name)));
        Self {
            signals: signals.map(str::to_owned).collect(),
            folder: env::current_dir().unwrap(),
            variables: env::vars_os().collect(),
        }
    }
}

/// Returns the names of all threads, where the system tells them.
fn threads() -> Vec<String> {
    let Ok(tasks) = fs::read_dir("/proc/self/task") else {
        return Vec::new();
    };
    tasks
        // A thread may end meanwhile.
        .filter_map(|task| fs::read_to_string(task.ok()?.path().join("comm")).ok())
        .map(|name| name.trim_end().to_owned())
        .collect()
}

#[test]
fn a_pipeline_prints_nothing_and_changes_nothing_that_belongs_to_the_process() {
    let name =
        "footprint::a_pipeline_prints_nothing_and_changes_nothing_that_belongs_to_the_process";
    let printed = stdout_of(name, |folder| {
        let before = Global::read();
        let harness = threads();
        let output = folder.join("output");
        run(folder, FileSink::new(output.clone()), || {
            let foreign = |name: &String| {
                // The application's own runtime, the plain threads of worker and broker, and who was there before.
                let known = ["application", "connect-", "embedded-broker"];
                !known.iter().any(|known| name.starts_with(known)) && !harness.contains(name)
            };
            let foreign: Vec<_> = threads().into_iter().filter(foreign).collect();
            assert!(
                foreign.is_empty(),
                "threads of another runtime: {foreign:?}"
            );
        });
        assert_eq!(fs::read_to_string(output).unwrap(), LINES);
        let after = Global::read();
        assert_eq!(after.signals, before.signals);
        assert_eq!(after.folder, before.folder);
        // Not shown: it may hold secrets.
        assert!(
            after.variables == before.variables,
            "the environment has changed"
        );
        assert!(
            !tracing::dispatcher::has_been_set(),
            "a subscriber was installed"
        );
        let recorder = metrics::set_global_recorder(metrics::NoopRecorder);
        assert!(recorder.is_ok(), "a recorder was installed");
    });
    assert_eq!(printed.unwrap_or_default(), "");
}

#[test]
fn a_file_sink_without_a_file_prints_the_records_and_nothing_else() {
    let name = "footprint::a_file_sink_without_a_file_prints_the_records_and_nothing_else";
    let printed = stdout_of(name, |folder| run(folder, FileSink::stdout(), || {}));
    if let Some(printed) = printed {
        assert_eq!(printed, LINES);
    }
}
