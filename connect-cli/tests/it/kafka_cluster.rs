//! Workers of a cluster on Kafka, each a process.

use std::hash::{BuildHasher, RandomState};

use connect_kafka_lab::Kafka;
use rustix::process::Signal;

use super::{
    files::{Folder, STOCK_CLUSTER},
    process::Running,
};

const ARGUMENTS: [&str; 4] = [
    "distributed",
    "worker.properties",
    "--connectors",
    "connectors",
];

/// Makes a folder with Kafka's own file, with names of its own, and two sinks that read one topic.
fn folder(servers: &str, name: &str) -> Folder {
    let folder = Folder::empty();
    let worker = STOCK_CLUSTER
        .replace("localhost:9092", servers)
        .replace("=connect-", &format!("={name}-"));
    folder.write("worker.properties", &worker);
    folder.make_directory("connectors");
    for sink in ["a", "b"] {
        let text = format!(
            "name={name}-{sink}\nconnector.class=file-sink\ntopics={name}\nfile={sink}.txt\n\
             file.flush.interval.ms=10\nkey.converter=string\nvalue.converter=string\n"
        );
        folder.write(&format!("connectors/{sink}.properties"), &text);
    }
    folder
}

/// Waits until a worker has told this line, whatever else it told.
#[track_caller]
fn heard(running: &mut Running, told: &str) {
    running.wait(told, |running| running.heard().contains(told));
}

#[test]
fn two_workers_share_a_directory_and_the_one_that_stays_takes_over() {
    let servers = Kafka::shared();
    let name = format!("cluster-{:016x}", RandomState::new().hash_one("cluster"));
    Kafka::create_topic(&servers, &name, 1, &[]).unwrap();
    let folder = folder(&servers, &name);
    let mut one = Running::start(folder.command(&ARGUMENTS));
    for sink in ["a", "b"] {
        heard(&mut one, &format!("task `{name}-{sink}-0` is RUNNING"));
    }
    let mut two = Running::start(folder.command(&ARGUMENTS));
    for sink in ["a", "b"] {
        heard(
            &mut two,
            &format!("connector `{name}-{sink}` has the configuration of"),
        );
    }
    // Two connectors and two tasks on two workers: the newcomer gets some of them.
    two.wait("a task or a connector", |two| {
        two.heard().lines().any(|line| line.ends_with("is RUNNING"))
    });

    two.signal(Signal::TERM);
    assert_eq!(two.end(), Some(0), "{}", two.heard());
    write(&folder, &servers, &name, "one\n");
    for sink in ["a.txt", "b.txt"] {
        one.until(&folder, sink, "one\n");
    }

    let mut three = Running::start(folder.command(&ARGUMENTS));
    three.wait("a task or a connector", |three| {
        three
            .heard()
            .lines()
            .any(|line| line.ends_with("is RUNNING"))
    });
    one.kill();
    write(&folder, &servers, &name, "two\n");
    for sink in ["a.txt", "b.txt"] {
        three.until(&folder, sink, "one\ntwo\n");
    }
    three.stop();
}

/// Appends lines to the topic.
fn write(folder: &Folder, servers: &str, topic: &str, lines: &str) {
    folder.write("lines", lines);
    let mut command = folder.command(&["write", topic, "--broker", servers]);
    let input = std::fs::File::open(folder.at("lines")).unwrap();
    assert!(command.stdin(input).status().unwrap().success());
}
