//! What the program says to wrong arguments.

use super::quickstart;

#[track_caller]
fn check(arguments: &[&str], code: i32, said: &str) {
    let output = quickstart().args(arguments).output().unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert!(stderr.contains(said), "{stderr}");
    assert_eq!(output.status.code(), Some(code));
    assert!(output.stdout.is_empty(), "nothing belongs on stdout");
}

#[test]
fn a_wrong_argument_is_named_and_the_usage_shown() {
    check(
        &["--speed"],
        2,
        "`--speed`: expected --data, --log or --follow",
    );
    check(&["--log"], 2, "usage: quickstart");
}

#[test]
fn a_missing_log_is_named() {
    let data = tempfile::tempdir().unwrap();
    let data = data.path().to_str().unwrap();
    check(
        &["--data", data, "--log", "/no/such/access.log"],
        1,
        "/no/such/access.log",
    );
}

#[test]
fn without_kafka_in_the_build_its_option_says_so() {
    check(
        &["--bootstrap-servers", "localhost:9092"],
        2,
        "Kafka is not part of this build",
    );
}
