//! Signals, and what the process ends with.

use std::{
    io::Write,
    process::{ChildStdout, Stdio},
};

use rustix::{io::ioctl_fionread, process::Signal};

use super::{
    files::{ARGUMENTS, Folder, WORKER},
    process::Running,
};

const SOURCE: &str = "name=in\nconnector.class=file-source\nfile=input\ntopic=lines\n";
const SINK: &str = "name=out\nconnector.class=file-sink\ntopics=lines\nfile=output\n";

/// Starts the program with a sink that prints, and waits until that hangs: nobody reads what it prints.
fn hanging(grace: u64, arguments: &[&str]) -> (Folder, Running, ChildStdout) {
    let worker = format!("{WORKER}task.shutdown.graceful.timeout.ms={grace}\n");
    let folder = Folder::with(&worker, SOURCE, &SINK.replace("file=output\n", ""));
    // One line that is longer than what a pipe holds: once it has begun, it does not end.
    folder.append("input", &format!("{}\n", "long ".repeat(200_000)));
    let mut command = folder.command(&[&ARGUMENTS, arguments].concat());
    command.stdout(Stdio::piped());
    let mut running = Running::start(command);
    let printed = running.stdout();
    running.wait("the beginning of the line", |_| {
        ioctl_fionread(&printed).unwrap() > 0
    });
    (folder, running, printed)
}

#[test]
fn sigterm_stops_in_order_with_code_0() {
    let folder = Folder::with(WORKER, SOURCE, SINK);
    let mut running = folder.start();
    running.hear("all connectors are started");
    running.signal(Signal::TERM);
    assert_eq!(running.end(), Some(0), "{}", running.heard());
    assert!(
        running
            .heard()
            .contains("SIGTERM: stopping, for at most 30 s"),
        "{}",
        running.heard()
    );
}

#[test]
fn a_second_ctrl_c_ends_at_once_with_code_130() {
    let (_folder, mut running, _printed) = hanging(3_600_000, &["--stop-timeout=3600"]);
    running.signal(Signal::INT);
    running.hear("Ctrl-C: stopping, for at most 3600 s; a second one ends at once");
    assert_eq!(
        running.insist(Signal::INT),
        Some(130),
        "{}",
        running.heard()
    );
}

#[test]
fn a_second_sigterm_ends_at_once_with_code_143() {
    let (_folder, mut running, _printed) = hanging(3_600_000, &["--stop-timeout=3600"]);
    running.signal(Signal::TERM);
    running.hear("SIGTERM: stopping");
    assert_eq!(
        running.insist(Signal::TERM),
        Some(143),
        "{}",
        running.heard()
    );
}

#[test]
fn a_task_that_does_not_stop_in_time_is_named_and_the_code_is_1() {
    let (_folder, mut running, _printed) = hanging(50, &[]);
    running.signal(Signal::INT);
    assert_eq!(running.end(), Some(1), "{}", running.heard());
    let told =
        "connect: tasks that did not stop in time: out-0; what they had not finished comes again";
    assert!(running.heard().contains(told), "{}", running.heard());
}

#[test]
fn a_signal_that_is_passed_on_twice_counts_once() {
    let folder = Folder::with(WORKER, SOURCE, SINK);
    let mut running = folder.start();
    running.hear("all connectors are started");
    running.signal(Signal::INT);
    running.hear("Ctrl-C: stopping");
    running.signal(Signal::INT);
    assert_eq!(running.end(), Some(0), "{}", running.heard());
}

/// Waits until the program reads `pipe`, which never ends, and interrupts it.
#[track_caller]
fn check_interrupted(folder: &Folder, pipe: &str) {
    folder.make_pipe(pipe);
    let mut running = folder.start();
    let _writer = running.writer(folder, pipe);
    running.signal(Signal::INT);
    running.hear("connect: ended by Ctrl-C");
    assert_eq!(running.end(), Some(130), "{}", running.heard());
    assert!(!folder.has("broker"), "nothing was started");
}

#[test]
fn ctrl_c_ends_the_reading_of_files_that_never_end() {
    for pipe in ["worker.properties", "sink.properties"] {
        check_interrupted(&Folder::with(WORKER, SOURCE, SINK), pipe);
    }
}

#[test]
fn ctrl_c_ends_the_check_while_a_provider_hangs() {
    let folder = Folder::empty();
    folder.write("worker.properties", &folder.worker_with_values());
    let topic = format!("topic=${{dir:{}:topic}}", folder.path().display());
    let source = SOURCE.replace("topic=lines", &topic);
    folder.write("source.properties", &source);
    folder.write("sink.properties", SINK);
    check_interrupted(&folder, "topic");
}

#[test]
fn ctrl_c_while_connectors_start_stops_those_that_run_in_order() {
    let folder = Folder::empty();
    folder.write("worker.properties", &folder.worker_with_values());
    folder.write("source.properties", SOURCE);
    let topics = format!("topics=${{dir:{}:topics}}", folder.path().display());
    folder.write("sink.properties", &SINK.replace("topics=lines", &topics));
    folder.make_pipe("topics");
    let mut running = folder.start();
    // Once for the check, and for ever when the sink starts.
    running
        .writer(&folder, "topics")
        .write_all(b"lines")
        .unwrap();
    running.hear("task `in-0` is RUNNING");
    let _writer = running.writer(&folder, "topics");
    let heard = running.stop();
    assert!(!heard.contains("all connectors are started"), "{heard}");
    assert!(heard.contains("stopped: 1 tasks ended in order"), "{heard}");
}
