//! A source of numbers, a sink that remembers, and a worker for them.

use std::{
    future::pending,
    num::NonZeroUsize,
    sync::{Arc, Mutex},
};

use async_trait::async_trait;
use connect_api::{
    Bytes, Converter, Error, FlushReason, Flushed, HeaderConverter, Headers, Record, Result,
    SchemaAndValue, SinkBatch, SinkConnector, SinkContext, SinkGuarantees, SinkTask, SourceBatch,
    SourceConnector, SourceContext, SourceGuarantees, SourceOffset, SourcePartition, SourceRecord,
    SourceTask, Str, TaskConfig, TaskContext, Value,
};
use connect_runtime::{
    Environment, Worker, WorkerBuilder,
    broker::{Broker, embedded::EmbeddedBroker},
};
use tokio::sync::watch;

/// Text as bytes, for keys, values and headers.
#[derive(Clone, Debug)]
pub(crate) struct Text;

fn encode(data: &SchemaAndValue) -> Result<Option<Bytes>> {
    match &data.value {
        Value::Null => Ok(None),
        Value::String(text) => Ok(Some(text.bytes())),
        other => Err(Error::rejected(format!(
            "expected a string, found {other:?}"
        ))),
    }
}

fn decode(bytes: Option<&Bytes>) -> Result<SchemaAndValue> {
    let Some(bytes) = bytes else {
        return Ok(SchemaAndValue::NULL);
    };
    let text = Str::from_utf8(bytes.clone());
    text.map(SchemaAndValue::from)
        .map_err(|error| Error::rejected("expected UTF-8").with_source(error))
}

#[async_trait]
impl Converter for Text {
    fn encode(&self, _: &str, _: &mut Headers, data: &SchemaAndValue) -> Result<Option<Bytes>> {
        encode(data)
    }

    fn decode(&self, _: &str, _: &Headers, bytes: Option<&Bytes>) -> Result<SchemaAndValue> {
        decode(bytes)
    }
}

impl HeaderConverter for Text {
    fn encode(&self, _: &str, _: &str, data: &SchemaAndValue) -> Result<Option<Bytes>> {
        encode(data)
    }

    fn decode(&self, _: &str, _: &str, bytes: Option<&Bytes>) -> Result<SchemaAndValue> {
        decode(bytes)
    }
}

/// Counts up, in one partition per task; how it behaves can be changed while it runs.
#[derive(Clone, Debug)]
pub(crate) struct Numbers {
    pub(crate) topic: &'static str,
    pub(crate) until: i64,
    /// What the next `open` answers.
    pub(crate) open: Arc<Mutex<Vec<Error>>>,
    /// What the next `poll` answers.
    pub(crate) poll: Arc<Mutex<Vec<Error>>>,
    /// How often it was opened.
    pub(crate) opened: Arc<watch::Sender<u32>>,
    /// What the next `alter_offsets` answers.
    pub(crate) alter: Arc<Mutex<Vec<Error>>>,
    /// How often it was asked to alter offsets.
    pub(crate) altered: Arc<watch::Sender<u32>>,
    /// Whether it waits with that answer.
    pub(crate) held: Arc<watch::Sender<bool>>,
}

impl Numbers {
    pub(crate) fn new(topic: &'static str, until: i64) -> Self {
        Self {
            topic,
            until,
            open: Arc::default(),
            poll: Arc::default(),
            opened: Arc::default(),
            alter: Arc::default(),
            altered: Arc::default(),
            held: Arc::default(),
        }
    }

    pub(crate) fn failing_open(self, errors: Vec<Error>) -> Self {
        *self.open.lock().unwrap() = errors;
        self
    }
}

#[async_trait]
impl SourceConnector for Numbers {
    async fn task_configs(&self, max: NonZeroUsize, _: &[TaskConfig]) -> Result<Vec<TaskConfig>> {
        let config = |task: usize| TaskConfig::new().with("part", task.to_string());
        Ok((0..max.get()).map(config).collect())
    }

    async fn open(&self, cx: SourceContext) -> Result<Box<dyn SourceTask>> {
        self.opened.send_modify(|opened| *opened += 1);
        if let Some(error) = self.open.lock().unwrap().pop() {
            return Err(error);
        }
        let part = cx.config().get("part").unwrap_or_default().to_owned();
        let partition = SourcePartition::new([("part", part)]);
        let stored = cx.offset::<std::collections::BTreeMap<String, i64>>(&partition)?;
        Ok(Box::new(Counting {
            next: stored
                .and_then(|stored| stored.get("next").copied())
                .unwrap_or_default(),
            numbers: self.clone(),
            partition,
            cx: cx.task_context(),
        }))
    }

    fn guarantees(&self) -> SourceGuarantees {
        SourceGuarantees::ExactlyOnce
    }

    async fn alter_offsets(
        &self,
        offsets: &[(SourcePartition, Option<SourceOffset>)],
    ) -> Result<()> {
        self.altered.send_modify(|altered| *altered += 1);
        let mut held = self.held.subscribe();
        drop(held.wait_for(|held| !*held).await);
        if let Some(error) = self.alter.lock().unwrap().pop() {
            return Err(error);
        }
        match offsets
            .iter()
            .find(|(partition, _)| partition.get("part").is_none())
        {
            Some((partition, _)) => Err(Error::config(format!("{partition}: expected a part"))),
            None => Ok(()),
        }
    }
}

struct Counting {
    numbers: Numbers,
    partition: SourcePartition,
    next: i64,
    cx: TaskContext,
}

#[async_trait]
impl SourceTask for Counting {
    async fn poll(&mut self) -> Result<SourceBatch> {
        if let Some(error) = self.numbers.poll.lock().unwrap().pop() {
            return Err(error);
        }
        if self.next >= self.numbers.until {
            self.cx.wait(pending::<()>()).await;
            return Ok(SourceBatch::new());
        }
        let record = Record::new(self.numbers.topic, self.next.to_string());
        self.next += 1;
        let offset = SourceOffset::at("next", self.next);
        Ok(SourceRecord::new(record, &self.partition, offset).into())
    }
}

/// A task of a source that never has anything.
pub(crate) struct Idle(pub(crate) TaskContext);

#[async_trait]
impl SourceTask for Idle {
    async fn poll(&mut self) -> Result<SourceBatch> {
        self.0.wait(pending::<()>()).await;
        Ok(SourceBatch::new())
    }
}

/// Remembers the values it was given.
#[derive(Clone, Debug, Default)]
pub(crate) struct Memory {
    values: Arc<watch::Sender<Vec<String>>>,
}

impl Memory {
    pub(crate) fn values(&self) -> Vec<String> {
        self.values.borrow().clone()
    }

    /// Waits until it was given `count` values.
    pub(crate) async fn reaches(&self, count: usize) -> Vec<String> {
        let mut values = self.values.subscribe();
        values
            .wait_for(|values| values.len() >= count)
            .await
            .unwrap()
            .clone()
    }
}

#[async_trait]
impl SinkConnector for Memory {
    async fn open(&self, _: SinkContext) -> Result<Box<dyn SinkTask>> {
        Ok(Box::new(self.clone()))
    }

    fn guarantees(&self) -> SinkGuarantees {
        SinkGuarantees::AtLeastOnce
    }
}

#[async_trait]
impl SinkTask for Memory {
    async fn put(&mut self, batch: &SinkBatch) -> Result<()> {
        let text = |value: &Value| value.as_str().unwrap_or("not text").to_owned();
        let values = batch
            .records()
            .iter()
            .map(|sunk| text(&sunk.record.value.value));
        self.values.send_modify(|known| known.extend(values));
        Ok(())
    }

    async fn flush(&mut self, _: FlushReason) -> Result<Flushed> {
        Ok(Flushed::All)
    }
}

/// The numbers below `until`, as text.
pub(crate) fn numbers(until: i64) -> Vec<String> {
    (0..until).map(|number| number.to_string()).collect()
}

/// Begins a worker that converts text, on `broker`.
pub(crate) fn worker(environment: &Arc<dyn Environment>, broker: impl Broker) -> WorkerBuilder {
    Worker::builder("test")
        .environment(Arc::clone(environment))
        .broker(broker)
        .converters(Text, Text, Text)
}

/// Makes a broker in memory.
pub(crate) fn memory(environment: &Arc<dyn Environment>) -> EmbeddedBroker {
    EmbeddedBroker::memory(Arc::clone(environment))
}
