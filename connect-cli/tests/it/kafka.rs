//! The same on Kafka.

use std::{
    fmt::Write as _,
    hash::{BuildHasher, RandomState},
    io::Write as _,
    net::TcpListener,
    process::Stdio,
    time::{Duration, Instant},
};

use connect_kafka_lab::Kafka;
use rustix::process::Signal;

use super::{
    files::{Folder, STOCK_SINK, STOCK_SOURCE, WORKER},
    process::{Done, Listening},
};

/// A name that nothing else on the cluster has.
fn unique(name: &str) -> String {
    format!("{name}-{:016x}", RandomState::new().hash_one(name))
}

#[test]
fn the_stock_files_copy_a_file_through_kafka_and_go_on_in_a_second_run() {
    let (servers, name) = (Kafka::shared(), unique("stock"));
    Kafka::create_topic(&servers, &name, 1, &[]).unwrap();
    let folder = Folder::stock_on(&servers, &name);
    let mut expected = String::new();
    for text in ["eins\nzażółć gęślą jaźń\n\n", "{\"a\": [1, \"😀\"]}\n"] {
        folder.append("test.txt", text);
        expected.push_str(text);
        let mut running = folder.start();
        running.until(&folder, "test.sink.txt", &expected);
        let heard = running.stop();
        assert!(heard.contains("stopped: 2 tasks ended in order"), "{heard}");
    }
    // In the topic stands what Java's converter writes.
    let records = Kafka::read_committed(&servers, &name).unwrap();
    assert_eq!(records.len(), 4);
    let first = String::from_utf8(records[0].value.clone().unwrap()).unwrap();
    assert_eq!(
        first,
        r#"{"schema":{"type":"string","optional":false},"payload":"eins"}"#
    );
}

#[test]
fn kills_while_a_writer_appends_lose_no_line() {
    let (input, output) = kill_again_and_again("at-least-once", "");
    // A line may come twice; what comes first is all of them, in order.
    let mut seen = std::collections::HashSet::new();
    let first: Vec<_> = output.lines().filter(|line| seen.insert(*line)).collect();
    assert!(first == input.lines().collect::<Vec<_>>());
}

#[test]
fn kills_lose_and_double_no_line_where_the_worker_asks_for_exactly_once() {
    let asked = "exactly.once.source.support=enabled\n";
    let (input, output) = kill_again_and_again("exactly-once", asked);
    assert!(input == output, "{} bytes of {}", output.len(), input.len());
}

/// Returns what was appended meanwhile, and what came out.
fn kill_again_and_again(name: &str, settings: &str) -> (String, String) {
    /// After each of them the group waits until the session of the dead member ends.
    const KILLS: u64 = 4;

    let random = RandomState::new().hash_one(name);
    eprintln!("random: {random}");
    let (servers, name) = (Kafka::shared(), unique(name));
    Kafka::create_topic(&servers, &name, 1, &[]).unwrap();
    let folder = Folder::stock_on(&servers, &name);
    folder.append("worker.properties", &format!("\n{settings}"));
    let (mut input, mut lines) = (String::new(), 0);
    let mut append = || {
        let mut text = String::new();
        for _ in 0..10 {
            writeln!(text, "{lines}: żółw, 北京 {}", "é".repeat(lines % 50)).unwrap();
            lines += 1;
        }
        folder.append("test.txt", &text);
        input.push_str(&text);
    };
    for kill in 0..KILLS {
        let mut running = folder.start();
        let written = folder.read("test.sink.txt").len();
        let more = Duration::from_millis((random >> (kill * 16)) % 300);
        let mut until = Instant::now() + more;
        // Each second kill waits until something was written, so that the copy gets ahead.
        let mut is_ahead = kill % 2 > 0;
        while Instant::now() < until {
            append();
            let listening = running.listen(Duration::from_millis(5));
            assert_eq!(listening, Listening::On, "{}", running.heard());
            if !is_ahead {
                is_ahead = folder.read("test.sink.txt").len() > written;
                until = Instant::now() + more;
            }
        }
        running.kill();
    }
    append();
    let last = input.lines().last().unwrap().to_owned();
    let mut running = folder.start();
    running.wait("the last line", |_| {
        folder.read("test.sink.txt").lines().last() == Some(&last)
    });
    running.stop();
    (input, folder.read("test.sink.txt"))
}

#[test]
fn topics_of_a_cluster_are_made_fed_read_and_deleted() {
    let (servers, name) = (Kafka::shared(), unique("looked-into"));
    let folder = Folder::empty();
    folder.write(
        "worker.properties",
        &format!("bootstrap.servers={servers}\n"),
    );
    let broker = ["--worker", "worker.properties"];
    let on = |arguments: &[&str]| folder.run(&[arguments, &broker].concat());
    let created = on(&["topics", "create", &name, "--partitions", "2"]).with(0);
    assert_eq!(created.stdout, format!("created topic `{name}`\n"));

    let write = |arguments: &[&str], input: &str| {
        let mut command = folder.command(&[&["write"], arguments, &broker].concat());
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.stderr(Stdio::piped()).spawn().unwrap();
        child
            .stdin
            .take()
            .unwrap()
            .write_all(input.as_bytes())
            .unwrap();
        Done::of(child.wait_with_output().unwrap()).with(0).stdout
    };
    let records = r#"{"partition":1,"key":"k","value":"one"}
{"partition":1,"key":null,"value":"two","headers":[["h","x"]]}
"#;
    assert_eq!(
        write(&[&name, "--json"], records),
        "2 records are durable\n"
    );
    assert_eq!(on(&["read", &name]).with(0).stdout, "one\ntwo\n");
    let from_the_end = on(&["read", &name, "--partition", "1", "--from", "-1"]);
    assert_eq!(from_the_end.with(0).stdout, "two\n");

    // Records are not counted: topics of a cluster may be large.
    let described = on(&["topics", "describe", &name]).with(0).stdout;
    assert!(described.starts_with(&format!("{name}: cleanup.policy=delete\n")));
    let cells = described.lines().last().unwrap().split_whitespace();
    assert_eq!(cells.collect::<Vec<_>>(), ["1", "0", "2", "-", "-"]);
    assert!(on(&["topics"]).with(0).stdout.contains(&name));

    assert_eq!(
        on(&["topics", "delete", &name]).with(0).stdout,
        format!("deleted topic `{name}`\n")
    );
    let missing = on(&["read", &name]).with(2).stderr;
    assert!(missing.contains("found none called"), "{missing}");
    // Not every cluster makes topics by itself.
    assert_eq!(write(&[&name], "three\n"), "1 records are durable\n");
    assert_eq!(on(&["read", &name]).with(0).stdout, "three\n");
}

/// Something that takes connections and never answers.
fn silent() -> (TcpListener, String) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    (listener, address)
}

#[test]
fn a_broker_that_does_not_answer_is_told_and_ctrl_c_ends_the_wait() {
    let (_listener, address) = silent();
    let worker = WORKER.replace("embedded:broker", &address);
    let folder = Folder::with(&worker, STOCK_SOURCE, STOCK_SINK);
    let mut running = folder.start();
    running.hear(&format!("no broker at {address} answers"));
    running.signal(Signal::INT);
    assert_eq!(running.end(), Some(130), "{}", running.heard());
}

#[test]
fn who_looks_into_a_broker_that_does_not_answer_is_told_so() {
    let (_listener, address) = silent();
    let done = Folder::empty().run(&["topics", "--broker", &address]);
    let told = format!(
        "expected a broker of Kafka at {address} (`bootstrap.servers`), none answered within 10 s"
    );
    let stderr = done.with(1).stderr;
    assert!(stderr.contains(&told), "{stderr}");
}
