//! The loops against an embedded broker in memory.

mod sink;
mod source;

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex},
    time::Duration,
};

use connect_api::{
    Bytes, ConfigMap, Converter, Error, FlushReason, Flushed, HeaderConverter, Headers, Record,
    Result, SchemaAndValue, SinkBatch, SinkConnector, SinkContext, SinkGuarantees, SinkTask,
    SourceBatch, SourceConnector, SourceContext, SourceGuarantees, SourceOffset, SourcePartition,
    SourceRecord, SourceTask, TaskConfig, Value, async_trait,
};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::*;
use crate::{
    Environment, System, TaskId,
    broker::embedded::EmbeddedBroker,
    broker::{
        Broker, ConsumedRecord, Isolation, LogReader, NewTopic, OffsetReset, ProducerRecord,
        ReaderOptions, Subscription,
    },
    stores::OffsetStores,
    watchdog::{Limits, Subject, Watchdog},
};

/// Bytes as they are.
struct Plain;

#[async_trait]
impl Converter for Plain {
    fn encode(&self, _: &str, _: &mut Headers, data: &SchemaAndValue) -> Result<Option<Bytes>> {
        match &data.value {
            Value::Null => Ok(None),
            Value::String(text) => Ok(Some(text.bytes())),
            other => Err(Error::rejected(format!(
                "expected text, found {}",
                other.type_name()
            ))),
        }
    }

    fn decode(&self, _: &str, _: &Headers, bytes: Option<&Bytes>) -> Result<SchemaAndValue> {
        Ok(bytes
            .map_or(Value::Null, |bytes| {
                String::from_utf8_lossy(bytes).into_owned().into()
            })
            .into())
    }
}

impl HeaderConverter for Plain {
    fn encode(&self, _: &str, _: &str, _: &SchemaAndValue) -> Result<Option<Bytes>> {
        Ok(None)
    }

    fn decode(&self, _: &str, _: &str, _: Option<&Bytes>) -> Result<SchemaAndValue> {
        Ok(SchemaAndValue::NULL)
    }
}

/// What the polls of a source answer, and what it was told.
#[derive(Clone, Default)]
struct Script {
    polls: Arc<Mutex<VecDeque<Result<SourceBatch>>>>,
    opened_at: Arc<Mutex<Vec<i64>>>,
    told: Arc<Mutex<Vec<i64>>>,
    done: CancellationToken,
    /// What a task that is opened starts with, instead of what is left.
    at_open: Option<fn() -> Vec<Result<SourceBatch>>>,
}

impl Script {
    fn new(polls: impl IntoIterator<Item = Result<SourceBatch>>) -> Self {
        Self {
            polls: Arc::new(Mutex::new(polls.into_iter().collect())),
            ..Self::default()
        }
    }
}

fn partition() -> SourcePartition {
    SourcePartition::from([("file", "a")])
}

fn numbers(range: std::ops::Range<i64>) -> SourceBatch {
    range
        .map(|n| read(Record::new("numbers", n.to_string()), n + 1))
        .collect()
}

fn read(record: Record, next: i64) -> SourceRecord {
    SourceRecord::new(record, &partition(), SourceOffset::at("next", next))
}

#[async_trait]
impl SourceConnector for Script {
    async fn open(&self, cx: SourceContext) -> Result<Box<dyn SourceTask>> {
        let next = cx.offset_at(&partition(), "next")?.unwrap_or(0);
        self.opened_at.lock().unwrap().push(next);
        if let Some(polls) = self.at_open {
            *self.polls.lock().unwrap() = polls().into();
        }
        Ok(Box::new(self.clone()))
    }

    fn guarantees(&self) -> SourceGuarantees {
        SourceGuarantees::ExactlyOnce
    }
}

#[async_trait]
impl SourceTask for Script {
    async fn poll(&mut self) -> Result<SourceBatch> {
        let next = self.polls.lock().unwrap().pop_front();
        next.unwrap_or_else(|| {
            if self.at_open.is_none() || self.opened_at.lock().unwrap().len() > 1 {
                self.done.cancel();
            }
            Ok(SourceBatch::idle(Duration::from_secs(1)))
        })
    }

    async fn commit(
        &mut self,
        offsets: &std::collections::BTreeMap<SourcePartition, SourceOffset>,
    ) -> Result<()> {
        let next = offsets[&partition()]
            .to_value()?
            .get("next")
            .and_then(Value::as_i64)
            .unwrap();
        self.told.lock().unwrap().push(next);
        Ok(())
    }
}

/// Collects what is put.
#[derive(Clone, Default)]
struct Collect {
    lines: Arc<Mutex<Vec<String>>>,
    bad: Option<&'static str>,
    expected: usize,
    done: CancellationToken,
}

#[async_trait]
impl SinkConnector for Collect {
    async fn open(&self, _: SinkContext) -> Result<Box<dyn SinkTask>> {
        Ok(Box::new(self.clone()))
    }

    fn guarantees(&self) -> SinkGuarantees {
        SinkGuarantees::AtLeastOnce
    }
}

#[async_trait]
impl SinkTask for Collect {
    async fn put(&mut self, batch: &SinkBatch) -> Result<()> {
        let lines: Vec<String> = batch
            .records()
            .iter()
            .map(|r| r.record.value.value.as_str().unwrap().to_owned())
            .collect();
        if lines.iter().any(|line| Some(line.as_str()) == self.bad) {
            return Err(Error::rejected("a line is bad"));
        }
        let mut all = self.lines.lock().unwrap();
        all.extend(lines);
        if all.len() >= self.expected {
            self.done.cancel();
        }
        Ok(())
    }

    async fn flush(&mut self, _: FlushReason) -> Result<Flushed> {
        Ok(Flushed::All)
    }
}

/// A broker with an offsets topic, and what tasks need around them.
struct Bench {
    broker: EmbeddedBroker,
    watchdog: Watchdog,
    environment: Arc<dyn Environment>,
}

impl Bench {
    async fn new() -> Self {
        let environment: Arc<dyn Environment> = Arc::new(System::current());
        let broker = EmbeddedBroker::memory(Arc::clone(&environment));
        broker
            .create_topic(&NewTopic::new("offsets").partitions(1).compacted())
            .await
            .unwrap();
        broker.create_topic(&NewTopic::new("dlq")).await.unwrap();
        broker
            .create_topic(&NewTopic::new("numbers"))
            .await
            .unwrap();
        Self {
            broker,
            watchdog: Watchdog::start(Arc::clone(&environment), Limits::default()).unwrap(),
            environment,
        }
    }

    fn setup(&self, work: Work, options: TaskOptions, stop: CancellationToken) -> Setup {
        let broker: Arc<dyn Broker> = Arc::new(self.broker.clone());
        let id = TaskId {
            connector: "c".into(),
            task: 0,
        };
        let site = Site {
            right: Right::Claim,
            group: "g".into(),
            worker: Uuid::from_u128(1),
            offsets: Arc::new(OffsetStores::in_topic(Arc::clone(&broker), "offsets")),
            budget: Budget::new(1 << 20),
            broker,
            environment: Arc::clone(&self.environment),
            topics: None,
        };
        let plain = || Arc::new(Plain);
        let names = ["plain".into(), "plain".into(), "plain".into()];
        Setup {
            ticket: None,
            calls: self.watchdog.calls(Subject::Task(id.clone())),
            id,
            site: Arc::new(site),
            options: Arc::new(options),
            work,
            plugin: "script".into(),
            codec: Codec {
                key: plain(),
                value: plain(),
                header: plain(),
                names,
            },
            stages: Stages::new(|| Ok(Vec::new())),
            pulse: Arc::default(),
            stop,
            opened: Arc::default(),
        }
    }

    async fn run_source(&self, script: &Script, options: TaskOptions) -> Ended {
        let config = TaskConfig::new();
        let work = Work::Source {
            connector: Arc::new(script.clone()),
            config,
        };
        run(self.setup(work, options, script.done.clone())).await
    }

    async fn run_sink(&self, sink: &Collect, options: TaskOptions) -> Ended {
        let work = Work::Sink {
            connector: Arc::new(sink.clone()),
        };
        run(self.setup(work, options, sink.done.clone())).await
    }

    async fn produce(&self, lines: &[&str]) {
        let options = crate::broker::ProducerOptions::new("test");
        let mut producer = self.broker.producer(&options).await.unwrap();
        let records = lines
            .iter()
            .map(|line| ProducerRecord::new("numbers", line.to_string()))
            .collect();
        assert!(
            producer
                .send(records)
                .await
                .unwrap()
                .await
                .unwrap()
                .is_empty()
        );
    }

    async fn read(&self, topic: &str) -> Vec<String> {
        let records = self.records(topic).await.into_iter();
        let values = records.flat_map(|record| record.value);
        values
            .map(|value| String::from_utf8_lossy(&value).into_owned())
            .collect()
    }

    async fn records(&self, topic: &str) -> Vec<ConsumedRecord> {
        let mut reader: Box<dyn LogReader> = self
            .broker
            .reader(&ReaderOptions::new(topic))
            .await
            .unwrap();
        let mut records = Vec::new();
        let mut each = |fetched: crate::broker::Fetched| records.extend(fetched.records);
        reader.to_end(&mut each).await.unwrap();
        records
    }
}

fn options(delivery: Delivery, tolerance: Tolerance) -> TaskOptions {
    let dead_letters = (tolerance == Tolerance::All).then(|| DeadLetterOptions {
        topic: "dlq".into(),
        replication_factor: None,
        context_headers: ContextHeaders::On,
    });
    TaskOptions {
        tolerance,
        retry: RetryOptions {
            timeout: Some(Duration::ZERO),
            max_delay: Duration::from_secs(60),
        },
        error_log: ErrorLog::Off,
        dead_letters,
        flush_interval: Duration::from_secs(60),
        flush_bytes: 1 << 20,
        call_timeout: Duration::from_secs(10),
        queue_bytes: 1 << 20,
        queue_records: 10_000,
        rate: Arc::new(RateLimit::new(None, None)),
        source: SourceOptions {
            delivery,
            boundary: Boundary::Poll,
            transaction_timeout: Duration::from_secs(60),
            offsets_topic: None,
            creation: None,
        },
        sink: SinkOptions {
            subscription: Subscription::Topics(vec!["numbers".into()]),
            group: "connect-c".into(),
            isolation: Isolation::ReadCommitted,
            reset: OffsetReset::Earliest,
            rebalance_timeout: Duration::from_secs(60),
            heartbeat: Duration::from_millis(500),
            session: Duration::from_secs(6),
            batch_records: 500,
            consumer: ConfigMap::new(),
        },
        producer: ConfigMap::new(),
    }
}

fn text(range: std::ops::Range<i64>) -> Vec<String> {
    range.map(|n| n.to_string()).collect()
}
