//! [`Driver`]: drives one source task value.

use std::{pin::pin, sync::Arc, time::Duration};

use connect_api::{Error, ErrorKind, SourceBatch, SourceItem, SourceTask};
use tokio::{
    select,
    time::{Instant, sleep_until},
};

use super::{
    Outbox, Outgoing, Output, Refusal, Settlement,
    outgoing::Mark,
    pause::{Pause, Polled, aligned},
};
use crate::{
    Milestone,
    task::{Backoff, Boundary, Delivery, Setup, TaskHost},
    watchdog::Call,
};

/// Drives one source task value: from after its `open` to before its `stop`.
pub(crate) struct Driver<'a> {
    setup: &'a Setup,
    host: Arc<TaskHost>,
    outbox: Outbox,
    settlement: Settlement<'a>,
    pause: Pause,
    /// Not before then it is polled again.
    poll_at: Instant,
}

impl<'a> Driver<'a> {
    pub(crate) fn new(
        setup: &'a Setup,
        host: Arc<TaskHost>,
        outbox: Outbox,
        output: Output,
    ) -> Self {
        Self {
            setup,
            settlement: Settlement::new(setup, Arc::clone(&host), output),
            host,
            outbox,
            pause: Pause::default(),
            poll_at: Instant::now(),
        }
    }

    /// Polls until the task shall stop, and settles what can be.
    pub(crate) async fn drive(&mut self, task: &mut dyn SourceTask) -> Result<(), Refusal> {
        if let Err(refusal) = self.poll_until_stopped(task).await {
            self.settlement.salvage().await;
            return Err(refusal);
        }
        self.settlement.settle().await?;
        self.settlement.tell_at_last(task).await
    }

    async fn poll_until_stopped(&mut self, task: &mut dyn SourceTask) -> Result<(), Refusal> {
        let mut backoff = Backoff::default();
        while !self.setup.stop.is_cancelled() {
            self.settlement.catch_up().await?;
            self.settlement.tell(task).await?;
            match self.poll(task).await? {
                Ok(batch) => {
                    backoff.reset();
                    self.handle(batch, task).await?;
                }
                Err(error) if error.kind() == ErrorKind::Unavailable => {
                    let random = self.setup.site.environment.random();
                    let pause = backoff.after(&error, random);
                    tracing::warn!(error = %error.report(), "polling again in {pause:?}");
                    self.rest(task, pause).await?;
                }
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }

    /// Polls, lets everything else go on meanwhile, and returns what the plugin answered.
    ///
    /// # Errors
    ///
    /// Something else failed: the call was given up, and with it the task value.
    async fn poll(
        &mut self,
        task: &mut dyn SourceTask,
    ) -> Result<Result<SourceBatch, Error>, Refusal> {
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
                polled = &mut poll => return Ok(polled.map_err(Error::from)),
                event = self.settlement.next() => {
                    self.settlement.on(event?).await?;
                    if self.settlement.has_news() {
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
            self.setup.reached(Milestone::SourcePolled);
            self.take(items, task).await?;
        }
        let mut limited = self.poll_at.checked_duration_since(Instant::now());
        if self.setup.options.source.boundary == Boundary::Connector && self.settlement.is_open() {
            // The broker would abort a transaction that stays open for long: the rest comes after it.
            limited = None;
        }
        match pause.max(limited.filter(|pause| !pause.is_zero())) {
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
            // A record may have to wait for its converter: what was written before it does not.
            let fill = self.outbox.fill(&mut out, &mut items);
            let mark = self.settlement.beside(fill).await?;
            self.poll_at = self.setup.options.rate.take(out.records.len(), out.bytes);
            if may_hold && self.settlement.is_ending() && matches!(mark, Ok(Mark::End)) {
                return self.settlement.hold(out).await;
            }
            may_hold = false;
            if source.delivery == Delivery::ExactlyOnce {
                // The last transaction was ending while this one was polled and converted.
                self.settlement.ended().await?;
            }
            let mark = mark?;
            if mark == Mark::Stopped {
                return Ok(());
            }
            self.settlement.tell(task).await?;
            self.settlement.write(out).await?;
            match (source.delivery, source.boundary, mark) {
                (Delivery::ExactlyOnce, Boundary::Connector, Mark::Commit) => {
                    self.settlement.begin_end().await?;
                    self.settlement.end(task).await?;
                }
                (Delivery::ExactlyOnce, Boundary::Connector, Mark::Abort) => {
                    self.settlement.abort().await?;
                    // The positions move all the same, as in KIP-618: in a transaction of their own.
                    self.settlement.begin_end().await?;
                    self.settlement.end(task).await?;
                }
                (_, _, Mark::Commit | Mark::Abort | Mark::Full | Mark::Stopped) => {}
                (Delivery::ExactlyOnce, Boundary::Poll, Mark::End) => {
                    return self.settlement.begin_end().await;
                }
                (_, _, Mark::End) => return Ok(()),
            }
        }
    }

    /// Rests between two polls, and lets everything else go on meanwhile.
    async fn rest(&mut self, task: &mut dyn SourceTask, pause: Duration) -> Result<(), Refusal> {
        let until = Instant::now() + pause;
        loop {
            select! {
                biased;
                () = self.setup.stop.cancelled() => return Ok(()),
                event = self.settlement.next() => {
                    self.settlement.on(event?).await?;
                    self.settlement.tell(task).await?;
                }
                () = sleep_until(until) => return Ok(()),
            }
        }
    }
}
