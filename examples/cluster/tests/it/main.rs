//! The program from outside.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::{
    hash::{BuildHasher, RandomState},
    process::{Command, Output},
};

use connect_kafka_lab::Kafka;

fn cluster(arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_cluster"));
    command.env_remove("CONNECT_KAFKA").args(arguments);
    command.output().unwrap()
}

#[test]
fn two_workers_take_over_the_tasks_of_one_that_is_killed() {
    let group = format!("example-{:016x}", RandomState::new().hash_one("group"));
    let servers = Kafka::shared();
    let done = cluster(&["--kill", "--bootstrap-servers", &servers, "--group", &group]);
    let stdout = String::from_utf8(done.stdout).unwrap();
    let stderr = String::from_utf8(done.stderr).unwrap();
    assert_eq!(done.status.code(), Some(0), "{stdout}{stderr}");
    let (before, after) = stdout.split_once("kill -9 ").unwrap();
    let runs = |text: &str, worker: &str| {
        let last = text.rsplit("\n\n").next().unwrap();
        let mut tasks = last.lines().filter(|line| line.starts_with("  "));
        tasks.any(|task| task.contains(&format!("RUNNING     {worker} (pid")))
    };
    for worker in ["1", "2", "3"] {
        assert!(runs(before, worker), "{worker}\n{stdout}");
    }
    assert!(!runs(after, "3"), "{stdout}");
    assert!(
        after.contains("the others have its tasks after"),
        "{stdout}"
    );
}

#[test]
fn without_kafka_the_program_says_what_it_needs() {
    let done = cluster(&[]);
    let stderr = String::from_utf8(done.stderr).unwrap();
    assert!(
        stderr.contains("several processes meet on Kafka"),
        "{stderr}"
    );
    assert_eq!(done.status.code(), Some(2));
}
