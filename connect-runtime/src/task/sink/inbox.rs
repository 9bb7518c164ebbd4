//! [`Inbox`]: fetch, convert, transform, queue.

use std::sync::Arc;

use connect_api::{ErrorKind, Origin, Origins, RawRecords, Result, SinkRecord, TopicPartition};
use futures::FutureExt;
use tokio::time::{Instant, sleep_until};

use super::queue::{Intake, Queue};
use crate::{
    broker::{Consumer, ConsumerEvent, Fetched, Want},
    task::{Backoff, Chain, Decoder, Failure, Retries, Setup},
};

/// Fetches, converts and transforms records ahead of what the plugin is busy with.
pub(crate) struct Inbox {
    setup: Setup,
    pub(crate) consumer: Box<dyn Consumer>,
    decoder: Decoder,
    chain: Chain,
    pub(crate) queue: Queue,
    /// What is being converted; kept here so that [`advance`](Self::advance) may be dropped.
    current: Option<Current>,
    backoff: Backoff,
    retry_at: Option<Instant>,
}

/// A fetch that is being converted.
struct Current {
    fetched: Arc<Fetched>,
    origins: Origins,
    /// The next record to convert.
    index: usize,
    intake: Intake,
}

impl Inbox {
    /// How many records are handled before others get the thread.
    const SLICE: usize = 256;

    pub(crate) fn new(setup: &Setup, consumer: Box<dyn Consumer>) -> Result<Self> {
        Ok(Self {
            consumer,
            decoder: Decoder::new(&setup.codec),
            chain: Chain::new(setup.stages.build()?),
            queue: Queue::new(setup.options.queue_bytes, setup.options.queue_records),
            current: None,
            backoff: Backoff::default(),
            retry_at: None,
            setup: setup.clone(),
        })
    }

    /// Moves records towards the queue, or returns what happened to the membership.
    ///
    /// Dropping the future loses nothing: a fetch that is half converted goes on at the next call.
    ///
    /// # Errors
    ///
    /// The consumer cannot go on, or a plugin panicked.
    pub(crate) async fn advance(&mut self) -> Result<Option<ConsumerEvent>> {
        if self.current.is_some() {
            self.convert().await?;
            return Ok(None);
        }
        if let Some(at) = self.retry_at {
            sleep_until(at).await;
            self.retry_at = None;
        }
        let want = if self.queue.is_full() {
            Want::Membership
        } else {
            Want::Records
        };
        match self.consumer.next(want).await {
            Ok(ConsumerEvent::Records(fetched)) => {
                self.backoff.reset();
                self.current = Some(Current::new(fetched));
                self.convert().await?;
                Ok(None)
            }
            Ok(event) => Ok(Some(event)),
            Err(error) if error.kind() == ErrorKind::Unavailable => {
                let pause = self.backoff.after(&error);
                tracing::warn!(error = %error.report(), "reading again in {pause:?}");
                self.retry_at = Some(Instant::now() + pause);
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }

    /// Returns what happened to the membership, if that is known already.
    pub(crate) fn membership_now(&mut self) -> Result<Option<ConsumerEvent>> {
        match self.consumer.next(Want::Membership).now_or_never() {
            Some(Err(error)) if error.kind() != ErrorKind::Unavailable => Err(error),
            Some(Ok(event)) => Ok(Some(event)),
            Some(Err(_)) | None => Ok(None),
        }
    }

    /// Drops what is on its way for partitions that are gone.
    pub(crate) fn forget(&mut self, partitions: &[TopicPartition]) {
        self.current
            .take_if(|current| partitions.contains(&current.intake.partition));
        self.queue.forget(partitions);
    }

    /// Converts the current fetch to its end.
    async fn convert(&mut self) -> Result<()> {
        let calls = Arc::clone(&self.setup.calls);
        let limit = self.setup.options.call_timeout;
        let converted = async {
            self.convert_records().await;
            Ok(())
        };
        calls.convert(limit, converted).await?;
        if let Some(current) = self.current.take() {
            self.queue.push(current.intake);
        }
        Ok(())
    }

    async fn convert_records(&mut self) {
        let Some(current) = &mut self.current else {
            return;
        };
        let count = current.fetched.records.len();
        while current.index < count {
            let slice = (current.index + Self::SLICE).min(count);
            if self.chain.is_empty() {
                pass_through(&self.decoder, current, slice);
            }
            while current.index < slice {
                convert_one(&self.setup, (&self.decoder, &mut self.chain), current).await;
            }
            tokio::task::yield_now().await;
        }
        self.setup.pulse.read.add(count as u64);
    }
}

/// Converts the next record, trying again as often as it may.
async fn convert_one(
    setup: &Setup,
    (decoder, chain): (&Decoder, &mut Chain),
    current: &mut Current,
) {
    let index = current.index;
    let offset = current.fetched.records[index].offset;
    let origin = current.origins.at(offset, index as u32);
    let done = current.intake.records.len();
    let mut retries = Retries::new(setup.options.retry);
    loop {
        let passed = pass(decoder, chain, current, (index, &origin)).await;
        let Err(failure) = passed else {
            let dropped = current.intake.records.len() == done;
            setup.pulse.skipped.add(dropped.into());
            break;
        };
        current.intake.records.truncate(done);
        if !retries.again(&failure).await {
            current.intake.condemned.push((origin, failure));
            break;
        }
    }
    current.index += 1;
}

/// Decodes records up to `end` without waiting; it stops in front of one that fails.
///
/// Without transforms this is all that happens to a record, and it is the hot path.
fn pass_through(decoder: &Decoder, current: &mut Current, end: usize) {
    let Fetched {
        partition, records, ..
    } = &*current.fetched;
    for consumed in &records[current.index..end] {
        let Ok(record) = decoder.try_decode(&partition.topic, consumed) else {
            return;
        };
        let origin = current.origins.at(consumed.offset, current.index as u32);
        current.intake.records.push(SinkRecord::new(record, origin));
        current.index += 1;
    }
}

/// Runs one record through converters and transforms.
async fn pass(
    decoder: &Decoder,
    chain: &mut Chain,
    current: &mut Current,
    (index, origin): (usize, &Origin),
) -> Result<(), Failure> {
    let consumed = &current.fetched.records[index];
    let topic = &current.fetched.partition.topic;
    let record = decoder.decode(topic, consumed).await?;
    let records = &mut current.intake.records;
    if chain.is_empty() {
        records.push(SinkRecord::new(record, origin.clone()));
        return Ok(());
    }
    for (output, record) in chain.apply(record)?.enumerate() {
        records.push(SinkRecord::new(
            record,
            origin.clone().with_output(output as u32),
        ));
    }
    Ok(())
}

impl Current {
    fn new(fetched: Fetched) -> Self {
        let of = |bytes: &Option<bytes::Bytes>| bytes.as_ref().map_or(0, bytes::Bytes::len);
        let bytes = fetched
            .records
            .iter()
            .map(|record| of(&record.key) + of(&record.value) + 64)
            .sum();
        let intake = Intake {
            partition: fetched.partition.clone(),
            records: Vec::with_capacity(fetched.records.len()),
            condemned: Vec::new(),
            next: fetched.next,
            bytes,
        };
        let partition = fetched.partition.clone();
        let fetched = Arc::new(fetched);
        Self {
            origins: Origins::new(partition, Arc::clone(&fetched) as RawRecords),
            fetched,
            index: 0,
            intake,
        }
    }
}
