//! Which records count.

use std::fs;

use connect_api::{ErrorKind, SinkBatch, SinkConnector, SinkGuarantees};
use connect_file::FileSink;

use super::driver::{Driver, batch, of};

#[test]
fn offsets_are_stored_with_the_lines() {
    let mut driver = Driver::new();
    driver.put(0, 10, ["a10", "a11"]);
    driver.flush();
    driver.put(1, 3, ["b3"]);
    assert_eq!(driver.restart(), [(of(0), 12)].into());
}

#[test]
fn offsets_of_dropped_records_are_stored_without_lines() {
    let mut driver = Driver::new();
    driver
        .try_put(&SinkBatch::new(Vec::new(), [(of(0), 100)].into()))
        .unwrap();
    driver.flush();
    assert_eq!(driver.restart(), [(of(0), 100)].into());
    assert_eq!(driver.text(), "");
}

#[test]
fn records_that_come_again_are_not_written_again() {
    let mut driver = Driver::new();
    driver.put(0, 0, ["0", "1"]);
    driver.put(0, 0, ["0", "1", "2"]);
    driver.flush();
    driver.put(0, 1, ["1", "2", "3"]);
    driver.flush();
    driver.restart();
    driver.put(0, 3, ["3", "4"]);
    driver.flush();
    assert_eq!(driver.text(), "0\n1\n2\n3\n4\n");
}

#[test]
fn all_outputs_of_one_record_are_written() {
    let mut driver = Driver::new();
    let (mut records, next) = batch(0, 7, ["first"]).into_parts();
    let mut second = records[0].clone();
    second.origin = second.origin.with_output(1);
    second.record.value = "second".into();
    records.push(second);
    driver.try_put(&SinkBatch::new(records, next)).unwrap();
    driver.flush();
    assert_eq!(driver.text(), "first\nsecond\n");
}

#[test]
fn a_flush_without_news_touches_nothing() {
    let mut driver = Driver::new();
    driver.put(0, 0, ["one"]);
    driver.flush();
    let offsets = driver.path("out.txt.connect-offsets");
    let inode = |path| std::os::unix::fs::MetadataExt::ino(&fs::metadata(path).unwrap());
    // Each store makes a new file.
    let before = inode(&offsets);
    driver.put(0, 0, ["one"]);
    driver.flush();
    assert_eq!(inode(&offsets), before);
    driver.put(0, 1, ["two"]);
    driver.flush();
    assert_ne!(inode(&offsets), before);
}

#[test]
fn operators_may_change_the_offsets_of_a_stopped_sink() {
    let mut driver = Driver::new();
    driver.put(0, 0, ["a0"]);
    driver.put(1, 0, ["b0"]);
    driver.flush();
    assert_eq!(
        driver.alter(&[(0, Some(5))]).unwrap_err().kind(),
        ErrorKind::Unavailable
    );
    driver.crash();
    driver.alter(&[(0, Some(5)), (1, None)]).unwrap();
    assert_eq!(driver.restart(), [(of(0), 5)].into());
    driver.put(0, 5, ["a5"]);
    driver.flush();
    assert_eq!(driver.text(), "a0\nb0\na5\n");
}

#[test]
fn an_offset_below_zero_is_refused() {
    let mut driver = Driver::new();
    driver.crash();
    let error = driver.alter(&[(0, Some(-1))]).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Config);
    assert_eq!(
        error.to_string(),
        "t-0: expected an offset that is not negative, found -1"
    );
}

#[test]
fn a_file_promises_exactly_once_in_one_task_and_the_standard_output_does_not() {
    let file = FileSink::new("a.txt");
    assert_eq!(file.guarantees(), SinkGuarantees::StoresOffsets);
    assert_eq!(file.max_tasks().map(usize::from), Some(1));
    let stdout = FileSink::stdout();
    assert_eq!(stdout.guarantees(), SinkGuarantees::AtLeastOnce);
    assert_eq!(stdout.max_tasks(), None);
}
