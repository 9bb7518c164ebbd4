//! A worker of a cluster, alone on the embedded broker, and its directory of connectors.

use rustix::process::Signal;

use super::{
    files::{Folder, STOCK_CLUSTER, STOCK_SINK, STOCK_SOURCE, WORKER},
    process::Running,
};

const SOURCE: &str = "name=in\nconnector.class=file-source\nfile=input\ntopic=lines\n";
const SINK: &str =
    "name=out\nconnector.class=file-sink\ntopics=lines\nfile=output\nfile.flush.interval.ms=10\n";

const ARGUMENTS: [&str; 4] = [
    "distributed",
    "worker.properties",
    "--connectors",
    "connectors",
];

/// Makes a folder with a worker's file, and a source and a sink in its directory.
fn folder() -> Folder {
    let folder = Folder::empty();
    folder.write("worker.properties", &format!("{WORKER}group.id=g\n"));
    folder.make_directory("connectors");
    folder.write("connectors/source.properties", SOURCE);
    folder.write("connectors/sink.properties", SINK);
    folder
}

fn start(folder: &Folder) -> Running {
    Running::start(folder.command(&ARGUMENTS))
}

#[test]
fn the_stock_files_copy_a_file_line_by_line() {
    let folder = Folder::empty();
    let changed = STOCK_CLUSTER.replace("=localhost:9092", "=embedded:broker");
    assert_ne!(changed, STOCK_CLUSTER);
    folder.write("worker.properties", &changed);
    folder.make_directory("connectors");
    folder.write("connectors/source.properties", STOCK_SOURCE);
    folder.write("connectors/sink.properties", STOCK_SINK);
    let text = "eins\nzażółć gęślą jaźń\n\n{\"a\": [1, \"😀\"]}\n";
    folder.write("test.txt", text);
    let mut running = start(&folder);
    running.hear("takes part in group `connect-cluster`");
    running.until(&folder, "test.sink.txt", text);
    running.stop();
}

#[test]
fn sigterm_hands_over_and_the_next_worker_goes_on_without_files() {
    let folder = folder();
    folder.append("input", "one\n");
    let mut running = start(&folder);
    running.until(&folder, "output", "one\n");
    running.signal(Signal::TERM);
    assert_eq!(running.end(), Some(0), "{}", running.heard());
    running.hear("SIGTERM: stopping, for at most 30 s");
    running.hear("stopped: the group goes on without this worker");
    assert!(!running.heard().contains("in time"), "{}", running.heard());

    folder.append("input", "two\n");
    let mut running = Running::start(folder.command(&ARGUMENTS[..2]));
    running.until(&folder, "output", "one\ntwo\n");
    running.stop();
}

#[test]
fn a_directory_that_says_what_is_configured_already_changes_nothing() {
    let folder = folder();
    for told in ["is created as", "has the configuration of"] {
        let mut running = start(&folder);
        for name in ["in", "out"] {
            running.wait(told, |running| {
                running
                    .heard()
                    .contains(&format!("connector `{name}` {told} connectors/"))
            });
        }
        running.stop();
    }
}

#[test]
fn a_file_that_changes_and_one_that_comes_are_applied_and_the_others_go_on() {
    let folder = folder();
    folder.append("input", "one\n");
    let mut running = start(&folder);
    running.until(&folder, "output", "one\n");
    let before = running.heard().len();
    folder.write(
        "connectors/sink.properties",
        &SINK.replace("file=output", "file=other"),
    );
    running.hear("connector `out` has the new configuration of connectors/sink.properties");
    let more = r#"{"name": "more", "config": {"connector.class": "file-sink", "topics": "lines", "file": "more"}}"#;
    folder.write("connectors/more.json", more);
    running.hear("connector `more` is created as connectors/more.json says");
    folder.append("input", "two\n");
    running.until(&folder, "other", "two\n");
    running.until(&folder, "more", "one\ntwo\n");
    let heard = running.stop();
    let after = heard[before..].split("stopping").next().unwrap();
    assert!(!after.contains("`in"), "{heard}");
    assert_eq!(folder.read("output"), "one\n");
}

#[test]
fn a_file_that_goes_changes_nothing() {
    let folder = folder();
    let mut running = start(&folder);
    running.hear("task `in-0` is RUNNING");
    folder.remove("connectors/source.properties");
    running.hear("connector `in` goes on as it is");
    folder.append("input", "one\n");
    running.until(&folder, "output", "one\n");
    folder.write(
        "connectors/source.properties",
        &format!("# as before\n{SOURCE}"),
    );
    running.hear("connectors/source.properties: nothing has changed");
    running.stop();
}

#[test]
fn wrong_files_are_told_and_applied_once_they_are_mended_while_the_others_run() {
    let folder = folder();
    folder.write(
        "connectors/sink.properties",
        &SINK.replace("file=", "fiel="),
    );
    folder.write("connectors/worker.properties", "group.id=g\n");
    folder.write("connectors/.hidden.properties", "nonsense\n");
    let mut running = start(&folder);
    running.wait("both", |running| {
        let heard = running.heard();
        [
            "the configuration of connectors/sink.properties is not applied, it is wrong:\n\
             connectors/sink.properties:4: Unknown configuration \"fiel\": did you mean \"file\"?",
            "connectors/worker.properties: expected a connector's file, found neither",
        ]
        .iter()
        .all(|told| heard.contains(told))
    });
    running.wait("the source", |running| {
        running.heard().contains("task `in-0` is RUNNING")
    });
    folder.write("connectors/sink.properties", SINK);
    running.hear("connector `out` is created as connectors/sink.properties says");
    folder.append("input", "one\n");
    running.until(&folder, "output", "one\n");
    let heard = running.stop();
    assert!(!heard.contains("hidden"), "{heard}");
}

#[test]
fn of_two_files_with_one_name_the_second_waits_until_the_first_is_gone() {
    let folder = folder();
    let mut running = start(&folder);
    running.hear("task `in-0` is RUNNING");
    let other = SOURCE.replace("file=input", "file=other");
    folder.write("connectors/other.properties", &other);
    running.hear("the configuration of connectors/other.properties is not applied, it is wrong, and tried again");
    running.hear("The connector in connectors/source.properties has this name");
    folder.remove("connectors/source.properties");
    running.hear("connector `in` has the new configuration of connectors/other.properties");
    running.stop();
}

#[test]
fn an_initial_state_counts_where_the_connector_is_not_there_yet() {
    let folder = folder();
    folder.remove("connectors/sink.properties");
    let sink = r#"{"name": "out", "config": {"connector.class": "file-sink", "topics": "lines", "file": "output"},
        "initial_state": "STOPPED"}"#;
    folder.write("connectors/sink.json", sink);
    for told in [
        "connector `out` is created as connectors/sink.json says, STOPPED",
        "connector `out` has the configuration of connectors/sink.json already",
    ] {
        let mut running = start(&folder);
        running.wait(told, |running| running.heard().contains(told));
        running.wait("the source", |running| {
            running.heard().contains("task `in-0` is RUNNING")
        });
        let heard = running.stop();
        assert!(!heard.contains("sink `out` is RUNNING"), "{heard}");
    }
}

#[test]
fn a_worker_without_a_group_or_with_a_missing_directory_is_not_started() {
    let folder = Folder::empty();
    folder.write("worker.properties", WORKER);
    let done = folder.run(&ARGUMENTS[..2]).with(2);
    assert!(done.stderr.contains("\"group.id\""), "{}", done.stderr);
    folder.write("worker.properties", &format!("{WORKER}group.id=g\n"));
    let done = folder.run(&ARGUMENTS).with(2);
    let told = "--connectors connectors: expected a directory of connectors' files: No such file";
    assert!(done.stderr.contains(told), "{}", done.stderr);
    assert!(!folder.has("broker"));
}

#[test]
fn a_file_of_javas_distributed_workers_is_checked_as_such() {
    let folder = Folder::empty();
    folder.write("worker.properties", STOCK_CLUSTER);
    folder.run(&["validate", "worker.properties"]).with(0);
    let without = STOCK_CLUSTER.replace("group.id=", "#");
    folder.write("worker.properties", &without);
    let done = folder.run(&["validate", "worker.properties"]).with(2);
    assert!(done.stderr.contains("\"group.id\""), "{}", done.stderr);
}
