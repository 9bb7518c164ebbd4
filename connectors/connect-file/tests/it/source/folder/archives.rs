//! Compressed files.

use std::{fs, io::Write, time::Duration};

use connect_file::Decompression;
use flate2::write::GzEncoder;

use super::driver::{Driver, sorted};

pub(super) fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn zstd(bytes: &[u8]) -> Vec<u8> {
    ruzstd::encoding::compress_to_vec(bytes, ruzstd::encoding::CompressionLevel::Fastest)
}

fn lines(from: usize, to: usize) -> Vec<String> {
    (from..to).map(|n| format!("line {n:06}")).collect()
}

fn text(lines: &[String]) -> Vec<u8> {
    lines
        .iter()
        .flat_map(|line| format!("{line}\n").into_bytes())
        .collect()
}

#[test]
fn archives_are_read_whatever_their_names_and_their_parts() {
    let (one, two) = (lines(0, 1000), lines(1000, 2000));
    let parts = |pack: fn(&[u8]) -> Vec<u8>| [pack(&text(&one)), pack(&text(&two))].concat();
    let skipped = [b"\x50\x2a\x4d\x18\x03\0\0\0abc".to_vec(), parts(zstd)].concat();
    for (name, bytes) in [
        ("a.gz", parts(gzip)),
        ("a.zst", parts(zstd)),
        ("a.zst", skipped),
        ("a.packed", parts(gzip)),
        ("a.packed", parts(zstd)),
        // A name may promise what is not there.
        ("a.gz", text(&lines(0, 2000))),
    ] {
        let mut driver = Driver::new("*");
        driver.write(name, &bytes);
        assert!(driver.settle() == lines(0, 2000), "{name}");
    }
}

#[test]
fn one_archive_may_be_named_alone() {
    for (name, compression) in [("a.gz", Decompression::Auto), ("a", Decompression::Gzip)] {
        let mut driver = Driver::with(name, 4, |config| config.file_compression = compression);
        assert_eq!(driver.tasks(), 1);
        driver.write(name, gzip(b"1\n2"));
        assert_eq!(driver.settle(), ["1", "2"]);
    }
}

#[test]
fn what_is_not_to_be_decompressed_is_not() {
    let mut driver = Driver::with("*", 1, |config| {
        config.file_compression = Decompression::None
    });
    driver.write("a.gz", gzip(b"1\n"));
    assert!(driver.settle().iter().all(|line| line.contains("\\x")));
}

#[test]
fn a_restart_goes_on_at_any_line_of_an_archive() {
    let all = lines(0, 60_000);
    for pack in [gzip, zstd] {
        let mut driver = Driver::new("*.log.*");
        driver.write("app.log.1", pack(&text(&all)));
        driver.settle();
        for count in [1, 7, 2000, 30_000] {
            driver.commit(count);
            driver.restart();
            driver.settle();
        }
        driver.commit_all();
        driver.restart();
        assert_eq!(driver.settle(), [""; 0]);
        assert!(driver.committed == all);
    }
}

#[test]
fn a_line_of_an_archive_may_be_too_long() {
    let mut driver = Driver::with("*", 1, |config| {
        config.line_max_bytes = 1000.try_into().unwrap()
    });
    let text = format!("1\n{}\n2\n{}", "x".repeat(3_000_000), "y".repeat(600_000));
    driver.write("a.gz", gzip(text.as_bytes()));
    let read = driver.settle();
    assert_eq!((read.len(), &*read[0], &*read[2]), (4, "1", "2"));
    assert!(
        read[1].ends_with("line of 3000000 bytes: expected at most 1000 bytes (`line.max.bytes`)")
    );
    assert!(
        read[3].ends_with("line of 600000 bytes: expected at most 1000 bytes (`line.max.bytes`)")
    );
}

#[test]
fn a_file_that_was_compressed_after_it_was_read_is_known() {
    for (count, pack) in [
        (7, gzip as fn(&[u8]) -> Vec<u8>),
        (1000, gzip),
        (1000, zstd),
    ] {
        let mut driver = Driver::new("app.log*");
        let mut all = lines(0, count);
        driver.write("app.log", text(&all));
        driver.poll_to_end();
        driver.commit_all();
        driver.rotate("app.log");
        driver.append("app.log.1", b"late\n");
        all.push("late".to_owned());
        // Once while it is followed, once while nothing runs.
        driver.write("app.log.2.gz", pack(&text(&all)));
        driver.remove("app.log.1");
        driver.settle();
        driver.commit_all();
        assert!(
            driver.committed == all,
            "{count}: {:?}",
            driver.committed.len()
        );
        driver.rename("app.log.2.gz", "app.log.3.gz");
        driver.restart();
        assert_eq!(driver.settle(), [""; 0], "{count}");

        let mut driver = Driver::new("app.log*");
        driver.write("app.log", text(&all));
        driver.poll_to_end();
        driver.commit_all();
        driver.write("app.log.1.gz", pack(&text(&all)));
        driver.remove("app.log");
        driver.write("app.log", "new\n");
        driver.restart();
        assert_eq!(driver.settle(), ["new"], "{count}");
        driver.commit_all();
        driver.restart();
        assert_eq!(driver.settle(), [""; 0], "{count}");
    }
}

#[test]
fn a_small_archive_with_the_content_of_another_one_is_read() {
    let mut driver = Driver::new("app.log*");
    fs::create_dir(driver.path("aside")).unwrap();
    driver.write("app.log.1.gz", gzip(b"done\n"));
    assert_eq!(driver.settle(), ["done"]);
    driver.rename("app.log.1.gz", "aside/a");
    assert_eq!(driver.settle(), [""; 0]);
    driver.write("app.log.2.gz", gzip(b"done\n"));
    assert_eq!(driver.settle(), ["done"]);
}

#[test]
fn a_position_that_an_operator_stores_for_an_archive_counts_what_was_compressed() {
    let mut driver = Driver::new("*");
    let all = lines(0, 6000);
    driver.write("a.gz", gzip(&text(&all)));
    let offset = connect_api::SourceOffset::at("position", 12 * 5000);
    let name = driver.path("a.gz");
    let partition = connect_api::SourcePartition::from([("filename", name.to_str().unwrap())]);
    driver.stored.insert(partition, offset);
    driver.restart();
    assert!(driver.settle() == all[5000..]);
}

#[test]
fn an_archive_without_a_byte_takes_no_time() {
    let mut driver = Driver::new("*");
    driver.write("a.gz", "");
    assert_eq!(driver.settle(), [""; 0]);
    let pause = driver.pause();
    assert!(pause >= Some(Duration::from_millis(10)), "{pause:?}");
    driver.write("a.gz", gzip(b"1\n"));
    assert_eq!(driver.settle(), ["1"]);
}

#[test]
fn an_archive_beside_the_file_that_it_was_made_of_is_not_read() {
    let mut driver = Driver::new("app.log*");
    driver.write("app.log", text(&lines(0, 1000)));
    driver.poll_to_end();
    driver.write("app.log.gz", gzip(&text(&lines(0, 500))));
    assert_eq!(driver.settle(), [""; 0]);
    driver.commit_all();
    driver.restart();
    assert_eq!(driver.settle(), [""; 0]);
}

#[test]
fn an_archive_that_is_still_written_is_waited_for() {
    for pack in [gzip, zstd] {
        let whole = pack(&text(&lines(0, 5000)));
        let mut driver = Driver::new("*");
        driver.write("other", "1\n");
        for part in [0, 1, 3, 10, whole.len() / 2] {
            driver.write("a.gz", &whole[..part]);
            driver.poll_to_end();
            // Longer than it has to rest.
            driver.host.pass(Duration::from_secs(20));
            driver.poll_to_end();
            driver.commit_all();
        }
        fs::write(driver.path("a.gz"), &whole).unwrap();
        driver.settle();
        driver.commit_all();
        let mut expected = lines(0, 5000);
        expected.push("1".to_owned());
        assert!(sorted(driver.committed) == sorted(expected));
    }
}

#[test]
fn a_damaged_archive_loses_nothing_in_front_of_the_damage_and_is_tried_again() {
    for pack in [gzip, zstd] {
        let (one, two) = (
            pack(&text(&lines(0, 5000))),
            pack(&text(&lines(5000, 6000))),
        );
        let mut damaged = [one.clone(), two.clone()].concat();
        let place = one.len() + 30;
        damaged[place..place + 100].fill(0xff);
        let mut driver = Driver::new("*");
        driver.write("a.packed", &damaged);
        let read = driver.settle();
        assert!(
            read.len() >= 5000 && read[..5000] == lines(0, 5000),
            "{}",
            read.len()
        );
        assert!(driver.failures() > 0);
        driver.commit(5000);
        driver.restart();
        driver.write("a.packed", [one, two].concat());
        assert!(driver.settle() == lines(5000, 6000));
    }
}

#[test]
fn what_is_appended_to_an_archive_is_read_once_it_rests() {
    for pack in [gzip as fn(&[u8]) -> Vec<u8>, zstd] {
        let mut driver = Driver::new("*.packed");
        driver.write("a.packed", pack(b"1\n"));
        assert_eq!(driver.settle(), ["1"]);
        let more = pack(b"2\n3\n");
        let (half, rest) = more.split_at(more.len() / 2);
        driver.append("a.packed", half);
        assert_eq!(driver.poll_to_end(), [""; 0]);
        driver.append("a.packed", rest);
        assert_eq!(driver.settle(), ["2", "3"]);
        assert_eq!(driver.failures(), 0, "nobody looked at half of it");
        driver.commit_all();
        driver.rename("a.packed", "b.packed");
        driver.append("b.packed", pack(b"4\n"));
        assert_eq!(driver.settle(), ["4"]);
        driver.commit_all();
        driver.restart();
        assert_eq!(driver.settle(), [""; 0]);
    }
}

/// More than is decompressed in two turns to find a place.
fn large() -> Vec<u8> {
    format!("{}\n", "x".repeat(1024 * 1024)).repeat(80).into()
}

#[test]
fn an_archive_that_is_damaged_far_behind_is_tried_less_and_less_often() {
    let mut driver = Driver::new("*");
    let whole = gzip(&large());
    driver.write("a.packed", &whole[..whole.len() - 8]);
    for _ in 0..60 {
        for _ in 0..4 {
            driver.poll();
        }
        driver.host.pass(Duration::from_secs(1));
    }
    let failures = driver.failures();
    assert!((2..10).contains(&failures), "{failures}");
    driver.write("a.packed", &whole);
    driver.host.pass(Duration::from_secs(60));
    driver.settle();
    driver.commit_all();
    assert_eq!(driver.committed.len(), 80);
}

#[test]
fn a_line_of_another_file_does_not_wait_for_the_place_in_an_archive() {
    let mut driver = Driver::new("*");
    let mut text = large();
    text.extend_from_slice(b"last\n");
    driver.write("a.packed", gzip(&text));
    driver.settle();
    assert_eq!(driver.read(), 81);
    driver.commit(80);
    driver.restart();
    // It has to rest first.
    driver.poll();
    driver.host.pass(Duration::from_secs(10));
    driver.write("b.log", "other\n");
    let polls: Vec<_> = (0..10).map(|_| driver.poll()).collect();
    let poll = |line: &str| polls.iter().find(|poll| poll.contains(&line.to_owned()));
    assert_eq!(poll("other").unwrap(), &["other"]);
    assert_eq!(poll("last").unwrap(), &["last"]);
}
