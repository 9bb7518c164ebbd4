//! [`MemorySource`]: reads a [`MemoryInput`].

use std::{collections::BTreeMap, num::NonZeroUsize};

use async_trait::async_trait;
use connect_api::{
    Error, Record, Result, SourceBatch, SourceConnector, SourceContext, SourceGuarantees,
    SourceOffset, SourcePartition, SourceRecord, SourceTask, Str, TaskConfig, TaskContext, Value,
};

use super::{
    fault::{Call, Excess, Faults},
    input::{Entry, MemoryInput},
};

/// Reads a [`MemoryInput`]; its partitions are spread over the tasks.
///
/// Source partitions are `{"memory": n}`, offsets `{"position": n}`.
#[derive(Clone, Debug)]
pub struct MemorySource {
    input: MemoryInput,
    topic: Str,
    batch: usize,
    guarantees: SourceGuarantees,
    memory: Memory,
    faults: Faults,
}

/// What becomes of entries that were acknowledged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Memory {
    Kept,
    Forgotten,
}

const PARTITIONS: &str = "partitions";
const PARTITION: &str = "memory";
const POSITION: &str = "position";

/// How many times its batch a source answers that is told to answer too much.
const TOO_MUCH: usize = 10_000;

impl MemorySource {
    /// Reads `input` into `topic`.
    pub fn new(input: &MemoryInput, topic: impl Into<Str>) -> Self {
        Self {
            input: input.clone(),
            topic: topic.into(),
            batch: 10,
            guarantees: SourceGuarantees::ExactlyOnce,
            memory: Memory::Kept,
            faults: Faults::none(),
        }
    }

    /// Returns the source partition of partition `number` of the input.
    #[must_use]
    pub fn partition(number: usize) -> SourcePartition {
        SourcePartition::from([(PARTITION, Value::Int64(to_i64(number)))])
    }

    /// Returns the offset after so many entries.
    #[must_use]
    pub fn offset(entries: usize) -> SourceOffset {
        SourceOffset::at(POSITION, to_i64(entries))
    }

    /// Returns how many entries lie before an offset.
    ///
    /// # Errors
    ///
    /// `Config`: it is no offset of this source.
    pub fn position(offset: &SourceOffset) -> Result<usize> {
        let stored = offset.to_value()?;
        let position = stored.get(POSITION).and_then(Value::as_i64);
        position
            .and_then(|position| usize::try_from(position).ok())
            .ok_or_else(|| malformed("source offset", format_args!("{stored:?}")))
    }

    /// Sets how many entries one poll answers.
    #[must_use]
    pub fn batch(mut self, entries: usize) -> Self {
        self.batch = entries;
        self
    }

    /// Sets what it says about itself.
    #[must_use]
    pub fn promising(mut self, guarantees: SourceGuarantees) -> Self {
        self.guarantees = guarantees;
        self
    }

    /// Forgets entries once they are acknowledged, as a queue does.
    ///
    /// Whoever comes too late misses them.
    #[must_use]
    pub fn forgetting(mut self) -> Self {
        self.memory = Memory::Forgotten;
        self
    }

    /// Sets what goes wrong.
    #[must_use]
    pub fn with_faults(mut self, faults: Faults) -> Self {
        self.faults = faults;
        self
    }
}

#[async_trait]
impl SourceConnector for MemorySource {
    async fn task_configs(
        &self,
        max: NonZeroUsize,
        current: &[TaskConfig],
    ) -> Result<Vec<TaskConfig>> {
        let configs = async |excess| {
            let units: Vec<String> = (0..self.input.partitions())
                .map(|n| n.to_string())
                .collect();
            let max = match excess {
                Excess::None => max,
                Excess::TooMuch => NonZeroUsize::MAX,
            };
            Ok(TaskConfig::spread(PARTITIONS, &units, max, current))
        };
        self.faults.meet(Call::TaskConfigs, configs).await
    }

    async fn open(&self, cx: SourceContext) -> Result<Box<dyn SourceTask>> {
        let open = async |_| {
            let mut lanes = Vec::new();
            for unit in cx.config().units(PARTITIONS) {
                let number: usize = unit.parse().map_err(|error: std::num::ParseIntError| {
                    malformed("task config", unit).with_source(error)
                })?;
                let partition = Self::partition(number);
                let position = match cx.offsets().get(&partition) {
                    Some(offset) => Self::position(offset)?,
                    None => 0,
                };
                let position = match self.memory {
                    Memory::Kept => position,
                    Memory::Forgotten => position.max(self.input.acknowledged(number)),
                };
                lanes.push(Lane {
                    number,
                    partition,
                    position,
                });
            }
            Ok(Box::new(MemorySourceTask {
                source: self.clone(),
                cx: cx.task_context(),
                lanes,
                turn: 0,
            }) as Box<dyn SourceTask>)
        };
        self.faults.meet(Call::Open, open).await
    }

    fn guarantees(&self) -> SourceGuarantees {
        self.guarantees
    }

    async fn alter_offsets(
        &self,
        offsets: &[(SourcePartition, Option<SourceOffset>)],
    ) -> Result<()> {
        for (partition, offset) in offsets {
            let number = partition.get(PARTITION).and_then(Value::as_i64);
            let known = number
                .and_then(|n| usize::try_from(n).ok())
                .is_some_and(|n| n < self.input.partitions());
            if !known {
                return Err(malformed("source partition", partition));
            }
            if let Some(offset) = offset {
                Self::position(offset).map_err(|error| error.context(partition))?;
            }
        }
        Ok(())
    }
}

struct MemorySourceTask {
    source: MemorySource,
    cx: TaskContext,
    lanes: Vec<Lane>,
    /// Whose turn it is to be read.
    turn: usize,
}

/// One partition of the input.
struct Lane {
    number: usize,
    partition: SourcePartition,
    position: usize,
}

#[async_trait]
impl SourceTask for MemorySourceTask {
    async fn poll(&mut self) -> Result<SourceBatch> {
        let faults = self.source.faults.clone();
        let before: Vec<_> = self.lanes.iter().map(|lane| lane.position).collect();
        let poll = async |excess| {
            let input = self.source.input.clone();
            let grown = input.grown();
            let batch = self.read(excess);
            if !batch.is_empty() {
                return Ok(batch);
            }
            match self.cx.wait(grown).await {
                Some(()) => Ok(self.read(excess)),
                None => Ok(SourceBatch::new()),
            }
        };
        let polled = faults.meet(Call::Poll, poll).await;
        if polled.is_err() {
            // What was not returned is read again.
            for (lane, position) in self.lanes.iter_mut().zip(before) {
                lane.position = position;
            }
        }
        polled
    }

    async fn commit(&mut self, offsets: &BTreeMap<SourcePartition, SourceOffset>) -> Result<()> {
        let commit = async |_| {
            for lane in &self.lanes {
                if let Some(offset) = offsets.get(&lane.partition) {
                    self.source
                        .input
                        .acknowledge(lane.number, MemorySource::position(offset)?);
                }
            }
            Ok(())
        };
        self.source.faults.meet(Call::Commit, commit).await
    }

    async fn stop(self: Box<Self>) -> Result<()> {
        self.source.faults.meet(Call::Stop, async |_| Ok(())).await
    }
}

impl MemorySourceTask {
    /// Reads the next lane that has something.
    fn read(&mut self, excess: Excess) -> SourceBatch {
        let mut batch = SourceBatch::new();
        let count = match excess {
            Excess::None => self.source.batch,
            Excess::TooMuch => self.source.batch.saturating_mul(TOO_MUCH),
        };
        for _ in 0..self.lanes.len() {
            self.turn = (self.turn + 1) % self.lanes.len();
            let lane = &mut self.lanes[self.turn];
            for entry in self.source.input.take(lane.number, lane.position, count) {
                lane.position += 1;
                lane.push(entry, &self.source.topic, &mut batch);
            }
            if !batch.is_empty() {
                break;
            }
        }
        batch
    }
}

impl Lane {
    fn push(&self, entry: Entry, topic: &Str, batch: &mut SourceBatch) {
        let offset = MemorySource::offset(self.position);
        match entry {
            Entry::Record(bytes) => {
                let value = match Str::from_utf8(bytes.clone()) {
                    Ok(text) => Value::String(text),
                    Err(_) => Value::Bytes(bytes),
                };
                let record = Record::new(topic, value).with_key(self.number.to_string());
                batch.push(SourceRecord::new(record, &self.partition, offset));
            }
            Entry::Nothing => batch.advance(&self.partition, offset),
            Entry::Unreadable(raw) => {
                let error = Error::rejected(format!("entry {} is unreadable", self.position - 1));
                batch.reject(&self.partition, offset, raw, error);
            }
            Entry::Commit => {
                batch.advance(&self.partition, offset);
                batch.commit();
            }
            Entry::Abort => {
                batch.advance(&self.partition, offset);
                batch.abort();
            }
        }
    }
}

fn malformed(what: &str, found: impl std::fmt::Display) -> Error {
    Error::config(format!(
        "{what}: expected a number that is not negative, found {found}"
    ))
}

fn to_i64(number: usize) -> i64 {
    i64::try_from(number).expect("a list in memory is short")
}
