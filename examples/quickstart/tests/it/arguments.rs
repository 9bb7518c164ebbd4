//! What the program says to wrong arguments.

use std::fs;

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
        "`--speed`: expected --data, --log, --bootstrap-servers or --follow",
    );
    check(&["--log"], 2, "usage: quickstart");
}

#[test]
fn help_is_no_mistake() {
    check(&["--help"], 0, "usage: quickstart");
}

#[test]
fn a_missing_log_is_named_and_nothing_is_made() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    check(
        &[
            "--data",
            data.to_str().unwrap(),
            "--log",
            "/no/such/access.log",
        ],
        1,
        "--log /no/such/access.log: No such file",
    );
    assert!(!data.exists());
}

#[test]
fn a_directory_that_cannot_be_made_is_named() {
    check(&["--data", "/dev/null/data"], 1, "--data /dev/null/data: ");
}

#[test]
fn a_directory_counts_one_log_only() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let data = data.to_str().unwrap();
    let [one, other] = ["one.log", "other.log"].map(|name| {
        let log = folder.path().join(name);
        fs::write(&log, "10.0.0.1 - - [-] \"GET / HTTP/1.1\" 200 1\n").unwrap();
        log.to_str().unwrap().to_owned()
    });
    check(&["--data", data, "--log", &one], 0, "1 rows in");
    check(&["--data", data, "--log", &other], 1, &one);
    check(&["--data", data, "--log", &one], 0, "1 rows in");
}

#[cfg(not(feature = "kafka"))]
#[test]
fn without_kafka_in_the_build_its_option_says_so() {
    check(
        &["--bootstrap-servers", "localhost:9092"],
        2,
        "Kafka is not part of this build",
    );
}

#[cfg(feature = "kafka")]
#[test]
fn a_directory_stays_with_its_broker() {
    let folder = tempfile::tempdir().unwrap();
    let (data, log) = (folder.path().join("data"), folder.path().join("log"));
    fs::write(&log, "10.0.0.1 - - [-] \"GET / HTTP/1.1\" 200 1\n").unwrap();
    let (data, log) = (data.to_str().unwrap(), log.to_str().unwrap());
    let arguments = ["--data", data, "--log", log];
    check(&arguments, 0, "1 rows in");
    let elsewhere = [&arguments[..], &["--bootstrap-servers", "localhost:9092"]].concat();
    check(&elsewhere, 1, "went through the broker embedded");
    check(&arguments, 0, "1 rows in");
}
