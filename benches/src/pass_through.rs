//! [`pass_through`]: lines on their way through a worker, all on one thread.

use std::{path::Path, sync::Arc};

use connect_runtime::{
    Environment,
    broker::{Broker, Isolation, embedded::EmbeddedBroker},
};
use connect_testkit::{SimulatedEnvironment, simulate};

use crate::{Lines, Mode, Pipeline};

/// The topic between the two files.
const TOPIC: &str = "lines";

/// Which way lines go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Direction {
    /// From a file into a topic.
    Source,
    /// From a topic into a file.
    Sink,
}

/// Moves lines, and returns what `measure` says about each.
///
/// Everything that a worker does, its broker included, happens on this thread: in a simulation, where nothing depends
/// on time or chance. Two runs are compared, so that what is done once does not count.
pub fn pass_through(
    direction: Direction,
    lines: Lines,
    measure: impl Fn(&mut dyn FnMut()) -> u64,
) -> f64 {
    let few = run(direction, Lines::new(lines.count / 4, lines.size), &measure);
    let many = run(direction, lines, &measure);
    (many - few) as f64 / (lines.count - lines.count / 4) as f64
}

fn run(direction: Direction, lines: Lines, measure: &impl Fn(&mut dyn FnMut()) -> u64) -> u64 {
    let folder = tempfile::tempdir().unwrap();
    let (input, output) = (folder.path().join("in"), folder.path().join("out"));
    lines.write(&input);
    let work = async |environment: SimulatedEnvironment| {
        let environment: Arc<dyn Environment> = Arc::new(environment);
        let broker = EmbeddedBroker::memory(Arc::clone(&environment));
        fill(&environment, &broker, (&input, lines)).await;
        if direction == Direction::Sink {
            drain(&environment, &broker, (&output, lines)).await;
        }
    };
    match direction {
        Direction::Source => measure(&mut || simulate(1, work)),
        // What filling the topic costs is known from the other direction.
        Direction::Sink => {
            let both = measure(&mut || simulate(1, work));
            both - run(Direction::Source, lines, measure)
        }
    }
}

async fn fill(
    environment: &Arc<dyn Environment>,
    broker: &EmbeddedBroker,
    (input, lines): (&Path, Lines),
) {
    let pipeline = Pipeline::start_in(Arc::clone(environment), broker, Mode::ExactlyOnce).await;
    pipeline.read("read", input, TOPIC).await;
    pipeline.handed_on("read", lines.count).await;
    pipeline.end().await;
    let marks = broker.watermarks(TOPIC, Isolation::ReadCommitted).await;
    let end = marks.unwrap()[&0].end;
    assert!(end >= i64::try_from(lines.count).unwrap(), "{end} records");
}

async fn drain(
    environment: &Arc<dyn Environment>,
    broker: &EmbeddedBroker,
    (output, lines): (&Path, Lines),
) {
    let pipeline = Pipeline::start_in(Arc::clone(environment), broker, Mode::ExactlyOnce).await;
    pipeline.write("write", TOPIC, output).await;
    pipeline.handed_on("write", lines.count).await;
    pipeline.end().await;
    assert_eq!(output.metadata().unwrap().len(), lines.bytes());
}
