//! Looking into the broker's directory, and feeding it.

use std::{io::Write, process::Stdio, sync::Arc};

use connect_runtime::{
    System,
    broker::{Broker, ProducerOptions, ProducerRecord, embedded::EmbeddedBroker},
};
use rustix::process::Signal;

use super::{
    files::{Folder, WORKER},
    process::{Done, Running},
};

const BROKER: [&str; 2] = ["--broker", "embedded:broker"];

/// Runs a command on the broker in `broker`.
fn on_broker(folder: &Folder, arguments: &[&str]) -> Done {
    folder.run(&[arguments, &BROKER].concat())
}

/// Writes `input` into a topic.
fn write(folder: &Folder, arguments: &[&str], input: &[u8]) -> Done {
    let arguments = [&["write"], arguments, &BROKER].concat();
    let mut command = folder.command(&arguments);
    let piped = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = piped.spawn().unwrap();
    // One that ends early closes its input.
    let _ = child.stdin.take().unwrap().write_all(input);
    Done::of(child.wait_with_output().unwrap())
}

#[test]
fn lines_that_are_written_are_read_again() {
    let folder = Folder::empty();
    let lines = "eins\n\nzażółć 😀\r\nno end".as_bytes();
    let done = write(&folder, &["lines"], lines).with(0);
    assert_eq!(done.stdout, "4 records are durable\n");
    let done = on_broker(&folder, &["read", "lines"]).with(0);
    assert_eq!(done.stdout, "eins\n\nzażółć 😀\nno end\n");
    let read = |arguments: &[&str]| {
        on_broker(&folder, &[&["read", "lines"], arguments].concat())
            .with(0)
            .stdout
    };
    assert_eq!(read(&["--from", "2"]), "zażółć 😀\nno end\n");
    assert_eq!(read(&["--from", "-1"]), "no end\n");
    assert_eq!(read(&["--from=end"]), "");
    assert_eq!(read(&["--from", "1000"]), "");
    assert_eq!(read(&["--from=1", "--count=2"]), "\nzażółć 😀\n");
    assert_eq!(read(&["--partition=0", "--count=1"]), "eins\n");
}

#[test]
fn records_keep_key_headers_and_bytes_on_the_way_through_json() {
    let folder = Folder::empty();
    let lines = concat!(
        r#"{"timestamp":5,"key":"k","value":"v","headers":[["h",null],["i","\u00e9"],["j",{"base64":"/w=="}]]}"#,
        "\n",
        r#"{"timestamp":6,"key":null,"value":{"base64":"/wA="}}"#,
        "\n",
        r#"{"timestamp":7,"key":"gone","value":null}"#,
        "\n",
    );
    write(&folder, &["events", "--json"], lines.as_bytes()).with(0);
    let json = on_broker(&folder, &["read", "events", "--format", "json"])
        .with(0)
        .stdout;
    assert_eq!(
        json,
        concat!(
            r#"{"partition":0,"offset":0,"timestamp":5,"key":"k","value":"v","#,
            r#""headers":[["h",null],["i","é"],["j",{"base64":"/w=="}]]}"#,
            "\n",
            r#"{"partition":0,"offset":1,"timestamp":6,"key":null,"value":{"base64":"/wA="}}"#,
            "\n",
            r#"{"partition":0,"offset":2,"timestamp":7,"key":"gone","value":null}"#,
            "\n",
        )
    );
    // What was read can be written.
    write(&folder, &["copy", "--json"], json.as_bytes()).with(0);
    let copy = on_broker(&folder, &["read", "copy", "--format=json"])
        .with(0)
        .stdout;
    assert_eq!(copy, json);
    let text = on_broker(&folder, &["read", "events"]).with(0).stdout;
    assert_eq!(text, "v\n\\xff\0\nnull\n");
}

#[test]
fn keys_decide_partitions_and_a_line_without_one_is_told() {
    let folder = Folder::empty();
    let create = ["topics", "create", "keyed", "--partitions=3"];
    on_broker(&folder, &create).with(0);
    let done = write(
        &folder,
        &["keyed", "--key-separator", "::"],
        b"a::1\nb::2\na::3::4\nnothing\nc::5\n",
    );
    let done = done.with(1);
    assert!(
        done.stderr.contains(
            "line 4: expected a key, `::` and a value, found no `::`; at least 3 records are durable"
        ),
        "{}",
        done.stderr
    );
    let json = on_broker(&folder, &["read", "keyed", "--format=json"])
        .with(0)
        .stdout;
    let of_a: Vec<_> = json
        .lines()
        .filter(|line| line.contains("\"key\":\"a\""))
        .collect();
    assert_eq!(of_a.len(), 2);
    let partition = |line: &str| line.split(',').next().unwrap().to_owned();
    assert_eq!(partition(of_a[0]), partition(of_a[1]));
    assert!(of_a[1].contains("\"value\":\"3::4\""), "{json}");
}

#[test]
fn a_wrong_line_of_json_is_told_with_its_number() {
    let folder = Folder::empty();
    let done = write(
        &folder,
        &["events", "--json"],
        b"{\"value\":\"a\"}\n{\"vale\":\"b\"}\n",
    )
    .with(1);
    for told in [
        "line 2: expected an object with `value`",
        "unknown field `vale`",
        "at least 1 records are durable",
    ] {
        assert!(done.stderr.contains(told), "{}", done.stderr);
    }
    let done = write(
        &folder,
        &["events", "--json"],
        b"{\"value\":\"a\",\"partition\":7}\n",
    )
    .with(1);
    assert!(done.stderr.contains("line 1: "), "{}", done.stderr);
}

#[test]
fn topics_are_listed_described_and_deleted() {
    let folder = Folder::empty();
    on_broker(
        &folder,
        &[
            "topics",
            "create",
            "tables",
            "--partitions=2",
            "--config",
            "cleanup.policy=compact",
        ],
    )
    .with(0);
    write(&folder, &["lines"], b"one\nthree\n").with(0);
    let list = on_broker(&folder, &["topics"]).with(0).stdout;
    assert_eq!(
        list,
        "TOPIC   PARTITIONS  RECORDS  BYTES  OFFSETS  CLEANUP\n\
         lines   1           2        8      2        delete\n\
         tables  2           0        0      0        compact\n"
    );
    let described = on_broker(&folder, &["topics", "describe", "tables"])
        .with(0)
        .stdout;
    assert_eq!(
        described,
        "tables: cleanup.policy=compact\n  cleanup.policy=compact\n\
         PARTITION  START  END  RECORDS  BYTES\n\
         0          0      0    0        0\n\
         1          0      0    0        0\n"
    );
    let again = on_broker(&folder, &["topics", "create", "tables"]).with(1);
    assert!(
        again.stderr.contains("expected no topic `tables` yet"),
        "{}",
        again.stderr
    );
    on_broker(&folder, &["topics", "delete", "tables"]).with(0);
    let done = on_broker(&folder, &["topics", "describe", "tables"]).with(2);
    assert!(
        done.stderr
            .contains("expected a topic, found none called `tables` (topics: lines)"),
        "{}",
        done.stderr
    );
}

#[test]
fn a_missing_directory_is_told_and_not_made() {
    let folder = Folder::empty();
    let arguments: [&[&str]; 4] = [
        &["topics"],
        &["topics", "describe", "lines"],
        &["topics", "delete", "lines"],
        &["read", "lines"],
    ];
    for arguments in arguments {
        let done = on_broker(&folder, arguments).with(1);
        assert!(
            done.stderr
                .contains("expected an embedded broker in directory `broker`, found none"),
            "{}",
            done.stderr
        );
    }
    assert!(!folder.has("broker"));
}

#[test]
fn a_broker_that_cannot_be_looked_into_is_told() {
    let folder = Folder::empty();
    folder.write("worker.properties", WORKER);
    folder.write("empty.properties", "group.id=a\n");
    #[rustfmt::skip]
    let cases: [(&[&str], &str); 5] = [
        (&["topics", "--broker", "localhost"], "Must be `embedded:<directory>`, `embedded:memory` or brokers of Kafka"),
        (&["topics", "--broker", "embedded:memory"], "that broker ends with its process"),
        (&["topics", "--worker", "empty.properties"], "expected `bootstrap.servers`, found no such key"),
        (&["topics"], "or --worker <file>, found neither"),
        (&["read", "lines", "--broker=embedded:a", "--worker=worker.properties"], "cannot be used with"),
    ];
    for (arguments, told) in cases {
        let done = folder.run(arguments).with(2);
        assert!(done.stderr.contains(told), "{}", done.stderr);
    }
}

#[test]
fn an_output_that_nobody_reads_any_more_is_no_failure() {
    let folder = Folder::empty();
    write(
        &folder,
        &["lines"],
        "a line of some length\n".repeat(20_000).as_bytes(),
    )
    .with(0);
    let mut command = folder.command(&[&["read", "lines"][..], &BROKER].concat());
    let mut child = command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let done = Done::of(child.wait_with_output().unwrap()).with(0);
    assert_eq!(done.stderr, "");
}

#[test]
fn ctrl_c_ends_a_write_and_tells_what_is_durable() {
    let folder = Folder::empty();
    let mut command = folder.command(&[&["write", "lines"][..], &BROKER].concat());
    let mut running = Running::start(command.stdin(Stdio::piped()));
    let mut input = running.stdin();
    input.write_all(b"one\ntwo\n").unwrap();
    // What is written is read by others only after the end; this says that the broker is open.
    running.hear("making an embedded broker in directory `broker`");
    running.wait("a broker", |_| folder.has("broker/broker.redb"));
    running.signal(Signal::INT);
    assert_eq!(running.end(), Some(130), "{}", running.heard());
    assert!(
        running.heard().contains("ended by Ctrl-C; at least "),
        "{}",
        running.heard()
    );
    // It was closed: whatever it has taken is there.
    on_broker(&folder, &["topics"]).with(0);
}

#[tokio::test(flavor = "multi_thread")]
async fn records_of_aborted_transactions_are_read_on_request_only() {
    let folder = Folder::empty();
    let broker = EmbeddedBroker::open(folder.at("broker"), Arc::new(System::current())).await;
    let broker = broker.unwrap();
    let options = ProducerOptions::new("test");
    let mut producer = broker
        .transactional_producer("test", &options)
        .await
        .unwrap();
    for (line, commit) in [
        ("one", true),
        ("gone", false),
        ("two", true),
        ("gone too", false),
    ] {
        let sent = producer
            .send(vec![ProducerRecord::new("lines", line)])
            .await;
        sent.unwrap().await.unwrap();
        match commit {
            true => producer.commit().await.unwrap(),
            false => producer.abort().await.unwrap(),
        }
    }
    broker.close().await.unwrap();
    let read = |arguments: &[&str]| on_broker(&folder, &[&["read", "lines"], arguments].concat());
    assert_eq!(read(&[]).with(0).stdout, "one\ntwo\n");
    assert_eq!(
        read(&["--uncommitted"]).with(0).stdout,
        "one\ngone\ntwo\ngone too\n"
    );
    let list = on_broker(&folder, &["topics"]).with(0).stdout;
    // Each end of a transaction takes an offset too.
    assert!(
        list.contains("lines  1           2        6      8        delete"),
        "{list}"
    );
}

#[test]
fn a_reference_in_a_workers_file_is_no_name_of_a_directory() {
    let folder = Folder::empty();
    let worker = WORKER.replace("embedded:broker", "embedded:${env:DIR}");
    let worker = format!("{worker}config.providers=env\n");
    folder.write("worker.properties", &worker);
    for arguments in [
        &["topics", "create", "a"][..],
        &["topics"],
        &["read", "a"],
        &["write", "a"],
    ] {
        let done = folder.run(&[arguments, &["--worker", "worker.properties"]].concat());
        let stderr = done.with(2).stderr;
        for told in [
            "worker.properties:1: Invalid value embedded:${env:DIR} for configuration bootstrap.servers: ",
            "only a worker looks up what references stand for",
            "expected `embedded:<directory>`",
        ] {
            assert!(stderr.contains(told), "{told}\n\n{stderr}");
        }
    }
    assert!(!folder.has("${env:DIR}"));
}
