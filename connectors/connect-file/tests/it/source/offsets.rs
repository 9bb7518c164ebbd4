//! Where reading goes on.

use connect_api::{ErrorKind, SourceConnector, SourceGuarantees, SourceOffset, SourcePartition};
use connect_file::FileSource;
use futures::executor::block_on;

use super::driver::{Driver, NAME, partition};

#[test]
fn reading_goes_on_behind_the_last_committed_line() {
    let mut driver = Driver::new();
    driver.append("eins\nzwölf\ndreizehn\n");
    driver.poll_to_end();
    driver.commit(2);
    driver.restart();
    assert_eq!(driver.poll_to_end(), ["dreizehn"]);
}

#[test]
fn an_offset_is_java_s_position_and_the_identity_of_the_file() {
    let mut driver = Driver::new();
    driver.append("zwölf\n");
    driver.poll_to_end();
    driver.commit_all();
    let stored = driver.stored.values().next().unwrap().to_value().unwrap();
    assert_eq!(stored.get("position"), Some(&7_i64.into()));
    assert!(stored.get("inode").unwrap().as_str().unwrap().contains(':'));
    assert!(
        stored
            .get("fingerprint")
            .unwrap()
            .as_str()
            .unwrap()
            .starts_with("7:")
    );
    let partition = driver.stored.keys().next().unwrap();
    assert_eq!(
        partition.get("filename"),
        Some(&driver.path(NAME).to_str().unwrap().into())
    );
}

#[test]
fn a_bare_position_of_java_s_is_enough() {
    let mut driver = Driver::new();
    driver.append("one\ntwo\nthree\n");
    driver
        .restart_from(SourceOffset::at("position", 4))
        .unwrap();
    assert_eq!(driver.poll_to_end(), ["two", "three"]);
}

#[test]
fn a_position_that_java_counted_in_characters_is_understood() {
    let mut driver = Driver::new();
    driver.append("grüße\nzwei\n");
    driver
        .restart_from(SourceOffset::at("position", 6))
        .unwrap();
    assert_eq!(driver.poll_to_end(), ["zwei"]);
}

#[test]
fn a_bare_position_behind_the_end_starts_at_0() {
    let mut driver = Driver::new();
    driver.append("one\n");
    driver
        .restart_from(SourceOffset::at("position", 40))
        .unwrap();
    assert_eq!(driver.poll_to_end(), ["one"]);
}

#[test]
fn a_stored_offset_that_makes_no_sense_stops_the_task() {
    let mut driver = Driver::new();
    let error = driver
        .restart_from(SourceOffset::at("position", -1))
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Fatal);
    assert!(
        error
            .message()
            .ends_with("`position`: expected an integer that is not negative, found Int64(-1)"),
        "{error}"
    );
}

#[test]
fn a_file_promises_exactly_once_and_the_standard_input_does_not() {
    assert_eq!(
        FileSource::new("a.log", "t").guarantees(),
        SourceGuarantees::ExactlyOnce
    );
    assert_eq!(
        FileSource::stdin("t").guarantees(),
        SourceGuarantees::AtLeastOnce
    );
}

#[test]
fn there_is_one_task_whatever_tasks_max_says() {
    let configs = block_on(FileSource::new("a.log", "t").task_configs(10.try_into().unwrap(), &[]));
    assert_eq!(configs.unwrap().len(), 1);
}

#[track_caller]
fn check_altered(
    source: &FileSource,
    partition: SourcePartition,
    offset: Option<SourceOffset>,
    wrong: Option<&str>,
) {
    let altered = block_on(source.alter_offsets(&[(partition, offset)]));
    assert_eq!(
        altered.err().map(|error| error.to_string()).as_deref(),
        wrong
    );
}

#[test]
fn operators_may_store_positions_of_the_configured_file_and_remove_any() {
    let source = FileSource::new("a.log", "t");
    let own = || partition("a.log".as_ref());
    check_altered(&source, own(), Some(SourceOffset::at("position", 0)), None);
    check_altered(&source, own(), None, None);
    check_altered(&source, partition("old.log".as_ref()), None, None);
    check_altered(
        &source,
        partition("b.log".as_ref()),
        Some(SourceOffset::at("position", 0)),
        Some(
            r#"partition {"filename":"b.log"}: `filename`: expected "a.log", found String("b.log")"#,
        ),
    );
    check_altered(
        &source,
        own(),
        Some(SourceOffset::at("offset", 0)),
        Some(
            r#"partition {"filename":"a.log"}: source offset: `position`: expected an integer that is not negative, found nothing"#,
        ),
    );
}

#[test]
fn the_standard_input_has_no_offsets_to_change() {
    check_altered(
        &FileSource::stdin("t"),
        partition("a.log".as_ref()),
        Some(SourceOffset::at("position", 0)),
        Some(
            "offsets cannot be modified if the `file` configuration is unspecified: the standard input has none",
        ),
    );
}
