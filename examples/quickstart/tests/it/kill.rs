//! SIGKILL at any moment loses nothing and doubles nothing.

use std::{
    fmt::Write,
    fs,
    hash::{BuildHasher, RandomState},
    io::{BufRead, BufReader},
    path::Path,
    process::Stdio,
    sync::mpsc::{Receiver, sync_channel},
    thread,
    time::{Duration, Instant},
};

use rusqlite::Connection;

use super::quickstart;

const LINES: usize = 300_000;
const KILLS: u64 = 20;

#[test]
fn twenty_kills_at_random_moments_lose_and_double_no_line() {
    let seed = std::env::var("CONNECT_SEED")
        .ok()
        .and_then(|seed| seed.parse().ok());
    let seed: u64 = seed.unwrap_or_else(|| RandomState::new().hash_one(0));
    eprintln!("CONNECT_SEED={seed}");
    let directory = tempfile::tempdir().unwrap();
    let log = directory.path().join("access.log");
    let lines = access_log(&log);
    let data = directory.path().join("data");
    for kill in 0..KILLS {
        // The sequence of splitmix64: any seed will do.
        let random = (seed.wrapping_add(kill.wrapping_mul(0x9E37_79B9_7F4A_7C15)))
            .wrapping_mul(0xBF58_476D_1CE4_E5B9);
        run(
            &data,
            &log,
            Some(Duration::from_millis(20 + (random >> 33) % 400)),
        );
    }
    run(&data, &log, None);
    let rows = rows(&data.join("requests.sqlite"));
    assert_eq!(rows.len(), lines.len(), "seed {seed}");
    let wrong = rows.iter().zip(&lines).position(|(row, line)| row != line);
    assert_eq!(
        wrong, None,
        "seed {seed}: the first row that is not the line of its place"
    );
}

/// Writes a log and returns its lines.
fn access_log(path: &Path) -> Vec<String> {
    let line = |n: usize| {
        let status = [200, 304, 404, 500][n % 4];
        format!("10.0.0.1 - - [21/Nov/2026:01:00:00 +0000] \"GET /page/{n} HTTP/1.1\" {status} {n}")
    };
    let lines: Vec<String> = (0..LINES).map(line).collect();
    let mut text = String::new();
    lines
        .iter()
        .for_each(|line| writeln!(text, "{line}").unwrap());
    fs::write(path, text).unwrap();
    lines
}

/// Runs the program to its end, or kills it after some time.
fn run(data: &Path, log: &Path, kill_after: Option<Duration>) {
    let mut command = quickstart();
    command.arg("--data").arg(data).arg("--log").arg(log);
    let mut child = command.stderr(Stdio::piped()).spawn().unwrap();
    let said = follow(BufReader::new(child.stderr.take().unwrap()));
    match kill_after {
        Some(after) => {
            let until = Instant::now() + after;
            while said
                .recv_timeout(until.saturating_duration_since(Instant::now()))
                .is_ok()
            {}
            child.kill().unwrap();
            child.wait().unwrap();
        }
        None => {
            let everything: Vec<String> = said.iter().collect();
            assert!(child.wait().unwrap().success(), "{everything:#?}");
        }
    }
}

/// Passes on what the program says, line by line.
fn follow(lines: impl BufRead + Send + 'static) -> Receiver<String> {
    let (say, said) = sync_channel(64);
    thread::spawn(move || {
        for line in lines.lines().map_while(Result::ok) {
            if say.send(line).is_err() {
                return;
            }
        }
    });
    said
}

fn rows(database: &Path) -> Vec<String> {
    let database = Connection::open(database).unwrap();
    let mut select = database
        .prepare("SELECT line FROM requests ORDER BY id")
        .unwrap();
    let rows = select.query_map([], |row| row.get(0)).unwrap();
    rows.map(Result::unwrap).collect()
}
