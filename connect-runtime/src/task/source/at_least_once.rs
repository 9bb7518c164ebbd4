//! [`Acknowledged`]: positions follow the records that the broker acknowledged.

use std::sync::Arc;

use connect_api::Result;
use futures::{StreamExt, future::BoxFuture, stream::FuturesUnordered};

use super::{
    Moved, Outgoing, Prefixes, Progress, Refusal,
    outgoing::{RecordSource, RefusedRecord},
};
use crate::{
    Environment, Milestone,
    broker::{Producer, Refused},
    stores::Stored,
    task::{Setup, Share},
};

/// The output of a task that is at least once.
pub(crate) struct Acknowledged {
    producer: Box<dyn Producer>,
    stored: Stored,
    prefixes: Prefixes,
    in_flight: FuturesUnordered<BoxFuture<'static, Sent>>,
    share: Share,
    /// Whether a delivery failed: what came after it cannot be settled.
    is_broken: bool,
    /// Positions that may be stored.
    settled: Moved,
    storing: Option<BoxFuture<'static, Result<Moved>>>,
    environment: Arc<dyn Environment>,
}

/// What became of a batch.
struct Sent {
    number: u64,
    bytes: usize,
    sources: Vec<RecordSource>,
    refused: Result<Vec<Refused>>,
}

impl Acknowledged {
    pub(crate) fn new(setup: &Setup, producer: Box<dyn Producer>, stored: Stored) -> Self {
        Self {
            producer,
            stored,
            prefixes: Prefixes::default(),
            in_flight: FuturesUnordered::new(),
            share: setup.site.budget.share(setup.options.queue_bytes),
            is_broken: false,
            settled: Moved::default(),
            storing: None,
            environment: Arc::clone(&setup.site.environment),
        }
    }

    /// Returns whether positions wait to be stored, or for acknowledgements.
    pub(crate) fn is_open(&self) -> bool {
        !self.settled.is_empty() || !self.in_flight.is_empty()
    }

    /// Returns whether a delivery failed.
    pub(crate) fn is_broken(&self) -> bool {
        self.is_broken
    }

    pub(crate) fn is_ending(&self) -> bool {
        self.storing.is_some()
    }

    /// Sends records, once there is room for them.
    pub(crate) async fn write(&mut self, outgoing: Outgoing) -> Result<(), Refusal> {
        while self.share.is_full() {
            self.acknowledge_one().await?;
        }
        let Outgoing {
            records,
            sources,
            moved,
            bytes,
            follows,
            ..
        } = outgoing;
        let number = self.prefixes.sent(moved, follows);
        if records.is_empty() {
            self.prefixes.acknowledged(number);
            self.settled.merge(self.prefixes.take_settled());
            return Ok(());
        }
        let sent = self.producer.send(records).await;
        let delivery = sent.inspect_err(|_| self.is_broken = true)?;
        self.environment.reached(Milestone::RecordsSent);
        self.share.hold(bytes);
        let sent = async move {
            Sent {
                number,
                bytes,
                sources,
                refused: delivery.await,
            }
        };
        self.in_flight.push(Box::pin(sent));
        Ok(())
    }

    /// Waits until something happened; nothing on its way: never resolves. Dropping the future loses nothing.
    pub(crate) async fn progress(&mut self) -> Result<Progress, Refusal> {
        let storing = async {
            match &mut self.storing {
                Some(storing) => storing.await,
                None => std::future::pending().await,
            }
        };
        let acknowledged = async {
            match self.in_flight.next().await {
                Some(sent) => sent,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            biased;
            stored = storing => {
                self.storing = None;
                let stored = stored.inspect_err(|_| self.is_broken = true)?;
                Ok(Progress::Stored(stored))
            }
            sent = acknowledged => {
                self.acknowledged(sent)?;
                Ok(Progress::Acknowledged)
            }
        }
    }

    fn acknowledged(&mut self, sent: Sent) -> Result<(), Refusal> {
        self.share.release(sent.bytes);
        let refused = sent.refused.inspect_err(|_| self.is_broken = true)?;
        self.environment.reached(Milestone::RecordsAcknowledged);
        if !refused.is_empty() {
            let refused = RefusedRecord::of_batch(&sent.sources, refused);
            return Err(Refusal::Records(refused));
        }
        self.prefixes.acknowledged(sent.number);
        self.settled.merge(self.prefixes.take_settled());
        Ok(())
    }

    /// Waits until everything sent is acknowledged.
    pub(crate) async fn drain(&mut self) -> Result<(), Refusal> {
        while !self.in_flight.is_empty() {
            self.acknowledge_one().await?;
        }
        Ok(())
    }

    async fn acknowledge_one(&mut self) -> Result<(), Refusal> {
        match self.in_flight.next().await {
            Some(sent) => self.acknowledged(sent),
            None => Ok(()),
        }
    }

    /// Starts to store the settled positions.
    pub(crate) async fn begin_end(&mut self) -> Result<()> {
        let moved = std::mem::take(&mut self.settled);
        if moved.is_empty() {
            return Ok(());
        }
        let positions = self.stored.positions(&moved.clone().into_map())?;
        let storing = positions.store(&mut *self.producer).await;
        let storing = storing.inspect_err(|_| self.is_broken = true)?;
        let environment = Arc::clone(&self.environment);
        environment.reached(Milestone::PositionsSent);
        self.storing = Some(Box::pin(async move {
            storing.await?;
            environment.reached(Milestone::PositionsStored);
            Ok(moved)
        }));
        Ok(())
    }
}
