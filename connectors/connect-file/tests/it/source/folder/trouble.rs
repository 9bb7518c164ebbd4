//! Files and folders that cannot be read.

use std::{
    fs,
    os::unix::fs::{PermissionsExt, symlink},
    time::Duration,
};

use super::driver::{Driver, sorted};

#[test]
fn a_file_that_cannot_be_read_does_not_stop_the_others() {
    let mut driver = Driver::new("*.log*");
    driver.write("good.log", "1\n");
    // It promises an archive, and is none: no right would help.
    driver.write("bad.log.gz", b"\x1f\x8bnothing that was compressed");
    assert_eq!(driver.settle(), ["1"]);
    let failures = driver.failures();
    assert!(failures > 0);
    // It is tried again, less and less often.
    for _ in 0..60 {
        driver.host.pass(Duration::from_secs(1));
        driver.poll_to_end();
    }
    assert!(
        (failures + 1..failures + 30).contains(&driver.failures()),
        "{}",
        driver.failures()
    );
    driver.append("good.log", "2\n");
    driver.write("bad.log.gz", super::archives::gzip(b"3\n"));
    assert_eq!(sorted(driver.settle()), ["2", "3"]);
}

#[test]
fn what_is_no_regular_file_is_left_alone() {
    let mut driver = Driver::new("*.log");
    fs::create_dir(driver.path("folder.log")).unwrap();
    symlink("nowhere", driver.path("broken.log")).unwrap();
    symlink("loop.log", driver.path("loop.log")).unwrap();
    driver.write("good.log", "1\n");
    assert_eq!(driver.settle(), ["1"]);
}

/// Takes rights away, where that makes a difference: the superuser has all of them.
fn forbid(path: &std::path::Path) -> bool {
    fs::set_permissions(path, fs::Permissions::from_mode(0o000)).unwrap();
    fs::read_dir(path).is_err() && fs::File::open(path).is_err()
}

#[test]
fn files_in_a_folder_that_cannot_be_looked_into_are_not_taken_for_deleted() {
    let mut driver = Driver::new("**/*.log");
    driver.write("open/a.log", "1\n");
    driver.write("shut/b.log", "2\n");
    assert_eq!(sorted(driver.poll_to_end()), ["1", "2"]);
    driver.commit_all();
    let is_shut = forbid(&driver.path("shut"));
    driver.append("open/a.log", "3\n");
    assert_eq!(driver.settle(), ["3"]);
    assert_eq!(driver.failures() > 0, is_shut);
    fs::set_permissions(driver.path("shut"), fs::Permissions::from_mode(0o755)).unwrap();
    driver.append("shut/b.log", "4\n");
    assert_eq!(driver.settle(), ["4"]);
}

#[test]
fn a_stored_offset_that_is_none_is_refused_with_its_partition() {
    let mut driver = Driver::new("*.log");
    let name = driver.path("a.log").to_str().unwrap().to_owned();
    let partition = connect_api::SourcePartition::from([("filename", name)]);
    driver
        .stored
        .insert(partition, connect_api::SourceOffset::at("position", -1));
    let error = driver.try_restart().unwrap_err();
    assert_eq!(error.kind(), connect_api::ErrorKind::Fatal);
    assert!(error.to_string().contains("a.log"), "{error}");
}
