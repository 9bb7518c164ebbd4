//! Files that come under names of other tasks.

use std::{fs, os::unix::fs::MetadataExt};

use super::{
    archives::gzip,
    driver::{Driver, sorted},
};

/// Enough text to know a file by.
fn line(text: &str) -> String {
    format!("{text} {}", "x".repeat(100))
}

/// Returns the names of two files that are not there, one of each of two tasks.
fn names(driver: &mut Driver) -> [String; 2] {
    fs::create_dir(driver.path("aside")).unwrap();
    let mut names = [None, None];
    for letter in 'a'..='z' {
        let name = format!("{letter}.log");
        driver.write(&name, format!("{letter}\n"));
        for (task, of) in names.iter_mut().enumerate() {
            if !driver.settle_task(task).is_empty() {
                of.get_or_insert_with(|| name.clone());
            }
        }
        driver.remove(&name);
        driver.settle();
        if let [Some(one), Some(other)] = &names {
            return [one.clone(), other.clone()];
        }
    }
    panic!("26 names are one task's: {names:?}");
}

/// Lets another file have the inode of the one that is `aside`.
fn reuse(driver: &Driver, aside: &str, name: &str, text: &str) {
    // What is overwritten looks like what is deleted and made again, where the system uses inodes again.
    driver.write(aside, format!("{text}\n"));
    driver.rename(aside, name);
}

#[test]
fn a_file_with_the_inode_of_another_tasks_file_is_read() {
    let mut driver = Driver::with("*.log", 2, |_| {});
    let [one, other] = names(&mut driver);
    driver.write(&one, line("1") + "\n");
    assert_eq!(driver.settle(), [line("1")]);
    driver.rename(&one, "aside/a");
    // The other task has not seen that it is gone.
    assert_eq!(driver.settle_task(0), [""; 0]);
    reuse(&driver, "aside/a", &other, &line("2"));
    assert_eq!(driver.settle(), [line("2")]);
    driver.commit_all();
    driver.restart();
    assert_eq!(driver.settle(), [""; 0]);
}

#[test]
fn a_file_with_the_inode_of_a_closed_file_is_read_by_its_own_task_alone() {
    let mut driver = Driver::with("*.log", 2, |config| {
        config.file_open_max = 1.try_into().unwrap();
    });
    let [one, other] = names(&mut driver);
    driver.write(&one, line("1") + "\n");
    assert_eq!(driver.settle(), [line("1")]);
    close_others(&mut driver);
    driver.rename(&one, "aside/a");
    // The task that has read it has not seen that it is gone.
    assert_eq!(driver.settle_task(1), [""; 0]);
    reuse(&driver, "aside/a", &other, &line("2"));
    assert_eq!(driver.settle_task(1), [line("2")]);
    assert_eq!(driver.settle(), [""; 0]);
    driver.commit_all();
    driver.restart();
    assert_eq!(driver.settle(), [""; 0]);
}

/// Lets more files be read than are open at once, in each of the tasks.
fn close_others(driver: &mut Driver) {
    for n in 0..20 {
        driver.write(&format!("more-{n}.log"), format!("{n}\n"));
    }
    assert_eq!(driver.settle().len(), 20);
}

#[test]
fn a_closed_file_of_which_nothing_was_read_is_told_from_one_that_gets_its_inode() {
    for is_reused in [false, true] {
        let mut driver = Driver::with("*.log", 2, |config| {
            config.file_open_max = 1.try_into().unwrap();
        });
        let [one, other] = names(&mut driver);
        driver.write(&one, "");
        assert_eq!(driver.settle(), [""; 0]);
        close_others(&mut driver);
        match is_reused {
            true => replace(&driver, &one, &other),
            false => driver.rename(&one, &other),
        }
        driver.append(&other, line("2") + "\n");
        assert_eq!(driver.settle(), [line("2")]);
    }
}

/// Deletes a file, and makes another one that has its inode where the system uses inodes again.
fn replace(driver: &Driver, gone: &str, new: &str) {
    let former = fs::metadata(driver.path(gone)).unwrap();
    driver.remove(gone);
    let is_like_it = || {
        driver.write("aside/new", "");
        let later = fs::metadata(driver.path("aside/new")).unwrap();
        // Of a file that was made in the same tick of the clock nobody could tell.
        later.ino() == former.ino() && later.created().ok() != former.created().ok()
    };
    for _ in 0..100_000 {
        if is_like_it() {
            break;
        }
        driver.remove("aside/new");
    }
    driver.write("aside/new", "");
    driver.rename("aside/new", new);
}

#[test]
fn a_place_does_not_follow_an_inode_to_the_name_of_another_file() {
    let mut driver = Driver::with("*.log*", 1, |config| {
        config.file_open_max = 1.try_into().unwrap();
    });
    fs::create_dir(driver.path("aside")).unwrap();
    driver.write("a.log.1", line("1") + "\n");
    driver.write("a.log", "2\n");
    assert_eq!(driver.settle().len(), 2);
    close_others(&mut driver);
    driver.write("a.log.2.gz", gzip((line("1") + "\n").as_bytes()));
    driver.rename("a.log.1", "aside/a");
    driver.rename("a.log", "a.log.1");
    // It needs the name before the file is read that has the inode.
    driver.append("a.log.1", "3\n");
    reuse(&driver, "aside/a", "b.log", "4");
    assert_eq!(sorted(driver.settle()), ["3", "4"]);
}

#[test]
fn a_file_that_is_not_meant_is_not_read_for_having_the_inode_of_one_that_was() {
    let mut driver = Driver::with("*.log", 1, |config| {
        config.file_open_max = 1.try_into().unwrap();
    });
    fs::create_dir(driver.path("aside")).unwrap();
    driver.write("a.log", line("1") + "\n");
    assert_eq!(driver.settle(), [line("1")]);
    close_others(&mut driver);
    driver.rename("a.log", "aside/a");
    reuse(&driver, "aside/a", "secret.txt", &line("2"));
    assert_eq!(driver.settle(), [""; 0]);
}

#[test]
fn a_file_that_was_renamed_to_another_tasks_name_keeps_its_place() {
    let mut driver = Driver::with("*.log*", 2, |_| {});
    let [one, other] = names(&mut driver);
    driver.write(&one, line("1") + "\n");
    assert_eq!(driver.settle(), [line("1")]);
    driver.commit_all();
    driver.rename(&one, &other);
    driver.append(&other, line("2") + "\n");
    // Also when another file has its own name.
    driver.write(&one, line("3") + "\n");
    assert_eq!(driver.settle().len(), 2);
    driver.append(&other, line("4") + "\n");
    assert_eq!(driver.settle(), [line("4")]);
    driver.commit_all();
    // The name is the other task's, which stores its own file under it.
    driver.rotate(&other);
    driver.write(&other, line("5") + "\n");
    assert_eq!(driver.settle(), [line("5")]);
    driver.commit_all();
    driver.restart();
    assert_eq!(driver.settle(), [""; 0]);
}
