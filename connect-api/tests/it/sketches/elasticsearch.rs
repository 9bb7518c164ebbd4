//! Elasticsearch: bulk requests in which single documents may fail.

use std::time::Duration;

use connect_api::{
    Classify, Error, FlushReason, Flushed, Plugin, Result, Secret, SinkBatch, SinkConnector,
    SinkContext, SinkGuarantees, SinkRecord, SinkTask, Value, async_trait,
};
use schemars::JsonSchema;
use serde::Deserialize;

use super::Reply;

/// Where documents go.
#[derive(Clone, Deserialize, JsonSchema)]
struct Options {
    /// Where the cluster answers.
    #[schemars(extend("x-importance" = "high"))]
    url: String,
    /// The key that the cluster asks for.
    api_key: Option<Secret>,
    /// How many documents one request carries.
    #[serde(default = "two_thousand")]
    #[schemars(range(min = 1))]
    batch_size: usize,
}

struct ElasticsearchSink(Options);

pub(super) fn plugin() -> Plugin {
    Plugin::sink("elasticsearch-sink", env!("CARGO_PKG_VERSION"), |options| {
        Ok(ElasticsearchSink(options))
    })
    .alias("io.confluent.connect.elasticsearch.ElasticsearchSinkConnector")
}

#[async_trait]
impl SinkConnector for ElasticsearchSink {
    async fn open(&self, cx: SinkContext) -> Result<Box<dyn SinkTask>> {
        let client = Client::connect(&self.0.url, self.0.api_key.as_ref()).await;
        let client = client.unavailable("connecting to the cluster")?;
        Ok(Box::new(Indexing {
            client,
            batch_size: self.0.batch_size,
            cx,
        }))
    }

    fn guarantees(&self) -> SinkGuarantees {
        SinkGuarantees::Idempotent
    }
}

struct Indexing {
    client: Client,
    batch_size: usize,
    cx: SinkContext,
}

/// The id makes writing it again change nothing; the offset as version makes an old one lose.
struct Document<'a> {
    index: &'a str,
    id: String,
    version: i64,
    body: &'a Value,
}

impl<'a> From<&'a SinkRecord> for Document<'a> {
    fn from(record: &'a SinkRecord) -> Self {
        let id = match &record.key.value {
            Value::String(key) => key.to_string(),
            _ => record.origin.to_string(),
        };
        let (index, version) = (record.topic.as_str(), record.origin.offset());
        Self {
            index,
            id,
            version,
            body: &record.value.value,
        }
    }
}

#[async_trait]
impl SinkTask for Indexing {
    async fn put(&mut self, batch: &SinkBatch) -> Result<()> {
        for records in batch.records().chunks(self.batch_size) {
            let documents: Vec<_> = records.iter().map(Document::from).collect();
            let outcomes = match self.client.bulk(&documents).await.unavailable("indexing")? {
                Bulk::Done(outcomes) => outcomes,
                Bulk::TooManyRequests { seconds } => {
                    let error = Error::unavailable("indexing: the cluster is overloaded");
                    return Err(error.retry_after(Duration::from_secs(seconds)));
                }
            };
            let failed = records
                .iter()
                .zip(outcomes)
                .filter_map(|(record, outcome)| {
                    let Outcome::Refused(why) = outcome else {
                        return None;
                    };
                    Some((
                        record.origin.clone(),
                        Error::rejected(format!("indexing: {why}")),
                    ))
                });
            self.cx.reject(failed.collect()).await?;
        }
        Ok(())
    }

    async fn flush(&mut self, _: FlushReason) -> Result<Flushed> {
        Ok(Flushed::All)
    }
}

fn two_thousand() -> usize {
    2000
}

struct Client;

enum Bulk {
    Done(Vec<Outcome>),
    TooManyRequests { seconds: u64 },
}

enum Outcome {
    Stored,
    /// A newer version is there already.
    Outdated,
    Refused(String),
}

impl Client {
    async fn connect(_url: &str, _key: Option<&Secret>) -> Reply<Self> {
        Ok(Self)
    }

    async fn bulk(&self, documents: &[Document<'_>]) -> Reply<Bulk> {
        Ok(Bulk::Done(
            documents.iter().map(|_| Outcome::Stored).collect(),
        ))
    }
}
