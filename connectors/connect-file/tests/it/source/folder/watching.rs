//! The system tells of changes.

use std::{fs, os::unix::fs::symlink, thread};

use connect_file::Watch;

use super::driver::Driver;

#[test]
fn a_new_file_and_a_new_line_end_a_poll_that_waits() {
    let mut driver = Driver::with("**/*.log", 1, |config| config.file_watch = Watch::Notify);
    driver.write("a.log", "0\n");
    assert_eq!(driver.poll(), ["0"]);
    // The clock stands still: no look at the folders is due.
    for (name, line) in [("b.log", "1"), ("a.log", "2"), ("deep/c.log", "3")] {
        let path = driver.path(name);
        let writing = thread::spawn(move || {
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path.with_extension("new"), format!("0\n{line}\n")).unwrap();
            if path.exists() {
                fs::write(&path, format!("0\n{line}\n")).unwrap();
            } else {
                fs::rename(path.with_extension("new"), path).unwrap();
            }
        });
        while driver.poll().last().map(String::as_str) != Some(line) {}
        writing.join().unwrap();
    }
}

#[test]
fn a_line_behind_a_link_ends_a_poll_that_waits() {
    let mut driver = Driver::with("links/*.log", 1, |config| config.file_watch = Watch::Notify);
    driver.write("links/.keep", "");
    driver.write("real/0.log", "0\n");
    symlink("../real/0.log", driver.path("links/a.log")).unwrap();
    assert_eq!(driver.poll(), ["0"]);
    let path = driver.path("real/0.log");
    let writing = thread::spawn(move || fs::write(path, "0\n1\n").unwrap());
    while driver.poll().last().map(String::as_str) != Some("1") {}
    writing.join().unwrap();
}

#[test]
fn a_poll_that_waits_ends_when_the_task_is_wanted() {
    let mut driver = Driver::with("*.log", 1, |config| config.file_watch = Watch::Notify);
    driver.host.want();
    for _ in 0..3 {
        assert_eq!(driver.poll(), [""; 0]);
    }
}
