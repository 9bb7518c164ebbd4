//! Mirror: topics of another cluster, byte for byte, partition for partition.

use std::{collections::BTreeMap, num::NonZeroUsize};

use connect_api::{
    Bytes, Classify, ConfigMap, Headers, Plugin, Record, Result, SchemaAndValue, SourceBatch,
    SourceConnector, SourceContext, SourceGuarantees, SourceOffset, SourcePartition, SourceRecord,
    SourceTask, Str, TaskConfig, TaskContext, Value, async_trait,
};
use schemars::JsonSchema;
use serde::Deserialize;

use super::Reply;

/// Which topics are mirrored, and what they are called here.
#[derive(Clone, Deserialize, JsonSchema)]
struct Options {
    /// The topics.
    #[schemars(length(min = 1))]
    topics: Vec<String>,
    /// What stands in front of the names of topics here.
    #[serde(default = "source")]
    source_cluster_alias: String,
    /// Passed on to the client of the other cluster.
    source: ConfigMap,
}

struct Mirror(Options);

pub(super) fn plugin() -> Plugin {
    Plugin::source("mirror-source", env!("CARGO_PKG_VERSION"), |options| {
        Ok(Mirror(options))
    })
    .alias("org.apache.kafka.connect.mirror.MirrorSourceConnector")
}

#[async_trait]
impl SourceConnector for Mirror {
    async fn task_configs(
        &self,
        max: NonZeroUsize,
        current: &[TaskConfig],
    ) -> Result<Vec<TaskConfig>> {
        let cluster = Cluster::connect(&self.0.source);
        let partitions = cluster
            .partitions(&self.0.topics)
            .await
            .unavailable("listing partitions")?;
        Ok(TaskConfig::spread("partitions", &partitions, max, current))
    }

    async fn changed(&self, current: &[TaskConfig]) -> Result<()> {
        let known = current
            .iter()
            .map(|task| task.units("partitions").len())
            .sum();
        let more = Cluster::connect(&self.0.source)
            .more_partitions_than(known)
            .await;
        more.unavailable("watching partitions")
    }

    async fn open(&self, cx: SourceContext) -> Result<Box<dyn SourceTask>> {
        let mut consumer = Cluster::connect(&self.0.source).consumer();
        let mut origins = BTreeMap::new();
        for name in cx.config().units("partitions") {
            let Some((topic, partition)) = name.rsplit_once('-') else {
                continue;
            };
            let at = SourcePartition::new([
                ("cluster", Value::from(self.0.source_cluster_alias.as_str())),
                ("topic", topic.into()),
                ("partition", partition.into()),
            ]);
            consumer.seek(&name, cx.offset_at(&at, "offset")?.unwrap_or(0));
            let target = format!("{}.{topic}", self.0.source_cluster_alias);
            origins.insert(name, (at, Str::from(target)));
        }
        Ok(Box::new(Mirroring {
            consumer,
            origins,
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
        let given = offsets.iter().filter_map(|(_, offset)| offset.as_ref());
        given
            .map(SourceOffset::decode::<BTreeMap<String, i64>>)
            .try_for_each(|read| read.map(drop))
    }
}

struct Mirroring {
    consumer: Consumer,
    /// By partition there: what records are read from, and the topic here.
    origins: BTreeMap<String, (SourcePartition, Str)>,
    cx: TaskContext,
}

#[async_trait]
impl SourceTask for Mirroring {
    async fn poll(&mut self) -> Result<SourceBatch> {
        let Some(messages) = self.cx.wait(self.consumer.poll()).await else {
            return Ok(SourceBatch::new());
        };
        let messages = messages.unavailable("consuming")?;
        let mut batch = SourceBatch::with_capacity(messages.len());
        for message in messages {
            let Some((at, topic)) = self.origins.get(&message.from) else {
                continue;
            };
            let record = Record::new(topic, bytes(message.value))
                .with_key(bytes(message.key))
                .with_partition(message.partition)
                .with_timestamp(message.timestamp)
                .with_headers(message.headers);
            // Reading resumes after the message; gaps of compacted topics do not matter.
            let offset = SourceOffset::at("offset", message.offset + 1);
            batch.push(SourceRecord::new(record, at, offset));
        }
        Ok(batch)
    }
}

fn bytes(bytes: Option<Bytes>) -> SchemaAndValue {
    Value::from(bytes).into()
}

fn source() -> String {
    "source".to_owned()
}

struct Cluster;

struct Consumer;

struct Message {
    from: String,
    partition: i32,
    offset: i64,
    timestamp: i64,
    key: Option<Bytes>,
    value: Option<Bytes>,
    headers: Headers,
}

impl Cluster {
    fn connect(_client: &ConfigMap) -> Self {
        Self
    }

    async fn partitions(&self, _topics: &[String]) -> Reply<Vec<String>> {
        Ok(Vec::new())
    }

    async fn more_partitions_than(&self, _known: usize) -> Reply<()> {
        Ok(())
    }

    fn consumer(&self) -> Consumer {
        Consumer
    }
}

impl Consumer {
    fn seek(&mut self, _partition: &str, _offset: i64) {}

    async fn poll(&mut self) -> Reply<Vec<Message>> {
        Ok(Vec::new())
    }
}
