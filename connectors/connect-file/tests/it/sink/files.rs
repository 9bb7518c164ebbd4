//! What stands in the file.

use std::{fs, time::Duration};

use bytes::Bytes;
use connect_api::{Schema, Struct, Value};

use super::driver::{Driver, NAME, batch, of};

#[test]
fn a_record_is_one_line() {
    let mut driver = Driver::new();
    let schema = Schema::structure()
        .field("id", Schema::plain_int64())
        .build()
        .unwrap();
    let order = Struct::new(&schema).unwrap().with("id", 7_i64).unwrap();
    driver.put(
        0,
        0,
        [
            Value::from("grüße"),
            Value::Bytes(Bytes::from_static(b"\xff raw")),
            Value::Null,
            Value::from(1.5_f64),
            Value::array([1, 2]),
            Value::from(order),
        ],
    );
    driver.flush();
    let expected: &[u8] = b"gr\xc3\xbc\xc3\x9fe\n\xff raw\nnull\n1.5\n[1, 2]\nStruct{id=7}\n";
    assert_eq!(fs::read(driver.path(NAME)).unwrap(), expected);
}

#[test]
fn a_value_that_has_no_text_form_is_rejected_and_others_are_written() {
    let mut driver = Driver::new();
    let bad = Value::array([Bytes::from_static(b"x")]);
    driver.put(0, 0, [Value::from("one"), bad, Value::from("two")]);
    driver.flush();
    assert_eq!(driver.text(), "one\ntwo\n");
    let rejected = driver.host.rejected.lock().unwrap();
    assert_eq!(rejected.len(), 1);
    assert_eq!(rejected[0].0.offset(), 1);
    assert!(
        rejected[0].1.message().starts_with("t-0@1: "),
        "{:?}",
        rejected[0].1
    );
}

#[test]
fn lines_are_appended_to_what_the_file_had() {
    let mut driver = Driver::with(|file| fs::write(file, "before\n").unwrap());
    driver.put(0, 0, ["one"]);
    driver.crash();
    assert!(driver.restart().is_empty());
    driver.put(0, 0, ["one"]);
    driver.flush();
    assert_eq!(driver.text(), "before\none\n");
}

#[test]
fn a_line_appears_within_a_second_without_a_flush() {
    let mut driver = Driver::new();
    driver.put(0, 0, ["one"]);
    assert_eq!(
        driver.host.woken_after.lock().unwrap().take(),
        Some(Duration::from_secs(1))
    );
    driver.host.pass(Duration::from_millis(400));
    driver.put(0, 1, ["two"]);
    assert_eq!(
        driver.host.woken_after.lock().unwrap().take(),
        Some(Duration::from_millis(600))
    );
    assert_eq!(driver.text(), "");
    driver.host.pass(Duration::from_millis(600));
    driver.put(0, 2, [""; 0]);
    assert_eq!(driver.text(), "one\ntwo\n");
    assert_eq!(driver.host.woken_after.lock().unwrap().take(), None);
    assert_eq!(driver.restart(), [(of(0), 2)].into());
}

#[test]
fn a_clock_that_is_set_back_keeps_no_line_waiting() {
    let mut driver = Driver::new();
    driver.put(0, 0, ["one"]);
    driver.host.set_back(Duration::from_secs(3600));
    driver.put(0, 1, [""; 0]);
    driver.host.pass(Duration::from_secs(1));
    driver.put(0, 1, [""; 0]);
    assert_eq!(driver.text(), "one\n");
}

#[test]
fn memory_is_bounded_by_writing_early() {
    let mut driver = Driver::new();
    let line = "x".repeat(1024 * 1024 - 1);
    for offset in 0..7 {
        driver.put(0, offset, [line.as_str()]);
    }
    assert_eq!(driver.text().len(), 0);
    driver.put(0, 7, [line.as_str()]);
    assert_eq!(driver.text().len(), 8 * 1024 * 1024);
}

#[test]
fn a_store_of_megabytes_is_written_whole_and_in_order() {
    let mut driver = Driver::new();
    let lines: Vec<_> = (0..500_000).map(|number| number.to_string()).collect();
    let lines: Vec<_> = lines.iter().map(String::as_str).collect();
    driver.put(0, 0, lines[..7].iter().copied());
    driver.flush();
    driver.put(0, 7, lines[7..].iter().copied());
    driver.flush();
    assert!(driver.text().lines().eq(lines));
}

#[test]
fn partitions_keep_their_own_order() {
    let mut driver = Driver::new();
    driver.put(0, 5, ["a5", "a6"]);
    driver.put(1, 9, ["b9"]);
    driver.put(0, 7, ["a7"]);
    driver.flush();
    assert_eq!(driver.text(), "a5\na6\nb9\na7\n");
}

#[test]
fn lines_of_a_lost_partition_never_appear() {
    let mut driver = Driver::new();
    driver.put(0, 0, ["a0"]);
    driver.put(1, 0, ["b0"]);
    driver.close(0);
    driver.flush();
    assert_eq!(driver.text(), "b0\n");
    assert!(driver.open(&[of(0)]).is_empty());
    driver.put(0, 0, ["a0 again"]);
    driver.flush();
    assert_eq!(driver.text(), "b0\na0 again\n");
}

#[test]
fn what_was_not_flushed_is_gone_after_a_crash() {
    let mut driver = Driver::new();
    driver.put(0, 0, ["one"]);
    driver.flush();
    driver.put(0, 1, ["two"]);
    driver.crash();
    // As a crash in the middle of a write leaves it.
    fs::write(driver.path(NAME), "one\ntw").unwrap();
    assert_eq!(driver.restart(), [(of(0), 1)].into());
    assert_eq!(driver.text(), "one\n");
    driver.put(0, 1, ["two"]);
    driver.flush();
    assert_eq!(driver.text(), "one\ntwo\n");
}

#[test]
fn a_file_that_somebody_replaced_is_not_cut_off() {
    let mut driver = Driver::new();
    driver.put(0, 0, ["one"]);
    driver.flush();
    driver.crash();
    fs::write(driver.path(NAME), "something else\n").unwrap();
    assert_eq!(driver.restart(), [(of(0), 1)].into());
    driver.put(0, 1, ["two"]);
    driver.flush();
    assert_eq!(driver.text(), "something else\ntwo\n");
}

#[test]
fn a_file_that_somebody_removed_is_begun_anew() {
    let mut driver = Driver::new();
    driver.put(0, 0, ["one"]);
    driver.flush();
    driver.crash();
    fs::remove_file(driver.path(NAME)).unwrap();
    assert_eq!(driver.restart(), [(of(0), 1)].into());
    driver.put(0, 1, ["two"]);
    driver.flush();
    assert_eq!(driver.text(), "two\n");
}

#[test]
fn an_empty_batch_is_not_a_line() {
    let mut driver = Driver::new();
    driver.try_put(&batch(0, 0, [""; 0])).unwrap();
    driver.flush();
    assert_eq!(driver.text(), "");
}
