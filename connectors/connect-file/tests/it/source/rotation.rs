//! Files that are renamed, replaced, missing or deleted.

use std::{fs, time::Duration};

use connect_api::ErrorKind;

use super::driver::{Driver, NAME};

const NONE: [&str; 0] = [];

#[test]
fn a_missing_file_is_waited_for() {
    let mut driver = Driver::new();
    assert_eq!(driver.poll(), Err(Duration::from_millis(10)));
    for _ in 0..10 {
        let _ = driver.poll();
    }
    assert_eq!(driver.poll(), Err(Duration::from_secs(1)));
    driver.append("here\n");
    assert_eq!(driver.poll_to_end(), ["here"]);
}

#[test]
fn a_rotated_file_is_read_to_its_end_before_the_next_one() {
    let mut driver = Driver::new();
    driver.append("1\n");
    assert_eq!(driver.poll_to_end(), ["1"]);
    driver.append("2\n");
    driver.rotate();
    driver.append("4\n");
    assert_eq!(driver.poll_to_end(), ["2"]);
    driver.append_to("app.log.1", "3\n");
    assert_eq!(driver.poll_to_end(), ["3"]);
    driver.host.pass(Duration::from_secs(5));
    assert_eq!(driver.poll_to_end(), ["4"]);
}

#[test]
fn the_last_line_of_a_rotated_file_needs_no_line_end() {
    let mut driver = Driver::with(|source| source.with_final_line_timeout(None));
    driver.append("1\n2");
    assert_eq!(driver.poll_to_end(), ["1"]);
    driver.rotate();
    driver.append("3\n");
    assert_eq!(driver.poll_to_end(), NONE);
    driver.host.pass(Duration::from_secs(5));
    assert_eq!(driver.poll_to_end(), ["2", "3"]);
}

#[test]
fn a_file_that_was_rotated_while_stopped_is_found_and_finished() {
    let mut driver = Driver::new();
    driver.append("1\n2\n");
    driver.poll_to_end();
    driver.commit(1);
    driver.rotate();
    driver.append("3\n");
    driver.restart();
    assert_eq!(driver.settle(), ["2", "3"]);
}

#[test]
fn every_file_of_several_rotations_is_read() {
    for stopped in [true, false] {
        let mut driver = Driver::new();
        driver.append("1\n");
        driver.poll_to_end();
        driver.commit_all();
        driver.append("2\n");
        for line in ["3\n", "4\n", "5\n"] {
            driver.rotate();
            driver.append(line);
        }
        if stopped {
            driver.restart();
        }
        assert_eq!(driver.poll_to_end(), ["2", "3", "4"]);
        assert_eq!(driver.settle(), ["5"]);
    }
}

#[test]
fn files_rotated_to_dates_are_read_from_old_to_new() {
    let mut driver = Driver::new();
    driver.append("0\n");
    driver.poll_to_end();
    driver.append("1\n");
    driver.rename(NAME, "app-2026-01-09.log");
    driver.append("2\n");
    driver.rename(NAME, "app-2026-01-10.log");
    driver.append_to("app-2026-01-10.log.gz", "not a line\n");
    driver.append_to("app-2026-01-08.log", "older\n");
    driver.append("3\n");
    assert_eq!(driver.settle(), ["1", "2", "3"]);
}

#[test]
fn a_new_file_with_an_old_beginning_is_read_whole() {
    let mut driver = Driver::new();
    driver.append("header\n1\n");
    driver.poll_to_end();
    driver.commit_all();
    driver.rotate();
    driver.append("header\n1\n");
    driver.restart();
    assert_eq!(driver.settle(), ["header", "1"]);
}

#[test]
fn a_large_file_is_recognised_in_its_copy() {
    let mut driver = Driver::new();
    let long = "x".repeat(2000);
    driver.append(format!("{long}\nread\nunread\n"));
    driver.poll_to_end();
    driver.commit(2);
    fs::copy(driver.path(NAME), driver.path("copy")).unwrap();
    fs::remove_file(driver.path(NAME)).unwrap();
    driver.append_to("keeps the inode in use", "");
    driver.rename("copy", NAME);
    driver.restart();
    assert_eq!(driver.settle(), ["unread"]);
}

#[test]
fn a_file_replaced_by_a_copy_of_itself_goes_on_where_it_was() {
    for stopped in [true, false] {
        let mut driver = Driver::new();
        driver.append(format!("{}\nread\n", "x".repeat(2000)));
        driver.settle();
        driver.commit_all();
        // As rsync does: what is new is in the copy before it takes the name.
        fs::copy(driver.path(NAME), driver.path("copy")).unwrap();
        driver.append_to("copy", "new\n");
        driver.rename("copy", NAME);
        if stopped {
            driver.restart();
        }
        assert_eq!(driver.settle(), ["new"], "stopped: {stopped}");
    }
}

#[test]
fn a_copy_that_takes_the_name_after_a_while_goes_on_too() {
    let mut driver = Driver::new();
    driver.append(format!("{}\nread\n", "x".repeat(2000)));
    driver.settle();
    fs::copy(driver.path(NAME), driver.path("copy")).unwrap();
    fs::remove_file(driver.path(NAME)).unwrap();
    assert_eq!(driver.settle(), NONE);
    driver.append_to("copy", "new\n");
    driver.rename("copy", NAME);
    assert_eq!(driver.settle(), ["new"]);
}

#[test]
fn a_copy_that_was_rotated_meanwhile_goes_on_too() {
    let mut driver = Driver::new();
    driver.append(format!("{}\nread\n", "x".repeat(2000)));
    driver.settle();
    fs::copy(driver.path(NAME), driver.path("copy")).unwrap();
    driver.append_to("copy", "new\n");
    driver.rename("copy", NAME);
    driver.rotate();
    driver.append("next\n");
    assert_eq!(driver.settle(), ["new", "next"]);
}

#[test]
fn a_successor_that_begins_like_the_rotated_file_is_read_whole() {
    for stopped in [true, false] {
        let mut driver = Driver::new();
        let banner = "x".repeat(2000);
        driver.append(format!("{banner}\n1\n"));
        driver.settle();
        driver.commit_all();
        driver.rotate();
        driver.append(format!("{banner}\n2\n3\n"));
        if stopped {
            driver.restart();
        }
        assert_eq!(driver.settle(), [&banner, "2", "3"], "stopped: {stopped}");
    }
}

/// Makes the name a link to `pod/0.log`, as Kubernetes does.
fn link_to_a_pod(driver: &Driver) {
    fs::create_dir(driver.path("pod")).unwrap();
    std::os::unix::fs::symlink("pod/0.log", driver.path(NAME)).unwrap();
}

#[test]
fn files_that_were_rotated_behind_a_link_are_read() {
    for stopped in [true, false] {
        let mut driver = Driver::new();
        link_to_a_pod(&driver);
        driver.append_to("pod/0.log", "1\n");
        driver.poll_to_end();
        driver.commit_all();
        driver.append_to("pod/0.log", "2\n");
        driver.rename("pod/0.log", "pod/0.log.20260131-120000");
        driver.append_to("pod/0.log", "3\n");
        driver.rename("pod/0.log", "pod/0.log.20260131-130000");
        driver.append_to("pod/0.log", "4\n");
        if stopped {
            driver.restart();
        }
        assert_eq!(driver.settle(), ["2", "3", "4"], "stopped: {stopped}");
    }
}

#[test]
fn a_link_that_leads_elsewhere_now_is_followed_after_what_it_led_to() {
    let mut driver = Driver::new();
    link_to_a_pod(&driver);
    driver.append_to("pod/0.log", "1\n");
    driver.poll_to_end();
    driver.append_to("pod/0.log", "2\n");
    driver.rename("pod/0.log", "pod/0.log.20260131-120000");
    driver.append_to("pod/0.log", "3\n");
    driver.append_to("pod/1.log", "4\n");
    std::os::unix::fs::symlink("pod/1.log", driver.path("link")).unwrap();
    driver.rename("link", NAME);
    assert_eq!(driver.settle(), ["2", "3", "4"]);
}

#[test]
fn a_clock_that_is_set_back_does_not_prolong_the_wait() {
    let mut driver = Driver::new();
    driver.append("1\n");
    driver.poll_to_end();
    driver.rotate();
    driver.append("2\n");
    assert_eq!(driver.poll_to_end(), NONE);
    driver.host.set_back(Duration::from_secs(3600));
    assert_eq!(driver.poll_to_end(), NONE);
    driver.host.pass(Duration::from_secs(5));
    assert_eq!(driver.poll_to_end(), ["2"]);
}

#[test]
fn a_deleted_file_is_read_to_its_end() {
    let mut driver = Driver::new();
    driver.append("1\n2");
    assert_eq!(driver.poll_to_end(), ["1"]);
    fs::remove_file(driver.path(NAME)).unwrap();
    assert_eq!(driver.settle(), ["2"]);
    driver.append("3\n");
    assert_eq!(driver.settle(), ["3"]);
}

#[test]
fn a_file_that_gets_its_name_back_is_not_read_again() {
    let mut driver = Driver::new();
    driver.append("1\n");
    driver.poll_to_end();
    driver.rename(NAME, "elsewhere");
    assert_eq!(driver.settle(), NONE);
    driver.rename("elsewhere", NAME);
    driver.append("2\n");
    assert_eq!(driver.settle(), ["2"]);
}

#[test]
fn a_file_that_cannot_be_read_is_unavailable_by_name() {
    let mut driver = Driver::new();
    fs::create_dir(driver.path("folder")).unwrap();
    std::os::unix::fs::symlink(NAME, driver.path(NAME)).unwrap();
    let error = driver.try_poll().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unavailable);
    assert_eq!(
        error.to_string(),
        format!("reading file `{}`", driver.path(NAME).display())
    );
    fs::remove_file(driver.path(NAME)).unwrap();
    driver.append("1\n");
    assert_eq!(driver.poll_to_end(), ["1"]);
}

#[test]
fn a_folder_is_no_file() {
    let mut driver = Driver::new();
    fs::create_dir(driver.path(NAME)).unwrap();
    let error = driver.try_poll().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Fatal);
    assert!(
        error
            .report()
            .to_string()
            .contains("expected a regular file"),
        "{error:?}"
    );
}

#[test]
fn tools_that_number_upward_are_understood_by_the_times_of_writing() {
    let mut driver = Driver::new();
    driver.append("0\n");
    driver.poll_to_end();
    driver.append("1\n");
    driver.rename(NAME, "app.log.1");
    driver.append_to("app.log.2", "2\n");
    driver.append_to("app.log.3", "3\n");
    for (name, seconds) in [("app.log.1", 100), ("app.log.2", 200), ("app.log.3", 300)] {
        let file = fs::File::options()
            .append(true)
            .open(driver.path(name))
            .unwrap();
        let written = std::time::SystemTime::UNIX_EPOCH + Duration::from_secs(seconds);
        file.set_modified(written).unwrap();
    }
    driver.append("4\n");
    assert_eq!(driver.settle(), ["1", "2", "3", "4"]);
}
