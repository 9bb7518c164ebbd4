use std::{collections::BTreeMap, sync::Arc};

use async_trait::async_trait;
use connect_api::{
    FlushReason, Flushed, Offsets, Record, Result, SinkBatch, SinkConnector, SinkContext,
    SinkGuarantees, SinkRecord, SinkTask, TopicPartition,
};
use connect_testkit::{
    TestHost,
    memory::{Buffering, MemorySink, MemoryTable, Refusal, Row},
    sink::{self, Outage, SinkSystem},
};

/// How a sink breaks its contract.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
enum Twist {
    #[default]
    None,
    /// Says at once that everything is durable.
    FlushesTooEarly,
    /// Does not say where it left off.
    ForgetsOffsets,
    /// Stores the last record's offset plus one.
    OffsetPlusOne,
    /// Overwrites what another owner stored.
    Overwrites,
    /// Writes what was buffered for partitions that it lost.
    WritesAfterLoss,
    /// Drops records that the dead letter queue did not take.
    SwallowsRejects,
    /// Writes batches backwards.
    Unordered,
    /// Keeps a batch although it answers that the system is away.
    DoublesAfterOutage,
    /// Leaves the offsets that an operator set as they were.
    IgnoresOperators,
}

#[derive(Clone)]
struct Table {
    table: MemoryTable,
    guarantees: SinkGuarantees,
    buffering: Buffering,
    refusal: Refusal,
    twist: Twist,
}

impl Table {
    fn new(twist: Twist) -> Self {
        Self {
            table: MemoryTable::new(),
            guarantees: SinkGuarantees::StoresOffsets,
            buffering: Buffering::UntilFlush,
            refusal: Refusal::Reject,
            twist,
        }
    }
}

#[async_trait]
impl SinkSystem for Table {
    fn connector(&self) -> Arc<dyn SinkConnector> {
        let sink = MemorySink::new(&self.table)
            .promising(self.guarantees)
            .buffering(self.buffering)
            .refusing(self.refusal);
        let (table, twist) = (self.table.clone(), self.twist);
        Arc::new(Twisted { sink, table, twist })
    }

    async fn read(&self) -> Vec<String> {
        self.table.texts()
    }

    fn refused(&self, topic: &str) -> Option<Record> {
        let text = String::from_utf8(MemorySink::REFUSED.to_vec()).unwrap();
        Some(Record::new(topic, text))
    }

    async fn cut_off(&self) -> Outage {
        self.table.cut_off();
        Outage::Begun
    }

    async fn reconnect(&self) {
        self.table.reconnect();
    }
}

struct Twisted {
    sink: MemorySink,
    table: MemoryTable,
    twist: Twist,
}

#[async_trait]
impl SinkConnector for Twisted {
    async fn open(&self, cx: SinkContext) -> Result<Box<dyn SinkTask>> {
        let cx = match self.twist {
            // A host that stores everything: the real one's answer is not looked at.
            Twist::SwallowsRejects => TestHost::new().sink_context("deaf"),
            _ => cx,
        };
        Ok(Box::new(TwistedTask {
            task: self.sink.open(cx).await?,
            table: self.table.clone(),
            twist: self.twist,
            buffer: Vec::new(),
        }))
    }

    fn guarantees(&self) -> SinkGuarantees {
        self.sink.guarantees()
    }

    async fn alter_offsets(&self, offsets: &BTreeMap<TopicPartition, Option<i64>>) -> Result<()> {
        match self.twist {
            Twist::IgnoresOperators => Ok(()),
            _ => self.sink.alter_offsets(offsets).await,
        }
    }
}

struct TwistedTask {
    task: Box<dyn SinkTask>,
    table: MemoryTable,
    twist: Twist,
    buffer: Vec<Row>,
}

#[async_trait]
impl SinkTask for TwistedTask {
    async fn open(&mut self, partitions: &[TopicPartition]) -> Result<Offsets> {
        let stored = self.task.open(partitions).await?;
        Ok(match self.twist {
            Twist::ForgetsOffsets => Offsets::new(),
            _ => stored,
        })
    }

    async fn put(&mut self, batch: &SinkBatch) -> Result<()> {
        let mut twisted = batch.clone();
        match self.twist {
            Twist::OffsetPlusOne => {
                let (records, mut next) = twisted.into_parts();
                for record in &records {
                    next.insert(
                        record.origin.partition().clone(),
                        record.origin.offset() + 1,
                    );
                }
                twisted = SinkBatch::new(records, next);
            }
            Twist::Unordered => {
                let (mut records, next) = twisted.into_parts();
                records.reverse();
                twisted = SinkBatch::new(records, next);
            }
            Twist::Overwrites => {
                // Takes over whatever is stored by now, as a blind write does.
                let partitions: Vec<_> = batch.next_offsets().keys().cloned().collect();
                let before = partitions.iter().map(|at| (at.clone(), None)).collect();
                self.table.alter(&before)?;
                self.task.open(&partitions).await?;
                self.task.put(&twisted).await?;
                self.task.flush(FlushReason::Closing).await?;
                return Ok(());
            }
            Twist::DoublesAfterOutage => {
                let row = |record: &SinkRecord| {
                    let text = record.record.value.value.as_str().unwrap().to_owned();
                    Row::new(record.origin.clone(), "topic", Some(text.into()))
                };
                self.buffer.extend(batch.records().iter().map(row));
                return self.table.stored(&[]).map(drop);
            }
            _ => {}
        }
        self.task.put(&twisted).await
    }

    async fn flush(&mut self, why: FlushReason) -> Result<Flushed> {
        match self.twist {
            Twist::FlushesTooEarly if why != FlushReason::Closing => Ok(Flushed::All),
            Twist::DoublesAfterOutage => {
                self.table.append(self.buffer.clone())?;
                self.buffer.clear();
                Ok(Flushed::All)
            }
            _ => self.task.flush(why).await,
        }
    }

    async fn close(&mut self, partitions: &[TopicPartition]) -> Result<()> {
        match self.twist {
            Twist::WritesAfterLoss => Ok(()),
            _ => self.task.close(partitions).await,
        }
    }
}

#[tokio::test(start_paused = true)]
async fn every_memory_sink_keeps_the_sink_contract() {
    for guarantees in [
        SinkGuarantees::StoresOffsets,
        SinkGuarantees::Idempotent,
        SinkGuarantees::AtLeastOnce,
    ] {
        for buffering in [
            Buffering::WriteThrough,
            Buffering::UntilFlush,
            Buffering::HalfUntilClosing,
        ] {
            for refusal in [Refusal::Reject, Refusal::Blame, Refusal::Deny] {
                let fixture = move || async move {
                    let mut table = Table::new(Twist::None);
                    (table.guarantees, table.buffering, table.refusal) =
                        (guarantees, buffering, refusal);
                    table
                };
                let report = sink::report(&fixture).await;
                assert!(
                    report.failed().is_empty(),
                    "{guarantees:?} {buffering:?} {refusal:?}\n{report}"
                );
            }
        }
    }
}

/// Fails unless the claims in `expected` are among those that fail.
async fn check_fails(twist: Twist, expected: &[&str]) {
    let report = sink::report(&move || async move { Table::new(twist) }).await;
    let failed = report.failed();
    for claim in expected {
        assert!(failed.contains(claim), "{twist:?}: {claim} holds\n{report}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_sink_that_commits_before_durable_is_found() {
    let claims = [
        "what_a_flush_answers_is_durable",
        "a_crash_between_any_two_calls_loses_and_doubles_nothing",
    ];
    check_fails(Twist::FlushesTooEarly, &claims).await;
}

#[tokio::test(start_paused = true)]
async fn a_sink_that_forgets_its_offsets_is_found() {
    let claims = [
        "altered_offsets_are_where_the_next_task_starts",
        "offsets_move_without_records",
    ];
    check_fails(Twist::ForgetsOffsets, &claims).await;
}

#[tokio::test(start_paused = true)]
async fn a_sink_that_stores_the_last_offset_plus_one_is_found() {
    check_fails(
        Twist::OffsetPlusOne,
        &["offsets_count_records_that_were_dropped"],
    )
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_sink_that_overwrites_is_found() {
    check_fails(
        Twist::Overwrites,
        &["of_two_tasks_on_one_partition_only_one_stores"],
    )
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_sink_that_writes_for_lost_partitions_is_found() {
    check_fails(
        Twist::WritesAfterLoss,
        &["lost_partitions_write_nothing_more"],
    )
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_sink_that_swallows_rejects_is_found() {
    let claims = [
        "a_refused_record_does_not_harm_the_others",
        "nothing_passes_a_record_that_is_not_tolerated",
    ];
    check_fails(Twist::SwallowsRejects, &claims).await;
}

#[tokio::test(start_paused = true)]
async fn a_sink_without_order_is_found() {
    check_fails(Twist::Unordered, &["each_record_is_written_once_in_order"]).await;
}

#[tokio::test(start_paused = true)]
async fn a_sink_that_ignores_operators_is_found() {
    check_fails(
        Twist::IgnoresOperators,
        &["altered_offsets_are_where_the_next_task_starts"],
    )
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_sink_that_doubles_batches_after_an_outage_is_found() {
    check_fails(
        Twist::DoublesAfterOutage,
        &["a_batch_comes_again_after_an_outage"],
    )
    .await;
}
