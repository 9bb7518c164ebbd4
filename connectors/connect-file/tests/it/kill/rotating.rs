//! Exactly once into a file for each partition, which is finished again and again.

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
    play.write_to(sink(&play.scene)).await;
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

/// Returns how many lines each partition gets in [`write`].
fn count() -> i64 {
    match env::var_os("CONNECT_SOAK") {
        Some(_) => 3_000,
        None => 150,
    }
}

/// The program: writes and flushes lines one by one, from where the files say to the end.
#[test]
fn writer() {
    let Some(directory) = env::var_os(WRITER) else {
        return; // Only the test below asks for it.
    };
    let host = StillHost::new();
    let sink = sink(&Scene::at(directory));
    let mut task = block_on(sink.open(SinkContext::new(host.context()))).unwrap();
    let stored = block_on(task.open(&[of(0), of(1)])).unwrap();
    for partition in [0, 1] {
        let start = stored.get(&of(partition)).copied().unwrap_or(0);
        for offset in start..count() {
            let line = format!("line {offset}");
            block_on(task.put(&batch(partition, offset, [line]))).unwrap();
            block_on(task.flush(FlushReason::Interval)).unwrap();
        }
    }
}

/// Wherever that is: between any two steps of a store or a rotation, or in one.
#[test]
fn a_kill_at_any_moment_loses_and_doubles_nothing_in_rotated_files() {
    let (scene, _directory) = scene();
    let seed = seed("kill::rotating::writer");
    let mut random = Rng::with_seed(seed);
    let mut kills = 0;
    loop {
        let mut writer = Command::new(env::current_exe().unwrap())
            .args(["kill::rotating::writer", "--exact", "--quiet"])
            .env(WRITER, scene.directory())
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        let enough = finished(&scene) + random.usize(0..4);
        // How soon after that the kill comes is up to the machine.
        let moment = random.usize(0..200);
        let ended = loop {
            if let Some(status) = writer.try_wait().unwrap() {
                break Some(status);
            }
            if finished(&scene) > enough {
                (0..moment).for_each(|_| thread::yield_now());
                break None;
            }
        };
        match ended {
            Some(status) => {
                assert!(status.success(), "seed {seed}: the writer failed");
                break;
            }
            None => {
                writer.kill().unwrap();
                writer.wait().unwrap();
                kills += 1;
            }
        }
    }
    assert!(kills > 10, "seed {seed}: killed {kills} times");
    let lines: Vec<_> = (0..count())
        .map(|offset| format!("line {offset}"))
        .collect();
    assert_eq!(
        scene.written(),
        [lines.clone(), lines].concat(),
        "seed {seed}, killed {kills} times"
    );
}

/// Returns how many files are finished.
fn finished(scene: &Scene) -> usize {
    let names = scene.output_files().into_iter();
    names
        .filter(|path| path.to_string_lossy().contains("-0"))
        .count()
}
