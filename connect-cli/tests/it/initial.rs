//! How the program starts, or does not.

use std::io::Write;

use super::files::{ARGUMENTS, Folder, WORKER};
use super::process::Running;

const SOURCE: &str = "name=in\nconnector.class=file-source\nfile=input\ntopic=lines\n";

#[test]
fn json_files_start_connectors_in_the_state_that_they_name() {
    let paused = r#"{"name": "out", "config": {"connector.class": "FileStreamSink", "topics": "lines", "file": "output"},
        "initial_state": "PAUSED"}"#;
    let worker = r#"{"bootstrap.servers": "embedded:broker", "key.converter": "string", "value.converter": "string",
        "compat.java": false}"#;
    let folder = Folder::with(worker, SOURCE, paused);
    folder.append("input", "one\n");
    let mut running = folder.start();
    running.hear("sink `out` is PAUSED");
    running.hear("task `in-0` is RUNNING");
    let heard = running.stop();
    assert!(!heard.contains("sink `out` is RUNNING"), "{heard}");
    assert!(!folder.has("output"), "a paused sink has done nothing");
}

#[test]
fn all_problems_of_all_files_are_told_before_anything_starts() {
    let sink = "name=in\nconnector.class=FileStreamSnk\n";
    let folder = Folder::with(
        &format!("{WORKER}ofset.flush.interval.ms=1\n"),
        SOURCE,
        sink,
    );
    let done = folder.run(&ARGUMENTS).with(2);
    for told in [
        "3 problems, nothing was started",
        "worker.properties:4: Unknown configuration \"ofset.flush.interval.ms\": did you mean \"offset.flush.interval.ms\"?",
        "sink.properties:2: connector.class: expected a registered connector, found `FileStreamSnk`; did you mean `FileStreamSink`",
        "sink.properties:1: Invalid value in for configuration name: The connector in source.properties has this name",
    ] {
        assert!(done.stderr.contains(told), "{told}\n\n{}", done.stderr);
    }
    assert!(!folder.has("broker"));
}

#[test]
fn a_missing_file_and_files_in_the_wrong_order_are_told() {
    let folder = Folder::with(WORKER, SOURCE, "");
    let done = folder.run(&[
        "standalone",
        "source.properties",
        "worker.properties",
        "none.properties",
    ]);
    let done = done.with(2);
    for told in [
        "source.properties: expected the worker's file first, found a connector's",
        "worker.properties: expected a connector's file, found neither `name` nor `connector.class`",
        "none.properties: reading it: No such file",
    ] {
        assert!(done.stderr.contains(told), "{told}\n\n{}", done.stderr);
    }
}

#[test]
fn a_directory_that_another_process_has_open_is_told_with_its_pid() {
    let folder = Folder::with(WORKER, SOURCE, "");
    let arguments = &ARGUMENTS[..3];
    let mut running = Running::start(folder.command(arguments));
    running.hear("all connectors are started");
    let told = format!(
        "directory `broker` is in use by the process with pid {}",
        running.pid()
    );
    for arguments in [arguments, &["topics", "--broker", "embedded:broker"]] {
        let done = folder.run(arguments).with(1);
        assert!(done.stderr.contains(&told), "{}", done.stderr);
    }
    running.stop();
}

#[test]
fn the_log_is_json_on_request_and_goes_to_stderr() {
    let folder = Folder::with(WORKER, SOURCE, "");
    let mut arguments = ARGUMENTS[..3].to_vec();
    arguments.push("--log-format=json");
    let mut running = Running::start(folder.command(&arguments));
    running.hear("all connectors are started");
    for line in running.stop().lines() {
        let event: serde_json::Value = serde_json::from_str(line).unwrap();
        assert!(event["fields"]["message"].is_string(), "{line}");
    }
}

#[test]
fn a_wrong_level_is_told() {
    let folder = Folder::with(WORKER, SOURCE, "");
    let done = folder
        .run(&["--log", "loud=very", "validate", "source.properties"])
        .with(2);
    assert!(
        done.stderr.contains("--log: expected levels such as"),
        "{}",
        done.stderr
    );
    let mut command = folder.command(&["validate", "source.properties"]);
    let output = command.env("RUST_LOG", "loud=very").output().unwrap();
    let done = super::process::Done::of(output).with(2);
    assert!(
        done.stderr.contains("RUST_LOG: expected levels such as"),
        "{}",
        done.stderr
    );
}

#[test]
fn a_misspelled_key_under_a_java_name_is_told_once_and_the_connector_runs() {
    let source = format!("{}tpic=b\n", super::files::STOCK_SOURCE);
    let folder = Folder::with(WORKER, &source, "");
    let mut running = Running::start(folder.command(&ARGUMENTS[..3]));
    running.hear("all connectors are started");
    let heard = running.stop();
    let told = "ignored: Unknown configuration \"tpic\": did you mean \"topic\"?";
    assert_eq!(heard.matches(told).count(), 1, "{heard}");
}

#[test]
fn what_is_ignored_is_told_beside_the_problem_that_keeps_everything_from_starting() {
    let source = super::files::STOCK_SOURCE.replace("topic=", "tpic=");
    let folder = Folder::with(WORKER, &source, "");
    let done = folder.run(&ARGUMENTS[..3]).with(2);
    for told in [
        "ignored: Unknown configuration \"tpic\": did you mean \"topic\"?",
        "Missing required configuration \"topic\"",
    ] {
        assert!(done.stderr.contains(told), "{told}\n\n{}", done.stderr);
    }
}

#[test]
fn a_failure_under_a_json_log_is_an_event_whatever_the_levels_are() {
    let folder = Folder::with("", SOURCE, "");
    for (levels, told) in [
        ("info", "\"bootstrap.servers\""),
        ("off", "\"bootstrap.servers\""),
        ("loud=very", "--log: expected levels such as"),
    ] {
        let mut arguments = ARGUMENTS[..3].to_vec();
        arguments.extend(["--log-format=json", "--log", levels]);
        let done = folder.run(&arguments).with(2);
        let event: serde_json::Value = serde_json::from_str(&done.stderr).unwrap();
        let message = event["fields"]["message"].as_str().unwrap();
        assert!(message.contains(told), "{message}");
        assert_eq!(event["level"], "ERROR");
        assert!(event["timestamp"].as_str().unwrap().ends_with('Z'));
    }
}

#[test]
fn a_provider_is_asked_once_before_a_problem_is_told() {
    let folder = Folder::empty();
    folder.write("worker.properties", &folder.worker_with_values());
    let topic = format!("topic=${{dir:{}:topic}}", folder.path().display());
    let source = SOURCE.replace("topic=lines", &topic);
    folder.write("source.properties", &format!("{source}tasks.max=0\n"));
    folder.make_pipe("topic");
    let mut running = Running::start(folder.command(&ARGUMENTS[..3]));
    running
        .writer(&folder, "topic")
        .write_all(b"lines")
        .unwrap();
    running.hear("connect: 1 problem, nothing was started");
    assert_eq!(running.end(), Some(2), "{}", running.heard());
}
