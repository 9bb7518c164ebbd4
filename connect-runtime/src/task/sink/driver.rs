//! [`Driver`]: drives one sink task value.

use std::{collections::VecDeque, pin::pin, sync::Arc, time::Duration};

use connect_api::{
    Error, ErrorKind, FlushReason, Origin, Result, SinkBatch, SinkTask, TopicPartition,
};
use futures::FutureExt;
use tokio::{
    select,
    time::{Instant, sleep_until},
};

use super::{Inbox, Ledger, membership::Unopened, queue::is_void};
use crate::{
    Milestone,
    broker::ConsumerEvent,
    task::{Backoff, Failure, Setup, TaskHost},
    watchdog::Call,
};

/// Drives one sink task value: from after its `open` to before its `stop`.
///
/// Whatever is unavailable is remembered and tried again when its time has come: the loop waits for that in one place,
/// [`wait`](Self::wait), and calls run beside the inbox. So partitions that are wanted elsewhere are never held up.
pub(crate) struct Driver<'a> {
    pub(super) setup: &'a Setup,
    pub(super) host: Arc<TaskHost>,
    pub(super) inbox: Inbox,
    pub(super) ledger: Ledger,
    /// Partitions that the plugin could not open yet.
    pub(super) unopened: Option<Unopened>,
    /// Records that were judged, and become dead letters before anything more is put.
    pub(super) condemned: Vec<(Origin, Failure)>,
    /// Batches to put before anything from the queue: the next one last.
    pub(super) pending: Vec<SinkBatch>,
    /// Positions that moved without a record, to be put with the next batch or at the next flush.
    pub(super) moved: SinkBatch,
    /// What happened to the membership while the plugin was busy.
    pub(super) events: VecDeque<ConsumerEvent>,
    /// Not before then is anything put: the last was unavailable, or a limit is kept.
    put_at: Option<Instant>,
    flush_at: Instant,
    /// Bytes that were put since the last flush.
    unflushed_bytes: usize,
    backoff: Backoff,
}

/// What the loop does next.
enum Next {
    Stop,
    Membership(ConsumerEvent),
    Open,
    Flush(FlushReason),
    Settle,
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
            unopened: None,
            condemned: Vec::new(),
            pending: Vec::new(),
            moved: SinkBatch::default(),
            events: VecDeque::new(),
            put_at: None,
            flush_at: Instant::now() + setup.options.flush_interval,
            unflushed_bytes: 0,
            backoff: Backoff::default(),
        }
    }

    /// Puts what arrives until the task shall stop, and settles what can be.
    pub(crate) async fn drive(mut self, task: &mut dyn SinkTask) -> Result<()> {
        let host = Arc::clone(&self.host);
        loop {
            if let Some(error) = host.background.failure().now_or_never() {
                return Err(error.with_kind(ErrorKind::Fatal));
            }
            match self.next()? {
                Next::Stop => break,
                Next::Membership(event) => self.on(event, task).await?,
                Next::Open => self.open_again(task).await?,
                Next::Flush(why) => self.flush(why, task).await?,
                Next::Settle => self.settle_condemned().await?,
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
        // A full queue must not hide that partitions are wanted elsewhere.
        self.catch_up()?;
        if let Some(event) = self.events.pop_front() {
            return Ok(Next::Membership(event));
        }
        let now = Instant::now();
        if let Some(unopened) = &self.unopened
            && now >= unopened.retry_at
        {
            return Ok(Next::Open);
        }
        if self.host.signals.take_flush() {
            return Ok(Next::Flush(FlushReason::Requested));
        }
        let due = now >= self.flush_at || self.unflushed_bytes >= self.setup.options.flush_bytes;
        if due && self.is_unsettled() {
            return Ok(Next::Flush(FlushReason::Interval));
        }
        if self.put_at.is_some_and(|at| now < at) {
            return Ok(Next::Wait);
        }
        self.put_at = None;
        if !self.condemned.is_empty() {
            return Ok(Next::Settle);
        }
        match self.pending.is_empty() && self.inbox.queue.is_empty() {
            true => Ok(Next::Wait),
            false => Ok(Next::Put),
        }
    }

    fn is_unsettled(&self) -> bool {
        self.ledger.is_unsettled() || !is_void(&self.moved)
    }

    /// Waits until there is something to do.
    async fn wait(&mut self, task: &mut dyn SinkTask) -> Result<()> {
        let host = Arc::clone(&self.host);
        let put_at = self.put_at;
        let open_at = self.unopened.as_ref().map(|unopened| unopened.retry_at);
        let flush_at = self.is_unsettled().then_some(self.flush_at);
        let wake_at = host.signals.wake_at();
        select! {
            biased;
            () = self.setup.stop.cancelled() => {}
            error = host.background.failure() => return Err(error.with_kind(ErrorKind::Fatal)),
            () = host.signals.asked() => {}
            event = self.inbox.advance() => self.note(event?),
            () = at(put_at) => {}
            () = at(open_at) => {}
            () = at(flush_at) => {}
            () = at(wake_at) => {
                if host.signals.take_wake() {
                    let batch = std::mem::take(&mut self.moved);
                    self.put_batch(batch, task).await?;
                }
            }
        }
        Ok(())
    }

    /// Puts the next batch; the dead letters that belong to it come first.
    async fn put(&mut self, task: &mut dyn SinkTask) -> Result<()> {
        let batch = match self.pending.pop() {
            Some(batch) => batch,
            None => {
                let options = &self.setup.options;
                let second = options.rate.records(self.inbox.queue.size_of_next());
                let most = options.sink.batch_records.min(second);
                let taken = self.inbox.queue.take(most);
                self.unflushed_bytes += taken.bytes;
                self.put_at = Some(options.rate.take(taken.batch.len(), taken.bytes));
                if !taken.condemned.is_empty() {
                    self.host.judge(&taken.condemned)?;
                    self.condemned = taken.condemned;
                    self.pending.push(taken.batch);
                    return Ok(());
                }
                taken.batch
            }
        };
        let mut whole = std::mem::take(&mut self.moved);
        whole.append(batch);
        if whole.is_empty() {
            // All of it was dropped: the position moves with the next batch, or at the next flush.
            self.moved = whole;
            return Ok(());
        }
        self.put_batch(whole, task).await
    }

    /// Puts one batch; what does not go through is pending afterwards.
    async fn put_batch(&mut self, batch: SinkBatch, task: &mut dyn SinkTask) -> Result<()> {
        self.setup.reached(Milestone::BatchPutting);
        match self.call_put(&batch, task).await? {
            Ok(()) => {
                self.setup.reached(Milestone::BatchPut);
                self.backoff.reset();
                self.setup.pulse.written.add(batch.len() as u64);
                self.ledger.put(&batch);
                Ok(())
            }
            Err(error) if error.kind() == ErrorKind::Unavailable => {
                let pause = self.retry_after("putting the same batch again", &error);
                if batch.is_empty() {
                    // It comes again as it came: by a wake, or with what moves next.
                    self.moved = batch;
                    self.host.signals.wake_after(pause);
                } else {
                    self.pending.push(batch);
                }
                Ok(())
            }
            Err(error) if error.kind() == ErrorKind::Rejected => self.reject(batch, error),
            Err(error) => Err(error),
        }
    }

    /// Runs a call into the plugin, goes on reading meanwhile, and returns what the plugin answered.
    ///
    /// # Errors
    ///
    /// Something else failed: the call was given up, and with it the task value.
    pub(super) async fn call<T: Send>(
        &mut self,
        call: Call,
        work: impl Future<Output = Result<T>> + Send,
    ) -> Result<Result<T>> {
        self.host.signals.unwant();
        let setup = self.setup;
        let mut running = pin!(setup.calls.run(call, setup.options.call_timeout, work));
        loop {
            // The call lives on over the turns.
            select! {
                biased;
                done = &mut running => return Ok(done.map_err(Error::from)),
                event = self.inbox.advance() => self.note(event?),
            }
        }
    }

    /// Calls `put`, goes on reading meanwhile, and returns what the plugin answered.
    ///
    /// # Errors
    ///
    /// Something else failed: the call was given up, and with it the task value.
    async fn call_put(&mut self, batch: &SinkBatch, task: &mut dyn SinkTask) -> Result<Result<()>> {
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
                done = &mut put => return Ok(done.map_err(Error::from)),
                () = setup.stop.cancelled(), if !host.signals.is_wanted() => host.signals.want(),
                event = self.inbox.advance() => {
                    let Some(event) = event? else { continue };
                    if let ConsumerEvent::Lost(partitions) = &event {
                        return Err(lost_meanwhile(partitions));
                    }
                    host.signals.want();
                    self.note(Some(event));
                }
            }
        }
    }

    /// Makes dead letters of what was condemned.
    ///
    /// It gives up when the task shall stop or partitions are wanted elsewhere: the letters may be written twice then.
    async fn settle_condemned(&mut self) -> Result<()> {
        let host = Arc::clone(&self.host);
        let condemned = std::mem::take(&mut self.condemned);
        let mut gone = Vec::new();
        let stored = {
            let mut stored = pin!(host.store(&condemned));
            loop {
                select! {
                    biased;
                    stored = &mut stored => break Some(stored),
                    () = self.setup.stop.cancelled() => break None,
                    event = self.inbox.advance() => {
                        let event = event?;
                        let is_urgent = event.is_some();
                        if let Some(ConsumerEvent::Lost(partitions)) = &event {
                            gone.extend(partitions.iter().cloned());
                        }
                        self.note(event);
                        if is_urgent {
                            break None;
                        }
                    }
                }
            }
        };
        match stored {
            Some(Ok(())) => return Ok(()),
            Some(Err(error)) if error.kind() == ErrorKind::Unavailable => {
                self.retry_after("writing to the dead letter queue again", &error);
            }
            Some(Err(error)) => return Err(error),
            None => {}
        }
        self.condemned = condemned;
        self.condemned
            .retain(|(origin, _)| !gone.contains(origin.partition()));
        Ok(())
    }

    fn retry_after(&mut self, what: &str, error: &Error) -> Duration {
        let random = self.setup.site.environment.random();
        let pause = self.backoff.after(error, random);
        tracing::warn!(error = %error.report(), "{what} in {pause:?}");
        self.put_at = self.put_at.max(Some(Instant::now() + pause));
        pause
    }

    /// Lets the plugin make durable what it has, and commits what it answers.
    pub(super) async fn flush(&mut self, why: FlushReason, task: &mut dyn SinkTask) -> Result<()> {
        self.flush_at = Instant::now() + self.setup.options.flush_interval;
        self.unflushed_bytes = 0;
        if !is_void(&self.moved) {
            let batch = std::mem::take(&mut self.moved);
            self.put_batch(batch, task).await?;
        }
        match self.call(Call::Flush, task.flush(why)).await? {
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
        // What was lost during the flush may have come back since: its offsets are not ours to commit.
        self.catch_up()?;
        let offsets = self.ledger.uncommitted();
        if offsets.is_empty() {
            return Ok(());
        }
        self.setup.reached(Milestone::OffsetsCommitting);
        match self.inbox.commit(&offsets).await {
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

/// Resolves then, or never.
async fn at(moment: Option<Instant>) {
    match moment {
        Some(moment) => sleep_until(moment).await,
        None => std::future::pending().await,
    }
}

fn lost_meanwhile(partitions: &[TopicPartition]) -> Error {
    let names: Vec<String> = partitions.iter().map(ToString::to_string).collect();
    let names = names.join(", ");
    Error::unavailable(format!("{names}: lost while `put` ran"))
}
