//! [`FaultyConsumer`]: a member of a group whose calls go wrong.

use async_trait::async_trait;
use connect_api::{Offsets, Result, TopicPartition};
use connect_runtime::broker::{Closer, Consumer, ConsumerEvent, Want};
use tokio::time::{Instant, sleep, sleep_until};

use super::fault::{BrokerFault, BrokerFaults, Operation, Waiting, cut_off, lost};

/// A member of a group whose calls go wrong.
#[derive(Debug)]
pub(super) struct FaultyConsumer {
    inner: Box<dyn Consumer>,
    faults: BrokerFaults,
    /// The fault of the event that is waited for; `next` may be dropped and called again.
    waiting: Option<Waiting>,
}

impl FaultyConsumer {
    pub(super) fn new(inner: Box<dyn Consumer>, faults: &BrokerFaults) -> Self {
        Self {
            inner,
            faults: faults.clone(),
            waiting: None,
        }
    }

    /// Does what a fault does before a call.
    async fn before(&mut self, call: Operation) -> Result<Option<BrokerFault>> {
        let fault = self.faults.take(call);
        match fault {
            Some(BrokerFault::LoseRequest) => Err(lost("request", call)),
            Some(BrokerFault::CutOff) => {
                self.inner.closer().close();
                Err(cut_off(call))
            }
            Some(BrokerFault::Delay(delay)) => {
                sleep(delay).await;
                Ok(None)
            }
            other => Ok(other),
        }
    }
}

/// Does what a fault does after a call.
async fn after<T: Send>(
    call: Operation,
    fault: Option<BrokerFault>,
    answer: Result<T>,
) -> Result<T> {
    match fault {
        Some(BrokerFault::LoseAnswer) if answer.is_ok() => Err(lost("answer", call)),
        Some(BrokerFault::DelayAnswer(delay)) => {
            sleep(delay).await;
            answer
        }
        _ => answer,
    }
}

#[async_trait]
#[deny(clippy::missing_trait_methods)]
impl Consumer for FaultyConsumer {
    async fn next(&mut self, want: Want) -> Result<ConsumerEvent> {
        let call = Operation::NextEvent;
        let Waiting { fault, since } = match self.waiting {
            Some(waiting) => waiting,
            None => *self.waiting.insert(Waiting {
                fault: self.faults.take(call),
                since: Instant::now(),
            }),
        };
        match fault {
            // An event is never lost: only what did not happen yet can be.
            Some(BrokerFault::LoseRequest | BrokerFault::LoseAnswer) => {
                self.waiting = None;
                return Err(lost("request", call));
            }
            Some(BrokerFault::CutOff) => {
                self.waiting = None;
                self.inner.closer().close();
                return Err(cut_off(call));
            }
            Some(BrokerFault::Delay(delay) | BrokerFault::DelayAnswer(delay)) => {
                sleep_until(since + delay).await;
            }
            None => {}
        }
        let event = self.inner.next(want).await;
        self.waiting = None;
        event
    }

    async fn start(&mut self, partitions: &[TopicPartition], offsets: &Offsets) -> Result<()> {
        let fault = self.before(Operation::Start).await?;
        let started = self.inner.start(partitions, offsets).await;
        after(Operation::Start, fault, started).await
    }

    async fn seek(&mut self, offsets: &Offsets) -> Result<()> {
        let fault = self.before(Operation::Seek).await?;
        let found = self.inner.seek(offsets).await;
        after(Operation::Seek, fault, found).await
    }

    async fn commit(&mut self, offsets: &Offsets) -> Result<()> {
        let fault = self.before(Operation::CommitOffsets).await?;
        let committed = self.inner.commit(offsets).await;
        after(Operation::CommitOffsets, fault, committed).await
    }

    async fn release(&mut self, partitions: &[TopicPartition]) -> Result<()> {
        let fault = self.before(Operation::Release).await?;
        let released = self.inner.release(partitions).await;
        after(Operation::Release, fault, released).await
    }

    async fn close(mut self: Box<Self>) -> Result<()> {
        let fault = self.before(Operation::CloseConsumer).await?;
        let closed = self.inner.close().await;
        after(Operation::CloseConsumer, fault, closed).await
    }

    fn closer(&self) -> Closer {
        self.inner.closer()
    }
}
