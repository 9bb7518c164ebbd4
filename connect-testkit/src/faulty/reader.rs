//! [`FaultyReader`]: a reader whose calls go wrong.

use async_trait::async_trait;
use connect_api::Result;
use connect_runtime::broker::{Fetched, LogReader};
use tokio::time::{Instant, sleep_until};

use super::fault::{BrokerFault, BrokerFaults, Operation, Waiting, lost};

/// A reader whose calls go wrong; what was passed stays passed.
#[derive(Debug)]
pub(super) struct FaultyReader {
    inner: Box<dyn LogReader>,
    faults: BrokerFaults,
    /// The fault of the records that are waited for; `next` may be dropped and called again.
    waiting: Option<Waiting>,
}

impl FaultyReader {
    pub(super) fn new(inner: Box<dyn LogReader>, faults: &BrokerFaults) -> Self {
        Self {
            inner,
            faults: faults.clone(),
            waiting: None,
        }
    }
}

#[async_trait]
#[deny(clippy::missing_trait_methods)]
impl LogReader for FaultyReader {
    async fn to_end(&mut self, each: &mut (dyn FnMut(Fetched) + Send)) -> Result<()> {
        let work = self.inner.to_end(each);
        self.faults.meet(Operation::ToEnd, work).await
    }

    async fn next(&mut self) -> Result<Fetched> {
        let call = Operation::NextRead;
        let Waiting { fault, since } = match self.waiting {
            Some(waiting) => waiting,
            None => *self.waiting.insert(Waiting {
                fault: self.faults.take(call),
                since: Instant::now(),
            }),
        };
        match fault {
            // Records are never lost: the position moves with what is answered.
            Some(BrokerFault::LoseRequest | BrokerFault::LoseAnswer | BrokerFault::CutOff) => {
                self.waiting = None;
                return Err(lost("request", call));
            }
            Some(BrokerFault::Delay(delay) | BrokerFault::DelayAnswer(delay)) => {
                sleep_until(since + delay).await;
            }
            None => {}
        }
        let fetched = self.inner.next().await;
        self.waiting = None;
        fetched
    }
}
