//! Whatever a plugin does, the worker stays healthy, says which call it was, and others go on.
//!
//! Each call of a task may fail, panic, wait for ever, block its thread or answer too much.

mod blocked;
mod excess;
mod outlived;

use std::{sync::Arc, time::Duration};

use connect_runtime::{Environment, WorkerBuilder, WorkerHandle};
use connect_testkit::memory::{Call, Faults, MemoryInput, MemorySink, MemorySource, MemoryTable};

use super::fixture::{self, Memory, Numbers, memory, numbers};

/// A call of a task that may go wrong.
#[derive(Clone, Copy, Debug)]
struct Case {
    side: Side,
    call: Call,
    /// What the runtime calls it.
    name: &'static str,
    when: When,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Side {
    Source,
    Sink,
}

/// When a call comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum When {
    /// While records travel; the task fails and is opened anew.
    Working,
    /// While the task is closed, as a pause does it; nothing fails any more.
    Closing,
}

const fn case(side: Side, call: Call, name: &'static str, when: When) -> Case {
    Case {
        side,
        call,
        name,
        when,
    }
}

/// Every call of a task.
const CASES: [Case; 10] = [
    case(Side::Source, Call::Open, "open", When::Working),
    case(Side::Source, Call::Poll, "poll", When::Working),
    case(Side::Source, Call::Commit, "commit", When::Working),
    case(Side::Source, Call::Stop, "stop", When::Closing),
    case(Side::Sink, Call::Open, "open", When::Working),
    case(
        Side::Sink,
        Call::OpenPartitions,
        "open partitions",
        When::Working,
    ),
    case(Side::Sink, Call::Put, "put", When::Working),
    case(Side::Sink, Call::Flush, "flush", When::Working),
    case(
        Side::Sink,
        Call::ClosePartitions,
        "close partitions",
        When::Closing,
    ),
    case(Side::Sink, Call::Stop, "stop", When::Closing),
];

/// A source, a topic and a sink; something goes wrong on one side.
struct Pipeline {
    /// The name of the connector that something goes wrong in.
    name: String,
    input: MemoryInput,
    table: MemoryTable,
}

impl Pipeline {
    /// Starts both sides; a call of the one that something goes wrong in may take a second.
    async fn start(worker: &WorkerHandle, topic: &str, side: Side, faults: Faults) -> Self {
        let (input, table) = (MemoryInput::new(1), MemoryTable::new());
        let mut source = MemorySource::new(&input, topic);
        let mut sink = MemorySink::new(&table);
        match side {
            Side::Source => source = source.with_faults(faults),
            Side::Sink => sink = sink.with_faults(faults),
        }
        let (from, to) = (format!("{topic}-source"), format!("{topic}-sink"));
        let limit = |of| if side == of { "1000" } else { "60000" };
        let source = worker.source(from.as_str(), source);
        source
            .setting("plugin.call.timeout.ms", limit(Side::Source))
            .start()
            .await
            .unwrap();
        let sink = worker.sink(to.as_str(), sink).topics([topic]);
        sink.setting("plugin.call.timeout.ms", limit(Side::Sink))
            .start()
            .await
            .unwrap();
        let name = if side == Side::Source { from } else { to };
        Self { name, input, table }
    }

    /// Names a call as the worker should.
    fn told(&self, call: &str, what: &str) -> String {
        format!("connector `{}` task 0: {call}: {what}", self.name)
    }

    /// Waits until the trace of the connector or its task starts so.
    async fn fails(&self, worker: &WorkerHandle, told: &str) {
        let failed = |status: &connect_runtime::ConnectorStatus| {
            let tasks = status.tasks.iter().map(|task| &task.trace);
            let mut traces = tasks.chain([&status.trace]).flatten();
            traces.any(|trace| trace.starts_with(told))
        };
        worker.wait_for(&self.name, failed).await.unwrap();
    }

    async fn runs(&self, worker: &WorkerHandle) {
        let running = worker.wait_for(&self.name, |status| status.is_running());
        running.await.unwrap();
    }

    /// Writes the numbers of `range`, and waits until all numbers below its end have arrived once and in order.
    async fn carries(&self, range: std::ops::Range<i64>) {
        let end = range.end;
        self.input
            .append_texts(0, range.map(|number| number.to_string()));
        let arrived = self.table.reaches(usize::try_from(end).unwrap()).await;
        assert_eq!(arrived, numbers(end), "{}", self.name);
    }
}

/// Begins a worker whose positions are stored often.
fn worker(environment: &Arc<dyn Environment>) -> WorkerBuilder {
    fixture::worker(environment, memory(environment)).setting("offset.flush.interval.ms", "100")
}

/// A pipeline that must not notice anything.
async fn bystander(worker: &WorkerHandle) -> Memory {
    let sunk = Memory::default();
    let good = worker.source("good", Numbers::new("good", 100));
    good.start().await.unwrap();
    let sink = worker.sink("sunk", sunk.clone()).topics(["good"]);
    sink.start().await.unwrap();
    sunk
}

/// Ends a worker whose bystander noticed nothing.
async fn check_healthy(worker: &WorkerHandle, sunk: &Memory) {
    assert_eq!(sunk.reaches(100).await, numbers(100));
    for name in ["good", "sunk"] {
        assert!(worker.status(name).unwrap().is_running(), "{name}");
    }
    let report = worker.shutdown(Duration::from_secs(60)).await;
    assert!(report.is_orderly(), "{report:?}");
}
