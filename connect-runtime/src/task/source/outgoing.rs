//! [`Outgoing`]: what one poll becomes, ready to be produced.

use std::{fmt::Display, sync::Arc, time::Duration};

use connect_api::{
    Error, ErrorKind, Outcome, Record, Result, SourceItem, SourceOffset, SourcePartition,
    SourceRecord, Str, Unreadable, json,
};

use super::{
    super::{
        Attempts, Chain, Encoder, ErrorPolicy, Failure, Interrupted, LetterOptions, Setup,
        SourceAt, StageName, Verdict,
    },
    Moved,
};
use crate::broker::{ProducerRecord, Refused};

/// What items become: records to produce, and the positions that they settle.
#[derive(Debug, Default)]
pub(crate) struct Outgoing {
    pub(crate) records: Vec<ProducerRecord>,
    /// Where each record came from.
    pub(crate) sources: Vec<RecordSource>,
    pub(crate) moved: Moved,
    pub(crate) bytes: usize,
    pub(crate) follows: Follows,
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
        self.follows = self.follows.max(later.follows);
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

    /// Appends one of the records that an input became.
    fn push_output(&mut self, record: ProducerRecord, held: &Held, output: u32) {
        self.bytes += record.size();
        self.records.push(record);
        self.sources.push(RecordSource {
            partition: held.partition.clone(),
            offset: held.offset.clone(),
            output: Some(output),
        });
    }

    /// Moves a position over everything of it that was appended.
    fn settle(&mut self, partition: &SourcePartition, offset: SourceOffset) {
        self.note(None);
        self.moved.set(partition, offset);
        self.noted = self.sources.len();
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

/// What has to be durable before the positions of a batch are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Follows {
    /// What was sent of their partitions.
    #[default]
    ItsPartitions,
    /// All that was sent: the source moves a position by itself, and may have taken it from another partition.
    Everything,
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
    /// The task shall stop, and a record would have to wait: what was not sent is read again.
    Stopped,
}

/// A record that the broker refused, to be recognised on the second pass.
#[derive(Clone, Debug)]
pub(crate) struct Condemned {
    partition: SourcePartition,
    offset: String,
    /// How many inputs of the same place come before it: a source may give many records one offset.
    equals_before: usize,
    error: String,
}

impl Condemned {
    pub(crate) fn new(refused: &RefusedRecord) -> Result<Self> {
        Ok(Self {
            partition: refused.source.partition.clone(),
            offset: json::to_string(&refused.source.offset.to_value()?),
            equals_before: refused.equals_before,
            error: refused.error.report().to_string(),
        })
    }
}

/// A record that the broker refused.
#[derive(Debug)]
pub(crate) struct RefusedRecord {
    pub(crate) source: RecordSource,
    /// How many inputs of the same place come before it in its batch.
    equals_before: usize,
    pub(crate) error: Error,
}

impl RefusedRecord {
    /// Says where the refused records of a batch came from.
    pub(crate) fn of_batch(sources: &[RecordSource], mut refused: Vec<Refused>) -> Vec<Self> {
        refused.sort_by_key(|refused| refused.index);
        let mut refused = refused.into_iter().peekable();
        let mut blamed = Vec::new();
        let mut equals_before = 0;
        for (index, source) in sources.iter().enumerate() {
            if refused.peek().is_none() {
                break;
            }
            // Equal places follow each other: elsewhere the count starts over.
            if source.output == Some(0) {
                let is_equal = index.checked_sub(1).is_some_and(|before| {
                    let before = &sources[before];
                    before.partition == source.partition && before.offset == source.offset
                });
                equals_before = if is_equal { equals_before + 1 } else { 0 };
            }
            if let Some(Refused { error, .. }) = refused.next_if(|refused| refused.index == index) {
                blamed.push(Self {
                    source: source.clone(),
                    equals_before,
                    error,
                });
            }
        }
        blamed
    }
}

/// Turns polled items into what is produced: transforms, converters, tolerance, dead letters.
pub(crate) struct Outbox {
    chain: Chain,
    encoder: Encoder,
    policy: ErrorPolicy,
    letters: Option<LetterOptions>,
    setup: Setup,
    condemned: Vec<Condemned>,
    /// Records that were taken and not counted yet.
    read: u64,
}

/// How far the items of a slice got.
enum Step {
    Ended(Mark),
    /// Others get the thread before it goes on.
    More,
    Failed(Box<Held>, Failure),
}

/// A record that failed, and what it takes to try it again.
struct Held {
    partition: SourcePartition,
    offset: SourceOffset,
    /// The record before all transforms, where something may still need it.
    original: Option<Record>,
    /// What the transforms made of it, unless it is one record that could be encoded; empty if they failed.
    outputs: Vec<Record>,
    /// What was there before it.
    before: Before,
}

/// How much was ready to be sent at some moment.
#[derive(Clone, Copy)]
struct Before {
    records: usize,
    bytes: usize,
}

impl Outbox {
    /// How many records are handled before others get the thread.
    const SLICE: usize = 256;
    /// How many bytes are sent at once, however many one poll returned.
    const FULL: usize = 4 * 1024 * 1024;
    /// For how many records room is made ahead.
    const EXPECTED: usize = 16 * 1024;

    pub(crate) fn new(
        setup: &Setup,
        policy: ErrorPolicy,
        condemned: Vec<Condemned>,
    ) -> Result<Self> {
        Ok(Self {
            chain: Chain::new(setup.build_stages()?),
            encoder: Encoder::new(&setup.codec, setup.options.max_request()),
            policy,
            letters: LetterOptions::of(setup),
            setup: setup.clone(),
            condemned,
            read: 0,
        })
    }

    /// Takes items up to the next boundary.
    ///
    /// # Errors
    ///
    /// A record failed and is not tolerated, or a plugin panicked or hangs; the task ends.
    pub(crate) async fn fill(
        &mut self,
        out: &mut Outgoing,
        items: &mut std::vec::IntoIter<SourceItem>,
    ) -> Result<Mark> {
        let expected = items.len().min(Self::EXPECTED);
        out.records.reserve(expected);
        out.sources.reserve(expected);
        let mark = self.take(out, items).await;
        out.note(None);
        self.setup.pulse.read.add(std::mem::take(&mut self.read));
        mark
    }

    async fn take(
        &mut self,
        out: &mut Outgoing,
        items: &mut std::vec::IntoIter<SourceItem>,
    ) -> Result<Mark> {
        let calls = Arc::clone(&self.setup.calls);
        let limit = self.setup.options.call_timeout;
        loop {
            let slice = async { self.slice(out, items) };
            match calls.convert(limit, slice).await? {
                Step::Ended(mark) => return Ok(mark),
                Step::More => crate::turn::pass().await,
                Step::Failed(held, failure) => match self.try_again(*held, failure, out).await {
                    Ok(()) => {}
                    Err(Interrupted::Stopped) => return Ok(Mark::Stopped),
                    Err(Interrupted::Broken(error)) => return Err(error),
                },
            }
        }
    }

    /// Takes some items, without waiting.
    fn slice(
        &mut self,
        out: &mut Outgoing,
        items: &mut std::vec::IntoIter<SourceItem>,
    ) -> Result<Step> {
        for _ in 0..Self::SLICE {
            if out.bytes >= Self::FULL {
                return Ok(Step::Ended(Mark::Full));
            }
            let Some(item) = items.next() else {
                return Ok(Step::Ended(Mark::End));
            };
            match item {
                SourceItem::Record(record) => {
                    self.read += 1;
                    if let Some(encoded) = self.pass_through(&record.record) {
                        out.push(encoded, record.partition, record.offset);
                    } else if let Err((held, failure)) = self.record(record, out)? {
                        return Ok(Step::Failed(held, failure));
                    }
                }
                SourceItem::Advance(partition, offset) => {
                    out.follows = Follows::Everything;
                    out.settle(&partition, offset);
                }
                SourceItem::Rejected(unreadable) => self.unreadable(*unreadable, out)?,
                SourceItem::Commit => return Ok(Step::Ended(Mark::Commit)),
                SourceItem::Abort => return Ok(Step::Ended(Mark::Abort)),
                other => {
                    return Err(Error::fatal(format!(
                        "expected an item this runtime knows, found {other:?}"
                    )));
                }
            }
        }
        Ok(Step::More)
    }

    /// Encodes a record without waiting; `None` if there is more to it than that.
    ///
    /// Without transforms this is all that happens to a record, and it is the hot path.
    fn pass_through(&mut self, record: &Record) -> Option<ProducerRecord> {
        if self.chain.is_empty() && self.condemned.is_empty() {
            self.encoder.encode(record).ok()
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

    /// Takes one record; the inner answer is the record if it failed.
    fn record(
        &mut self,
        source: SourceRecord,
        out: &mut Outgoing,
    ) -> Result<Result<(), (Box<Held>, Failure)>> {
        let SourceRecord {
            record,
            partition,
            offset,
            ..
        } = source;
        out.note(None);
        let mut held = Held {
            partition,
            offset,
            original: self.needs_original().then(|| record.clone()),
            outputs: Vec::new(),
            before: Before::of(out),
        };
        if let Some(failure) = self.condemnation(&held.partition, &held.offset) {
            self.condemn(held, &failure, out)?;
            return Ok(Ok(()));
        }
        match self.pass(record, &mut held, out) {
            Ok(()) => {
                self.settled(held, out);
                Ok(Ok(()))
            }
            Err(failure) => Ok(Err((Box::new(held), failure))),
        }
    }

    /// Runs one record through transforms and converters.
    fn pass(
        &mut self,
        mut record: Record,
        held: &mut Held,
        out: &mut Outgoing,
    ) -> Result<(), Failure> {
        let (outcome, more) = self.chain.apply(&mut record)?;
        let kept = outcome == Outcome::Kept;
        if more.is_empty() && kept {
            match self.encoder.encode(&record) {
                Ok(encoded) => out.push_output(encoded, held, 0),
                Err(failure) => {
                    held.outputs.push(record);
                    return Err(failure);
                }
            }
            return Ok(());
        }
        held.outputs.extend(kept.then_some(record));
        held.outputs.append(more);
        self.encode_outputs(held, out)
    }

    /// Encodes the outputs of a record that have not been encoded yet.
    fn encode_outputs(&mut self, held: &Held, out: &mut Outgoing) -> Result<(), Failure> {
        let encoded = out.records.len() - held.before.records;
        for (output, record) in held.outputs.iter().enumerate().skip(encoded) {
            let record = self.encoder.encode(record)?;
            out.push_output(record, held, output as u32);
        }
        Ok(())
    }

    /// Tries a record as often as it may be tried, and settles it.
    async fn try_again(
        &mut self,
        mut held: Held,
        mut failure: Failure,
        out: &mut Outgoing,
    ) -> Result<(), Interrupted> {
        let calls = Arc::clone(&self.setup.calls);
        let limit = self.setup.options.call_timeout;
        let (mut attempts, mut reached) = (Attempts::new(), 0);
        loop {
            let sent = out.records.len() - held.before.records;
            if sent > reached {
                // The next output has tries of its own.
                (attempts, reached) = (Attempts::new(), sent);
            }
            let output = held.outputs.get(sent);
            let lacking = output.and_then(|output| self.encoder.lacking(output, &failure));
            match attempts.next(&self.setup, failure, lacking).await? {
                Verdict::Again => {}
                Verdict::Failed(failure) => {
                    let condemned = self.condemn(held, &failure, out);
                    return condemned.map_err(Interrupted::Broken);
                }
            }
            let again = async { Ok(self.repeat(&mut held, out)) };
            match calls.convert(limit, again).await {
                Ok(Ok(())) => {
                    self.settled(held, out);
                    return Ok(());
                }
                Ok(Err(next)) => failure = next,
                Err(error) => return Err(Interrupted::Broken(error.into_error())),
            }
        }
    }

    /// Goes on with a record where it failed: at an output, or before the transforms.
    fn repeat(&mut self, held: &mut Held, out: &mut Outgoing) -> Result<(), Failure> {
        if held.outputs.is_empty() {
            let record = held.original.clone().unwrap_or_default();
            return self.pass(record, held, out);
        }
        self.encode_outputs(held, out)
    }

    /// Moves the position over a record that went through.
    fn settled(&self, held: Held, out: &mut Outgoing) {
        if out.records.len() == held.before.records {
            self.setup.pulse.skipped.add(1);
        }
        out.settle(&held.partition, held.offset);
    }

    /// Gives a record up: nothing of it is sent but a dead letter.
    fn condemn(&self, held: Held, failure: &Failure, out: &mut Outgoing) -> Result<()> {
        out.records.truncate(held.before.records);
        out.sources.truncate(held.before.records);
        out.bytes = held.before.bytes;
        let at = SourceAt {
            partition: &held.partition,
            offset: &held.offset,
        };
        self.policy.judge(failure, &at as &dyn Display)?;
        let record = held.original.unwrap_or_default();
        let letter = self
            .letters
            .as_ref()
            .map(|to| to.produced(at, &record, failure));
        self.settle(out, held.partition, held.offset, letter);
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
        if let Some(letter) = letter {
            self.setup.pulse.dead_lettered.add(1);
            out.bytes += letter.size();
            out.records.push(letter);
            out.sources.push(RecordSource {
                partition: partition.clone(),
                offset: offset.clone(),
                output: None,
            });
        }
        out.settle(&partition, offset);
    }

    /// Whether a failed record must still be at hand: to try it again, or for the dead letter queue.
    fn needs_original(&self) -> bool {
        self.letters.is_some() || self.setup.options.retry.timeout != Some(Duration::ZERO)
    }

    /// Returns why a record is given up before it is tried: the broker refused it.
    fn condemnation(
        &mut self,
        partition: &SourcePartition,
        offset: &SourceOffset,
    ) -> Option<Failure> {
        let same = |known: &Condemned| known.partition == *partition;
        if !self.condemned.iter().any(same) {
            return None;
        }
        let offset = json::to_string(&offset.to_value().ok()?);
        let mut here = self.condemned.iter_mut().enumerate();
        let (at, known) = here.find(|(_, known)| same(known) && known.offset == offset)?;
        if known.equals_before > 0 {
            known.equals_before -= 1;
            return None;
        }
        let error = Error::new(ErrorKind::Rejected, self.condemned.swap_remove(at).error);
        let producer = Str::from_static("producer");
        Some(Failure::new(StageName::Produce, &producer, error))
    }
}

impl Before {
    fn of(out: &Outgoing) -> Self {
        Self {
            records: out.records.len(),
            bytes: out.bytes,
        }
    }
}
