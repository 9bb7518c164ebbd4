//! Connectors whose records say which process they came through.

use std::{net::UdpSocket, num::NonZeroUsize, process, time::Duration};

use async_trait::async_trait;
use connect_api::{
    Classify, FlushReason, Flushed, Offsets, Plugin, Record, Result, SinkBatch, SinkConnector,
    SinkContext, SinkGuarantees, SinkTask, SourceBatch, SourceConnector, SourceContext,
    SourceGuarantees, SourceOffset, SourcePartition, SourceRecord, SourceTask, TaskConfig,
    TopicPartition, Value,
};
use connect_runtime::Plugins;
use schemars::JsonSchema;
use serde::Deserialize;

/// How often a lane gets a record.
pub(crate) const BEAT: Duration = Duration::from_millis(20);

/// A source that writes into each partition of a topic what a watcher is to hear of it, again and again.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Ticks {
    pub(crate) topic: String,
    /// How many partitions there are; they are spread over the tasks.
    pub(crate) lanes: u16,
}

/// A sink that tells a socket what comes through it.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Watch {
    pub(crate) socket: String,
    /// Whether what is told is what the record says, or who reads it.
    pub(crate) teller: Teller,
}

/// Who says what is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Teller {
    Writer,
    Reader,
}

/// Returns what a watcher hears of a lane that a task of this process has.
fn told(direction: &str, (lane, task): (i32, u32)) -> String {
    format!("{direction} {lane} {}", process::id() * 100 + task)
}

pub(crate) fn plugins() -> Plugins {
    Plugins::new().with([
        Plugin::source("ticks", "1.0", |options: Ticks| Ok(options)),
        Plugin::sink("watch", "1.0", |options: Watch| Ok(options)),
    ])
}

#[async_trait]
impl SourceConnector for Ticks {
    async fn task_configs(
        &self,
        max: NonZeroUsize,
        current: &[TaskConfig],
    ) -> Result<Vec<TaskConfig>> {
        let units: Vec<String> = (0..self.lanes).map(|lane| lane.to_string()).collect();
        Ok(TaskConfig::spread("lanes", &units, max, current))
    }

    async fn open(&self, cx: SourceContext) -> Result<Box<dyn SourceTask>> {
        let units = cx.config().units("lanes").into_iter();
        let lanes = units.map(|unit| unit.parse::<i32>().fatal("reading a lane"));
        Ok(Box::new(TicksTask {
            topic: self.topic.clone(),
            number: cx.task_context().task(),
            lanes: lanes.collect::<Result<_>>()?,
            count: 0,
        }))
    }

    fn guarantees(&self) -> SourceGuarantees {
        SourceGuarantees::ExactlyOnce
    }
}

struct TicksTask {
    topic: String,
    number: u32,
    lanes: Vec<i32>,
    count: i64,
}

#[async_trait]
impl SourceTask for TicksTask {
    async fn poll(&mut self) -> Result<SourceBatch> {
        self.count += 1;
        let mut batch = SourceBatch::idle(BEAT);
        for lane in &self.lanes {
            let said = told("source", (*lane, self.number));
            let mut record = Record::new(self.topic.as_str(), said);
            record.partition = Some(*lane);
            let partition = SourcePartition::from([("lane", Value::Int32(*lane))]);
            let offset = SourceOffset::at("count", self.count);
            batch.push(SourceRecord::new(record, &partition, offset));
        }
        Ok(batch)
    }

    async fn stop(self: Box<Self>) -> Result<()> {
        Ok(())
    }
}

#[async_trait]
impl SinkConnector for Watch {
    async fn open(&self, cx: SinkContext) -> Result<Box<dyn SinkTask>> {
        let socket = UdpSocket::bind("127.0.0.1:0").unavailable("binding a socket")?;
        socket
            .connect(&self.socket)
            .unavailable("finding the watcher")?;
        Ok(Box::new(WatchTask {
            socket,
            teller: self.teller,
            number: cx.task(),
        }))
    }

    fn guarantees(&self) -> SinkGuarantees {
        SinkGuarantees::AtLeastOnce
    }
}

struct WatchTask {
    socket: UdpSocket,
    teller: Teller,
    number: u32,
}

#[async_trait]
impl SinkTask for WatchTask {
    async fn open(&mut self, _partitions: &[TopicPartition]) -> Result<Offsets> {
        Ok(Offsets::new())
    }

    async fn put(&mut self, batch: &SinkBatch) -> Result<()> {
        for record in batch.records() {
            let lane = record.origin.partition().partition;
            let said = match self.teller {
                Teller::Writer => record.record.value.value.as_str().unwrap_or_default(),
                Teller::Reader => &told("sink", (lane, self.number)),
            };
            self.socket
                .send(said.as_bytes())
                .unavailable("telling the watcher")?;
        }
        Ok(())
    }

    async fn flush(&mut self, _why: FlushReason) -> Result<Flushed> {
        Ok(Flushed::All)
    }

    async fn close(&mut self, _partitions: &[TopicPartition]) -> Result<()> {
        Ok(())
    }

    async fn stop(self: Box<Self>) -> Result<()> {
        Ok(())
    }
}
