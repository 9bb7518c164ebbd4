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
    let (_, killed) = after.lines().next().unwrap().split_once("worker ").unwrap();
    // The last table of each part: all tasks run, the killed worker's at others afterwards.
    for (text, is_there) in [(before, true), (after, false)] {
        let table = text.rsplit("\n\n").next().unwrap();
        let tasks: Vec<_> = table
            .lines()
            .filter(|line| line.starts_with("  "))
            .collect();
        let running = tasks.iter().filter(|task| task.contains("RUNNING"));
        assert_eq!(running.count(), 6, "{stdout}");
        let of_killed = format!(" {killed} (pid ");
        let has = tasks.iter().any(|task| task.contains(&of_killed));
        assert_eq!(has, is_there, "{stdout}");
    }
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
