//! What a sink does when partitions come and go.

use connect_api::{Error, ErrorKind, FlushReason, Offsets, Result, SinkTask, TopicPartition};
use tokio::time::Instant;

use super::{
    driver::Driver,
    queue::{is_void, without_partitions},
};
use crate::{Milestone, broker::ConsumerEvent, task::Backoff, watchdog::Call};

/// Partitions that the plugin could not open yet.
pub(crate) struct Unopened {
    partitions: Vec<TopicPartition>,
    pub(super) retry_at: Instant,
    backoff: Backoff,
}

impl Driver<'_> {
    /// Learns what happened to the membership, as far as that is known.
    pub(super) fn catch_up(&mut self) -> Result<()> {
        while let Some(event) = self.inbox.membership_now()? {
            self.note(Some(event));
        }
        Ok(())
    }

    /// Remembers what happened to the membership. Of lost partitions nothing counts from here on.
    pub(super) fn note(&mut self, event: Option<ConsumerEvent>) {
        let Some(event) = event else { return };
        let ConsumerEvent::Lost(lost) = event else {
            self.events.push_back(event);
            return;
        };
        self.forget(&lost);
        self.ledger.lose(&lost);
        self.host.disown(&lost);
        // What happened to them before does not matter any more.
        for event in &mut self.events {
            if let ConsumerEvent::Assigned(partitions) | ConsumerEvent::Revoked(partitions) = event
            {
                partitions.retain(|partition| !lost.contains(partition));
            }
        }
        self.events.push_front(ConsumerEvent::Lost(lost));
    }

    /// Follows a change of the membership.
    pub(super) async fn on(&mut self, event: ConsumerEvent, task: &mut dyn SinkTask) -> Result<()> {
        match event {
            ConsumerEvent::Assigned(partitions) => {
                self.open(partitions, Backoff::default(), task).await
            }
            ConsumerEvent::Revoked(partitions) => {
                self.forget(&partitions);
                if self.is_any_open(&partitions) {
                    self.flush(FlushReason::Closing, task).await?;
                    self.close(&partitions, task).await?;
                }
                self.inbox.release(&partitions).await?;
                self.setup.reached(Milestone::PartitionsReleased);
                Ok(())
            }
            ConsumerEvent::Lost(partitions) => self.close(&partitions, task).await,
            ConsumerEvent::Records(_) => Err(Error::fatal(
                "records were told as a change of the membership",
            )),
        }
    }

    /// Settles what can be before the task ends.
    pub(super) async fn finish(&mut self, task: &mut dyn SinkTask) -> Result<()> {
        self.catch_up()?;
        for event in std::mem::take(&mut self.events) {
            if let ConsumerEvent::Lost(lost) = event {
                self.close(&lost, task).await?;
            }
        }
        let partitions = self.ledger.open_partitions();
        self.forget(&partitions);
        if !partitions.is_empty() {
            self.flush(FlushReason::Closing, task).await?;
            self.close(&partitions, task).await?;
        }
        Ok(())
    }

    /// Lets the plugin open partitions that it could not open before.
    pub(super) async fn open_again(&mut self, task: &mut dyn SinkTask) -> Result<()> {
        match self.unopened.take() {
            Some(Unopened {
                partitions,
                backoff,
                ..
            }) => self.open(partitions, backoff, task).await,
            None => Ok(()),
        }
    }

    /// Lets the plugin open partitions; if it can't yet, that is tried again later.
    async fn open(
        &mut self,
        mut partitions: Vec<TopicPartition>,
        mut backoff: Backoff,
        task: &mut dyn SinkTask,
    ) -> Result<()> {
        if partitions.is_empty() {
            return Ok(());
        }
        let call = open(&partitions, task);
        let offsets = match self.call(Call::OpenPartitions, call).await? {
            Ok(offsets) => offsets,
            Err(error) if error.kind() == ErrorKind::Unavailable => {
                let pause = backoff.after(&error, self.setup.site.environment.random());
                tracing::warn!(error = %error.report(), "opening partitions again in {pause:?}");
                if let Some(others) = self.unopened.take() {
                    partitions.extend(others.partitions);
                }
                self.unopened = Some(Unopened {
                    partitions,
                    retry_at: Instant::now() + pause,
                    backoff,
                });
                return Ok(());
            }
            Err(error) => return Err(error),
        };
        self.inbox.start(&partitions, &offsets).await?;
        self.host.own(&partitions);
        for partition in &partitions {
            self.ledger.open(partition, offsets.get(partition).copied());
        }
        self.setup.reached(Milestone::PartitionsOpened);
        // A sink that stores offsets itself may have died before they were committed, and its topic may be quiet now.
        self.commit().await
    }

    fn is_any_open(&self, partitions: &[TopicPartition]) -> bool {
        let open = self.ledger.open_partitions();
        partitions.iter().any(|partition| open.contains(partition))
    }

    /// Drops what is on its way to the plugin for partitions that are gone.
    fn forget(&mut self, partitions: &[TopicPartition]) {
        self.inbox.forget(partitions);
        let is_kept = |partition: &TopicPartition| !partitions.contains(partition);
        self.condemned
            .retain(|(origin, _)| is_kept(origin.partition()));
        let pending = std::mem::take(&mut self.pending).into_iter();
        let pending = pending.map(|batch| without_partitions(batch, partitions));
        self.pending = pending.filter(|batch| !is_void(batch)).collect();
        self.moved = without_partitions(std::mem::take(&mut self.moved), partitions);
        if let Some(mut unopened) = self.unopened.take() {
            unopened.partitions.retain(is_kept);
            self.unopened = Some(unopened).filter(|unopened| !unopened.partitions.is_empty());
        }
    }

    /// Closes those partitions that are open: one may be told as lost after it was handed back.
    async fn close(
        &mut self,
        partitions: &[TopicPartition],
        task: &mut dyn SinkTask,
    ) -> Result<()> {
        let mut open = self.ledger.open_partitions();
        open.retain(|partition| partitions.contains(partition));
        if open.is_empty() {
            return Ok(());
        }
        let partitions = &open;
        self.setup.reached(Milestone::PartitionsClosing);
        let call = task.close(partitions);
        self.call(Call::ClosePartitions, call).await??;
        self.setup.reached(Milestone::PartitionsClosed);
        self.ledger.close(partitions);
        self.host.disown(partitions);
        Ok(())
    }
}

/// Lets the plugin take over partitions; it may answer about these and no others.
async fn open(partitions: &[TopicPartition], task: &mut dyn SinkTask) -> Result<Offsets> {
    let offsets = task.open(partitions).await?;
    match offsets.keys().find(|at| !partitions.contains(at)) {
        Some(foreign) => Err(Error::fatal(format!(
            "expected offsets of {partitions:?} at most, found one of {foreign}"
        ))),
        None => Ok(offsets),
    }
}
