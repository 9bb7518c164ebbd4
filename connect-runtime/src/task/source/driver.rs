//! [`Driver`]: drives one source task value.

use std::{pin::pin, sync::Arc, time::Duration};

use connect_api::{ErrorKind, SourceBatch, SourceItem, SourceTask};
use futures::FutureExt;
use tokio::{
    select,
    time::{Instant, sleep_until},
};

use super::{
    Moved, Outbox, Outgoing, Output, Progress, Refusal,
    outgoing::Mark,
    pause::{Pause, Polled, aligned},
};
use crate::{
    task::{Backoff, Boundary, Delivery, Setup, TaskHost},
    watchdog::Call,
};

/// Drives one source task value: from after its `open` to before its `stop`.
pub(crate) struct Driver<'a> {
    setup: &'a Setup,
    host: Arc<TaskHost>,
    outbox: Outbox<'a>,
    output: Output,
    /// What whole polls became while a transaction was ending: the next one, all or nothing.
    ///
    /// Empty unless one is ending.
    held: Outgoing,
    /// Durable positions that the task has not been told of.
    untold: Moved,
    /// When positions are stored next, where time decides.
    flush_at: Option<Instant>,
    pause: Pause,
}

/// What happened while the loop waited for something else.
enum Beside {
    Progress(Progress),
    /// It is time to store positions.
    FlushDue,
}

impl<'a> Driver<'a> {
    /// How many bytes are polled ahead of a transaction that is ending.
    ///
    /// So many that a slow disk or broker has as much to do per commit as it takes to be no bottleneck.
    const HELD: usize = 1024 * 1024;

    pub(crate) fn new(
        setup: &'a Setup,
        host: Arc<TaskHost>,
        outbox: Outbox<'a>,
        output: Output,
    ) -> Self {
        let flush_at = flush_interval(setup).map(|interval| Instant::now() + interval);
        Self {
            setup,
            host,
            outbox,
            output,
            held: Outgoing::default(),
            untold: Moved::default(),
            flush_at,
            pause: Pause::default(),
        }
    }

    /// Polls until the task shall stop, and settles what can be.
    pub(crate) async fn drive(&mut self, task: &mut dyn SourceTask) -> Result<(), Refusal> {
        let mut backoff = Backoff::default();
        while !self.setup.stop.is_cancelled() {
            self.catch_up().await?;
            self.tell(task).await?;
            match self.poll(task).await {
                Ok(batch) => {
                    backoff.reset();
                    self.handle(batch, task).await?;
                }
                Err(Refusal::Error(error)) if error.kind() == ErrorKind::Unavailable => {
                    let pause = backoff.after(&error);
                    tracing::warn!(error = %error.report(), "polling again in {pause:?}");
                    self.rest(task, pause).await?;
                }
                Err(refusal) => {
                    // What was written before it need not be read again.
                    self.ended().await?;
                    return Err(refusal);
                }
            }
        }
        self.finish(task).await
    }

    /// Handles what happened meanwhile: a source that always has data never lets the loop wait.
    async fn catch_up(&mut self) -> Result<(), Refusal> {
        while let Some(beside) = beside(&mut self.output, self.flush_at).now_or_never() {
            self.on(beside?).await?;
        }
        Ok(())
    }

    /// Polls, and lets everything else go on meanwhile.
    async fn poll(&mut self, task: &mut dyn SourceTask) -> Result<SourceBatch, Refusal> {
        let setup = self.setup;
        let host = Arc::clone(&self.host);
        let signals = &host.signals;
        signals.unwant();
        let mut poll = pin!(
            setup
                .calls
                .run(Call::Poll, setup.options.call_timeout, task.poll())
        );
        let patience = Instant::now() + setup.options.call_timeout / 4;
        loop {
            // `poll` lives on over the turns; the futures of the other branches may be dropped at any time.
            select! {
                biased;
                polled = &mut poll => return Ok(polled?),
                error = host.background.failure() => return Err(error.with_kind(ErrorKind::Fatal).into()),
                beside = beside(&mut self.output, self.flush_at) => {
                    self.on(beside?).await?;
                    if !self.untold.is_empty() {
                        signals.want();
                    }
                }
                () = setup.stop.cancelled(), if !signals.is_wanted() => signals.want(),
                () = sleep_until(patience), if !signals.is_wanted() => signals.want(),
            }
        }
    }

    async fn handle(
        &mut self,
        batch: SourceBatch,
        task: &mut dyn SourceTask,
    ) -> Result<(), Refusal> {
        let (items, asked) = batch.into_parts();
        let polled = match items.is_empty() {
            false => Polled::Something,
            true if self.host.signals.is_wanted() => Polled::NothingAsAsked,
            true => Polled::Nothing,
        };
        let mut pause = self.pause.after(polled, asked);
        if polled == Polled::Nothing {
            let elapsed = self.setup.site.environment.elapsed();
            pause = pause.map(|pause| aligned(pause, elapsed));
        }
        if polled == Polled::Something {
            self.take(items, task).await?;
        }
        match pause {
            Some(pause) => self.rest(task, pause).await,
            None => Ok(()),
        }
    }

    /// Writes what was polled, and ends transactions where they end.
    async fn take(
        &mut self,
        items: Vec<SourceItem>,
        task: &mut dyn SourceTask,
    ) -> Result<(), Refusal> {
        let mut items = items.into_iter();
        let source = &self.setup.options.source;
        // A poll that is sent in parts is one transaction, so nothing of it may be held.
        let mut may_hold =
            (source.delivery, source.boundary) == (Delivery::ExactlyOnce, Boundary::Poll);
        loop {
            let mut out = Outgoing::default();
            let fill = self.outbox.fill(&mut out, &mut items);
            let mark = self
                .setup
                .calls
                .convert(self.setup.options.call_timeout, fill)
                .await;
            if may_hold && self.output.is_ending() && matches!(mark, Ok(Mark::End)) {
                return self.hold(out).await;
            }
            may_hold = false;
            if source.delivery == Delivery::ExactlyOnce {
                // The last transaction was ending while this one was polled and converted.
                self.ended().await?;
            }
            let mark = mark?;
            self.tell(task).await?;
            self.write(out).await?;
            match (source.delivery, source.boundary, mark) {
                (Delivery::ExactlyOnce, Boundary::Connector, Mark::Commit) => {
                    self.begin_end().await?;
                    self.end(task).await?;
                }
                (Delivery::ExactlyOnce, Boundary::Connector, Mark::Abort) => {
                    self.output.abort().await?;
                    // The positions move all the same, as in KIP-618: in a transaction of their own.
                    self.begin_end().await?;
                    self.end(task).await?;
                }
                (_, _, Mark::Commit | Mark::Abort | Mark::Full) => {}
                (Delivery::ExactlyOnce, Boundary::Poll, Mark::End) => {
                    return self.begin_end().await;
                }
                (_, _, Mark::End) => return Ok(()),
            }
        }
    }

    /// Keeps what a poll became for the transaction after the one that is ending.
    async fn hold(&mut self, out: Outgoing) -> Result<(), Refusal> {
        self.held.append(out);
        // A source that always has something would keep the thread from who commits.
        tokio::task::yield_now().await;
        while self.held.bytes > Self::HELD {
            let progress = self.output.progress().await?;
            self.on(Beside::Progress(progress)).await?;
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

    async fn write(&mut self, out: Outgoing) -> Result<(), Refusal> {
        self.setup.pulse.written.add(out.records.len() as u64);
        self.output.write(out).await
    }

    /// Rests between two polls, and lets everything else go on meanwhile.
    async fn rest(&mut self, task: &mut dyn SourceTask, pause: Duration) -> Result<(), Refusal> {
        let until = Instant::now() + pause;
        let host = Arc::clone(&self.host);
        loop {
            select! {
                biased;
                () = self.setup.stop.cancelled() => return Ok(()),
                error = host.background.failure() => return Err(error.with_kind(ErrorKind::Fatal).into()),
                beside = beside(&mut self.output, self.flush_at) => {
                    self.on(beside?).await?;
                    self.tell(task).await?;
                }
                () = sleep_until(until) => return Ok(()),
            }
        }
    }

    async fn on(&mut self, beside: Beside) -> Result<(), Refusal> {
        match beside {
            Beside::Progress(Progress::Acknowledged) => Ok(()),
            Beside::Progress(Progress::Stored(moved)) => {
                self.setup.pulse.settled(&*self.setup.site.environment);
                self.untold.merge(moved);
                self.release().await
            }
            Beside::FlushDue => self.begin_end().await,
        }
    }

    /// Starts to store positions, if there are any.
    async fn begin_end(&mut self) -> Result<(), Refusal> {
        self.flush_at = flush_interval(self.setup).map(|interval| Instant::now() + interval);
        if self.output.is_open() {
            Ok(self.output.begin_end().await?)
        } else {
            Ok(())
        }
    }

    /// Waits until the positions that are being stored are, and tells the task.
    async fn end(&mut self, task: &mut dyn SourceTask) -> Result<(), Refusal> {
        self.ended().await?;
        self.tell(task).await
    }

    /// Waits until the positions that are being stored are.
    async fn ended(&mut self) -> Result<(), Refusal> {
        while self.output.is_ending() {
            let progress = self.output.progress().await?;
            self.on(Beside::Progress(progress)).await?;
        }
        Ok(())
    }

    /// Tells the task which positions are durable.
    async fn tell(&mut self, task: &mut dyn SourceTask) -> Result<(), Refusal> {
        if self.untold.is_empty() {
            return Ok(());
        }
        let offsets = self.untold.clone().into_map();
        let told = self
            .setup
            .calls
            .run(
                Call::Commit,
                self.setup.options.call_timeout,
                task.commit(&offsets),
            )
            .await;
        match told.map_err(connect_api::Error::from) {
            Ok(()) => self.untold = Moved::default(),
            Err(error) if error.kind() == ErrorKind::Unavailable => {
                tracing::warn!(error = %error.report(), "the task is told of its positions again later");
            }
            Err(error) => return Err(error.into()),
        }
        Ok(())
    }

    /// Settles what can be before the task ends.
    async fn finish(&mut self, task: &mut dyn SourceTask) -> Result<(), Refusal> {
        self.end(task).await?;
        let source = &self.setup.options.source;
        if (source.delivery, source.boundary) == (Delivery::ExactlyOnce, Boundary::Connector) {
            // Only the connector ends its transactions: what it left open is read again.
            return Ok(self.output.abort().await?);
        }
        self.output.drain().await?;
        self.begin_end().await?;
        self.end(task).await
    }
}

/// Waits for what goes on beside a poll; dropping the future loses nothing.
async fn beside(output: &mut Output, flush_at: Option<Instant>) -> Result<Beside, Refusal> {
    let may_end = output.is_open() && !output.is_ending();
    let flush_due = async {
        match flush_at {
            Some(at) if may_end => sleep_until(at).await,
            _ => std::future::pending().await,
        }
    };
    select! {
        biased;
        progress = output.progress() => Ok(Beside::Progress(progress?)),
        () = flush_due => Ok(Beside::FlushDue),
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
