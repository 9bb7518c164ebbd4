//! What a record is: delimiters, several lines, JSON, lines that are too long.

use std::time::Duration;

use connect_file::{FileSource, FileSourceConfig, LineFormat, MultilineMode};

use super::driver::Driver;

/// Checks a file alone and a file in a folder: `options` make `expected` of `written`, however it is cut.
#[track_caller]
fn check(written: &[u8], options: impl Fn(&mut FileSourceConfig), expected: &[&str]) {
    for pattern in ["a.txt", "*.txt"] {
        for piece in [1, 2, 3, 7, 1000] {
            let mut driver = Driver::with(pattern, 1, &options);
            for part in written.chunks(piece) {
                driver.append("a.txt", part);
                driver.poll_to_end();
                driver.commit_all();
                driver.restart();
            }
            driver.settle();
            driver.commit_all();
            assert_eq!(driver.committed, expected, "{pattern} in pieces of {piece}");
        }
    }
}

#[test]
fn a_record_may_end_with_any_bytes() {
    let delimited = |by: &'static str| {
        move |config: &mut FileSourceConfig| config.delimiter = Some(by.to_owned())
    };
    check(b"1\n2\x003\r\x004", delimited("\\0"), &["1\n2", "3\r", "4"]);
    check(
        b"1\r\n2\n\r\n\r\n3\r\n",
        delimited("\\r\\n"),
        &["1", "2\n", "", "3"],
    );
    check(b"1;;2;;;;3", delimited(";;"), &["1", "2", "", "3"]);
    check("ü|ö|".as_bytes(), delimited("|"), &["ü", "ö"]);
}

#[test]
fn a_delimiter_may_be_a_part_of_a_character() {
    let mut driver = Driver::with("*", 1, |config| config.delimiter = Some("\\x82".to_owned()));
    driver.write("a", "1€2".as_bytes());
    let read = driver.settle();
    assert!(read[0].starts_with("unreadable b\"1\\xe2\""), "{read:?}");
}

fn starts_with_digit(config: &mut FileSourceConfig) {
    config.multiline_pattern = Some("^[0-9]".to_owned());
    config.file_final_line_timeout_ms = -1;
    config.multiline_timeout_ms = -1;
}

#[test]
fn several_lines_may_be_one_record() {
    check(
        b"1 error\n  at a\n  at b\n2 ok\n3 error\r\n  at c\r\n4\n",
        starts_with_digit,
        &["1 error\n  at a\n  at b", "2 ok", "3 error\r\n  at c"],
    );
}

#[test]
fn a_line_may_continue_or_end_a_record() {
    let continuation = |config: &mut FileSourceConfig| {
        config.multiline_pattern = Some("^\\S".to_owned());
        config.multiline_mode = MultilineMode::Continuation;
        config.multiline_negate = true;
        config.multiline_timeout_ms = -1;
    };
    check(b"1\n a\n2\n3\n", continuation, &["1\n a", "2"]);
    let end = |config: &mut FileSourceConfig| {
        config.multiline_pattern = Some(";$".to_owned());
        config.multiline_mode = MultilineMode::End;
        config.multiline_timeout_ms = -1;
    };
    check(
        b"select\n1;\nselect 2;\nselect\n",
        end,
        &["select\n1;", "select 2;"],
    );
}

#[test]
fn the_last_record_of_several_lines_waits() {
    for pattern in ["a.txt", "*.txt"] {
        let mut driver = Driver::with(pattern, 1, |config| {
            config.multiline_pattern = Some("^[0-9]".to_owned());
        });
        driver.write("a.txt", "1\n a\n");
        assert_eq!(driver.poll_to_end(), [""; 0]);
        driver.host.pass(Duration::from_secs(4));
        driver.append("a.txt", " b\n");
        assert_eq!(driver.poll_to_end(), [""; 0]);
        driver.host.pass(Duration::from_secs(4));
        assert_eq!(driver.poll_to_end(), [""; 0]);
        driver.host.pass(Duration::from_secs(2));
        assert_eq!(driver.poll_to_end(), ["1\n a\n b"]);
        // A line that comes too late is a record of its own.
        driver.append("a.txt", " c\n2\n3");
        assert_eq!(driver.poll_to_end(), [" c"]);
        assert_eq!(driver.settle(), ["2", "3"]);
    }
}

#[test]
fn a_record_has_no_more_lines_and_bytes_than_allowed() {
    let most = |config: &mut FileSourceConfig| {
        starts_with_digit(config);
        config.multiline_max_lines = 3.try_into().unwrap();
    };
    check(b"1\n a\n b\n c\n d\n2\n", most, &["1\n a\n b", " c\n d"]);
    let most = |config: &mut FileSourceConfig| {
        starts_with_digit(config);
        config.line_max_bytes = 8.try_into().unwrap();
    };
    check(b"1\n abc\n def\n g\n2\n", most, &["1\n abc", " def\n g"]);
}

#[test]
fn a_record_of_several_lines_may_be_longer_than_what_is_read_at_once() {
    let lines: String = (0..40_000).map(|n| format!("  at line {n}\n")).collect();
    for pattern in ["a.txt", "*.txt"] {
        let mut driver = Driver::with(pattern, 1, |config| {
            starts_with_digit(config);
            config.multiline_max_lines = 100_000.try_into().unwrap();
        });
        driver.write("a.txt", format!("1\n{lines}2\n{lines}3\n"));
        let read = driver.poll_to_end();
        let expected = [format!("1\n{lines}"), format!("2\n{lines}")];
        let expected: Vec<_> = expected.iter().map(|text| text.trim_end()).collect();
        assert!(read == expected, "{} records", read.len());
    }
}

#[test]
fn lines_may_be_json() {
    check(
        b"{\"a\": [1, 2.5, null]}\n\n  \n\"text\"\n",
        |config| config.format = LineFormat::Json,
        &[r#"{"a":[1,2.5,null]}"#, "text"],
    );
}

#[test]
fn a_line_that_is_no_json_is_rejected_with_its_bytes_and_place() {
    let mut driver = Driver::with("*", 1, |config| config.format = LineFormat::Json);
    driver.write("a", "1\n{\"a\": x}\n2\n");
    let read = driver.settle();
    assert_eq!((&*read[0], &*read[2]), ("1", "2"));
    assert!(
        read[1].starts_with("unreadable b\"{\\\"a\\\": x}\": line:"),
        "{}",
        read[1]
    );
    // Behind it, and not in front of it.
    driver.commit(2);
    driver.restart();
    assert_eq!(driver.settle(), ["2"]);
}

#[test]
fn a_line_that_is_too_long_is_rejected_and_the_next_one_read() {
    for (pattern, delimiter) in [
        ("a", None),
        ("*", None),
        ("a", Some("||")),
        ("*", Some("||")),
    ] {
        let mut driver = Driver::with(pattern, 1, |config| {
            config.line_max_bytes = 1000.try_into().unwrap();
            config.delimiter = delimiter.map(str::to_owned);
        });
        let end = delimiter.unwrap_or("\n");
        let long = "x".repeat(700_000);
        driver.write("a", format!("1{end}{long}{end}2{end}"));
        let read = driver.settle();
        assert_eq!(
            (read.len(), &*read[0], &*read[2]),
            (3, "1", "2"),
            "{pattern} {delimiter:?}"
        );
        assert!(
            read[1]
                .ends_with("line of 700000 bytes: expected at most 1000 bytes (`line.max.bytes`)")
        );
        assert!(read[1].len() < 5000);
    }
}

#[track_caller]
fn refused(options: impl FnOnce(&mut FileSourceConfig), expected: &str) {
    let mut config = FileSourceConfig::new("/log/*.log", "lines");
    options(&mut config);
    let error = FileSource::from_config(config).unwrap_err();
    assert_eq!(error.kind(), connect_api::ErrorKind::Config);
    assert_eq!(error.message(), expected);
}

#[test]
fn options_that_mean_nothing_are_refused_with_what_was_expected() {
    refused(
        |config| config.file = Some("/log/[a".to_owned()),
        "Invalid value /log/[a for configuration file: expected a path or a glob (`[*]` is a `*`), found \"[a\"",
    );
    refused(
        |config| config.file_exclude = vec!["{a".to_owned()],
        "Invalid value {a for configuration file.exclude: expected a path or a glob (`[*]` is a `*`), found \"{a\"",
    );
    refused(
        |config| config.multiline_pattern = Some("(".to_owned()),
        "Invalid value ( for configuration multiline.pattern: expected a regular expression, found \"(\"",
    );
    refused(
        |config| config.delimiter = Some("\\q".to_owned()),
        "Invalid value \\q for configuration delimiter: expected text with the escapes \\n, \\r, \\t, \\0, \\\\ and \\xHH, found `\\q`",
    );
    refused(
        |config| {
            config.delimiter = Some(";".to_owned());
            config.multiline_pattern = Some("a".to_owned());
        },
        "Only one of \"delimiter\" and \"multiline.pattern\" may be configured",
    );
    refused(
        |config| {
            config.delimiter = Some(";".to_owned());
            config.file = None;
        },
        "Configuration delimiter needs file: the standard input is read by lines",
    );
}
