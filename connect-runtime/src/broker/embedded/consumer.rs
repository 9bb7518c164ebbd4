//! [`EmbeddedConsumer`]: a member of a consumer group.

use std::sync::Arc;

use async_trait::async_trait;
use connect_api::{Error, Offsets, Result, Str, TopicPartition};
use tokio::sync::Notify;

use super::{
    super::{Closer, Consumer, ConsumerEvent, ConsumerOptions, Isolation, OffsetReset, Want},
    client::Client,
    command::Command,
    fetch::outside,
    group::{Event, Subscriber},
    log::{Log, lock},
    prefetch::Prefetch,
};

/// A member of a consumer group.
#[derive(Debug)]
pub(super) struct EmbeddedConsumer {
    client: Arc<Client>,
    group: Str,
    member: u64,
    reset: OffsetReset,
    prefetch: Prefetch,
    /// Partitions that could not be started for want of an offset.
    missing: Vec<TopicPartition>,
}

impl EmbeddedConsumer {
    /// Joins the group.
    pub(super) fn join(client: &Arc<Client>, options: &ConsumerOptions) -> Result<Self> {
        let shared = client.shared();
        let wake = Arc::new(Notify::new());
        let subscriber = Subscriber::new(options, Arc::clone(&wake))?;
        shared.check()?;
        let member =
            shared.change_groups(|groups, now| groups.join(&options.group, subscriber, now));
        tracing::debug!(group = %options.group, client = %options.client_id, member, "consumer joined");
        Ok(Self {
            client: Arc::clone(client),
            group: options.group.clone(),
            member,
            reset: options.reset,
            prefetch: Prefetch::new(shared, (options.isolation, options.fetch_bytes), wake),
            missing: Vec::new(),
        })
    }

    /// Returns what happened to the membership, and forgets what was read of partitions that go.
    fn event(&mut self) -> Result<Option<ConsumerEvent>> {
        let event = lock(&self.client.shared().groups).event(&self.group, self.member)?;
        Ok(event.map(|event| match event {
            Event::Assigned(partitions) => ConsumerEvent::Assigned(partitions),
            Event::Revoked(partitions) => {
                self.forget(&partitions);
                ConsumerEvent::Revoked(partitions)
            }
            Event::Lost(partitions) => {
                self.forget(&partitions);
                ConsumerEvent::Lost(partitions)
            }
        }))
    }

    fn forget(&mut self, partitions: &[TopicPartition]) {
        self.prefetch.remove(partitions);
        self.missing.retain(|at| !partitions.contains(at));
    }

    /// Returns the log of a partition that this consumer has.
    fn held(&self, at: &TopicPartition) -> Option<Arc<Log>> {
        let shared = self.client.shared();
        if !lock(&shared.groups).holds(&self.group, self.member, at) {
            return None;
        }
        let topic = shared.topic(&at.topic).ok()?;
        topic
            .logs
            .get(usize::try_from(at.partition).ok()?)
            .map(Arc::clone)
    }

    fn check_member(&self) -> Result<()> {
        lock(&self.client.shared().groups).check_owner(&self.group, self.member, [].into_iter())
    }

    /// Where each partition starts; nothing is started if one of them cannot be.
    fn places(
        &self,
        partitions: &[TopicPartition],
        (offsets, committed): (&Offsets, &Offsets),
    ) -> Result<Vec<(Arc<Log>, Option<i64>)>> {
        let mut places = Vec::new();
        for at in partitions {
            let Some(log) = self.held(at) else { continue };
            let stored = offsets.get(at).or_else(|| committed.get(at)).copied();
            let place = match stored {
                Some(offset) => Some(inside(&log, offset)?),
                None => self.reset_place(&log),
            };
            places.push((log, place));
        }
        Ok(places)
    }

    fn reset_place(&self, log: &Log) -> Option<i64> {
        let extent = log.extent();
        match self.reset {
            OffsetReset::Earliest => Some(extent.start),
            OffsetReset::Latest => Some(extent.limit(self.prefetch.isolation())),
            OffsetReset::None => None,
        }
    }

    fn check_started(&self) -> Result<()> {
        match self.missing.first() {
            None => Ok(()),
            Some(at) => Err(Error::fatal(format!(
                "group `{}`: partition {at} has no committed offset, and `auto.offset.reset` is `none`",
                self.group
            ))),
        }
    }
}

/// Answers `offset` if it lies inside the log.
fn inside(log: &Log, offset: i64) -> Result<i64> {
    let extent = log.extent();
    if (extent.start..=extent.end).contains(&offset) {
        Ok(offset)
    } else {
        Err(outside(&log.partition, offset, (extent.start, extent.end)))
    }
}

#[async_trait]
impl Consumer for EmbeddedConsumer {
    async fn next(&mut self, want: Want) -> Result<ConsumerEvent> {
        loop {
            if let Some(event) = self.event()? {
                return Ok(event);
            }
            self.check_started()?;
            match want {
                Want::Records => {
                    if let Some(fetched) = self.prefetch.take()? {
                        return Ok(ConsumerEvent::Records(fetched));
                    }
                }
                Want::Membership => self.prefetch.ahead()?,
            }
            self.prefetch.wait().await?;
        }
    }

    async fn start(&mut self, partitions: &[TopicPartition], offsets: &Offsets) -> Result<()> {
        self.check_member()?;
        let group = self.group.clone();
        let queue = &self.client.shared().queue;
        // Through the writer: whatever the last owner was told to be committed is seen.
        let committed = queue
            .call(|reply| Command::Committed { group, reply })
            .await?;
        let places = self.places(partitions, (offsets, &committed))?;
        let mut uncommitted = false;
        for (log, place) in places {
            match place {
                Some(place) => {
                    self.prefetch.set(&log, place);
                    uncommitted |= self.prefetch.isolation() == Isolation::ReadUncommitted;
                }
                None => self.missing.push(log.partition.clone()),
            }
        }
        if uncommitted {
            // What open transactions have written so far.
            let queue = &self.client.shared().queue;
            queue.call(|reply| Command::Settle { reply }).await?;
        }
        Ok(())
    }

    async fn seek(&mut self, offsets: &Offsets) -> Result<()> {
        self.check_member()?;
        let mut places = Vec::new();
        for (at, offset) in offsets {
            if let Some(log) = self.held(at) {
                let place = inside(&log, *offset)?;
                places.push((log, place));
            }
        }
        for (log, place) in places {
            self.missing.retain(|at| *at != log.partition);
            self.prefetch.set(&log, place);
        }
        Ok(())
    }

    async fn commit(&mut self, offsets: &Offsets) -> Result<()> {
        self.check_member()?;
        let (group, member, offsets) = (self.group.clone(), self.member, offsets.clone());
        let commit = |reply| Command::Commit {
            group,
            member,
            offsets,
            reply,
        };
        self.client.shared().queue.call(commit).await
    }

    async fn release(&mut self, partitions: &[TopicPartition]) -> Result<()> {
        self.client.shared().change_groups(|groups, now| {
            groups.release(&self.group, (self.member, partitions), now);
        });
        Ok(())
    }

    async fn close(self: Box<Self>) -> Result<()> {
        // Dropping it leaves the group.
        Ok(())
    }

    fn closer(&self) -> Closer {
        let client = Arc::downgrade(&self.client);
        let (group, member) = (self.group.clone(), self.member);
        Closer::new(move || {
            if let Some(client) = client.upgrade() {
                leave(&client, &group, member);
            }
        })
    }
}

impl Drop for EmbeddedConsumer {
    fn drop(&mut self) {
        leave(&self.client, &self.group, self.member);
    }
}

fn leave(client: &Client, group: &Str, member: u64) {
    let shared = client.shared();
    shared.change_groups(|groups, now| groups.leave(group, member, now));
}
