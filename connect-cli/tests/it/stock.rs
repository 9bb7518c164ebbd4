//! Kafka's own files, of which one line is changed.

use std::{
    fmt::Write,
    hash::{BuildHasher, RandomState},
    time::{Duration, Instant},
};

use super::{files::Folder, process::Listening};

#[test]
fn the_stock_files_copy_a_file_line_by_line() {
    let folder = Folder::stock();
    let text = "eins\nzażółć gęślą jaźń\n\n{\"a\": [1, \"😀\"]}\n";
    folder.write("test.txt", text);
    let mut running = folder.start();
    running.until(&folder, "test.sink.txt", text);
    let heard = running.stop();
    assert!(
        heard.contains("source `local-file-source` is RUNNING"),
        "{heard}"
    );
    assert!(
        heard.contains("task `local-file-sink-0` is RUNNING"),
        "{heard}"
    );
    assert!(heard.contains("stopped: 2 tasks ended in order"), "{heard}");
    // In the topic stands what Java's converter writes.
    let read = [
        "read",
        "connect-test",
        "--worker",
        "worker.properties",
        "--count",
        "1",
    ];
    assert_eq!(
        folder.run(&read).with(0).stdout,
        "{\"schema\":{\"type\":\"string\",\"optional\":false},\"payload\":\"eins\"}\n"
    );
}

#[test]
fn a_second_run_goes_on_where_the_first_one_ended() {
    let folder = Folder::stock();
    let mut expected = String::new();
    for run in 0..3 {
        let line = format!("Zeile {run}\n");
        folder.append("test.txt", &line);
        expected.push_str(&line);
        let mut running = folder.start();
        running.until(&folder, "test.sink.txt", &expected);
        running.stop();
    }
}

const KILLS: u64 = 20;

#[test]
fn twenty_kills_while_a_writer_appends_lose_and_double_no_line() {
    let seed = std::env::var("CONNECT_SEED")
        .ok()
        .and_then(|seed| seed.parse().ok());
    let seed: u64 = seed.unwrap_or_else(|| RandomState::new().hash_one(0));
    eprintln!("CONNECT_SEED={seed}");
    let folder = Folder::stock();
    let mut lines = 0;
    let mut input = String::new();
    let mut append = || {
        let mut text = String::new();
        for _ in 0..10 {
            writeln!(
                text,
                "{lines}: żółw, Straße, 北京, 😀 {}",
                "é".repeat(lines % 50)
            )
            .unwrap();
            lines += 1;
        }
        folder.append("test.txt", &text);
        input.push_str(&text);
    };
    for kill in 0..KILLS {
        let mut running = folder.start();
        // The sequence of splitmix64: any seed will do.
        let random = seed
            .wrapping_add(0x9E37_79B9_7F4A_7C15_u64.wrapping_mul(kill))
            .wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let written = folder.read("test.sink.txt").len();
        let until = Instant::now() + Duration::from_millis(20 + (random >> 33) % 500);
        // Each fourth kill waits until something was written, so that the copy gets ahead.
        let ahead = |folder: &Folder| kill % 4 > 0 || folder.read("test.sink.txt").len() > written;
        while Instant::now() < until || !ahead(&folder) {
            append();
            let listening = running.listen(Duration::from_millis(2));
            assert_eq!(listening, Listening::On, "{}", running.heard());
        }
        running.kill();
    }
    let mut running = folder.start();
    let expected = input;
    running.wait("as many bytes as the input has", |_| {
        folder.read("test.sink.txt").len() >= expected.len()
    });
    running.stop();
    let output = folder.read("test.sink.txt");
    let wrong = output
        .lines()
        .zip(expected.lines())
        .position(|(one, other)| one != other);
    assert_eq!(
        wrong, None,
        "seed {seed}: the first line that is another one"
    );
    assert!(
        output == expected,
        "seed {seed}: {} bytes of {}",
        output.len(),
        expected.len()
    );
}
