//! What becomes of files that change while their connectors run.

use std::fs;

use super::files::{Folder, WORKER};

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
