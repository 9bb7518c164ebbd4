//! [`Flow`]: lines that go through Kafka, whatever happens to it.

use std::{collections::BTreeSet, fmt, pin::pin, time::Duration};

use connect_api::{SinkGuarantees, SourceGuarantees};
use connect_runtime::WorkerHandle;
use connect_testkit::memory::{MemoryInput, MemorySink, MemorySource, MemoryTable};

use crate::stage::{PATIENCE, create, read, within};

/// Lines that a source writes to a topic and a sink reads from there, whatever happens between.
pub(crate) struct Flow {
    pub(crate) worker: WorkerHandle,
    pub(crate) input: MemoryInput,
    pub(crate) table: MemoryTable,
    pub(crate) topic: String,
    promise: Promise,
    /// How many lines each partition of the input has.
    fed: usize,
}

/// How often a line may come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Promise {
    Once,
    /// In order, but for what comes again.
    AtLeastOnce,
}

impl Flow {
    /// How many partitions input and topic have.
    pub(crate) const PARTS: usize = 3;

    /// How many lines are appended to each partition at once.
    const PORTION: usize = 40;

    /// Starts a source and a sink; `servers` are for the test's own questions.
    pub(crate) async fn start(worker: &WorkerHandle, servers: &str, promise: Promise) -> Self {
        let flow = Self::source(worker, servers, promise, &[]).await;
        let sink = MemorySink::new(&flow.table).promising(match promise {
            Promise::Once => SinkGuarantees::StoresOffsets,
            Promise::AtLeastOnce => SinkGuarantees::AtLeastOnce,
        });
        let sink = worker.sink(format!("{}-sink", flow.topic), sink);
        let sink = sink.topics([flow.topic.as_str()]).tasks_max(2);
        within("starting a sink", sink.start()).await.unwrap();
        flow
    }

    /// Starts a source without a sink.
    pub(crate) async fn source(
        worker: &WorkerHandle,
        servers: &str,
        promise: Promise,
        settings: &[(&str, &str)],
    ) -> Self {
        let topic = match promise {
            Promise::Once => "once",
            Promise::AtLeastOnce => "at-least-once",
        };
        let topic = format!("{}-{topic}", worker.group());
        create(servers, &topic, Self::PARTS).await;
        let input = MemoryInput::new(Self::PARTS);
        let source = MemorySource::new(&input, topic.as_str()).promising(match promise {
            Promise::Once => SourceGuarantees::ExactlyOnce,
            Promise::AtLeastOnce => SourceGuarantees::AtLeastOnce,
        });
        let source = worker.source(format!("{topic}-source"), source);
        let mut source = source.tasks_max(2);
        for (key, value) in settings {
            source = source.setting(*key, *value);
        }
        within("starting a source", source.start()).await.unwrap();
        Self {
            worker: worker.clone(),
            input,
            table: MemoryTable::new(),
            topic,
            promise,
            fed: 0,
        }
    }

    /// Appends lines to each partition of the input.
    pub(crate) fn feed(&mut self, lines: usize) {
        let next = self.fed + lines;
        for part in 0..Self::PARTS {
            let line = |number| format!("{part}-{number}");
            self.input.append_texts(part, (self.fed..next).map(line));
        }
        self.fed = next;
    }

    /// Lets lines flow while `trouble` goes on: there are always some under way.
    pub(crate) async fn flow_during<T>(&mut self, trouble: impl Future<Output = T>) -> T {
        let mut trouble = pin!(trouble);
        loop {
            self.feed(Self::PORTION);
            tokio::select! {
                done = &mut trouble => return done,
                () = self.arrived_but(Self::PORTION) => {}
            }
        }
    }

    /// Waits until all lines have arrived.
    pub(crate) async fn arrived(&self) {
        let arriving = tokio::time::timeout(PATIENCE, self.arrived_but(0)).await;
        assert!(arriving.is_ok(), "not within {PATIENCE:?}: {self:?}");
    }

    /// Waits until no more than `missing` lines of each partition have not arrived.
    async fn arrived_but(&self, missing: usize) {
        let wanted = (self.fed - missing) * Self::PARTS;
        let mut count = wanted;
        loop {
            let found = self.table.reaches(count).await;
            if found.iter().collect::<BTreeSet<_>>().len() >= wanted {
                return;
            }
            count = found.len() + 1;
        }
    }

    /// Returns whether the source was told that all lines are durable.
    pub(crate) fn is_acknowledged(&self) -> bool {
        (0..Self::PARTS).all(|part| self.input.acknowledged(part) == self.fed)
    }

    /// Lets the last lines arrive: what was broken has to be well again, and not only to have kept what it had.
    pub(crate) async fn finish(&mut self) {
        self.feed(Self::PORTION);
        self.arrived().await;
    }

    /// Lets the last lines arrive, ends the worker and checks everything at its rest.
    pub(crate) async fn end(mut self, servers: &str) {
        self.finish().await;
        self.worker.shutdown(Duration::from_secs(60)).await;
        self.check(servers).await;
    }

    /// Checks what topic and table have.
    pub(crate) async fn check(&self, servers: &str) {
        self.check_topic(servers).await;
        let rows = self.table.texts();
        let of = |part| {
            let rows = rows.iter().filter(move |line| is_of(part, line));
            rows.cloned().collect()
        };
        self.check_lines("the table", of);
    }

    /// Checks what the topic has.
    pub(crate) async fn check_topic(&self, servers: &str) {
        let records = read(servers, &self.topic).await;
        let of = |part: usize| {
            let records = records
                .iter()
                .filter(move |(_, key, _)| *key == part.to_string());
            records.map(|(_, _, value)| value.clone()).collect()
        };
        self.check_lines(&self.topic, of);
    }

    #[track_caller]
    fn check_lines(&self, place: &str, found: impl Fn(usize) -> Vec<String>) {
        for part in 0..Self::PARTS {
            let expected: Vec<_> = (0..self.fed)
                .map(|number| format!("{part}-{number}"))
                .collect();
            let mut found = found(part);
            if self.promise == Promise::AtLeastOnce {
                let mut known = BTreeSet::new();
                found.retain(|line| known.insert(line.clone()));
            }
            let first = found
                .iter()
                .zip(&expected)
                .position(|(found, expected)| found != expected);
            let at = first.unwrap_or(found.len().min(expected.len()));
            let near = |lines: &[String]| {
                let near = lines[at.min(lines.len())..].iter().take(5);
                near.cloned().collect::<Vec<_>>()
            };
            assert!(
                found == expected,
                "{place}, partition {part}: {} lines of {}, different from line {at} on: {:?}, expected {:?}",
                found.len(),
                expected.len(),
                near(&found),
                near(&expected),
            );
        }
    }
}

/// What is known of it without asking the broker.
impl fmt::Debug for Flow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parts =
            |count: &dyn Fn(usize) -> usize| (0..Self::PARTS).map(count).collect::<Vec<_>>();
        let texts: BTreeSet<_> = self.table.texts().into_iter().collect();
        let arrived = |part| texts.iter().filter(|line| is_of(part, line)).count();
        f.debug_struct("Flow")
            .field("topic", &self.topic)
            .field("fed", &self.fed)
            .field("read", &parts(&|part| self.input.read(part)))
            .field(
                "acknowledged",
                &parts(&|part| self.input.acknowledged(part)),
            )
            .field("arrived", &parts(&arrived))
            .field("next", &self.table.next_offsets())
            .field("statuses", &self.worker.statuses())
            .finish_non_exhaustive()
    }
}

fn is_of(part: usize, line: &str) -> bool {
    line.split('-').next() == Some(part.to_string().as_str())
}
