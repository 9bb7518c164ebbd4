//! [`Settlement`]: what was written, and the positions that follow it.

use std::{pin::pin, sync::Arc, time::Duration};

use connect_api::{Error, ErrorKind, SourceTask};
use futures::FutureExt;
use tokio::{
    select,
    time::{Instant, sleep_until},
};

use super::{Moved, Outgoing, Output, Progress, Refusal};
use crate::{
    Milestone,
    task::{Backoff, Boundary, Delivery, Setup, TaskHost, Topics},
    watchdog::Call,
};

/// What was written, and the positions that follow it until the task was told of them.
pub(crate) struct Settlement<'a> {
    setup: &'a Setup,
    host: Arc<TaskHost>,
    output: Output,
    topics: Topics,
    /// What whole polls became while a transaction was ending: the next one, all or nothing.
    ///
    /// Empty unless one is ending.
    held: Outgoing,
    /// Durable positions that the task has not been told of.
    untold: Moved,
    /// Not before then is the task told again after it was unavailable.
    tell_at: Option<Instant>,
    telling: Backoff,
    /// When positions are stored next, where time decides.
    flush_at: Option<Instant>,
    /// Bytes that were written since positions were stored.
    unstored_bytes: usize,
}

/// What went on by itself.
pub(crate) enum Event {
    Progress(Progress),
    /// It is time to store positions.
    FlushDue,
}

impl<'a> Settlement<'a> {
    /// How many bytes are polled ahead of a transaction that is ending.
    ///
    /// So many that a slow disk or broker has as much to do per commit as it takes to be no bottleneck.
    const HELD: usize = 4 * 1024 * 1024;

    pub(crate) fn new(setup: &'a Setup, host: Arc<TaskHost>, output: Output) -> Self {
        Self {
            setup,
            host,
            output,
            topics: Topics::new(setup),
            held: Outgoing::default(),
            untold: Moved::default(),
            tell_at: None,
            telling: Backoff::default(),
            flush_at: flush_interval(setup).map(|interval| Instant::now() + interval),
            unstored_bytes: 0,
        }
    }

    /// Returns whether anything was written whose positions are not being stored.
    pub(crate) fn is_open(&self) -> bool {
        self.output.is_open()
    }

    /// Returns whether positions are being stored.
    pub(crate) fn is_ending(&self) -> bool {
        self.output.is_ending()
    }

    /// Returns whether the task has to be told of something.
    pub(crate) fn has_news(&self) -> bool {
        let is_time = self.tell_at.is_none_or(|at| at <= Instant::now());
        !self.untold.is_empty() && is_time
    }

    /// Runs `work`, and lets transactions end, acknowledgements come and positions be stored meanwhile.
    ///
    /// # Errors
    ///
    /// The output or background work failed: `work` was given up.
    pub(crate) async fn beside<T>(&mut self, work: impl Future<Output = T>) -> Result<T, Refusal> {
        let mut work = pin!(work);
        loop {
            // `work` lives on over the turns.
            let event = select! {
                biased;
                done = &mut work => return Ok(done),
                event = self.next() => event?,
            };
            self.on(event).await?;
        }
    }

    /// Waits for what goes on by itself, for [`on`](Self::on); dropping the future loses nothing.
    ///
    /// # Errors
    ///
    /// The output or background work failed.
    pub(crate) async fn next(&mut self) -> Result<Event, Refusal> {
        select! {
            biased;
            error = self.host.background.failure() => {
                Err(error.with_kind(ErrorKind::Fatal).into())
            }
            event = next_event(&mut self.output, self.flush_at) => event,
        }
    }

    /// Handles what went on meanwhile: a source that always has data never lets the loop wait.
    pub(crate) async fn catch_up(&mut self) -> Result<(), Refusal> {
        while let Some(event) = self.next().now_or_never() {
            self.on(event?).await?;
        }
        Ok(())
    }

    /// Returns whether so much was written that positions are stored before their time.
    fn is_much_unstored(&self) -> bool {
        let time_decides = self.flush_at.is_some();
        let is_much = self.unstored_bytes >= self.setup.options.flush_bytes;
        time_decides && is_much && !self.output.is_ending()
    }

    /// Keeps what a poll became for the transaction after the one that is ending.
    pub(crate) async fn hold(&mut self, out: Outgoing) -> Result<(), Refusal> {
        self.held.append(out);
        // A source that always has something would keep the thread from who commits.
        crate::turn::pass().await;
        while self.held.bytes > Self::HELD {
            let progress = self.output.progress().await?;
            self.on(Event::Progress(progress)).await?;
        }
        Ok(())
    }

    /// Writes what was held, and ends its transaction.
    async fn release(&mut self) -> Result<(), Refusal> {
        let held = std::mem::take(&mut self.held);
        if held.records.is_empty() && held.moved.is_empty() {
            return Ok(());
        }
        self.write(held).await?;
        self.begin_end().await
    }

    pub(crate) async fn write(&mut self, out: Outgoing) -> Result<(), Refusal> {
        for (record, source) in out.records.iter().zip(&out.sources) {
            // The dead letter queue is no topic of the connector's.
            if source.output.is_some() && self.topics.is_new(&record.topic) {
                self.topics.prepare(&record.topic).await?;
            }
        }
        self.setup.pulse.written.add(out.records.len() as u64);
        self.unstored_bytes += out.bytes;
        self.output.write(out).await?;
        if self.is_much_unstored() {
            self.begin_end().await?;
        }
        Ok(())
    }

    /// Discards the records of the open transaction; its positions stay.
    pub(crate) async fn abort(&mut self) -> Result<(), Refusal> {
        Ok(self.output.abort().await?)
    }

    /// Does what follows from it; this must not be dropped half way.
    pub(crate) async fn on(&mut self, event: Event) -> Result<(), Refusal> {
        match event {
            Event::Progress(Progress::Acknowledged) => Ok(()),
            Event::Progress(Progress::Stored(moved)) => {
                self.setup.pulse.settled(&*self.setup.site.environment);
                self.untold.merge(moved);
                self.release().await
            }
            Event::FlushDue => self.begin_end().await,
        }
    }

    /// Starts to store positions, if there are any.
    pub(crate) async fn begin_end(&mut self) -> Result<(), Refusal> {
        self.flush_at = flush_interval(self.setup).map(|interval| Instant::now() + interval);
        self.unstored_bytes = 0;
        if self.output.is_open() {
            Ok(self.output.begin_end().await?)
        } else {
            Ok(())
        }
    }

    /// Waits until the positions that are being stored are, and tells the task.
    pub(crate) async fn end(&mut self, task: &mut dyn SourceTask) -> Result<(), Refusal> {
        self.ended().await?;
        self.tell(task).await
    }

    /// Waits until the positions that are being stored are.
    pub(crate) async fn ended(&mut self) -> Result<(), Refusal> {
        while self.output.is_ending() {
            let progress = self.output.progress().await?;
            self.on(Event::Progress(progress)).await?;
        }
        Ok(())
    }

    /// Tells the task which positions are durable; one that was unavailable is told again after a while.
    pub(crate) async fn tell(&mut self, task: &mut dyn SourceTask) -> Result<(), Refusal> {
        if self.has_news() {
            self.tell_now(task).await?;
        }
        Ok(())
    }

    /// Tells the task a last time.
    pub(crate) async fn tell_at_last(&mut self, task: &mut dyn SourceTask) -> Result<(), Refusal> {
        if self.untold.is_empty() {
            return Ok(());
        }
        self.tell_now(task).await
    }

    async fn tell_now(&mut self, task: &mut dyn SourceTask) -> Result<(), Refusal> {
        let offsets = self.untold.clone().into_map();
        self.host.signals.unwant();
        self.setup.reached(Milestone::SourceTelling);
        let limit = self.setup.options.call_timeout;
        let call = task.commit(&offsets);
        let told = self.setup.calls.run(Call::Commit, limit, call).await;
        match told.map_err(Error::from) {
            Ok(()) => {
                self.setup.reached(Milestone::SourceTold);
                self.untold = Moved::default();
                self.telling.reset();
                self.tell_at = None;
            }
            Err(error) if error.kind() == ErrorKind::Unavailable => {
                let random = self.setup.site.environment.random();
                let pause = self.telling.after(&error, random);
                tracing::warn!(error = %error.report(), "the task is told of its positions again in {pause:?}");
                self.tell_at = Some(Instant::now() + pause);
            }
            Err(error) => return Err(error.into()),
        }
        Ok(())
    }

    /// Stores what was written before a failure, so that it need not be read again.
    pub(crate) async fn salvage(&mut self) {
        if !self.output.is_broken()
            && let Err(Refusal::Error(error)) = self.settle().await
        {
            tracing::warn!(error = %error.report(), "the last positions were not stored");
        }
    }

    /// Stores the positions of everything that was written, where that may be.
    pub(crate) async fn settle(&mut self) -> Result<(), Refusal> {
        self.ended().await?;
        let source = &self.setup.options.source;
        if (source.delivery, source.boundary) == (Delivery::ExactlyOnce, Boundary::Connector) {
            // Only the connector ends its transactions: what it left open is read again.
            return Ok(self.output.abort().await?);
        }
        self.output.drain().await?;
        self.begin_end().await?;
        self.ended().await
    }
}

/// Waits for what goes on by itself; dropping the future loses nothing.
async fn next_event(output: &mut Output, flush_at: Option<Instant>) -> Result<Event, Refusal> {
    let may_end = output.is_open() && !output.is_ending();
    let flush_due = async {
        match flush_at {
            Some(at) if may_end => sleep_until(at).await,
            _ => std::future::pending().await,
        }
    };
    select! {
        biased;
        progress = output.progress() => Ok(Event::Progress(progress?)),
        () = flush_due => Ok(Event::FlushDue),
    }
}

/// How often positions are stored, where time decides.
fn flush_interval(setup: &Setup) -> Option<Duration> {
    match (setup.options.source.delivery, setup.options.source.boundary) {
        (Delivery::AtLeastOnce, _) => Some(setup.options.flush_interval),
        (Delivery::ExactlyOnce, Boundary::Interval(interval)) => Some(interval),
        (Delivery::ExactlyOnce, Boundary::Poll | Boundary::Connector) => None,
    }
}
