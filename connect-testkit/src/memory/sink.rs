//! [`MemorySink`]: writes a [`MemoryTable`].

use std::collections::BTreeMap;

use async_trait::async_trait;
use bytes::Bytes;
use connect_api::{
    Error, FlushReason, Flushed, Offsets, Result, SinkBatch, SinkConnector, SinkContext,
    SinkGuarantees, SinkRecord, SinkTask, TopicPartition, Value,
};

use super::{
    fault::{Call, Excess, Faults},
    table::{MemoryTable, Move, Row},
};

/// Writes a [`MemoryTable`].
#[derive(Clone, Debug)]
pub struct MemorySink {
    table: MemoryTable,
    guarantees: SinkGuarantees,
    buffering: Buffering,
    refusal: Refusal,
    faults: Faults,
}

/// When a [`MemorySink`] writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(
    clippy::exhaustive_enums,
    reason = "each is a shape that real sinks have"
)]
pub enum Buffering {
    /// In `put`: a batch is durable when it is accepted.
    WriteThrough,
    /// In `flush`: all that was put.
    UntilFlush,
    /// In `flush`, and only half of it before `Closing`.
    HalfUntilClosing,
}

/// What a [`MemorySink`] does about values that start with [`MemorySink::REFUSED`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(
    clippy::exhaustive_enums,
    reason = "these are the ways that the contract has"
)]
pub enum Refusal {
    /// It hands them to [`SinkContext::reject`].
    Reject,
    /// It answers `Rejected` and names the record.
    Blame,
    /// It answers `Rejected` and names none.
    Deny,
}

impl MemorySink {
    /// Values that start with these bytes are refused.
    pub const REFUSED: &'static [u8] = b"refused";

    /// Writes `table` exactly once: offsets are stored with the rows by compare-and-set.
    #[must_use]
    pub fn new(table: &MemoryTable) -> Self {
        Self {
            table: table.clone(),
            guarantees: SinkGuarantees::StoresOffsets,
            buffering: Buffering::WriteThrough,
            refusal: Refusal::Reject,
            faults: Faults::none(),
        }
    }

    /// Sets what it promises, and how it keeps that.
    #[must_use]
    pub fn promising(mut self, guarantees: SinkGuarantees) -> Self {
        self.guarantees = guarantees;
        self
    }

    /// Sets when it writes.
    #[must_use]
    pub fn buffering(mut self, buffering: Buffering) -> Self {
        self.buffering = buffering;
        self
    }

    /// Sets what it does about values that it refuses.
    #[must_use]
    pub fn refusing(mut self, refusal: Refusal) -> Self {
        self.refusal = refusal;
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
impl SinkConnector for MemorySink {
    async fn open(&self, cx: SinkContext) -> Result<Box<dyn SinkTask>> {
        let open = async |_| {
            Ok(Box::new(MemorySinkTask {
                sink: self.clone(),
                cx,
                lanes: BTreeMap::new(),
            }) as Box<dyn SinkTask>)
        };
        self.faults.meet(Call::Open, open).await
    }

    fn guarantees(&self) -> SinkGuarantees {
        self.guarantees
    }

    async fn alter_offsets(&self, offsets: &BTreeMap<TopicPartition, Option<i64>>) -> Result<()> {
        match self.guarantees {
            SinkGuarantees::StoresOffsets => self.table.alter(offsets),
            _ => Ok(()),
        }
    }
}

struct MemorySinkTask {
    sink: MemorySink,
    cx: SinkContext,
    lanes: BTreeMap<TopicPartition, Lane>,
}

/// One partition that the task owns.
#[derive(Default)]
struct Lane {
    /// What the table holds, as far as this task knows.
    stored: Option<i64>,
    /// What was accepted: records below it are skipped when they come again.
    accepted: Option<i64>,
    /// Accepted and not written yet, in order.
    rows: Vec<Row>,
}

#[derive(Clone, Copy)]
enum Share {
    All,
    Half,
}

impl Lane {
    /// Counts the rows of a share; all outputs of one input stay together.
    fn count(&self, share: Share) -> usize {
        let mut count = match share {
            Share::All => self.rows.len(),
            Share::Half => self.rows.len().div_ceil(2),
        };
        let offset = |row: usize| self.rows.get(row).map(|row| row.origin.offset());
        while count > 0 && offset(count) == offset(count - 1) {
            count += 1;
        }
        count
    }
}

#[async_trait]
impl SinkTask for MemorySinkTask {
    async fn open(&mut self, partitions: &[TopicPartition]) -> Result<Offsets> {
        let faults = self.sink.faults.clone();
        let open = async |excess| {
            let mut stored = match self.sink.guarantees {
                SinkGuarantees::StoresOffsets => self.sink.table.stored(partitions)?,
                _ => Offsets::new(),
            };
            for partition in partitions {
                let next = stored.get(partition).copied();
                let lane = Lane {
                    stored: next,
                    accepted: next,
                    rows: Vec::new(),
                };
                self.lanes.insert(partition.clone(), lane);
            }
            if excess == Excess::TooMuch {
                stored.insert(TopicPartition::new("foreign", 0), 0);
            }
            Ok(stored)
        };
        faults.meet(Call::OpenPartitions, open).await
    }

    async fn put(&mut self, batch: &SinkBatch) -> Result<()> {
        let faults = self.sink.faults.clone();
        faults
            .meet(Call::Put, async |_| self.accept(batch).await)
            .await
    }

    async fn flush(&mut self, why: FlushReason) -> Result<Flushed> {
        let faults = self.sink.faults.clone();
        let flush = async |excess| match (excess, self.sink.buffering, why) {
            (Excess::TooMuch, ..) => {
                self.write(Share::All)?;
                let beyond = |partition: &TopicPartition| (partition.clone(), i64::MAX);
                Ok(Flushed::Below(self.lanes.keys().map(beyond).collect()))
            }
            (_, Buffering::HalfUntilClosing, FlushReason::Interval | FlushReason::Requested) => {
                self.write(Share::Half).map(Flushed::Below)
            }
            _ => self.write(Share::All).map(|_| Flushed::All),
        };
        faults.meet(Call::Flush, flush).await
    }

    async fn close(&mut self, partitions: &[TopicPartition]) -> Result<()> {
        let faults = self.sink.faults.clone();
        let close = async |_| {
            for partition in partitions {
                self.lanes.remove(partition);
            }
            Ok(())
        };
        faults.meet(Call::ClosePartitions, close).await
    }

    async fn stop(self: Box<Self>) -> Result<()> {
        self.sink.faults.meet(Call::Stop, async |_| Ok(())).await
    }
}

impl MemorySinkTask {
    async fn accept(&mut self, batch: &SinkBatch) -> Result<()> {
        let mut rows: BTreeMap<TopicPartition, Vec<Row>> = BTreeMap::new();
        let mut refused = Vec::new();
        for record in batch.records() {
            let partition = record.origin.partition();
            let lane = self
                .lanes
                .get(partition)
                .ok_or_else(|| foreign(partition))?;
            if lane
                .accepted
                .is_some_and(|accepted| record.origin.offset() < accepted)
            {
                continue;
            }
            match row(record) {
                Ok(row) => rows.entry(partition.clone()).or_default().push(row),
                Err(error) => match self.sink.refusal {
                    Refusal::Reject => refused.push((record.origin.clone(), error)),
                    Refusal::Blame => return Err(error.at(&record.origin)),
                    Refusal::Deny => return Err(error),
                },
            }
        }
        if !refused.is_empty() {
            self.cx.reject(refused).await?;
        }
        for (partition, next) in batch.next_offsets() {
            let lane = self
                .lanes
                .get_mut(partition)
                .ok_or_else(|| foreign(partition))?;
            lane.rows.extend(rows.remove(partition).unwrap_or_default());
            lane.accepted = lane.accepted.max(Some(*next));
        }
        match self.sink.buffering {
            Buffering::WriteThrough => self.write(Share::All).map(drop),
            Buffering::UntilFlush | Buffering::HalfUntilClosing => Ok(()),
        }
    }

    /// Writes `share` of the rows of each partition; answers below which offsets all is durable.
    fn write(&mut self, share: Share) -> Result<Offsets> {
        let mut rows = Vec::new();
        let mut moves = BTreeMap::new();
        for (partition, lane) in &self.lanes {
            let count = lane.count(share);
            rows.extend_from_slice(&lane.rows[..count]);
            let next = match lane.rows.get(count) {
                Some(first_left) => Some(first_left.origin.offset()),
                None => lane.accepted,
            };
            let expected = lane.stored;
            if let Some(next) = next.filter(|next| Some(*next) != expected) {
                moves.insert(partition.clone(), Move { expected, next });
            }
        }
        match self.sink.guarantees {
            SinkGuarantees::StoresOffsets => self.sink.table.store(rows, &moves)?,
            SinkGuarantees::Idempotent => self.sink.table.upsert(rows)?,
            _ => self.sink.table.append(rows)?,
        }
        for (partition, lane) in &mut self.lanes {
            lane.rows.drain(..lane.count(share));
            if let Some(moved) = moves.get(partition) {
                lane.stored = Some(moved.next);
            }
        }
        Ok(moves
            .into_iter()
            .map(|(partition, moved)| (partition, moved.next))
            .collect())
    }
}

fn row(record: &SinkRecord) -> Result<Row> {
    let value = match &record.record.value.value {
        Value::Null => None,
        Value::Bytes(bytes) => Some(bytes.clone()),
        Value::String(text) => Some(text.bytes()),
        other => Some(Bytes::from(connect_api::json::to_string(other))),
    };
    if value
        .as_deref()
        .is_some_and(|bytes| bytes.starts_with(MemorySink::REFUSED))
    {
        return Err(Error::rejected("the table refuses this value"));
    }
    let topic = record.record.topic.as_str();
    Ok(Row::new(record.origin.clone(), topic, value))
}

fn foreign(partition: &TopicPartition) -> Error {
    Error::fatal(format!("{partition} is not open in this task"))
}
