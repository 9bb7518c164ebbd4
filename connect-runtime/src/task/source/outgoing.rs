//! [`Outgoing`]: what one poll becomes, ready to be produced.

use std::fmt::Display;

use connect_api::{
    Error, ErrorKind, Record, Result, SourceItem, SourceOffset, SourcePartition, SourceRecord,
    Unreadable, json,
};

use super::{
    super::{
        Chain, Encoder, ErrorPolicy, Failure, LetterOptions, Retries, Setup, SourceAt, StageName,
    },
    Moved,
};
use crate::broker::ProducerRecord;

/// What items become: records to produce, and the positions that they settle.
#[derive(Debug, Default)]
pub(crate) struct Outgoing {
    pub(crate) records: Vec<ProducerRecord>,
    /// Where each record came from.
    pub(crate) sources: Vec<RecordSource>,
    pub(crate) moved: Moved,
    pub(crate) bytes: usize,
    /// How many of `sources` have their position in `moved`; the others are of one partition.
    noted: usize,
}

impl Outgoing {
    /// Appends what comes after it.
    pub(crate) fn append(&mut self, mut later: Self) {
        if self.records.is_empty() && self.moved.is_empty() {
            *self = later;
            return;
        }
        self.records.append(&mut later.records);
        self.sources.append(&mut later.sources);
        self.moved.merge(later.moved);
        self.bytes += later.bytes;
        self.noted = self.sources.len();
    }

    /// Appends the only record that an input became, which settles the input.
    #[inline]
    fn push(&mut self, encoded: ProducerRecord, partition: SourcePartition, offset: SourceOffset) {
        self.note(Some(&partition));
        self.bytes += encoded.size();
        self.records.push(encoded);
        self.sources.push(RecordSource {
            partition,
            offset,
            output: Some(0),
        });
    }

    /// Notes the position of the last record, unless `next` is of the same partition and moves it further.
    ///
    /// So a run of records costs one step and not one each.
    fn note(&mut self, next: Option<&SourcePartition>) {
        if self.noted == self.sources.len() {
            return;
        }
        if let Some(last) = self.sources.last()
            && next.is_none_or(|next| !next.is_same(&last.partition))
        {
            self.moved.set(&last.partition, last.offset.clone());
            self.noted = self.sources.len();
        }
    }
}

/// Where a produced record came from.
#[derive(Clone, Debug)]
pub(crate) struct RecordSource {
    pub(crate) partition: SourcePartition,
    pub(crate) offset: SourceOffset,
    /// Which output of the input it is; `None` for a dead letter.
    pub(crate) output: Option<u32>,
}

/// Why items stopped being taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mark {
    /// There are no more.
    End,
    /// There are more, and enough were taken to be sent.
    Full,
    /// The connector ends its transaction here.
    Commit,
    /// The connector discards its transaction here.
    Abort,
}

/// A record that the broker refused inside a transaction, to be recognised on the second pass.
#[derive(Debug)]
pub(crate) struct Condemned {
    partition: SourcePartition,
    offset: String,
    error: String,
}

impl Condemned {
    pub(crate) fn new(source: &RecordSource, error: &Error) -> Result<Self> {
        let offset = json::to_string(&source.offset.to_value()?);
        Ok(Self {
            partition: source.partition.clone(),
            offset,
            error: error.report().to_string(),
        })
    }
}

/// Turns polled items into what is produced: transforms, converters, tolerance, dead letters.
pub(crate) struct Outbox<'a> {
    chain: Chain,
    encoder: Encoder,
    policy: ErrorPolicy,
    letters: Option<LetterOptions>,
    setup: Setup,
    condemned: &'a [Condemned],
}

impl<'a> Outbox<'a> {
    /// How many records are handled before others get the thread.
    const SLICE: usize = 256;
    /// How many bytes are sent at once, however many one poll returned.
    const FULL: usize = 4 * 1024 * 1024;
    /// For how many records room is made ahead.
    const EXPECTED: usize = 16 * 1024;
    /// Java's default of `max.request.size`.
    const MAX_REQUEST: usize = 1024 * 1024;

    pub(crate) fn new(
        setup: &Setup,
        policy: ErrorPolicy,
        condemned: &'a [Condemned],
    ) -> Result<Self> {
        let max_size = setup.options.producer.get("max.request.size");
        let max_size = max_size
            .and_then(|text| text.parse().ok())
            .unwrap_or(Self::MAX_REQUEST);
        Ok(Self {
            chain: Chain::new(setup.stages.build()?),
            encoder: Encoder::new(&setup.codec, max_size),
            policy,
            letters: LetterOptions::of(setup),
            setup: setup.clone(),
            condemned,
        })
    }

    /// Takes items up to the next boundary.
    ///
    /// # Errors
    ///
    /// A record failed and is not tolerated; the task ends.
    pub(crate) async fn fill(
        &mut self,
        out: &mut Outgoing,
        items: &mut std::vec::IntoIter<SourceItem>,
    ) -> Result<Mark> {
        let expected = items.len().min(Self::EXPECTED);
        out.records.reserve(expected);
        out.sources.reserve(expected);
        let mut read = 0;
        let mark = self.take(out, items, &mut read).await;
        out.note(None);
        self.setup.pulse.read.add(read);
        mark
    }

    async fn take(
        &mut self,
        out: &mut Outgoing,
        items: &mut std::vec::IntoIter<SourceItem>,
        read: &mut u64,
    ) -> Result<Mark> {
        let mut slice = Self::SLICE;
        while out.bytes < Self::FULL {
            let Some(item) = items.next() else {
                return Ok(Mark::End);
            };
            match item {
                SourceItem::Record(record) => {
                    *read += 1;
                    match self.pass_through(&record.record) {
                        Some(encoded) => out.push(encoded, record.partition, record.offset),
                        None => self.record(record, out).await?,
                    }
                }
                SourceItem::Advance(partition, offset) => {
                    out.note(None);
                    out.moved.set(&partition, offset);
                }
                SourceItem::Rejected(unreadable) => self.unreadable(*unreadable, out)?,
                SourceItem::Commit => return Ok(Mark::Commit),
                SourceItem::Abort => return Ok(Mark::Abort),
                other => {
                    return Err(Error::fatal(format!(
                        "expected an item this runtime knows, found {other:?}"
                    )));
                }
            }
            slice -= 1;
            if slice == 0 {
                slice = Self::SLICE;
                tokio::task::yield_now().await;
            }
        }
        Ok(Mark::Full)
    }

    /// Encodes a record without waiting; `None` if there is more to it than that.
    ///
    /// Without transforms this is all that happens to a record, and it is the hot path.
    fn pass_through(&mut self, record: &Record) -> Option<ProducerRecord> {
        if self.chain.is_empty() && self.condemned.is_empty() {
            self.encoder.try_encode(record).ok()
        } else {
            None
        }
    }

    fn unreadable(&self, unreadable: Unreadable, out: &mut Outgoing) -> Result<()> {
        let Unreadable {
            partition,
            offset,
            raw,
            error,
        } = unreadable;
        let at = SourceAt {
            partition: &partition,
            offset: &offset,
        };
        let failure = Failure::new(StageName::Poll, &self.setup.plugin, error);
        self.policy.judge(&failure, &at)?;
        let letter = self
            .letters
            .as_ref()
            .map(|to| to.unreadable(at, raw, &failure));
        self.settle(out, partition, offset, letter);
        Ok(())
    }

    async fn record(&mut self, source: SourceRecord, out: &mut Outgoing) -> Result<()> {
        let SourceRecord {
            record,
            partition,
            offset,
            ..
        } = source;
        out.note(None);
        let (sent, bytes) = (out.records.len(), out.bytes);
        let original = self.needs_original().then(|| record.clone());
        let mut attempt = match self.condemnation(&partition, &offset) {
            Some(failure) => Err(failure),
            None => self.pass(record, (&partition, &offset), out).await,
        };
        let mut retries = Retries::new(self.setup.options.retry);
        while let Err(failure) = &attempt {
            out.records.truncate(sent);
            out.sources.truncate(sent);
            out.bytes = bytes;
            let Some(original) = &original else { break };
            if !retries.again(failure).await {
                break;
            }
            attempt = self
                .pass(original.clone(), (&partition, &offset), out)
                .await;
        }
        match attempt {
            Ok(()) => {
                if out.records.len() == sent {
                    self.setup.pulse.skipped.add(1);
                }
                out.moved.set(&partition, offset);
                Ok(())
            }
            Err(failure) => {
                let at = SourceAt {
                    partition: &partition,
                    offset: &offset,
                };
                self.policy.judge(&failure, &at as &dyn Display)?;
                let record = original.unwrap_or_default();
                let letter = self
                    .letters
                    .as_ref()
                    .map(|to| to.produced(at, &record, &failure));
                self.settle(out, partition, offset, letter);
                Ok(())
            }
        }
    }

    /// Runs one record through transforms and converters.
    async fn pass(
        &mut self,
        record: Record,
        (partition, offset): (&SourcePartition, &SourceOffset),
        out: &mut Outgoing,
    ) -> Result<(), Failure> {
        let mut push = |encoded: ProducerRecord, output: u32| {
            out.bytes += encoded.size();
            out.records.push(encoded);
            let (partition, offset) = (partition.clone(), offset.clone());
            out.sources.push(RecordSource {
                partition,
                offset,
                output: Some(output),
            });
        };
        if self.chain.is_empty() {
            push(self.encoder.encode(&record).await?, 0);
            return Ok(());
        }
        for (output, record) in self.chain.apply(record)?.enumerate() {
            push(self.encoder.encode(&record).await?, output as u32);
        }
        Ok(())
    }

    /// Lets a position move although its record was not produced.
    fn settle(
        &self,
        out: &mut Outgoing,
        partition: SourcePartition,
        offset: SourceOffset,
        letter: Option<ProducerRecord>,
    ) {
        out.note(None);
        out.moved.set(&partition, offset.clone());
        if let Some(letter) = letter {
            self.setup.pulse.dead_lettered.add(1);
            out.bytes += letter.size();
            out.records.push(letter);
            out.sources.push(RecordSource {
                partition,
                offset,
                output: None,
            });
        }
    }

    /// Whether a failed record must still be at hand: to try it again, or for the dead letter queue.
    fn needs_original(&self) -> bool {
        self.letters.is_some()
            || self.setup.options.retry.timeout != Some(std::time::Duration::ZERO)
    }

    fn condemnation(&self, partition: &SourcePartition, offset: &SourceOffset) -> Option<Failure> {
        if self.condemned.is_empty() {
            return None;
        }
        let offset = json::to_string(&offset.to_value().ok()?);
        let found = self
            .condemned
            .iter()
            .find(|known| known.partition == *partition && known.offset == offset)?;
        let error = Error::new(ErrorKind::Rejected, found.error.clone());
        Some(Failure::new(
            StageName::Produce,
            &connect_api::Str::from_static("producer"),
            error,
        ))
    }
}
