//! Which files are read, where from, and by which task.

use std::{collections::BTreeSet, os::unix::fs::symlink};

use connect_file::StartAt;

use super::driver::{Driver, sorted};

#[test]
fn files_that_a_glob_matches_are_read_whenever_they_appear() {
    let mut driver = Driver::new("**/*.log");
    assert_eq!(driver.poll_to_end(), [""; 0]);
    driver.write("a.log", "1\n2\n");
    driver.write("a.txt", "none of ours\n");
    assert_eq!(driver.poll_to_end(), ["1", "2"]);
    driver.write("web/deep/b.log", "3\n");
    driver.append("a.log", "4\n");
    assert_eq!(sorted(driver.poll_to_end()), ["3", "4"]);
}

#[test]
fn a_folder_may_appear_later() {
    let mut driver = Driver::new("later/");
    assert_eq!(driver.settle(), [""; 0]);
    driver.write("later/a.csv", "1\n");
    driver.write("later/.a.csv.swp", "hidden\n");
    driver.write("later/deeper/b.csv", "too deep\n");
    assert_eq!(driver.settle(), ["1"]);
}

#[test]
fn excluded_files_are_not_read() {
    let mut driver = Driver::with("*", 1, |config| {
        config.file_exclude = vec!["*.tmp".to_owned(), "**/secret*".to_owned()];
    });
    driver.write("a.log", "1\n");
    driver.write("b.tmp", "2\n");
    driver.write("secret.log", "3\n");
    assert_eq!(driver.settle(), ["1"]);
}

#[test]
fn a_file_whose_name_is_a_glob_is_read_alone() {
    let mut driver = Driver::new("app[1].log");
    driver.write("app1.log", "another\n");
    driver.write("app[1].log", "1\n");
    assert_eq!(driver.settle(), ["1"]);
}

#[test]
fn a_file_with_two_names_is_read_once() {
    let mut driver = Driver::new("*.log");
    driver.write("a.log", "1\n");
    symlink(driver.path("a.log"), driver.path("link.log")).unwrap();
    std::fs::hard_link(driver.path("a.log"), driver.path("b.log")).unwrap();
    assert_eq!(driver.settle(), ["1"]);
    driver.commit_all();
    driver.restart();
    driver.append("b.log", "2\n");
    assert_eq!(driver.settle(), ["2"]);
}

#[test]
fn what_was_there_before_may_be_passed_over() {
    let mut driver = Driver::with("*.log", 1, |config| config.file_start_at = StartAt::End);
    driver.write("old.log", "old\n");
    driver.restart();
    assert_eq!(driver.settle(), [""; 0]);
    driver.commit_all();
    driver.append("old.log", "1\n");
    driver.write("new.log", "2\n");
    driver.restart();
    assert_eq!(sorted(driver.settle()), ["1", "2"]);
}

#[test]
fn only_what_was_there_at_the_first_start_is_passed_over() {
    let mut driver = Driver::with("*.log", 3, |config| config.file_start_at = StartAt::End);
    assert_eq!(driver.settle(), [""; 0]);
    let mut written = Vec::new();
    for n in 100..120 {
        driver.write(&format!("late-{n}.log"), format!("{n}\n"));
        written.push(n.to_string());
    }
    assert_eq!(sorted(driver.settle()), written);
}

#[test]
fn an_archive_that_was_there_at_the_first_start_is_passed_over_once_it_is_whole() {
    let mut driver = Driver::with("*", 1, |config| config.file_start_at = StartAt::End);
    driver.write("old.log", "old\n");
    driver.write("archive.gz", super::archives::gzip(b"older\n"));
    assert_eq!(driver.settle(), [""; 0]);
    driver.write("new.gz", super::archives::gzip(b"1\n"));
    assert_eq!(driver.settle(), ["1"]);
}

#[test]
fn offsets_of_one_file_are_offsets_of_it_in_a_folder() {
    let mut driver = Driver::new("*.log");
    driver.write("a.log", "1\n2\n");
    let offset = connect_api::SourceOffset::at("position", 2);
    let name = driver.path("a.log");
    let partition = connect_api::SourcePartition::from([("filename", name.to_str().unwrap())]);
    driver.stored.insert(partition, offset);
    driver.restart();
    assert_eq!(driver.settle(), ["2"]);
}

#[test]
fn each_file_is_read_by_one_of_the_tasks() {
    let mut driver = Driver::with("*.log", 3, |_| {});
    assert_eq!(driver.tasks(), 3);
    let mut written = Vec::new();
    for n in 100..200 {
        driver.write(&format!("app-{n}.log"), format!("{n}\n"));
        written.push(n.to_string());
    }
    let shares: Vec<_> = (0..3).map(|task| driver.poll_task(task)).collect();
    assert!(shares.iter().all(|share| share.len() > 15), "{shares:?}");
    let read: Vec<_> = shares.into_iter().flatten().collect();
    assert_eq!(sorted(read), written);
    // With more tasks each file is somewhere else, and none is read again.
    driver.commit_all();
    driver.restart_with(7);
    for n in 100..200 {
        driver.append(&format!("app-{n}.log"), format!("{}\n", n + 100));
    }
    let more: Vec<_> = (200..300).map(|n: u32| n.to_string()).collect();
    assert_eq!(sorted(driver.settle()), more);
}

#[test]
fn no_two_tasks_read_a_file_that_is_rotated_or_renamed() {
    let mut driver = Driver::with("*", 5, |_| {});
    let mut written = BTreeSet::new();
    for n in 0..20 {
        // Names that are in no series together need something to know a file by.
        let line = format!("a{n} {}", "x".repeat(100));
        driver.write(&format!("app-{n}.log"), format!("{line}\n"));
        written.insert(line);
    }
    driver.poll_to_end();
    driver.commit_all();
    for n in 0..20 {
        let name = format!("app-{n}.log");
        // Rotation, and names that no rotation gives.
        match n % 4 {
            0 => driver.rotate(&name),
            1 => driver.rename(&name, &format!("app-{n}.2.log")),
            2 => driver.rename(&name, &format!("{name}.bak")),
            _ => driver.rename(&name, &format!("other-{n}")),
        }
        driver.write(&name, format!("b{n}\n"));
        written.insert(format!("b{n}"));
    }
    driver.settle();
    driver.commit_all();
    driver.restart();
    driver.settle();
    driver.commit_all();
    assert_eq!(driver.committed.len(), written.len());
    assert_eq!(
        driver.committed.iter().cloned().collect::<BTreeSet<_>>(),
        written
    );
}

#[test]
fn the_rest_of_a_file_that_was_rotated_behind_a_link_is_read() {
    let long = |n: u32| format!("{n} {}", "x".repeat(100));
    let mut driver = Driver::new("links/*.log");
    driver.write("links/.keep", "");
    driver.write("real/0.log", format!("{}\n", long(1)));
    symlink("../real/0.log", driver.path("links/app.log")).unwrap();
    assert_eq!(driver.settle(), [long(1)]);
    driver.commit_all();
    driver.append("real/0.log", format!("{}\n", long(2)));
    driver.rename("real/0.log", "real/0.log.1");
    driver.write("real/0.log", format!("{}\n", long(3)));
    driver.restart();
    assert_eq!(sorted(driver.settle()), [long(2), long(3)]);
    driver.commit_all();
    driver.restart();
    assert_eq!(driver.settle(), [""; 0]);
}

#[test]
fn more_files_than_may_be_open_are_read() {
    let mut driver = Driver::new("*.log");
    for round in 0..3 {
        for n in 0..300 {
            driver.append(&format!("{n}.log"), format!("{round} {n}\n"));
        }
        // The spacing of looks at many files.
        driver.host.pass(std::time::Duration::from_secs(1));
        assert_eq!(driver.settle().len(), 300);
        let open = std::fs::read_dir("/proc/self/fd").map_or(0, Iterator::count);
        assert!(open < 300, "{open} files are open");
    }
}
