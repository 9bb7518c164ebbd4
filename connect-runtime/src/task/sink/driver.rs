//! [`Driver`]: drives one sink task value.

use std::{collections::VecDeque, pin::pin, sync::Arc, time::Duration};

use connect_api::{Error, ErrorKind, FlushReason, Result, SinkBatch, SinkTask};
use tokio::{
    select,
    time::{Instant, sleep_until},
};

use super::{
    Inbox, Ledger,
    queue::{halves, without_input},
};
use crate::{
    Milestone,
    broker::ConsumerEvent,
    task::{Backoff, Failure, Setup, StageName, TaskHost},
    watchdog::Call,
};

/// Drives one sink task value: from after its `open` to before its `stop`.
pub(crate) struct Driver<'a> {
    pub(super) setup: &'a Setup,
    pub(super) host: Arc<TaskHost>,
    pub(super) inbox: Inbox,
    pub(super) ledger: Ledger,
    /// Batches to put before anything from the queue: the next one last.
    pub(super) pending: Vec<SinkBatch>,
    /// Positions that moved without a record, to be put with the next batch or at the next flush.
    pub(super) moved: SinkBatch,
    /// What happened to the membership while the plugin was busy.
    pub(super) events: VecDeque<ConsumerEvent>,
    flush_at: Instant,
    /// Bytes that were put since the last flush.
    unflushed_bytes: usize,
    backoff: Backoff,
}

/// What the loop does next.
enum Next {
    Stop,
    Membership(ConsumerEvent),
    Flush(FlushReason),
    Put,
    Wait,
}

impl<'a> Driver<'a> {
    pub(crate) fn new(setup: &'a Setup, host: Arc<TaskHost>, inbox: Inbox) -> Self {
        Self {
            setup,
            host,
            inbox,
            ledger: Ledger::default(),
            pending: Vec::new(),
            moved: SinkBatch::default(),
            events: VecDeque::new(),
            flush_at: Instant::now() + setup.options.flush_interval,
            unflushed_bytes: 0,
            backoff: Backoff::default(),
        }
    }

    /// Puts what arrives until the task shall stop, and settles what can be.
    pub(crate) async fn drive(mut self, task: &mut dyn SinkTask) -> Result<()> {
        loop {
            match self.next()? {
                Next::Stop => break,
                Next::Membership(event) => self.on(event, task).await?,
                Next::Flush(why) => self.flush(why, task).await?,
                Next::Put => self.put(task).await?,
                Next::Wait => self.wait(task).await?,
            }
        }
        self.finish(task).await?;
        self.inbox.consumer.close().await
    }

    fn next(&mut self) -> Result<Next> {
        if self.setup.stop.is_cancelled() {
            return Ok(Next::Stop);
        }
        if let Some(event) = self.events.pop_front() {
            return Ok(Next::Membership(event));
        }
        if self.host.signals.take_flush() {
            return Ok(Next::Flush(FlushReason::Requested));
        }
        let unflushed = self.ledger.is_unsettled() || !self.moved.next_offsets().is_empty();
        let due = Instant::now() >= self.flush_at
            || self.unflushed_bytes >= self.setup.options.flush_bytes;
        if unflushed && due {
            return Ok(Next::Flush(FlushReason::Interval));
        }
        if self.pending.is_empty() && self.inbox.queue.is_empty() {
            return Ok(Next::Wait);
        }
        // A full queue must not hide that partitions are wanted elsewhere.
        match self.inbox.membership_now()? {
            Some(event) => Ok(Next::Membership(event)),
            None => Ok(Next::Put),
        }
    }

    /// Waits until there is something to do.
    async fn wait(&mut self, task: &mut dyn SinkTask) -> Result<()> {
        let host = Arc::clone(&self.host);
        let unflushed = self.ledger.is_unsettled() || !self.moved.next_offsets().is_empty();
        let wake_at = host.signals.wake_at();
        let wake = async {
            match wake_at {
                Some(at) => sleep_until(at).await,
                None => std::future::pending().await,
            }
        };
        select! {
            biased;
            () = self.setup.stop.cancelled() => {}
            error = host.background.failure() => return Err(error.with_kind(ErrorKind::Fatal)),
            () = host.signals.asked() => {}
            event = self.inbox.advance() => self.events.extend(event?),
            () = sleep_until(self.flush_at), if unflushed => {}
            () = wake => {
                if host.signals.take_wake() {
                    let batch = std::mem::take(&mut self.moved);
                    self.put_batch(batch, task).await?;
                }
            }
        }
        Ok(())
    }

    /// Puts the next batch.
    async fn put(&mut self, task: &mut dyn SinkTask) -> Result<()> {
        let mut batch = std::mem::take(&mut self.moved);
        if let Some(pending) = self.pending.pop() {
            batch.append(pending);
            return self.put_batch(batch, task).await;
        }
        let taken = self.inbox.queue.take(self.setup.options.sink.batch_records);
        if !taken.condemned.is_empty() {
            let host = Arc::clone(&self.host);
            available(self.setup, "dead letter queue", || {
                host.condemn(&taken.condemned)
            })
            .await?;
        }
        self.unflushed_bytes += taken.bytes;
        batch.append(taken.batch);
        if batch.is_empty() {
            // All of it was dropped: the position moves with the next batch, or at the next flush.
            self.moved = batch;
            return Ok(());
        }
        self.put_batch(batch, task).await
    }

    /// Puts one batch; what does not go through is pending afterwards.
    pub(super) async fn put_batch(
        &mut self,
        batch: SinkBatch,
        task: &mut dyn SinkTask,
    ) -> Result<()> {
        self.setup.reached(Milestone::BatchPutting);
        match self.call_put(&batch, task).await {
            Ok(()) => {
                self.setup.reached(Milestone::BatchPut);
                self.backoff.reset();
                self.setup.pulse.written.add(batch.len() as u64);
                self.ledger.put(&batch);
                Ok(())
            }
            Err(error) if error.kind() == ErrorKind::Unavailable => {
                let pause = self.backoff.after(&error);
                tracing::warn!(error = %error.report(), "putting the same batch again in {pause:?}");
                self.pending.push(batch);
                self.rest(pause).await
            }
            Err(error) if error.kind() == ErrorKind::Rejected => self.reject(batch, error).await,
            Err(error) => Err(error),
        }
    }

    /// Calls `put`, and goes on reading meanwhile.
    async fn call_put(&mut self, batch: &SinkBatch, task: &mut dyn SinkTask) -> Result<()> {
        let setup = self.setup;
        let host = Arc::clone(&self.host);
        host.signals.unwant();
        let mut put = pin!(
            setup
                .calls
                .run(Call::Put, setup.options.call_timeout, task.put(batch))
        );
        loop {
            // `put` lives on over the turns; the futures of the other branches may be dropped at any time.
            select! {
                biased;
                done = &mut put => return Ok(done?),
                () = setup.stop.cancelled(), if !host.signals.is_wanted() => host.signals.want(),
                event = self.inbox.advance() => {
                    let Some(event) = event? else { continue };
                    if let ConsumerEvent::Lost(partitions) = &event {
                        return Err(Error::unavailable(format!("{partitions:?} were lost while `put` ran")));
                    }
                    host.signals.want();
                    self.events.push_back(event);
                }
            }
        }
    }

    /// Settles a batch of which something is bad; the rest is pending.
    async fn reject(&mut self, batch: SinkBatch, error: Error) -> Result<()> {
        let culprit = match error.origin() {
            Some(origin) => origin.clone(),
            None => match halves(&batch) {
                Some((head, tail)) => {
                    self.pending.extend([tail, head]);
                    return Ok(());
                }
                None => match batch.records().first() {
                    Some(record) => record.origin.clone(),
                    None => {
                        return Err(error
                            .context("an empty batch was rejected")
                            .with_kind(ErrorKind::Fatal));
                    }
                },
            },
        };
        let Some(record) = batch
            .records()
            .iter()
            .find(|record| record.origin == culprit)
        else {
            let what = format!("record {culprit} was rejected, which is not in the batch");
            return Err(error.context(what).with_kind(ErrorKind::Fatal));
        };
        let condemned = [(
            record.origin.clone(),
            Failure::new(StageName::Put, &self.setup.plugin, error),
        )];
        let host = Arc::clone(&self.host);
        available(self.setup, "dead letter queue", || host.condemn(&condemned)).await?;
        let rest = without_input(batch, &culprit);
        if rest.is_empty() {
            self.moved.append(rest);
        } else {
            self.pending.push(rest);
        }
        Ok(())
    }

    /// Rests, and goes on reading meanwhile.
    async fn rest(&mut self, pause: Duration) -> Result<()> {
        let until = Instant::now() + pause;
        while self.events.is_empty() {
            select! {
                biased;
                () = self.setup.stop.cancelled() => break,
                () = sleep_until(until) => break,
                event = self.inbox.advance() => self.events.extend(event?),
            }
        }
        Ok(())
    }

    /// Lets the plugin make durable what it has, and commits what it answers.
    pub(super) async fn flush(&mut self, why: FlushReason, task: &mut dyn SinkTask) -> Result<()> {
        self.flush_at = Instant::now() + self.setup.options.flush_interval;
        self.unflushed_bytes = 0;
        if !self.moved.next_offsets().is_empty() {
            let batch = std::mem::take(&mut self.moved);
            self.put_batch(batch, task).await?;
        }
        let limit = self.setup.options.call_timeout;
        let flushed = self
            .setup
            .calls
            .run(Call::Flush, limit, task.flush(why))
            .await;
        match flushed.map_err(Error::from) {
            Ok(flushed) => {
                self.setup.reached(Milestone::SinkFlushed);
                self.ledger.flushed(&flushed);
                self.commit().await
            }
            Err(error) if error.kind() == ErrorKind::Unavailable => {
                tracing::warn!(error = %error.report(), "flushing again at the next interval");
                Ok(())
            }
            Err(error) => Err(error),
        }
    }

    /// Commits what is durable; what cannot be committed now is tried again at the next flush.
    pub(super) async fn commit(&mut self) -> Result<()> {
        let offsets = self.ledger.uncommitted();
        if offsets.is_empty() {
            return Ok(());
        }
        self.setup.reached(Milestone::OffsetsCommitting);
        match self.inbox.consumer.commit(&offsets).await {
            Ok(()) => {
                self.setup.reached(Milestone::OffsetsCommitted);
                self.ledger.committed(&offsets);
                self.setup.pulse.settled(&*self.setup.site.environment);
                Ok(())
            }
            // Fenced: that partitions are gone is told soon. Otherwise the next flush commits again.
            Err(error) if matches!(error.kind(), ErrorKind::Unavailable | ErrorKind::Fenced) => {
                tracing::warn!(error = %error.report(), "offsets were not committed");
                Ok(())
            }
            Err(error) => Err(error),
        }
    }
}

/// Repeats `call` for as long as it is unavailable.
async fn available<T, F: Future<Output = Result<T>>>(
    setup: &Setup,
    what: &str,
    mut call: impl FnMut() -> F,
) -> Result<T> {
    let mut backoff = Backoff::default();
    loop {
        match call().await {
            Err(error) if error.kind() == ErrorKind::Unavailable => {
                let pause = backoff.after(&error);
                tracing::warn!(error = %error.report(), "{what}: trying again in {pause:?}");
                select! {
                    biased;
                    () = setup.stop.cancelled() => return Err(error),
                    () = tokio::time::sleep(pause) => {}
                }
            }
            done => return done,
        }
    }
}
