//! Many files.

use std::{fs, num::NonZero};

use connect_api::{ErrorKind, SinkConnector, TopicPartition};
use connect_file::FileSink;

use super::driver::{Driver, by, of};

#[test]
fn each_partition_has_a_file_of_its_own_and_folders_are_made() {
    let mut driver = Driver::by("${topic}/p/${partition}.log");
    driver.put(0, 5, ["a5", "a6"]);
    driver.put(1, 2, ["b2"]);
    driver.put(0, 7, ["a7"]);
    driver.flush();
    assert_eq!(driver.text_of("t/p/0.log"), "a5\na6\na7\n");
    assert_eq!(driver.text_of("t/p/1.log"), "b2\n");
    assert_eq!(driver.restart(), [(of(0), 8), (of(1), 3)].into());
}

#[test]
fn a_folder_in_front_of_the_first_placeholder_is_not_made() {
    let mut driver = Driver::of(|folder| {
        fs::create_dir(folder.join("disk")).unwrap();
        by(folder, "disk/${topic}/${partition}")
    });
    driver.start();
    fs::remove_dir_all(driver.path("disk")).unwrap();
    let error = driver.try_take(&[of(0)]).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unavailable);
    let folder = driver.path("disk/t");
    assert_eq!(
        error.message(),
        format!("t-0: making folder `{}`", folder.display())
    );
    fs::create_dir(driver.path("disk")).unwrap();
    driver.open(&[of(0)]);
    driver.put(0, 0, ["a0"]);
    driver.flush();
    assert_eq!(driver.text_of("disk/t/0"), "a0\n");
}

#[test]
fn only_a_template_that_tells_partitions_apart_has_many_tasks() {
    let most = |template| {
        let sink = FileSink::by_template(template).unwrap();
        sink.max_tasks().map(usize::from)
    };
    assert_eq!(most("/out/${topic}/${partition}"), None);
    assert_eq!(most("/out/${topic}.log"), Some(1));
    assert_eq!(most("/out/${partition}.log"), Some(1));
    assert_eq!(most("/out/app.log"), Some(1));
}

#[test]
fn partitions_share_the_file_of_their_topic() {
    let mut driver = Driver::by("${topic}.log");
    driver.put(0, 0, ["a0"]);
    driver.put(1, 0, ["b0"]);
    driver.close(0);
    driver.flush();
    // What partition 0 had in memory is gone, and the file is still held for partition 1.
    assert_eq!(driver.text_of("t.log"), "b0\n");
    driver.open(&[of(0)]);
    driver.put(0, 0, ["a0 again"]);
    driver.flush();
    assert_eq!(driver.text_of("t.log"), "b0\na0 again\n");
}

#[test]
fn a_closed_partition_leaves_its_file_to_the_next_task() {
    let mut driver = Driver::by("${topic}-${partition}");
    driver.put(0, 0, ["a0"]);
    driver.put(1, 0, ["b0"]);
    driver.flush();
    driver.put(0, 1, ["lost"]);
    let mut other = driver.other();
    other.start();
    let error = other.try_take(&[of(0)]).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unavailable);
    assert!(
        error
            .message()
            .ends_with("locked by another task or process"),
        "{error}"
    );
    driver.close(0);
    assert_eq!(other.open(&[of(0)]), [(of(0), 1)].into());
    other.put(0, 1, ["a1"]);
    other.flush();
    driver.put(1, 1, ["b1"]);
    driver.flush();
    assert_eq!(driver.text_of("t-0"), "a0\na1\n");
    assert_eq!(driver.text_of("t-1"), "b0\nb1\n");
}

#[test]
fn a_task_that_did_not_notice_its_successor_is_fenced() {
    // One file may be open, so the other has no lock.
    let mut driver = Driver::of(|folder| {
        by(folder, "${topic}-${partition}").with_most_open_files(NonZero::<usize>::MIN)
    });
    driver.put(0, 0, ["a0"]);
    driver.put(1, 0, ["b0"]);
    driver.flush();
    driver.put(0, 1, ["a1 of a zombie"]);
    let mut other = driver.other();
    other.start();
    assert_eq!(other.open(&[of(0)]), [(of(0), 1)].into());
    let error = driver.try_flush().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unavailable, "the lock is held");
    other.put(0, 1, ["a1"]);
    other.flush();
    other.crash();
    let error = driver.try_flush().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Fenced, "{error}");
    assert_eq!(driver.text_of("t-0"), "a0\na1\n");
    assert_eq!(driver.restart(), [(of(0), 2), (of(1), 1)].into());
}

#[test]
fn many_files_are_open_a_few_at_a_time() {
    let most = NonZero::new(3_usize).unwrap();
    let mut driver =
        Driver::of(|folder| by(folder, "${topic}/${partition}.log").with_most_open_files(most));
    let partitions: Vec<_> = (0..20).map(of).collect();
    driver.start();
    driver.open(&partitions);
    for round in 0..3 {
        for partition in 0..20 {
            driver.put(partition, round, [format!("{partition} {round}")]);
        }
        driver.flush();
        // Of each file the folder is open too.
        let open = fs::read_dir("/proc/self/fd").unwrap();
        let open = open.filter_map(|entry| fs::read_link(entry.unwrap().path()).ok());
        let below = driver.path("t");
        assert_eq!(open.filter(|path| path.starts_with(&below)).count(), 6);
    }
    for partition in 0..20 {
        let text = driver.text_of(&format!("t/{partition}.log"));
        assert_eq!(
            text,
            format!("{partition} 0\n{partition} 1\n{partition} 2\n")
        );
    }
}

#[test]
fn a_file_that_fails_keeps_no_other_from_being_stored() {
    let mut driver = Driver::by("${topic}-${partition}");
    driver.put(0, 0, ["a0"]);
    driver.put(1, 0, ["b0"]);
    let obstacle = driver.path("t-0.connect-offsets.tmp");
    fs::remove_file(&obstacle).unwrap_or_default();
    fs::create_dir(&obstacle).unwrap();
    let error = driver.try_flush().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unavailable);
    assert_eq!(driver.text_of("t-0"), "");
    assert_eq!(driver.text_of("t-1"), "b0\n");
    fs::remove_dir(&obstacle).unwrap();
    driver.flush();
    assert_eq!(driver.text_of("t-0"), "a0\n");
    assert_eq!(driver.text_of("t-1"), "b0\n");
}

#[test]
fn topics_that_cannot_be_file_names_are_refused() {
    let mut driver = Driver::by("${topic}");
    for (topic, reason) in [
        ("..".to_owned(), "expected a file below the folder"),
        (
            "a/b".to_owned(),
            "expected a name that can be one of a file",
        ),
        ("a.connect-offsets".to_owned(), "that no offsets file has"),
        (
            "x".repeat(240),
            "expected a name of at most 235 bytes, found 240",
        ),
    ] {
        let error = driver.try_take(&[TopicPartition::new(topic, 0)]);
        let error = error.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Fatal);
        assert!(error.message().contains(reason), "{error}");
    }
}

#[test]
fn operators_change_the_offsets_of_each_file_and_make_none_to_forget_it() {
    let mut driver = Driver::by("${topic}/${partition}");
    driver.put(0, 0, ["a0"]);
    driver.put(1, 0, ["b0"]);
    driver.flush();
    driver.crash();
    let wanted = [(0, Some(5)), (1, None), (2, None)];
    driver.alter(&wanted).unwrap();
    assert_eq!(driver.names("t"), ["0", "1"]);
    assert_eq!(driver.restart(), [(of(0), 5)].into());
}

#[test]
fn records_of_a_partition_that_was_never_opened_are_refused() {
    let mut driver = Driver::by("${topic}-${partition}");
    let batch = super::driver::batch(7, 0, ["x"]);
    let error = driver.try_put(&batch).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Fatal);
    assert_eq!(
        error.message(),
        "t-7: expected records of partitions that were opened, found one of another"
    );
}
