//! [`Preview`]: what a connector's converters and transforms make of records, without a broker.

mod host;
mod source;

use std::{
    fmt,
    panic::{AssertUnwindSafe, catch_unwind},
};

use connect_api::{
    Bytes, ConfigMap, Error, ErrorKind, Outcome, Record, Result, Str, TopicPartition,
};

pub use self::source::SourcePreview;
use crate::{
    Inspection,
    broker::ConsumedRecord,
    environment::panic_message,
    settings::{Connector, Plan},
    task::{Attempts, Chain, Codec, Decoder, Failure, StageName, raw_headers},
};

/// What a connector's converters and transforms make of records, without a broker.
///
/// Nothing is written, and no position is kept. It is made by [`Inspection::preview`].
///
/// ```
/// use connect_api::{ConfigMap, Plugin, Record, Result};
/// use connect_runtime::{Passed, Plugins, PreviewMessage, Worker};
/// use connect_testkit::memory::{self, TextConverter};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<()> {
/// let settings = ConfigMap::from([("bootstrap.servers", "embedded:memory")]);
/// let text = TextConverter::new;
/// let inspection = Worker::inspect(settings, Plugins::new()).await.converters(text(), text(), text());
/// let error = inspection.preview(&ConfigMap::from([("name", "orders")])).await.unwrap_err();
/// assert!(error.to_string().contains("connector.class"));
/// # Ok(())
/// # }
/// ```
pub struct Preview {
    plan: Plan,
    decoder: Decoder,
    chain: Chain,
}

/// A record as it stands in a topic, in bytes.
#[derive(Clone, Debug, Default)]
#[expect(clippy::exhaustive_structs, reason = "meant to be built by literal")]
pub struct PreviewMessage {
    /// The topic.
    pub topic: Str,
    /// The partition.
    pub partition: Option<i32>,
    /// The offset.
    pub offset: Option<i64>,
    /// Milliseconds since the epoch.
    pub timestamp: Option<i64>,
    /// The key.
    pub key: Option<Bytes>,
    /// The value; `None` is a tombstone.
    pub value: Option<Bytes>,
    /// The headers, in order.
    pub headers: Vec<(Str, Option<Bytes>)>,
}

/// What became of one record.
#[derive(Clone, Debug, PartialEq)]
#[expect(
    clippy::exhaustive_enums,
    reason = "a record comes out, or is dropped, or fails"
)]
pub enum Passed {
    /// One record or more came out.
    Records(Vec<Record>),
    /// The transform with this alias dropped it.
    Dropped(Str),
    /// A stage refused it.
    Failed(PreviewFailure),
}

/// Which stage refused a record, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct PreviewFailure {
    /// The stage, under Kafka Connect's name: `VALUE_CONVERTER`, `TRANSFORMATION`, `TASK_POLL`, …
    pub stage: String,
    /// The plugin that refused it.
    pub plugin: Str,
    /// What it said.
    pub message: String,
}

impl Inspection {
    /// Prepares a preview of a connector's converters and transforms.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Config`]: everything that is wrong with the configuration.
    pub async fn preview(&self, config: &ConfigMap) -> Result<Preview> {
        let plan = self.plan(config).await?;
        let stages = plan.stages.build()?;
        Ok(Preview {
            decoder: Decoder::new(&plan.codec),
            chain: Chain::new(stages),
            plan,
        })
    }
}

impl Preview {
    /// Passes a message through the converters and then the transforms, as a sink does.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Fatal`]: a plugin panicked; nothing else can be passed.
    pub async fn message(&mut self, message: &PreviewMessage) -> Result<Passed> {
        match decode(&self.decoder, &self.plan.codec, message).await {
            Ok(record) => self.record(record),
            Err(failure) if failure.error.kind() == ErrorKind::Fatal => Err(failure.error),
            Err(failure) => Ok(Passed::Failed(failure.into())),
        }
    }

    /// Passes a record through the transforms, as a source does.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Fatal`]: a transform panicked; nothing else can be passed.
    pub fn record(&mut self, mut record: Record) -> Result<Passed> {
        let chain = &mut self.chain;
        let passed = catch_unwind(AssertUnwindSafe(|| {
            let (outcome, more) = chain.apply(&mut record)?;
            let kept = (outcome == Outcome::Kept).then_some(record);
            Ok::<Vec<_>, Failure>(kept.into_iter().chain(more.drain(..)).collect())
        }));
        Ok(match passed {
            Ok(Ok(records)) => match chain.dropped_by() {
                Some(alias) if records.is_empty() => Passed::Dropped(alias.clone()),
                _ => Passed::Records(records),
            },
            Ok(Err(failure)) => Passed::Failed(failure.into()),
            Err(panic) => {
                let message = panic_message(&*panic);
                return Err(Error::fatal(format!("a transform panicked: {message}")));
            }
        })
    }

    /// Whether the connector is a source, whose own records can be shown.
    #[must_use]
    pub fn is_of_source(&self) -> bool {
        matches!(self.plan.connector, Connector::Source(_))
    }
}

/// Passes a message through the converters, which may fetch what they lack.
async fn decode(
    decoder: &Decoder,
    codec: &Codec,
    message: &PreviewMessage,
) -> Result<Record, Failure> {
    let partition = message.partition.unwrap_or_default();
    let from = TopicPartition::new(message.topic.clone(), partition);
    let consumed = ConsumedRecord {
        offset: message.offset.unwrap_or_default(),
        timestamp: message.timestamp.unwrap_or_default(),
        key: message.key.clone(),
        value: message.value.clone(),
        headers: message.headers.clone(),
    };
    let headers = raw_headers(&consumed);
    for _ in 0..Attempts::MOST_PREPARATIONS {
        let mut record = Record::default();
        let decoded = catch_unwind(AssertUnwindSafe(|| {
            decoder.decode(&from, &consumed, &mut record)
        }));
        let failure = match decoded {
            Ok(Ok(())) => return Ok(as_given(record, message)),
            Ok(Err(failure)) => failure,
            Err(panic) => return Err(panicked(&panic_message(&*panic))),
        };
        let lacking = decoder.lacking(&from.topic, &headers, &consumed, &failure);
        let Some(lacking) = lacking else {
            return Err(failure);
        };
        let prepared = lacking.converter.prepare(lacking.missing).await;
        prepared.map_err(|error| Failure {
            error: rejected(error),
            ..failure
        })?;
    }
    let error = Error::rejected("a converter still lacks something, however often it prepares");
    let plugin = &codec.names[1];
    Err(Failure::new(StageName::ValueConverter, plugin, error))
}

/// Leaves out what the message did not say.
fn as_given(mut record: Record, message: &PreviewMessage) -> Record {
    record.partition = message.partition;
    record.offset = message.offset;
    record.timestamp = message.timestamp;
    record
}

fn panicked(message: &str) -> Failure {
    let error = Error::fatal(format!("a converter panicked: {message}"));
    Failure::new(StageName::ValueConverter, &Str::default(), error)
}

/// What a preview shows and goes on after.
fn rejected(error: Error) -> Error {
    error.with_kind(ErrorKind::Rejected)
}

impl fmt::Debug for Preview {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Preview({:?})", self.plan)
    }
}

impl From<Failure> for PreviewFailure {
    fn from(failure: Failure) -> Self {
        Self {
            stage: failure.stage.to_string(),
            plugin: failure.plugin,
            message: failure.error.report().to_string(),
        }
    }
}
