//! Whatever was acknowledged outlives SIGKILL at any moment, and transactions are whole.
//!
//! The test runs itself again as a child that writes and tells what was acknowledged, and kills it.

use std::{
    env,
    io::{BufRead, BufReader, Write},
    path::Path,
    process::{Child, ChildStderr, Command, Stdio},
};

use connect_runtime::broker::{
    Broker,
    embedded::{EmbeddedBroker, EmbeddedOptions, Recovery},
};

use crate::fixture::{open, producer, record, send, system, transactional, values};

const DIRECTORY: &str = "CONNECT_KILL_DIRECTORY";
const RECOVERY: &str = "CONNECT_KILL_RECOVERY";

/// How many records a transaction has.
const WHOLE: u64 = 10;

/// The child: writes plain records and transactions for ever, numbers counting on from what it finds.
#[tokio::test]
async fn child() {
    let Some(directory) = env::var_os(DIRECTORY) else {
        return; // Only the test below asks for it.
    };
    let mut options = EmbeddedOptions::default();
    if env::var_os(RECOVERY).is_some_and(|recovery| recovery == "QuickStart") {
        options.recovery = Recovery::QuickStart;
    }
    let broker = EmbeddedBroker::open_with(Path::new(&directory), options, system())
        .await
        .unwrap();
    let mut plain = producer(&broker).await;
    let mut whole = transactional(&broker).await;
    let (mut next_plain, mut next_whole) = (0, 0);
    for (topic, next) in [("plain", &mut next_plain), ("whole", &mut next_whole)] {
        if broker.topic(topic).await.unwrap().is_some() {
            let found = values(&broker, topic).await;
            *next = found
                .last()
                .map_or(0, |last| last.parse::<u64>().unwrap() + 1);
        }
    }
    let mut told = std::io::stderr();
    loop {
        let batch = (0..WHOLE).map(|number| record("whole", (next_whole + number).to_string()));
        for half in batch.collect::<Vec<_>>().chunks(5) {
            send(&mut *whole, half.to_vec()).await.unwrap();
        }
        let batch = vec![record("plain", next_plain.to_string())];
        let (sent, committed) = tokio::join!(send(&mut *plain, batch), whole.commit());
        sent.unwrap();
        committed.unwrap();
        next_plain += 1;
        next_whole += WHOLE;
        writeln!(told, "acknowledged {next_plain} {next_whole}").unwrap();
    }
}

struct Writer {
    child: Child,
    told: std::io::Lines<BufReader<ChildStderr>>,
}

impl Writer {
    fn start(directory: &Path, recovery: Recovery) -> Self {
        let mut child = Command::new(env::current_exe().unwrap())
            .args(["embedded_kill::child", "--exact", "--nocapture"])
            .env(DIRECTORY, directory)
            .env(RECOVERY, format!("{recovery:?}"))
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let told = BufReader::new(child.stderr.take().unwrap()).lines();
        Self { child, told }
    }

    /// Waits for an acknowledgement, and returns how many plain and transactional records are durable.
    fn acknowledged(&mut self) -> Option<(u64, u64)> {
        for line in self.told.by_ref() {
            let line = line.unwrap();
            let Some(counts) = line.strip_prefix("acknowledged ") else {
                continue;
            };
            // A line that was cut off by the kill says nothing.
            let (plain, whole) = counts.split_once(' ')?;
            return Some((plain.parse().ok()?, whole.parse().ok()?));
        }
        None
    }

    /// Kills, and returns the last that it told.
    fn kill(mut self, mut last: (u64, u64)) -> (u64, u64) {
        self.child.kill().unwrap();
        while let Some(more) = self.acknowledged() {
            last = last.max(more);
        }
        self.child.wait().unwrap();
        last
    }
}

#[tokio::test]
async fn nothing_acknowledged_is_lost() {
    check_kills(Recovery::CheapCommits).await;
}

#[tokio::test]
async fn nothing_acknowledged_is_lost_with_a_quick_start() {
    check_kills(Recovery::QuickStart).await;
}

async fn check_kills(recovery: Recovery) {
    let directory = tempfile::tempdir().unwrap();
    for round in 0..10 {
        let mut writer = Writer::start(directory.path(), recovery);
        let mut last = (0, 0);
        for _ in 0..=round * 3 {
            last = writer
                .acknowledged()
                .expect("the child lives until it is killed");
        }
        let (plain, whole) = writer.kill(last);
        let broker = open(directory.path()).await;
        let found = values(&broker, "plain").await;
        let expected: Vec<_> = (0..found.len()).map(|number| number.to_string()).collect();
        assert_eq!(found, expected);
        assert!(
            found.len() as u64 >= plain,
            "round {round}: {} of {plain}",
            found.len()
        );
        let found = values(&broker, "whole").await;
        let expected: Vec<_> = (0..found.len()).map(|number| number.to_string()).collect();
        assert_eq!(found, expected);
        assert_eq!(
            found.len() as u64 % WHOLE,
            0,
            "a part of a transaction is readable"
        );
        assert!(
            found.len() as u64 >= whole,
            "round {round}: {} of {whole}",
            found.len()
        );
        broker.close().await.unwrap();
    }
}

#[tokio::test]
async fn a_directory_in_use_by_another_process_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    let mut writer = Writer::start(directory.path(), Recovery::CheapCommits);
    writer.acknowledged().unwrap();
    let error = EmbeddedBroker::open(directory.path(), system())
        .await
        .unwrap_err();
    let pid = writer.child.id();
    let expected = format!("is in use by the process with pid {pid}");
    assert!(error.message().ends_with(&expected), "{error}");
    writer.kill((0, 0));
    open(directory.path()).await.close().await.unwrap();
}

#[tokio::test]
async fn a_process_that_dies_while_it_makes_the_database_leaves_one_that_can_be_opened() {
    for round in 0..40_u32 {
        let folder = tempfile::tempdir().unwrap();
        let directory = folder.path().join("broker");
        let mut writer = Writer::start(&directory, Recovery::CheapCommits);
        // It dies somewhere between the first file and the first topic.
        while !directory.join("lock").exists() {
            std::hint::spin_loop();
        }
        for _ in 0..round * 20 {
            let _ = std::fs::read_dir(&directory).unwrap().count();
        }
        writer.child.kill().unwrap();
        writer.child.wait().unwrap();
        let broker = open(&directory).await;
        assert!(!directory.join("broker.redb.new").exists());
        broker.close().await.unwrap();
    }
}
