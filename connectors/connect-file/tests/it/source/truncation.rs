//! Files that are cut off or overwritten in place.

use std::fs;

use super::driver::{Driver, NAME};

const NONE: [&str; 0] = [];

#[test]
fn a_file_that_was_cut_off_is_read_from_its_start() {
    for stopped in [true, false] {
        let mut driver = Driver::new();
        driver.append("one\ntwo\n");
        driver.poll_to_end();
        driver.commit_all();
        fs::write(driver.path(NAME), "three\n").unwrap();
        if stopped {
            driver.restart();
        }
        assert_eq!(driver.poll_to_end(), ["three"]);
    }
}

#[test]
fn a_file_that_was_overwritten_and_is_longer_is_read_from_its_start() {
    for stopped in [true, false] {
        let mut driver = Driver::new();
        driver.append("one\n");
        driver.poll_to_end();
        driver.commit_all();
        fs::write(driver.path(NAME), "other\nand longer\n").unwrap();
        if stopped {
            driver.restart();
        }
        assert_eq!(driver.poll_to_end(), ["other", "and longer"]);
    }
}

#[test]
fn a_file_that_was_overwritten_by_as_many_bytes_is_read_from_its_start() {
    let mut driver = Driver::new();
    driver.append("one\n");
    driver.poll_to_end();
    // The time of writing tells, in the ticks of the file system.
    let written = || fs::metadata(driver.path(NAME)).unwrap().modified().unwrap();
    let before = written();
    while written() == before {
        fs::write(driver.path(NAME), "two\n").unwrap();
    }
    assert_eq!(driver.poll_to_end(), ["two"]);
}

#[test]
fn lines_that_were_read_into_memory_survive_the_cut() {
    let mut driver = Driver::with(|source| source.with_batch_size(1.try_into().unwrap()));
    driver.append("one\ntwo\n");
    driver.poll().unwrap();
    fs::write(driver.path(NAME), "three\n").unwrap();
    assert_eq!(driver.poll_to_end(), ["two", "three"]);
}

#[test]
fn the_rest_of_a_file_that_was_copied_and_cut_off_is_read_from_the_copy() {
    for stopped in [true, false] {
        let mut driver = Driver::new();
        driver.append(format!("{}\nread\n", "x".repeat(2000)));
        driver.poll_to_end();
        driver.commit_all();
        driver.append("unread\n");
        fs::copy(driver.path(NAME), driver.path("app.log.1")).unwrap();
        fs::write(driver.path(NAME), "next\n").unwrap();
        if stopped {
            driver.restart();
        }
        assert_eq!(driver.settle(), ["unread", "next"]);
        assert_eq!(driver.settle(), NONE);
    }
}
