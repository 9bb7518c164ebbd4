//! [`Pipeline`]: fetched bytes to records for the plugin.

use std::{sync::Arc, time::Duration};

use connect_api::{Origin, Origins, Outcome, RawRecords, Record, SinkRecord};
use tokio::time::Instant;

use super::queue::Intake;
use crate::{
    broker::Fetched,
    task::{Attempts, Chain, Decoder, Failure, Interrupted, Setup, Topics, Verdict, raw_headers},
};

/// Turns fetched bytes into records for the plugin: converters, then transforms.
pub(crate) struct Pipeline {
    setup: Setup,
    decoder: Decoder,
    chain: Chain,
    topics: Topics,
}

/// A fetch that is being converted.
struct Current {
    fetched: Arc<Fetched>,
    origins: Origins,
    /// The next record to convert.
    index: usize,
    intake: Intake,
}

/// How far the records of a slice got.
enum Step {
    Done,
    /// Others get the thread before it goes on.
    More,
    Failed(Failure),
}

impl Pipeline {
    /// How many records are handled before others get the thread: to pass it on costs some microseconds.
    const SLICE: usize = 1024;

    /// How long a slice takes at most, but for the records up to the next look at the clock.
    const LONGEST: Duration = Duration::from_millis(1);

    /// After how many records the clock is looked at.
    const LOOK: usize = 64;

    pub(crate) fn new(setup: &Setup) -> connect_api::Result<Self> {
        Ok(Self {
            decoder: Decoder::new(&setup.codec),
            chain: Chain::new(setup.build_stages()?),
            topics: Topics::new(setup),
            setup: setup.clone(),
        })
    }

    /// Converts a fetch to its end, however long that takes.
    ///
    /// It returns itself too: a plugin's future is never dropped while the plugin lives on, so this one is kept, and
    /// only polled beside other things.
    pub(crate) async fn convert(
        mut self: Box<Self>,
        fetched: Fetched,
    ) -> (Box<Self>, Result<Intake, Interrupted>) {
        self.topics.read(&fetched.partition.topic);
        let mut current = Current::new(fetched);
        let converted = self.convert_all(&mut current).await;
        (self, converted.map(|()| current.intake))
    }

    async fn convert_all(&mut self, current: &mut Current) -> Result<(), Interrupted> {
        let calls = Arc::clone(&self.setup.calls);
        let limit = self.setup.options.call_timeout;
        loop {
            let step = calls.convert(limit, async { Ok(self.slice(current)) });
            match step
                .await
                .map_err(|error| Interrupted::Broken(error.into_error()))?
            {
                Step::Done => break,
                Step::More => crate::turn::pass().await,
                Step::Failed(failure) => self.try_again(current, failure).await?,
            }
        }
        let read = current.fetched.records.len() as u64;
        self.setup.pulse.read.add(read);
        Ok(())
    }

    /// Converts some records, without waiting.
    fn slice(&mut self, current: &mut Current) -> Step {
        let started = Instant::now();
        for count in 1..=Self::SLICE {
            if current.is_done() {
                return Step::Done;
            }
            if let Err(failure) = self.pass(current) {
                return Step::Failed(failure);
            }
            if count % Self::LOOK == 0 && started.elapsed() >= Self::LONGEST {
                break;
            }
        }
        match current.is_done() {
            true => Step::Done,
            false => Step::More,
        }
    }

    /// Runs the next record through converters and transforms.
    fn pass(&mut self, current: &mut Current) -> Result<(), Failure> {
        let consumed = &current.fetched.records[current.index];
        let placed = SinkRecord::new(Record::default(), current.origin());
        let Intake {
            partition, records, ..
        } = &mut current.intake;
        let before = records.len();
        let record = &mut records.push_mut(placed).record;
        let decoded = self.decoder.decode(partition, consumed, record);
        let (outcome, more) = match decoded.and_then(|()| self.chain.apply(record)) {
            Ok(passed) => passed,
            Err(failure) => {
                records.truncate(before);
                return Err(failure);
            }
        };
        if outcome == Outcome::Dropped {
            records.truncate(before);
        }
        for record in more.drain(..) {
            let output = (current.intake.records.len() - before) as u32;
            let origin = current.origin().with_output(output);
            let placed = SinkRecord::new(record, origin);
            current.intake.records.push(placed);
        }
        if current.intake.records.len() == before {
            self.setup.pulse.skipped.add(1);
        }
        current.index += 1;
        Ok(())
    }

    /// Tries the next record as often as it may be tried; then it is condemned.
    async fn try_again(
        &mut self,
        current: &mut Current,
        mut failure: Failure,
    ) -> Result<(), Interrupted> {
        let calls = Arc::clone(&self.setup.calls);
        let limit = self.setup.options.call_timeout;
        let mut attempts = Attempts::new();
        let fetched = Arc::clone(&current.fetched);
        let consumed = &fetched.records[current.index];
        let headers = raw_headers(consumed);
        loop {
            let topic = &fetched.partition.topic;
            let lacking = self.decoder.lacking(topic, &headers, consumed, &failure);
            if let Verdict::Failed(failure) = attempts.next(&self.setup, failure, lacking).await? {
                current.intake.condemned.push((current.origin(), failure));
                current.index += 1;
                return Ok(());
            }
            match calls.convert(limit, async { Ok(self.pass(current)) }).await {
                Ok(Ok(())) => return Ok(()),
                Ok(Err(next)) => failure = next,
                Err(error) => return Err(Interrupted::Broken(error.into_error())),
            }
        }
    }
}

impl Current {
    fn new(fetched: Fetched) -> Self {
        let intake = Intake {
            partition: fetched.partition.clone(),
            records: Vec::with_capacity(fetched.records.len()),
            condemned: Vec::new(),
            next: fetched.next,
            bytes: fetched.records.iter().map(|record| record.size()).sum(),
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

    fn is_done(&self) -> bool {
        self.index == self.fetched.records.len()
    }

    /// Says where the next record came from.
    fn origin(&self) -> Origin {
        let offset = self.fetched.records[self.index].offset;
        self.origins.at(offset, self.index as u32)
    }
}
