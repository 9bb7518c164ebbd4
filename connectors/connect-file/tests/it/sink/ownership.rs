//! Who may write.

use std::{fs, path::PathBuf};

use connect_api::{ErrorKind, SinkConnector, SinkContext};
use connect_file::FileSink;
use futures::executor::block_on;

use super::driver::{Driver, NAME, of};

fn offsets_file(driver: &Driver) -> PathBuf {
    driver.path("out.txt.connect-offsets")
}

#[test]
fn a_second_writer_waits_for_the_first() {
    let mut driver = Driver::new();
    let error = driver.try_open().err().unwrap();
    assert_eq!(error.kind(), ErrorKind::Unavailable);
    assert_eq!(
        error.to_string(),
        format!(
            "opening file `{}`: expected to be the only writer, found it locked by another task or process",
            driver.path(NAME).display()
        )
    );
    driver.crash();
    assert!(driver.try_open().is_ok());
}

#[test]
fn an_owner_that_was_overtaken_is_fenced_and_writes_nothing() {
    let mut driver = Driver::new();
    driver.put(0, 0, ["one"]);
    // As another owner would on a file system whose locks do not hold.
    let text = fs::read_to_string(offsets_file(&driver)).unwrap();
    assert!(text.contains("\"epoch\":1"), "{text}");
    fs::write(
        offsets_file(&driver),
        text.replace("\"epoch\":1", "\"epoch\":2"),
    )
    .unwrap();
    let error = driver.try_flush().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Fenced);
    assert!(
        error
            .message()
            .ends_with("expected those of owner 1, found those of owner 2"),
        "{error}"
    );
    assert_eq!(driver.text(), "");
}

#[test]
fn a_file_that_was_renamed_is_left_and_a_new_one_begun() {
    let mut driver = Driver::new();
    driver.put(0, 0, ["one"]);
    driver.flush();
    fs::rename(driver.path(NAME), driver.path("out.txt.1")).unwrap();
    driver.put(0, 1, ["two"]);
    assert_eq!(driver.try_flush().unwrap_err().kind(), ErrorKind::Fenced);
    assert_eq!(driver.restart(), [(of(0), 1)].into());
    driver.put(0, 1, ["two"]);
    driver.flush();
    assert_eq!(
        fs::read_to_string(driver.path("out.txt.1")).unwrap(),
        "one\n"
    );
    assert_eq!(driver.text(), "two\n");
}

#[test]
fn a_file_that_was_cut_off_is_begun_anew_without_a_hole() {
    for rest in ["", "someone else's line\n", "one, but longer\n"] {
        let mut driver = Driver::new();
        driver.put(0, 0, ["one"]);
        driver.flush();
        fs::write(driver.path(NAME), rest).unwrap();
        driver.put(0, 1, ["two"]);
        let error = driver.try_flush().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Fenced);
        assert!(
            error.message().contains("cut off or overwritten"),
            "{error}"
        );
        assert_eq!(driver.restart(), [(of(0), 1)].into());
        driver.put(0, 1, ["two"]);
        driver.flush();
        assert_eq!(driver.text(), format!("{rest}two\n"));
    }
}

#[test]
fn an_offsets_file_that_is_none_stops_the_sink() {
    let mut driver = Driver::new();
    driver.crash();
    fs::write(offsets_file(&driver), "{}").unwrap();
    let error = driver.try_open().err().unwrap();
    assert_eq!(error.kind(), ErrorKind::Fatal);
    assert!(error.message().contains("offsets file of"), "{error}");
    assert_eq!(fs::read_to_string(offsets_file(&driver)).unwrap(), "{}");
}

#[test]
fn a_folder_is_missing_until_somebody_makes_it() {
    let driver = Driver::new();
    let file = driver.path("folder/out.txt");
    let sink = FileSink::new(&file);
    let open = || block_on(sink.open(SinkContext::new(driver.host.context())));
    let error = open().err().unwrap();
    assert_eq!(error.kind(), ErrorKind::Unavailable);
    assert_eq!(
        error.to_string(),
        format!("opening file `{}`", file.display())
    );
    fs::create_dir(driver.path("folder")).unwrap();
    assert!(open().is_ok());
}

#[test]
fn a_pipe_or_device_is_no_file() {
    let driver = Driver::new();
    let open = block_on(FileSink::new("/dev/null").open(SinkContext::new(driver.host.context())));
    assert_eq!(open.err().unwrap().kind(), ErrorKind::Fatal);
}

#[test]
fn a_folder_is_no_file() {
    let driver = Driver::new();
    fs::create_dir(driver.path("folder")).unwrap();
    let sink = FileSink::new(driver.path("folder"));
    let error = block_on(sink.open(SinkContext::new(driver.host.context())));
    let error = error.err().unwrap();
    assert_eq!(error.kind(), ErrorKind::Fatal);
    assert!(
        error.message().contains("expected a regular file"),
        "{error}"
    );
}

#[test]
fn a_folder_that_cannot_be_written_to_is_tried_again() {
    let driver = Driver::new();
    let open =
        block_on(FileSink::new("/proc/out.txt").open(SinkContext::new(driver.host.context())));
    let error = open.err().unwrap();
    assert_eq!(error.kind(), ErrorKind::Unavailable);
    assert_eq!(error.message(), "opening file `/proc/out.txt`");
}

#[test]
fn what_others_append_while_the_sink_runs_is_written_over() {
    let mut driver = Driver::new();
    driver.put(0, 0, ["one"]);
    driver.flush();
    fs::write(driver.path(NAME), "one\nsomebody's line\n").unwrap();
    driver.put(0, 1, ["two"]);
    driver.flush();
    driver.crash();
    driver.restart();
    assert_eq!(driver.text(), "one\ntwo\n");
}
