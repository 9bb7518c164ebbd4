//! Exactly once in two tasks, into a file for each partition that is finished again and again.

use std::{
    env, fs,
    num::NonZero,
    process::{Command, Stdio},
    thread,
};

use connect_api::{FlushReason, SinkConnector, SinkContext};
use connect_file::{FileSink, Rotation};
use connect_runtime::Milestone;
use fastrand::Rng;
use futures::executor::block_on;

use super::{
    exactly_once::OPENED,
    milestones::{Kills, Variant, scene, seed},
    oracle::Promise,
    play::Play,
    scene::Scene,
};
use crate::{
    host::StillHost,
    sink::driver::{batch, of},
};

pub(super) const VARIANT: Variant = Variant {
    test: "kill::rotating::program",
    promise: Promise::ExactlyOnce,
    partitions: 2,
};

/// Where a kill concerns the sink; the other variants have the rest.
const OF_SINK: [Milestone; 10] = [
    Milestone::SinkOpened,
    Milestone::PartitionsOpened,
    Milestone::BatchPutting,
    Milestone::BatchPut,
    Milestone::SinkFlushed,
    Milestone::OffsetsCommitting,
    Milestone::OffsetsCommitted,
    Milestone::PartitionsClosing,
    Milestone::PartitionsClosed,
    Milestone::SinkStopping,
];

/// The variable that tells a writer where its scene is.
const WRITER: &str = "CONNECT_FILE_TEST_WRITES";

fn sink(scene: &Scene) -> FileSink {
    let output = scene.output();
    fs::create_dir_all(&output).unwrap();
    let template = format!("{}/${{topic}}/${{partition}}.txt", output.display());
    let rotation = Rotation::default().at_bytes(NonZero::new(30).unwrap());
    let most_open = NonZero::new(1).unwrap();
    let sink = FileSink::by_template(&template).unwrap();
    sink.with_rotation(rotation).with_most_open_files(most_open)
}

/// The program: works until every line is where it has to be.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn program() {
    let Some(play) = Play::begin(&VARIANT, &[]).await else {
        return; // Only the test below asks for it.
    };
    play.write_to(sink(&play.scene), 2).await;
    play.settle(&OPENED).await;
}

#[tokio::test]
async fn a_kill_at_any_milestone_loses_and_doubles_nothing_in_rotated_files() {
    let kills = Kills::of(VARIANT);
    if env::var_os("CONNECT_SOAK").is_some() {
        kills.check().await;
    } else {
        kills.check_at(OF_SINK).await;
    }
}

/// The most lines of a partition, for a writer that nobody kills.
const MOST: i64 = 100_000;

/// The program: writes and flushes lines one by one, from where the files say until it is killed.
#[test]
fn writer() {
    let Some(directory) = env::var_os(WRITER) else {
        return; // Only the test below asks for it.
    };
    let host = StillHost::new();
    let sink = sink(&Scene::at(directory));
    let mut task = block_on(sink.open(SinkContext::new(host.context()))).unwrap();
    let mut next = block_on(task.open(&[of(0), of(1)])).unwrap();
    for _ in 0..MOST {
        for partition in [0, 1] {
            let offset = next.entry(of(partition)).or_insert(0);
            let line = format!("line {partition} {offset}");
            block_on(task.put(&batch(partition, *offset, [line]))).unwrap();
            block_on(task.flush(FlushReason::Interval)).unwrap();
            *offset += 1;
        }
    }
}

/// Wherever that is: between any two steps of a store or a rotation, or in one.
#[test]
fn a_kill_at_any_moment_loses_and_doubles_nothing_in_rotated_files() {
    let (scene, _directory) = scene();
    let seed = seed("kill::rotating::writer");
    let mut random = Rng::with_seed(seed);
    let kills = match env::var_os("CONNECT_SOAK") {
        Some(_) => 500,
        None => 20,
    };
    for kill in 0..kills {
        let files = finished(&scene) + random.usize(1..4);
        // How soon after that the kill comes is up to the machine.
        kill_writer(&scene, files, random.usize(0..200));
        check_written(&scene, &format!("seed {seed}, kill {kill}"));
    }
}

/// Starts a writer, and kills it some moments after it has finished so many files.
fn kill_writer(scene: &Scene, files: usize, moments: usize) {
    let mut writer = Command::new(env::current_exe().unwrap())
        .args(["kill::rotating::writer", "--exact", "--quiet"])
        .env(WRITER, scene.directory())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    while finished(scene) < files {
        let ended = writer.try_wait().unwrap();
        assert_eq!(ended, None, "a writer ends when it is killed");
    }
    (0..moments).for_each(|_| thread::yield_now());
    writer.kill().unwrap();
    writer.wait().unwrap();
}

/// Checks that the files hold the first lines of each partition, up to the offset that the sink stored.
fn check_written(scene: &Scene, story: &str) {
    let host = StillHost::new();
    let mut task = block_on(sink(scene).open(SinkContext::new(host.context()))).unwrap();
    let stored = block_on(task.open(&[of(0), of(1)])).unwrap();
    let line = |partition| move |offset| format!("line {partition} {offset}");
    let lines = |partition| (0..stored[&of(partition)]).map(line(partition));
    let expected: Vec<_> = lines(0).chain(lines(1)).collect();
    assert_eq!(scene.written(), expected, "{story}");
}

/// Returns how many files are finished.
fn finished(scene: &Scene) -> usize {
    let files = scene.output_files();
    let names = files.iter().filter_map(|path| path.file_name());
    names
        .filter(|name| name.to_string_lossy().contains('-'))
        .count()
}
