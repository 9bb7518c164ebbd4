//! [`CutMember`]: a member of a group that can be cut off.

use std::{collections::BTreeSet, sync::Arc};

use async_trait::async_trait;
use connect_api::{Error, Offsets, Result, TopicPartition};
use connect_runtime::broker::{Closer, Consumer, ConsumerEvent, ConsumerOptions, Want};

use super::{FaultyBroker, cut::unreachable, fault::Operation, seat::Seat};

/// A member of a group that can be cut off, and joins anew after it was expelled.
#[derive(Debug)]
pub(super) struct CutMember {
    broker: FaultyBroker,
    options: ConsumerOptions,
    seat: Arc<Seat>,
    /// `None` once it has left.
    inner: Option<Box<dyn Consumer>>,
    /// What it has, as far as it was told; wanted by others or not.
    owned: BTreeSet<TopicPartition>,
    wanted: BTreeSet<TopicPartition>,
}

impl CutMember {
    pub(super) async fn join(broker: &FaultyBroker, options: &ConsumerOptions) -> Result<Self> {
        let mut member = Self {
            broker: broker.clone(),
            options: options.clone(),
            seat: broker.cut.seat(options.session),
            inner: None,
            owned: BTreeSet::new(),
            wanted: BTreeSet::new(),
        };
        member.enter().await?;
        Ok(member)
    }

    async fn enter(&mut self) -> Result<()> {
        let consumer = self.broker.join(&self.options).await?;
        // One that was closed meanwhile leaves again as it is dropped.
        self.seat.take(&*consumer)?;
        self.inner = Some(consumer);
        Ok(())
    }

    /// Returns the consumer below; nobody uses a member that has left.
    fn inner(&mut self) -> Result<&mut Box<dyn Consumer>> {
        let gone = || Error::fenced("the consumer has left its group");
        self.inner.as_mut().ok_or_else(gone)
    }

    /// Waits for what happens, after joining anew if it was expelled.
    async fn happening(&mut self, want: Want) -> Result<ConsumerEvent> {
        if self.seat.is_expelled() {
            if !self.owned.is_empty() {
                self.wanted.clear();
                let lost = std::mem::take(&mut self.owned);
                return Ok(ConsumerEvent::Lost(lost.into_iter().collect()));
            }
            self.enter().await?;
        }
        let event = self.inner()?.next(want).await?;
        match &event {
            ConsumerEvent::Assigned(partitions) => self.owned.extend(partitions.iter().cloned()),
            ConsumerEvent::Revoked(partitions) => self.wanted.extend(partitions.iter().cloned()),
            ConsumerEvent::Lost(partitions) => self.forget(partitions),
            _ => {}
        }
        Ok(event)
    }

    fn forget(&mut self, partitions: &[TopicPartition]) {
        for at in partitions {
            self.owned.remove(at);
            self.wanted.remove(at);
        }
    }
}

#[async_trait]
#[deny(clippy::missing_trait_methods)]
impl Consumer for CutMember {
    async fn next(&mut self, want: Want) -> Result<ConsumerEvent> {
        self.seat.check()?;
        let cut = self.broker.cut.clone();
        cut.across(Operation::NextEvent, self.happening(want)).await
    }

    async fn start(&mut self, partitions: &[TopicPartition], offsets: &Offsets) -> Result<()> {
        self.seat.check()?;
        let cut = self.broker.cut.clone();
        let work = async {
            // The event that says so is on its way.
            match self.seat.is_expelled() {
                true => Ok(()),
                false => self.inner()?.start(partitions, offsets).await,
            }
        };
        cut.across(Operation::Start, work).await
    }

    async fn seek(&mut self, offsets: &Offsets) -> Result<()> {
        self.seat.check()?;
        let cut = self.broker.cut.clone();
        let work = async {
            match self.seat.is_expelled() {
                true => Ok(()),
                false => self.inner()?.seek(offsets).await,
            }
        };
        cut.across(Operation::Seek, work).await
    }

    async fn commit(&mut self, offsets: &Offsets) -> Result<()> {
        self.seat.check()?;
        let cut = self.broker.cut.clone();
        // Of a member that was expelled nothing is committed: the consumer below was closed.
        let work = async { self.inner()?.commit(offsets).await };
        cut.across(Operation::CommitOffsets, work).await
    }

    async fn release(&mut self, partitions: &[TopicPartition]) -> Result<()> {
        let cut = self.broker.cut.clone();
        let work = async { self.inner()?.release(partitions).await };
        cut.across(Operation::Release, work).await?;
        let mut released = partitions.to_vec();
        released.retain(|at| self.wanted.contains(at));
        self.forget(&released);
        Ok(())
    }

    async fn close(mut self: Box<Self>) -> Result<()> {
        let cut = self.broker.cut.clone();
        match self.inner.take() {
            Some(inner) if cut.is_cut() => {
                self.seat.leave(inner, &cut);
                Err(unreachable(Operation::CloseConsumer))
            }
            Some(inner) => {
                let closed = cut.across(Operation::CloseConsumer, inner.close()).await;
                self.seat.close(&cut);
                closed
            }
            None => Ok(()),
        }
    }

    fn closer(&self) -> Closer {
        let (seat, cut) = (Arc::clone(&self.seat), self.broker.cut.clone());
        Closer::new(move || seat.close(&cut))
    }
}

impl Drop for CutMember {
    fn drop(&mut self) {
        if let Some(inner) = self.inner.take() {
            self.seat.leave(inner, &self.broker.cut);
        }
    }
}
