//! Files that are renamed, deleted, cut off and replaced while others are read.

use std::{fs, time::Duration};

use super::driver::{Driver, sorted};

/// Enough text for a copy to be recognised.
fn long(from: usize, to: usize) -> String {
    (from..to)
        .map(|n| format!("{n} {}\n", "x".repeat(100)))
        .collect()
}

#[test]
fn a_rotated_file_is_finished_and_not_read_again_under_its_new_name() {
    let mut driver = Driver::new("*.log*");
    driver.write("app.log", "1\n2\n");
    assert_eq!(driver.poll_to_end(), ["1", "2"]);
    driver.append("app.log", "3\n");
    driver.rotate("app.log");
    driver.write("app.log", "5\n");
    driver.append("app.log.1", "4\n");
    assert_eq!(sorted(driver.settle()), ["3", "4", "5"]);
    driver.commit_all();
    driver.restart();
    assert_eq!(driver.settle(), [""; 0]);
}

#[test]
fn files_that_were_rotated_while_nothing_ran_are_known() {
    let mut driver = Driver::new("*.log*");
    for n in 0..4 {
        driver.append("app.log", format!("{n}a\n"));
        driver.poll_to_end();
        driver.commit_all();
        driver.append("app.log", format!("{n}b\n"));
        driver.rotate("app.log");
        driver.restart();
    }
    driver.write("app.log", "end\n");
    driver.settle();
    driver.commit_all();
    driver.restart();
    driver.settle();
    let expected = ["0a", "0b", "1a", "1b", "2a", "2b", "3a", "3b", "end"];
    assert_eq!(driver.committed, expected);
}

#[test]
fn a_file_that_was_renamed_to_a_name_that_is_not_meant_is_read_to_its_end() {
    let mut driver = Driver::new("*.log");
    driver.write("app.log", "1\n");
    driver.write("web.log", "2\n");
    assert_eq!(sorted(driver.poll_to_end()), ["1", "2"]);
    driver.commit_all();
    // One while it is followed, one while nothing runs.
    driver.append("app.log", "3\n");
    driver.rename("app.log", "app.log.1");
    driver.append("app.log.1", "4");
    assert_eq!(driver.settle(), ["3", "4"]);
    driver.commit_all();
    driver.append("web.log", "5\n");
    driver.rename("web.log", "web.log.1");
    driver.write("web.log", "6\n");
    driver.restart();
    assert_eq!(sorted(driver.settle()), ["5", "6"]);
}

#[test]
fn a_row_of_files_may_move_on_by_one_name() {
    let mut driver = Driver::new("*");
    for n in 0..50 {
        driver.write(&format!("{n}"), format!("file {n}\n"));
    }
    driver.poll_to_end();
    driver.commit_all();
    for n in (0..50).rev() {
        driver.rename(&format!("{n}"), &format!("{}", n + 1));
    }
    driver.write("0", "new\n");
    assert_eq!(driver.settle(), ["new"]);
    driver.commit_all();
    driver.restart();
    assert_eq!(driver.settle(), [""; 0]);
}

#[test]
fn files_that_are_gone_leave_no_more_names_with_each_rotation() {
    // More than are open at once.
    let mut driver = Driver::new("*.log*");
    for round in 0..6 {
        for n in 0..300 {
            let name = format!("app-{n}.log");
            if round > 0 {
                driver.rename(&name, &format!("{name}.1"));
            }
            driver.write(&name, format!("{round} {n}\n"));
        }
        driver.host.pass(Duration::from_secs(1));
        assert_eq!(driver.settle().len(), 300);
        driver.commit_all();
    }
    let names = driver.stored_names();
    assert!(names.len() <= 900, "{}", names.len());
    driver.restart();
    assert_eq!(driver.settle(), [""; 0]);
}

#[test]
fn a_file_that_is_nothing_yet_keeps_no_names_of_other_files() {
    let mut driver = Driver::new("*");
    driver.write("empty.gz", "");
    for round in 0..8 {
        driver.append("app.log", format!("{round}\n"));
        assert_eq!(driver.settle(), [round.to_string()]);
        driver.commit_all();
        driver.rename("app.log", "app.log.1");
    }
    let names = driver.stored_names();
    assert!(names.len() <= 4, "{names:?}");
}

#[test]
fn two_files_may_swap_their_names() {
    let mut driver = Driver::new("*");
    // Names that are in no series together need something to know a file by.
    driver.write("a", long(0, 1));
    driver.write("b", long(1, 2));
    driver.poll_to_end();
    driver.commit_all();
    driver.rename("a", "c");
    driver.rename("b", "a");
    driver.rename("c", "b");
    driver.append("a", "3\n");
    driver.append("b", "4\n");
    assert_eq!(sorted(driver.poll_to_end()), ["3", "4"]);
    driver.commit_all();
    driver.restart();
    assert_eq!(driver.settle(), [""; 0]);
}

#[test]
fn a_file_that_is_deleted_while_it_is_open_is_read_to_its_end() {
    let mut driver = Driver::with("*.log", 1, |config| {
        config.batch_size = 1.try_into().unwrap();
    });
    driver.write("app.log", "1\n2\n3");
    assert_eq!(driver.poll(), ["1"]);
    driver.remove("app.log");
    assert_eq!(driver.settle(), ["2", "3"]);
}

#[test]
fn a_file_that_is_cut_off_is_read_from_its_start() {
    let mut driver = Driver::new("*.log");
    driver.write("app.log", "1\n2\n");
    driver.write("other.log", "3\n");
    assert_eq!(driver.settle().len(), 3);
    driver.commit_all();
    driver.write("app.log", "4\n");
    assert_eq!(driver.settle(), ["4"]);
    driver.commit_all();
    driver.write("app.log", "5\n");
    driver.restart();
    assert_eq!(driver.settle(), ["5"]);
}

#[test]
fn the_rest_of_a_file_that_was_cut_off_is_read_from_its_copy() {
    for pattern in ["*.log", "*.log*"] {
        let mut driver = Driver::new(pattern);
        driver.write("app.log", long(0, 20));
        assert_eq!(driver.poll_to_end().len(), 20);
        driver.commit_all();
        driver.append("app.log", long(20, 25));
        fs::copy(driver.path("app.log"), driver.path("app.log.1")).unwrap();
        driver.write("app.log", "new\n");
        let mut read = driver.settle();
        driver.commit_all();
        driver.restart();
        read.extend(driver.settle());
        assert_eq!(read.len(), 6, "{pattern}: {read:?}");
        assert!(read.contains(&"new".to_owned()), "{pattern}: {read:?}");
    }
}

#[test]
fn a_copy_of_a_file_in_the_same_series_is_not_read() {
    let mut driver = Driver::new("*.log*");
    driver.write("app.log", long(0, 20));
    assert_eq!(driver.poll_to_end().len(), 20);
    fs::copy(driver.path("app.log"), driver.path("app.log.bak")).unwrap();
    assert_eq!(driver.settle(), [""; 0]);
    driver.commit_all();
    driver.append("app.log", "new\n");
    driver.restart();
    assert_eq!(driver.settle(), ["new"]);
    // What only begins like it is read.
    let other = long(0, 15) + "other\n";
    driver.write("app.log.orig", other);
    assert_eq!(driver.settle().len(), 16);
}

#[test]
fn a_file_that_is_replaced_by_a_copy_with_more_goes_on() {
    let mut driver = Driver::new("*.log");
    driver.write("app.log", long(0, 20));
    assert_eq!(driver.poll_to_end().len(), 20);
    driver.write("copy.tmp", long(0, 21));
    driver.rename("copy.tmp", "app.log");
    assert_eq!(driver.settle().len(), 1);
    driver.commit_all();
    driver.write("copy.tmp", long(0, 23));
    driver.rename("copy.tmp", "app.log");
    driver.restart();
    assert_eq!(driver.settle().len(), 2);
}

#[test]
fn a_last_line_without_its_end_waits() {
    let mut driver = Driver::new("*.log");
    driver.write("app.log", "1\nhalf");
    assert_eq!(driver.poll_to_end(), ["1"]);
    driver.host.pass(Duration::from_secs(9));
    driver.append("app.log", " of it");
    assert_eq!(driver.poll_to_end(), [""; 0]);
    driver.host.pass(Duration::from_secs(9));
    assert_eq!(driver.poll_to_end(), [""; 0]);
    driver.host.pass(Duration::from_secs(2));
    assert_eq!(driver.poll_to_end(), ["half of it"]);
}
