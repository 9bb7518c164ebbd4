//! What a line is.

use std::{fs::OpenOptions, time::Duration};

use connect_api::{Schema, SourceItem};

use super::driver::{Driver, NAME};

#[test]
fn lines_end_with_either_of_three_line_ends() {
    let mut driver = Driver::new();
    driver.append("unix\nwindows\r\nmac\r\nempty before\n");
    driver.append("\r\rend\n");
    assert_eq!(
        driver.poll_to_end(),
        ["unix", "windows", "mac", "empty before", "", "", "end"]
    );
}

#[test]
fn a_line_end_that_is_written_in_two_pieces_is_one() {
    let mut driver = Driver::new();
    driver.append("one\r");
    assert_eq!(driver.poll_to_end(), ["one"]);
    driver.append("\ntwo\r");
    assert_eq!(driver.poll_to_end(), ["two"]);
    driver.commit_all();
    driver.restart();
    driver.append("\n\nthree\n");
    assert_eq!(driver.poll_to_end(), ["", "three"]);
}

#[test]
fn a_record_is_what_java_makes_of_a_line() {
    let mut driver = Driver::new();
    driver.append("grüße\n");
    let batch = driver.try_poll().unwrap();
    let [SourceItem::Record(read)] = batch.items() else {
        panic!("{batch:?}");
    };
    assert_eq!(read.record.topic, "lines");
    assert_eq!(read.record.key, connect_api::SchemaAndValue::NULL);
    assert_eq!(read.record.value.schema, Some(Schema::plain_string()));
    assert_eq!(read.record.value.value, "grüße".into());
    assert_eq!(read.record.timestamp, Some(1_700_000_000_000));
    assert_eq!(read.record.partition, None);
}

#[test]
fn a_batch_has_at_most_batch_size_records_and_the_rest_follows_at_once() {
    let mut driver = Driver::with(|source| source.with_batch_size(3.try_into().unwrap()));
    driver.append("1\n2\n3\n4\n5\n6\n7\n");
    assert_eq!(
        driver.poll(),
        Ok(["1", "2", "3"].map(str::to_owned).to_vec())
    );
    assert_eq!(
        driver.poll(),
        Ok(["4", "5", "6"].map(str::to_owned).to_vec())
    );
    assert_eq!(driver.poll(), Ok(["7"].map(str::to_owned).to_vec()));
}

#[test]
fn a_batch_of_long_lines_ends_before_batch_size() {
    let mut driver = Driver::new();
    let line = "x".repeat(300_000);
    for _ in 0..5 {
        driver.append(format!("{line}\n"));
    }
    assert_eq!(driver.poll().unwrap().len(), 4);
    assert_eq!(driver.poll().unwrap().len(), 1);
}

#[test]
fn a_line_may_be_longer_than_any_block() {
    let mut driver = Driver::new();
    let line = "0123456789".repeat(200_000);
    driver.append(format!("short\n{line}\nshort\n"));
    assert_eq!(driver.poll_to_end(), ["short", &line, "short"]);
}

/// Polls until something comes, also while the end of a long line is looked for.
fn poll_until_lines(driver: &mut Driver) -> Vec<SourceItem> {
    loop {
        let (items, _) = driver.try_poll().unwrap().into_parts();
        let is_line = |item: &SourceItem| !matches!(item, SourceItem::Advance(..));
        if items.iter().any(is_line) {
            return items.into_iter().filter(is_line).collect();
        }
    }
}

#[test]
fn a_line_that_is_too_long_is_rejected_by_its_beginning_and_others_are_read() {
    for length in [1_001, 300_000, 3_000_000] {
        let longest = 1_000.try_into().unwrap();
        let mut driver = Driver::with(|source| source.with_line_max_bytes(longest));
        let fits = "x".repeat(1_000);
        driver.append(format!("{fits}\n{}\nnext\n", "y".repeat(length)));
        let mut items = Vec::new();
        while items.len() < 3 {
            items.extend(poll_until_lines(&mut driver));
        }
        let [
            SourceItem::Record(first),
            SourceItem::Rejected(long),
            SourceItem::Record(next),
        ] = items.as_slice()
        else {
            panic!("{items:?}");
        };
        assert_eq!(first.record.value.value, fits.as_str().into());
        assert_eq!(long.raw, "y".repeat(length.min(4096)));
        assert_eq!(
            long.error.to_string(),
            format!("line of {length} bytes: expected at most 1000 bytes (`line.max.bytes`)")
        );
        let position = i64::try_from(1_001 + length + 1).unwrap();
        assert_eq!(
            long.offset.to_value().unwrap().get("position"),
            Some(&position.into())
        );
        assert_eq!(next.record.value.value, "next".into());
    }
}

#[test]
fn a_last_line_that_is_too_long_needs_no_end() {
    let longest = 1_000.try_into().unwrap();
    let mut driver = Driver::with(|source| source.with_line_max_bytes(longest));
    driver.append("y".repeat(300_000));
    while driver.poll() != Err(Duration::from_secs(1)) {}
    driver.host.pass(Duration::from_secs(10));
    let items = poll_until_lines(&mut driver);
    assert!(
        matches!(items.as_slice(), [SourceItem::Rejected(long)] if long.raw.len() == 4096),
        "{items:?}"
    );
    driver.append("\nnext\n");
    assert_eq!(driver.poll_to_end(), ["next"]);
}

#[test]
fn a_file_without_line_ends_takes_bounded_memory() {
    let longest = 1_000_000.try_into().unwrap();
    let mut driver = Driver::with(|source| source.with_line_max_bytes(longest));
    driver.append("");
    let file = OpenOptions::new().write(true).open(driver.path(NAME));
    // A file with a hole reads as zeros and takes no space.
    let size = 64 * 1024 * 1024;
    file.unwrap().set_len(size).unwrap();
    let info = allocation_counter::measure(|| {
        let mut polls = 0;
        while driver.poll() != Err(Duration::from_secs(1)) {
            polls += 1;
        }
        assert!(polls > 200, "one poll does not search it all");
    });
    assert!(info.bytes_max < 2_000_000, "{info:?}");
    driver.append("\nnext\n");
    let items = poll_until_lines(&mut driver);
    let [SourceItem::Rejected(long), SourceItem::Record(next)] = items.as_slice() else {
        panic!("{items:?}");
    };
    assert!(
        long.error
            .to_string()
            .starts_with("line of 67108864 bytes: ")
    );
    assert_eq!(next.record.value.value, "next".into());
}

#[test]
fn a_long_line_that_is_written_bit_by_bit_is_put_together() {
    let mut driver = Driver::new();
    driver.append("short\n");
    assert_eq!(driver.poll_to_end(), ["short"]);
    let bit = "0123456789".repeat(10_000);
    for _ in 0..10 {
        driver.append(&bit);
        assert_eq!(driver.poll_to_end(), [""; 0]);
    }
    driver.append("\r\nnext\n");
    assert_eq!(driver.poll_to_end(), [bit.repeat(10).as_str(), "next"]);
}

#[test]
fn bytes_that_are_no_text_are_rejected_with_their_place() {
    let mut driver = Driver::new();
    driver.append(b"good\nb\xc3(d\nagain\n");
    let batch = driver.try_poll().unwrap();
    let [_, SourceItem::Rejected(bad), SourceItem::Record(next)] = batch.items() else {
        panic!("{batch:?}");
    };
    assert_eq!(bad.raw, &b"b\xc3(d"[..]);
    assert_eq!(
        bad.offset.to_value().unwrap().get("position"),
        Some(&10_i64.into())
    );
    assert_eq!(
        bad.error.to_string(),
        "line of 4 bytes: expected UTF-8, found another byte at 1"
    );
    assert_eq!(next.record.value.value, "again".into());
}

#[test]
fn half_a_line_waits_for_its_other_half() {
    let mut driver = Driver::new();
    driver.append("one\nhal");
    assert_eq!(driver.poll_to_end(), ["one"]);
    driver.host.pass(Duration::from_secs(9));
    driver.append("f");
    assert_eq!(driver.poll_to_end(), [""; 0]);
    driver.host.pass(Duration::from_secs(9));
    driver.append(" a line\n");
    assert_eq!(driver.poll_to_end(), ["half a line"]);
}

#[test]
fn a_last_line_without_a_line_end_becomes_a_record_when_it_no_longer_grows() {
    let mut driver = Driver::new();
    driver.append("one\nlast");
    assert_eq!(driver.poll_to_end(), ["one"]);
    driver.host.pass(Duration::from_secs(9));
    let wait = driver.poll().unwrap_err();
    assert!(wait <= Duration::from_secs(1), "{wait:?}");
    driver.host.pass(Duration::from_secs(1));
    assert_eq!(driver.poll_to_end(), ["last"]);
    driver.commit_all();
    driver.restart();
    driver.append("\nnext\n");
    assert_eq!(driver.poll_to_end(), ["next"]);
}

#[test]
fn what_follows_a_last_line_that_became_a_record_is_another_record() {
    let mut driver = Driver::new();
    driver.append("ha");
    assert_eq!(driver.settle(), ["ha"]);
    driver.append("lf\nnext\n");
    assert_eq!(driver.poll_to_end(), ["lf", "next"]);
}

#[test]
fn a_last_line_can_be_told_to_wait_for_ever() {
    let mut driver = Driver::with(|source| source.with_final_line_timeout(None));
    driver.append("ha");
    assert_eq!(driver.settle(), [""; 0]);
    driver.append("lf\n");
    assert_eq!(driver.settle(), ["half"]);
}

#[test]
fn pauses_at_the_end_of_a_file_grow_to_one_second() {
    let mut driver = Driver::new();
    driver.append("one\n");
    driver.poll().unwrap();
    let pauses: Vec<_> = (0..9)
        .map(|_| driver.poll().unwrap_err().as_millis())
        .collect();
    assert_eq!(pauses, [10, 20, 40, 80, 160, 320, 640, 1000, 1000]);
    driver.append("two\n");
    driver.poll().unwrap();
    assert_eq!(driver.poll(), Err(Duration::from_millis(10)));
}
