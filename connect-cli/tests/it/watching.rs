//! What becomes of files that change while their connectors run.

use std::{fs, os::unix::fs::symlink};

use super::{
    files::{Folder, WORKER},
    process::Running,
};

const SOURCE: &str = "name=in\nconnector.class=file-source\nfile=input\ntopic=lines\n";
const SINK: &str =
    "name=out\nconnector.class=file-sink\ntopics=lines\nfile=output\nfile.flush.interval.ms=10\n";

#[test]
fn a_broken_edit_is_told_with_all_its_problems_and_the_old_configuration_goes_on() {
    let folder = Folder::with(WORKER, SOURCE, SINK);
    folder.append("input", "one\n");
    let mut running = folder.start();
    running.until(&folder, "output", "one\n");
    folder.write(
        "sink.properties",
        &SINK
            .replace("file=", "fiel=")
            .replace("topics=lines", "topics=lines\ntasks.max=0"),
    );
    running.hear("connector `out` goes on with its old configuration, the new one is wrong");
    running.hear(
        "sink.properties:4: Invalid value 0 for configuration tasks.max: Value must be at least 1",
    );
    running.hear("expected a 32-bit integer from 1 to 2147483647, found 0");
    running.wait("the misspelled key", |running| {
        running
            .heard()
            .contains("sink.properties:5: Unknown configuration \"fiel\": did you mean \"file\"?")
    });
    folder.append("input", "two\n");
    running.until(&folder, "output", "one\ntwo\n");
    let heard = running.stop();
    assert!(!heard.contains("RESTARTING"), "{heard}");
}

#[test]
fn an_edit_is_applied_to_its_connector_and_the_others_go_on_undisturbed() {
    let folder = Folder::with(WORKER, SOURCE, SINK);
    folder.append("input", "one\n");
    let mut running = folder.start();
    running.hear("task `in-0` is RUNNING");
    running.until(&folder, "output", "one\n");
    let before = running.heard().len();
    folder.write(
        "sink.properties",
        &SINK.replace("file=output", "file=other"),
    );
    running.hear("connector `out` has the new configuration of sink.properties");
    folder.append("input", "two\n");
    running.until(&folder, "other", "two\n");
    let heard = running.stop();
    let after = heard[before..].split("stopping").next().unwrap();
    assert!(after.contains("`out-0`"), "{heard}");
    assert!(!after.contains("`in"), "{heard}");
    assert_eq!(folder.read("output"), "one\n");
}

#[test]
fn a_file_may_go_and_come_back_and_a_name_may_not_change() {
    let folder = Folder::with(WORKER, SOURCE, SINK);
    let mut running = folder.start();
    running.hear("all connectors are started");
    fs::remove_file(folder.at("source.properties")).unwrap();
    running.hear("connector `in` goes on as it is");
    folder.append("input", "one\n");
    running.until(&folder, "output", "one\n");
    folder.write("source.properties", &SOURCE.replace("name=in", "name=inn"));
    running.hear("expected `name=in` as at the start, found `inn`");
    folder.append("input", "two\n");
    running.until(&folder, "output", "one\ntwo\n");
    folder.write("source.properties", &format!("# as before\n{SOURCE}"));
    running.hear("source.properties: nothing has changed");
    running.stop();
}

/// Starts with a worker that has the provider `file`.
fn start_with_provider(folder: &Folder) -> Running {
    folder.write(
        "worker.properties",
        &format!("{WORKER}config.providers=file\n"),
    );
    let mut running = folder.start();
    running.hear("all connectors are started");
    running
}

/// Gives the sink an edit that writes to the `file` that `values` names.
fn refer_to(folder: &Folder, values: &str) {
    let reference = format!("file=${{file:{}:file}}", folder.at(values).display());
    let sink = SINK.replace("file=output", &reference);
    folder.write("sink.properties", &sink);
}

#[test]
fn an_edit_that_refers_to_what_comes_later_is_applied_then_and_told_once_until_then() {
    let folder = Folder::with(WORKER, SOURCE, SINK);
    let mut running = start_with_provider(&folder);
    refer_to(&folder, "values.properties");
    running.hear(
        "connector `out` goes on with its old configuration, the new one is wrong, and tried again",
    );
    running.hear("there is no file `");
    folder.write("values.properties", "fiel=other\n");
    running.hear(
        "connector `out` goes on with its old configuration, the new one is wrong, and tried again",
    );
    running.hear("there is no such value");
    folder.write("values.properties", "file=other\n");
    running.hear("connector `out` has the new configuration of sink.properties");
    folder.append("input", "one\n");
    running.until(&folder, "other", "one\n");
    let heard = running.stop();
    assert_eq!(heard.matches("goes on with its old").count(), 2, "{heard}");
}

#[test]
fn an_edit_that_meets_a_provider_that_does_not_answer_is_not_called_wrong_and_comes_later() {
    let folder = Folder::with(WORKER, SOURCE, SINK);
    let mut running = start_with_provider(&folder);
    symlink("values.properties", folder.at("values.properties")).unwrap();
    refer_to(&folder, "values.properties");
    running.hear("the new one of sink.properties cannot be applied now and is tried again: config provider `file`: ");
    fs::remove_file(folder.at("values.properties")).unwrap();
    folder.write("values.properties", "file=other\n");
    running.wait("the new configuration", |running| {
        running
            .heard()
            .contains("connector `out` has the new configuration of sink.properties")
    });
    let heard = running.stop();
    let unavailable = heard.split("there is no file").next().unwrap();
    assert!(!unavailable.contains("wrong"), "{heard}");
}

#[test]
fn a_file_whose_read_hangs_holds_up_no_other() {
    let folder = Folder::with(WORKER, SOURCE, SINK);
    let mut running = folder.start();
    running.hear("all connectors are started");
    folder.make_pipe("source.properties");
    let _writer = running.writer(&folder, "source.properties");
    folder.write(
        "sink.properties",
        &SINK.replace("file=output", "file=other"),
    );
    running.hear("connector `out` has the new configuration of sink.properties");
    running.stop();
}

#[test]
fn what_failed_is_started_again_after_any_change_of_its_file() {
    let folder = Folder::with(WORKER, SOURCE, SINK);
    fs::create_dir(folder.at("output")).unwrap();
    folder.append("input", "one\n");
    let mut running = folder.start();
    running.hear("task `out-0` is FAILED");
    fs::remove_dir(folder.at("output")).unwrap();
    folder.write("sink.properties", &format!("# mended\n{SINK}"));
    running.hear("nothing has changed; what failed of connector `out` is started again");
    running.until(&folder, "output", "one\n");
    running.stop();
}

#[test]
fn a_name_that_refers_to_a_value_is_another_name_whatever_it_stands_for() {
    let folder = Folder::with(WORKER, SOURCE, SINK);
    let mut running = start_with_provider(&folder);
    folder.write("values.properties", "name=in\n");
    let name = format!(
        "${{file:{}:name}}",
        folder.at("values.properties").display()
    );
    folder.write(
        "source.properties",
        &SOURCE.replace("name=in", &format!("name={name}")),
    );
    running.hear(&format!(
        "expected `name=in` as at the start, found `{name}`"
    ));
    folder.write("source.properties", &format!("# as before\n{SOURCE}"));
    running.hear("source.properties: nothing has changed");
    running.stop();
}
