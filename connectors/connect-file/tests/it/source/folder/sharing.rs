//! Files that come under names of other tasks.

use std::fs;

use super::driver::Driver;

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
    // More than are open at once, in each of the tasks.
    for n in 0..20 {
        driver.write(&format!("more-{n}.log"), format!("{n}\n"));
    }
    assert_eq!(driver.settle().len(), 20);
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
