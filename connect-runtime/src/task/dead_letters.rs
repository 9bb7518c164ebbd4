//! [`DeadLetters`]: where records go that nothing can be done with.

use std::fmt::Display;

use bytes::Bytes;
use connect_api::{
    ErrorKind, Origin, Record, Result, SchemaAndValue, SourceOffset, SourcePartition, Str, json,
};
use tokio::sync::Mutex;

use super::{ContextHeaders, DeadLetterOptions, Failure, Setup};
use crate::{
    Milestone, TaskId,
    broker::{ConsumedRecord, Fetched, Producer, ProducerOptions, ProducerRecord, Refused},
};

/// The dead letter queue of a sink task, with a producer of its own that connects at first use.
#[derive(Debug)]
pub(crate) struct DeadLetters {
    letter: LetterOptions,
    setup: Setup,
    producer: Mutex<Option<Box<dyn Producer>>>,
}

/// How a record becomes a dead letter.
#[derive(Clone, Debug)]
pub(crate) struct LetterOptions {
    id: TaskId,
    options: DeadLetterOptions,
    max_size: usize,
}

impl LetterOptions {
    pub(crate) fn of(setup: &Setup) -> Option<Self> {
        let options = setup.options.dead_letters.clone()?;
        Some(Self {
            id: setup.id.clone(),
            options,
            max_size: setup.options.max_request(),
        })
    }

    /// Makes the dead letter of a consumed record: its bytes as they were.
    pub(crate) fn consumed(&self, origin: &Origin, failure: &Failure) -> ProducerRecord {
        let mut letter = self.addressed();
        if let Some(record) = raw(origin) {
            letter.key = record.key.clone();
            letter.value = record.value.clone();
            letter.timestamp = Some(record.timestamp);
            letter.headers.clone_from(&record.headers);
        }
        let at = origin.partition();
        let context = Context::default()
            .with("topic", &at.topic)
            .with("partition", &at.partition)
            .with("offset", &origin.offset());
        self.finish(letter, context, failure)
    }

    /// Makes the dead letter of something a source could not read: its bytes as they were.
    pub(crate) fn unreadable(
        &self,
        at: SourceAt<'_>,
        raw: Bytes,
        failure: &Failure,
    ) -> ProducerRecord {
        let letter = ProducerRecord::new(self.options.topic.clone(), raw);
        self.finish(letter, at.context(Context::default()), failure)
    }

    /// Makes the dead letter of a source's record: key and value as schemaless JSON.
    pub(crate) fn produced(
        &self,
        at: SourceAt<'_>,
        record: &Record,
        failure: &Failure,
    ) -> ProducerRecord {
        let mut letter = self.addressed();
        letter.key = text(&record.key);
        letter.value = text(&record.value);
        letter.timestamp = record.timestamp;
        let headers = record.headers.iter();
        letter.headers = headers
            .map(|(name, value)| (name.clone(), text(value)))
            .collect();
        let context = Context::default().with("topic", &record.topic);
        self.finish(letter, at.context(context), failure)
    }

    /// Starts a letter to the queue.
    fn addressed(&self) -> ProducerRecord {
        ProducerRecord {
            topic: self.options.topic.clone(),
            ..ProducerRecord::default()
        }
    }

    /// Adds Connect's headers: who failed where, and why.
    ///
    /// What would make the letter too large for the broker is left out; a header says how much that was.
    fn finish(
        &self,
        mut letter: ProducerRecord,
        context: Context,
        failure: &Failure,
    ) -> ProducerRecord {
        let mut context = match self.options.context_headers {
            ContextHeaders::On => context
                .with("connector.name", &self.id.connector)
                .with("task.id", &self.id.task)
                .with("stage", &failure.stage)
                .with("class.name", &failure.plugin)
                .with("exception.class.name", &failure.error.kind())
                .with("exception.message", &failure.error)
                .with("exception.stacktrace", &failure.error.report()),
            ContextHeaders::Off => Context::default(),
        };
        if letter.size() + context.size() > self.max_size {
            let whole = letter.size();
            letter = ProducerRecord {
                timestamp: letter.timestamp,
                ..self.addressed()
            };
            context = context.with("omitted.bytes", &(whole - letter.size()));
        }
        letter.headers.extend(context.0);
        letter
    }
}

/// Connect's headers of a dead letter.
#[derive(Default)]
struct Context(Vec<(Str, Option<Bytes>)>);

impl Context {
    /// How much of one text is kept: errors may quote what they met, and a letter has to fit into a topic.
    const LONGEST: usize = 16 * 1024;

    fn with(mut self, name: &str, value: &dyn Display) -> Self {
        let mut text = value.to_string();
        if text.len() > Self::LONGEST {
            let end = text.floor_char_boundary(Self::LONGEST);
            text.truncate(end);
            text.push('…');
        }
        let name = Str::from(format!("__connect.errors.{name}"));
        self.0.push((name, Some(text.into())));
        self
    }

    fn size(&self) -> usize {
        let of = |(name, value): &(Str, Option<Bytes>)| {
            name.len() + value.as_ref().map_or(0, Bytes::len) + 4
        };
        self.0.iter().map(of).sum()
    }
}

/// Where a source read something.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SourceAt<'a> {
    pub(crate) partition: &'a SourcePartition,
    /// The place after it.
    pub(crate) offset: &'a SourceOffset,
}

impl SourceAt<'_> {
    fn context(self, context: Context) -> Context {
        context
            .with("source.partition", self.partition)
            .with("source.offset", &self.offset_text())
    }

    fn offset_text(self) -> String {
        match self.offset.to_value() {
            Ok(value) => json::to_string(&value),
            Err(error) => error.to_string(),
        }
    }
}

impl Display for SourceAt<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "of {} before {}", self.partition, self.offset_text())
    }
}

impl DeadLetters {
    /// Opens the queue of a sink, if it has one.
    pub(crate) fn for_sink(setup: &Setup) -> Option<Self> {
        let letter = LetterOptions::of(setup)?;
        Some(Self {
            letter,
            setup: setup.clone(),
            producer: Mutex::default(),
        })
    }

    /// Stores consumed records durably; the outputs of one input are one letter.
    ///
    /// # Errors
    ///
    /// The queue did not take them.
    pub(crate) async fn store(&self, condemned: &[(Origin, Failure)]) -> Result<()> {
        let mut last = None;
        let mut letters = Vec::with_capacity(condemned.len());
        for (origin, failure) in condemned {
            let input = (origin.partition(), origin.offset());
            if last.replace(input) != Some(input) {
                letters.push(self.letter.consumed(origin, failure));
            }
        }
        let count = letters.len() as u64;
        self.setup.reached(Milestone::LettersSending);
        let mut slot = self.producer.lock().await;
        let producer = match &mut *slot {
            Some(producer) => producer,
            None => slot.insert(self.connect().await?),
        };
        let stored = async {
            let refused = producer.send(letters).await?.await?;
            match refused.into_iter().next() {
                Some(Refused { error, .. }) if error.kind() == ErrorKind::Config => Err(error),
                Some(Refused { error, .. }) => Err(error.with_kind(ErrorKind::Fatal)),
                None => Ok(()),
            }
        };
        if let Err(error) = stored.await {
            *slot = None;
            return Err(error.context(format_args!(
                "dead letter queue `{}`",
                self.letter.options.topic
            )));
        }
        self.setup.reached(Milestone::LettersStored);
        self.setup.pulse.dead_lettered.add(count);
        Ok(())
    }

    async fn connect(&self) -> Result<Box<dyn Producer>> {
        let mut options = ProducerOptions::new(format!("connector-dlq-producer-{}", self.setup.id));
        options.overrides = self.setup.options.producer.clone();
        let producer = self.setup.site.broker.producer(&options).await?;
        self.setup.calls.adopt(producer.closer());
        Ok(producer)
    }
}

/// Returns the consumed record behind `origin`.
fn raw(origin: &Origin) -> Option<&ConsumedRecord> {
    let (raw, index) = origin.raw()?;
    raw.downcast_ref::<Fetched>()?.records.get(index as usize)
}

fn text(data: &SchemaAndValue) -> Option<Bytes> {
    if data.value.is_null() {
        None
    } else {
        Some(json::to_string(&data.value).into())
    }
}
