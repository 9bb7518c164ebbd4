//! SIGKILL at any moment loses nothing and doubles nothing.

use std::{
    fmt::Write as _,
    fs::OpenOptions,
    hash::{BuildHasher, RandomState},
    io::{BufRead, BufReader, Write as _},
    path::Path,
    process::Stdio,
    sync::mpsc::{Receiver, sync_channel},
    thread,
    time::{Duration, Instant},
};

use rusqlite::{Connection, Row};

use super::quickstart;

#[test]
fn twenty_kills_at_random_moments_lose_and_double_no_line() {
    check_kills(20, Duration::from_millis(400), &[]);
}

/// On a cluster the group waits, after each kill, until the session of the dead member ends.
#[cfg(feature = "kafka")]
#[test]
fn five_kills_lose_and_double_no_line_on_kafka() {
    let servers = connect_kafka_lab::Kafka::shared();
    check_kills(
        5,
        Duration::from_secs(9),
        &["--bootstrap-servers", &servers],
    );
}

/// Kills the program so often, each time after at most `longest`.
fn check_kills(count: usize, longest: Duration, arguments: &[&str]) {
    let seed = std::env::var("CONNECT_SEED")
        .ok()
        .and_then(|seed| seed.parse().ok());
    let seed: u64 = seed.unwrap_or_else(|| RandomState::new().hash_one(0));
    eprintln!("CONNECT_SEED={seed}");
    let directory = tempfile::tempdir().unwrap();
    let log = directory.path().join("access.log");
    let data = directory.path().join("data");
    let mut lines = Vec::new();
    let (mut chunk, mut kills) = (20_000, 0);
    for attempt in 0.. {
        append(&log, &mut lines, chunk);
        // The sequence of splitmix64: any seed will do.
        let random = (seed.wrapping_add(0x9E37_79B9_7F4A_7C15_u64.wrapping_mul(attempt)))
            .wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let longest = longest.as_millis() as u64;
        let after = Duration::from_millis(20 + (random >> 33) % longest);
        match run((&data, &log), arguments, Some(after)) {
            End::Killed => kills += 1,
            // Next time there is enough to do for it to meet its end.
            End::Done => chunk *= 2,
        }
        if kills == count {
            break;
        }
        assert!(
            attempt < 200,
            "seed {seed}: {kills} kills met a running copy"
        );
    }
    run((&data, &log), arguments, None);
    check(&data.join("requests.sqlite"), &lines, seed);
}

#[track_caller]
fn check(database: &Path, lines: &[String], seed: u64) {
    let database = Connection::open(database).unwrap();
    let rows: Vec<String> = select(&database, "SELECT line FROM requests ORDER BY id", |row| {
        row.get(0)
    });
    assert_eq!(rows.len(), lines.len(), "seed {seed}");
    let wrong = rows.iter().zip(lines).position(|(row, line)| row != line);
    assert_eq!(
        wrong, None,
        "seed {seed}: the first row that is not the line of its place"
    );
    let counts: Vec<(String, i64)> = select(
        &database,
        "SELECT status, requests FROM counts ORDER BY status",
        |row| Ok((row.get(0)?, row.get(1)?)),
    );
    let expected = STATUSES.map(|status| {
        let has = |line: &&String| line.contains(&format!("\" {status} "));
        (status.to_string(), lines.iter().filter(has).count() as i64)
    });
    assert_eq!(counts, expected, "seed {seed}");
}

const STATUSES: [u16; 4] = [200, 304, 404, 500];

/// Appends `count` lines to the log.
fn append(path: &Path, lines: &mut Vec<String>, count: usize) {
    let mut text = String::new();
    for n in lines.len()..lines.len() + count {
        let status = STATUSES[n % 4];
        let line = format!(
            "10.0.0.1 - - [21/Nov/2026:01:00:00 +0000] \"GET /page/{n} HTTP/1.1\" {status} {n}"
        );
        writeln!(text, "{line}").unwrap();
        lines.push(line);
    }
    let mut log = OpenOptions::new();
    let mut log = log.create(true).append(true).open(path).unwrap();
    log.write_all(text.as_bytes()).unwrap();
}

/// How a run ended.
enum End {
    /// It was killed while it ran.
    Killed,
    /// It had read everything.
    Done,
}

/// Runs the program to its end, or kills it after some time.
fn run((data, log): (&Path, &Path), arguments: &[&str], kill_after: Option<Duration>) -> End {
    let mut command = quickstart();
    command.arg("--data").arg(data).arg("--log").arg(log);
    command.args(arguments);
    let mut child = command.stderr(Stdio::piped()).spawn().unwrap();
    let said = follow(BufReader::new(child.stderr.take().unwrap()));
    if let Some(after) = kill_after {
        let until = Instant::now() + after;
        while said
            .recv_timeout(until.saturating_duration_since(Instant::now()))
            .is_ok()
        {}
        if child.try_wait().unwrap().is_none() {
            child.kill().unwrap();
            child.wait().unwrap();
            return End::Killed;
        }
    }
    let everything: Vec<String> = said.iter().collect();
    assert!(child.wait().unwrap().success(), "{everything:#?}");
    End::Done
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

fn select<T>(
    database: &Connection,
    sql: &str,
    read: impl Fn(&Row<'_>) -> rusqlite::Result<T>,
) -> Vec<T> {
    let mut select = database.prepare(sql).unwrap();
    let rows = select.query_map([], read).unwrap();
    rows.map(Result::unwrap).collect()
}
