//! Brokers, and Java's clients at them.

use std::{
    io::{BufRead, BufReader, ErrorKind, Read, Write},
    net::TcpStream,
    process::{self, Command, Stdio},
    thread,
    time::Duration,
};

use connect_kafka_lab::{Direction, Ending, Kafka, Mode, Options, Record};

/// A request as it goes over the wire: its size, key 18, version 0, correlation id 7, no client id.
const API_VERSIONS: &[u8] = &[0, 0, 0, 10, 0, 18, 0, 0, 0, 0, 0, 7, 255, 255];

/// Returns a name that nobody else uses at the shared broker.
fn own(topic: &str) -> String {
    format!("{topic}-{}", process::id())
}

/// Returns what was read, without what a writer does not decide.
fn values(records: &[Record]) -> Vec<String> {
    let values = records.iter().map(|record| record.value.as_deref());
    values
        .map(|value| String::from_utf8_lossy(value.unwrap()).into_owned())
        .collect()
}

#[test]
fn what_java_writes_is_read_byte_by_byte() {
    let kafka = Kafka::shared();
    let topic = &own("lab-bytes");
    Kafka::create_topic(&kafka, topic, 2, &[]).unwrap();
    let records = [
        Record {
            timestamp: Some(1_000),
            key: Some(vec![0, 9, 10, 255]),
            headers: vec![("h".into(), Some(vec![1])), ("h".into(), None)],
            ..Record::default()
        },
        Record {
            offset: 1,
            timestamp: Some(2_000),
            value: Some(Vec::new()),
            ..Record::default()
        },
        Record {
            partition: 1,
            timestamp: Some(3_000),
            ..Record::text("k", "v")
        },
    ];
    Kafka::write(&kafka, topic, &records, Ending::Plain).unwrap();
    let mut read = Kafka::read_committed(&kafka, topic).unwrap();
    read.sort_by_key(|record| (record.partition, record.offset));
    assert_eq!(read, records);
}

#[test]
fn a_reader_ends_before_an_open_transaction_and_skips_aborted_ones() {
    let kafka = Kafka::shared();
    let topic = &own("lab-transactions");
    Kafka::create_topic(&kafka, topic, 1, &[]).unwrap();
    let endings = [
        ("committed", Ending::Committed),
        ("aborted", Ending::Aborted),
        ("plain", Ending::Plain),
        ("open", Ending::Open),
        ("behind", Ending::Plain),
    ];
    for (value, ending) in endings {
        Kafka::write(&kafka, topic, &[Record::text("k", value)], ending).unwrap();
    }
    let committed = Kafka::read_committed(&kafka, topic).unwrap();
    assert_eq!(values(&committed), ["committed", "plain"]);
    let all = Kafka::read_uncommitted(&kafka, topic).unwrap();
    assert_eq!(
        values(&all),
        ["committed", "aborted", "plain", "open", "behind"]
    );
}

#[test]
fn a_missing_topic_is_named() {
    let kafka = Kafka::shared();
    let error = Kafka::read_committed(&kafka, "lab-missing").unwrap_err();
    assert!(error.to_string().contains("lab-missing"), "{error}");
}

#[test]
fn a_killed_broker_comes_back_with_its_data() {
    let kafka = Kafka::start(&Options::default()).unwrap();
    let bootstrap = kafka.bootstrap();
    Kafka::create_topic(&bootstrap, "kept", 1, &[]).unwrap();
    Kafka::write(&bootstrap, "kept", &[Record::text("k", "1")], Ending::Plain).unwrap();
    kafka.kill(1).unwrap();
    kafka.kill(1).unwrap_err();
    kafka.restart(1).unwrap();
    kafka.restart(1).unwrap_err();
    Kafka::write(&bootstrap, "kept", &[Record::text("k", "2")], Ending::Plain).unwrap();
    kafka.stop(1).unwrap();
    kafka.restart(1).unwrap();
    let read = Kafka::read_committed(&bootstrap, "kept").unwrap();
    assert_eq!(values(&read), ["1", "2"]);
}

#[test]
fn a_wrong_setting_shows_the_log() {
    let options = Options::default().property("num.io.threads", "none");
    let error = Kafka::start(&options).unwrap_err().to_string();
    assert!(error.contains("node 1: expected it to start"), "{error}");
    assert!(error.contains("num.io.threads"), "{error}");
}

#[test]
fn clients_stay_behind_the_proxy_of_each_broker() {
    let kafka = Kafka::start(&Options::default().behind_proxy()).unwrap();
    assert_ne!(kafka.bootstrap(), kafka.direct());
    Kafka::create_topic(&kafka.direct(), "behind", 1, &[]).unwrap();
    let record = [Record::text("k", "v")];
    kafka.proxy(1).set(Mode::Hold);
    thread::scope(|scope| {
        let writer = scope.spawn(|| {
            Kafka::write(&kafka.bootstrap(), "behind", &record, Ending::Plain).unwrap();
        });
        kafka.proxy(1).wait_until_held(Direction::ToServer).unwrap();
        let read = Kafka::read_committed(&kafka.direct(), "behind").unwrap();
        assert_eq!(read, [], "nothing comes through");
        kafka.proxy(1).set(Mode::Pass);
        writer.join().unwrap();
    });
    let read = Kafka::read_committed(&kafka.direct(), "behind").unwrap();
    assert_eq!(values(&read), ["v"]);
}

#[test]
fn a_cluster_outlives_each_of_its_brokers() {
    let kafka = Kafka::start(&Options::default().brokers(3)).unwrap();
    let bootstrap = kafka.bootstrap();
    Kafka::create_topic(&bootstrap, "replicated", 3, &[]).unwrap();
    for node in 1..=3 {
        kafka.kill(node).unwrap();
        let record = [Record::text("k", &node.to_string())];
        Kafka::write(&bootstrap, "replicated", &record, Ending::Committed).unwrap();
        kafka.restart(node).unwrap();
    }
    let read = Kafka::read_committed(&bootstrap, "replicated").unwrap();
    assert_eq!(values(&read), ["1", "2", "3"]);
}

#[test]
fn a_paused_broker_is_silent_until_it_goes_on() {
    let kafka = Kafka::start(&Options::default()).unwrap();
    let mut stream = TcpStream::connect(kafka.bootstrap()).unwrap();
    kafka.pause(1).unwrap();
    stream.write_all(API_VERSIONS).unwrap();
    // Before the pause it answered within milliseconds.
    stream
        .set_read_timeout(Some(Duration::from_millis(500)))
        .unwrap();
    stream.read_exact(&mut [0; 8]).unwrap_err();
    kafka.resume(1).unwrap();
    stream
        .set_read_timeout(Some(Duration::from_secs(60)))
        .unwrap();
    let mut answer = [0; 8];
    stream.read_exact(&mut answer).unwrap();
    assert_eq!(answer[4..], API_VERSIONS[8..12], "the correlation id");
}

#[test]
fn a_broker_ends_with_the_process_that_started_it() {
    let folder = tempfile::tempdir().unwrap();
    let mut program = Command::new(env!("CARGO_BIN_EXE_connect-kafka-lab"))
        .env("TMPDIR", folder.path())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut address = String::new();
    let output = program.stdout.take().unwrap();
    BufReader::new(output).read_line(&mut address).unwrap();
    let mut stream = TcpStream::connect(address.trim()).unwrap();
    program.kill().unwrap();
    program.wait().unwrap();
    stream
        .set_read_timeout(Some(Duration::from_secs(60)))
        .unwrap();
    // Its connections end with the broker: in order or not.
    match stream.read(&mut [0]) {
        Ok(bytes) => assert_eq!(bytes, 0),
        Err(error) => assert_eq!(error.kind(), ErrorKind::ConnectionReset),
    }
}
