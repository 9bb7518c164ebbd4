//! Files that are finished.

use std::{fs, num::NonZero, path::Path, time::Duration};

use connect_api::ErrorKind;
use connect_file::{FileSink, Rotation};

use super::driver::{Driver, NAME, by, of};

/// The most bytes of a file: three lines.
const BYTES: u64 = 12;

const HOUR: Duration = Duration::from_secs(3600);

fn by_size() -> Rotation {
    Rotation::default().at_bytes(NonZero::new(BYTES).unwrap())
}

fn driver(rotation: Rotation) -> Driver {
    Driver::of(|folder| sink(folder, rotation))
}

fn sink(folder: &Path, rotation: Rotation) -> FileSink {
    FileSink::new(folder.join(NAME)).with_rotation(rotation)
}

#[test]
fn a_file_that_has_its_size_gets_its_final_name() {
    let mut driver = driver(by_size());
    driver.put(0, 0, ["one", "two"]);
    driver.flush();
    assert_eq!(driver.names("."), [NAME]);
    // Nobody has to ask for what fills the file.
    driver.put(0, 2, ["thr", "fou"]);
    assert_eq!(driver.names("."), ["out-000001.txt", NAME]);
    assert_eq!(driver.text_of("out-000001.txt"), "one\ntwo\nthr\nfou\n");
    assert_eq!(driver.text(), "");
    driver.put(0, 4, ["a line that fills one alone"]);
    driver.put(0, 5, ["end"]);
    driver.flush();
    assert_eq!(
        driver.text_of("out-000002.txt"),
        "a line that fills one alone\n"
    );
    assert_eq!(driver.text(), "end\n");
    assert_eq!(driver.restart(), [(of(0), 6)].into());
}

#[test]
fn a_file_is_finished_some_time_after_its_first_line() {
    let mut driver = driver(Rotation::default().every(HOUR));
    assert_eq!(driver.wake(), None, "an empty file has no age");
    driver.put(0, 0, ["one"]);
    driver.flush();
    driver.host.pass(HOUR / 4);
    assert_eq!(driver.wake(), Some(HOUR - HOUR / 4));
    // A restart makes it no younger.
    driver.restart();
    assert_eq!(
        driver.host.woken_after.lock().unwrap().take(),
        Some(HOUR - HOUR / 4)
    );
    driver.put(0, 1, ["two"]);
    driver.flush();
    driver.host.pass(HOUR - HOUR / 4);
    assert_eq!(driver.wake(), None);
    assert_eq!(driver.text_of("out-000001.txt"), "one\ntwo\n");
    assert_eq!(driver.text(), "");
    driver.host.pass(HOUR);
    driver.flush();
    assert_eq!(driver.names("."), ["out-000001.txt", NAME]);
}

#[test]
fn a_name_that_is_taken_is_left_alone() {
    let mut driver = driver(by_size());
    fs::write(driver.path("out-000001.txt"), "somebody's").unwrap();
    fs::create_dir(driver.path("out-000002.txt")).unwrap();
    driver.put(0, 0, ["twelve bytes"]);
    driver.flush();
    assert_eq!(driver.text_of("out-000001.txt"), "somebody's");
    assert_eq!(driver.text_of("out-000003.txt"), "twelve bytes\n");
}

#[test]
fn a_number_is_not_used_again_when_its_file_was_taken_away() {
    let mut driver = driver(by_size());
    driver.put(0, 0, ["twelve bytes"]);
    fs::remove_file(driver.path("out-000001.txt")).unwrap();
    driver.restart();
    driver.put(0, 1, ["twelve again"]);
    assert_eq!(driver.names("."), ["out-000002.txt", NAME]);
}

#[test]
fn the_newest_finished_files_are_kept() {
    let mut driver = driver(by_size().keep(NonZero::new(2).unwrap()));
    fs::write(driver.path("out-1.txt"), "somebody's").unwrap();
    fs::write(driver.path("out-999999.txt"), "somebody's").unwrap();
    for offset in 0..5 {
        driver.put(0, offset, [format!("twelve bytes {offset}")]);
    }
    assert_eq!(
        driver.names("."),
        [
            "out-000004.txt",
            "out-000005.txt",
            "out-1.txt",
            "out-999999.txt",
            NAME
        ]
    );
    assert_eq!(driver.text_of("out-000005.txt"), "twelve bytes 4\n");
}

/// Leaves what a process leaves that died as soon as it had renamed its file.
fn half_way() -> Driver {
    let mut driver = driver(by_size());
    driver.put(0, 0, ["one", "two"]);
    driver.flush();
    driver.crash();
    fs::rename(driver.path(NAME), driver.path("out-000001.txt")).unwrap();
    driver
}

#[test]
fn a_process_that_dies_after_it_renamed_a_file_begins_the_next_one() {
    let mut driver = half_way();
    assert_eq!(driver.restart(), [(of(0), 2)].into());
    driver.put(0, 0, ["one", "two", "thr"]);
    driver.flush();
    assert_eq!(driver.text_of("out-000001.txt"), "one\ntwo\n");
    assert_eq!(driver.text(), "thr\n");
    // Its number is not used again, though nobody has counted it.
    fs::remove_file(driver.path("out-000001.txt")).unwrap();
    driver.put(0, 3, ["fou", "fiv"]);
    assert_eq!(driver.text_of("out-000002.txt"), "thr\nfou\nfiv\n");
}

#[test]
fn a_process_that_dies_after_it_made_a_file_goes_on_in_it() {
    let mut driver = half_way();
    fs::write(driver.path(NAME), "").unwrap();
    assert_eq!(driver.restart(), [(of(0), 2)].into());
    driver.put(0, 2, ["thr"]);
    driver.flush();
    assert_eq!(driver.text_of("out-000001.txt"), "one\ntwo\n");
    assert_eq!(driver.text(), "thr\n");
}

#[test]
fn what_does_not_count_is_not_in_a_finished_file() {
    let mut driver = driver(Rotation::default().every(HOUR));
    driver.put(0, 0, ["one"]);
    driver.flush();
    let mut file = fs::OpenOptions::new();
    let mut file = file.append(true).open(driver.path(NAME)).unwrap();
    std::io::Write::write_all(&mut file, b"somebody's").unwrap();
    driver.host.pass(HOUR);
    driver.wake();
    assert_eq!(driver.text_of("out-000001.txt"), "one\n");
}

#[test]
fn a_file_that_cannot_be_begun_costs_no_line() {
    let mut driver = driver(Rotation::default().every(HOUR));
    driver.put(0, 0, ["one"]);
    driver.flush();
    driver.host.pass(HOUR);
    let obstacle = driver.path("out.txt.connect-offsets.tmp");
    fs::create_dir(&obstacle).unwrap();
    // The file has its final name already: somebody has to begin the next one.
    let error = driver.try_flush().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Fenced);
    driver.crash();
    let error = driver.try_open().err().unwrap();
    assert_eq!(error.kind(), ErrorKind::Unavailable);
    fs::remove_dir(&obstacle).unwrap();
    assert_eq!(driver.restart(), [(of(0), 1)].into());
    driver.put(0, 1, ["two"]);
    driver.flush();
    assert_eq!(driver.text_of("out-000001.txt"), "one\n");
    assert_eq!(driver.text(), "two\n");
}

#[test]
fn each_file_of_a_template_is_finished_for_itself() {
    let mut driver =
        Driver::of(|folder| by(folder, "${topic}/${partition}.log").with_rotation(by_size()));
    driver.put(0, 0, ["twelve bytes"]);
    driver.put(1, 0, ["one"]);
    driver.put(0, 1, ["twelve again"]);
    driver.flush();
    assert_eq!(
        driver.names("t"),
        ["0-000001.log", "0-000002.log", "0.log", "1.log"]
    );
    assert_eq!(driver.text_of("t/1.log"), "one\n");
}

#[test]
fn files_that_are_not_open_grow_old_too() {
    let mut driver = Driver::of(|folder| {
        by(folder, "${topic}/${partition}.log")
            .with_rotation(Rotation::default().every(HOUR))
            .with_most_open_files(NonZero::<usize>::MIN)
    });
    driver.put(0, 0, ["a0"]);
    driver.put(1, 0, ["b0"]);
    driver.flush();
    driver.host.pass(HOUR);
    assert_eq!(driver.wake(), None);
    assert_eq!(driver.text_of("t/0-000001.log"), "a0\n");
    assert_eq!(driver.text_of("t/1-000001.log"), "b0\n");
}

#[test]
fn a_file_that_is_called_as_a_finished_one_is_refused() {
    let driver = driver(by_size());
    let mut other = driver.other();
    other.sink = FileSink::new(driver.path("a-000001.txt")).with_rotation(by_size());
    let error = other.try_open().err().unwrap();
    assert_eq!(error.kind(), ErrorKind::Fatal);
    assert!(error.message().contains("six digits"), "{error}");
    other.sink = FileSink::new(driver.path("a-000001.txt"));
    assert!(other.try_open().is_ok());
}

#[test]
fn a_number_that_a_dead_process_gave_is_not_used_again_though_others_were_taken() {
    let mut driver = driver(by_size());
    fs::write(driver.path("out-000001.txt"), "somebody's").unwrap();
    driver.put(0, 0, ["one", "two"]);
    driver.flush();
    driver.crash();
    // It had called the file the second, and somebody has taken that away.
    fs::remove_file(driver.path(NAME)).unwrap();
    driver.restart();
    driver.put(0, 2, ["twelve bytes"]);
    assert_eq!(
        driver.names("."),
        ["out-000001.txt", "out-000003.txt", NAME]
    );
}
