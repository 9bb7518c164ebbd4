//! What a sink does when partitions come and go.

use connect_api::{Error, FlushReason, Offsets, Result, SinkTask, TopicPartition};

use super::{driver::Driver, queue::without_partitions};
use crate::{Milestone, broker::ConsumerEvent, task::Backoff, watchdog::Call};

impl Driver<'_> {
    /// Follows a change of the membership.
    pub(super) async fn on(&mut self, event: ConsumerEvent, task: &mut dyn SinkTask) -> Result<()> {
        match event {
            ConsumerEvent::Assigned(partitions) => self.open(&partitions, task).await,
            ConsumerEvent::Revoked(partitions) => {
                self.forget(&partitions);
                self.flush(FlushReason::Closing, task).await?;
                self.close(&partitions, task).await?;
                self.inbox.consumer.release(&partitions).await?;
                self.setup.reached(Milestone::PartitionsReleased);
                Ok(())
            }
            ConsumerEvent::Lost(partitions) => {
                self.forget(&partitions);
                self.close(&partitions, task).await
            }
            ConsumerEvent::Records(_) => Err(Error::fatal(
                "records were told as a change of the membership",
            )),
        }
    }

    /// Settles what can be before the task ends.
    pub(super) async fn finish(&mut self, task: &mut dyn SinkTask) -> Result<()> {
        let mut partitions = self.ledger.open_partitions();
        self.forget(&partitions);
        for event in std::mem::take(&mut self.events) {
            if let ConsumerEvent::Lost(lost) = event {
                self.close(&lost, task).await?;
                partitions.retain(|partition| !lost.contains(partition));
            }
        }
        if !partitions.is_empty() {
            self.flush(FlushReason::Closing, task).await?;
            self.close(&partitions, task).await?;
        }
        Ok(())
    }

    async fn open(&mut self, partitions: &[TopicPartition], task: &mut dyn SinkTask) -> Result<()> {
        let mut backoff = Backoff::default();
        let limit = self.setup.options.call_timeout;
        let offsets = loop {
            let opened = self
                .setup
                .calls
                .run(Call::OpenPartitions, limit, task.open(partitions))
                .await;
            match opened.map_err(Error::from) {
                Err(error) if error.kind() == connect_api::ErrorKind::Unavailable => {
                    let pause = backoff.after(&error);
                    tracing::warn!(error = %error.report(), "opening partitions again in {pause:?}");
                    tokio::select! {
                        biased;
                        () = self.setup.stop.cancelled() => return Err(error),
                        () = tokio::time::sleep(pause) => {}
                    }
                }
                opened => break opened?,
            }
        };
        if let Some(foreign) = offsets
            .keys()
            .find(|partition| !partitions.contains(partition))
        {
            return Err(Error::fatal(format!(
                "open answered an offset of {foreign}, which it was not given"
            )));
        }
        self.inbox.consumer.start(partitions, &offsets).await?;
        self.host.own(partitions);
        for partition in partitions {
            self.ledger.open(partition, offsets.get(partition).copied());
        }
        self.setup.reached(Milestone::PartitionsOpened);
        // A sink that stores offsets itself may have died before they were committed, and its topic may be quiet now.
        self.commit().await
    }

    /// Drops what is on its way to the plugin for partitions that are gone.
    fn forget(&mut self, partitions: &[TopicPartition]) {
        self.inbox.forget(partitions);
        let pending = std::mem::take(&mut self.pending).into_iter();
        let pending = pending.map(|batch| without_partitions(batch, partitions));
        self.pending = pending.filter(|batch| !batch.is_empty()).collect();
        let moved: Offsets = self.moved.next_offsets().clone();
        let moved = moved
            .into_iter()
            .filter(|(partition, _)| !partitions.contains(partition))
            .collect();
        self.moved = connect_api::SinkBatch::new(Vec::new(), moved);
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
        let limit = self.setup.options.call_timeout;
        self.setup.reached(Milestone::PartitionsClosing);
        self.setup
            .calls
            .run(Call::ClosePartitions, limit, task.close(partitions))
            .await?;
        self.setup.reached(Milestone::PartitionsClosed);
        self.ledger.close(partitions);
        self.host.disown(partitions);
        Ok(())
    }
}
