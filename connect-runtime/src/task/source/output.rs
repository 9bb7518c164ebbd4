//! [`Output`]: where a source task's records and positions go.

use std::collections::BTreeMap;

use connect_api::{Error, Result, SourceOffset, SourcePartition};

use super::{Acknowledged, Moved, Outgoing, Transaction, outgoing::RefusedRecord};
use crate::{
    Milestone,
    broker::{ProducerOptions, TransactionalProducer},
    stores::OffsetHome,
    task::{Delivery, Right, Setup},
    watchdog::CallError,
};

/// Where a source task's records and positions go, by what was promised.
pub(crate) enum Output {
    AtLeastOnce(Acknowledged),
    ExactlyOnce(Transaction),
}

/// Why an output cannot go on.
#[derive(Debug)]
pub(crate) enum Refusal {
    /// These records are refused, whatever is tried.
    Records(Vec<RefusedRecord>),
    Error(Error),
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        Self::Error(error)
    }
}

impl From<CallError> for Refusal {
    fn from(error: CallError) -> Self {
        Self::Error(error.into())
    }
}

/// What happened to what was written.
#[derive(Debug)]
pub(crate) enum Progress {
    /// A batch was acknowledged.
    Acknowledged,
    /// Positions are durable.
    Stored(Moved),
}

/// Takes the task, under the right to write that was just taken.
async fn claim(
    setup: &Setup,
    home: &OffsetHome,
    producer: &mut dyn TransactionalProducer,
) -> Result<()> {
    let claim = home.claim(&setup.id, setup.site.worker)?;
    if let Some(refused) = producer.send(vec![claim]).await?.await?.into_iter().next() {
        return Err(refused.error.context("claim in the offsets topic"));
    }
    producer.commit().await
}

impl Output {
    /// Connects the producer, claims the task, and reads where it goes on, in this order.
    ///
    /// An older owner is fenced before the positions are read, so they are final.
    pub(crate) async fn connect(
        setup: &Setup,
    ) -> Result<(Self, BTreeMap<SourcePartition, SourceOffset>)> {
        let mut options = ProducerOptions::new(format!("connector-producer-{}", setup.id));
        options.overrides = setup.options.producer.clone();
        options.transaction_timeout = setup.options.source.transaction_timeout;
        let (site, home) = (&setup.site, setup.offsets());
        match setup.options.source.delivery {
            Delivery::AtLeastOnce => {
                let producer = site.broker.producer(&options).await?;
                setup.calls.adopt(producer.closer());
                let stored = home.read(&setup.id.connector).await?;
                setup.reached(Milestone::PositionsRead);
                let offsets = stored.offsets().clone();
                let output = Acknowledged::new(setup, producer, stored);
                Ok((Self::AtLeastOnce(output), offsets))
            }
            Delivery::ExactlyOnce => {
                if let Some(letters) = &setup.options.dead_letters {
                    home.refuse(&letters.topic)?;
                }
                home.prepare().await?;
                let id = site.transactional_id(&setup.id);
                let mut producer = site.broker.transactional_producer(&id, &options).await?;
                setup.calls.adopt(producer.closer());
                setup.reached(Milestone::ProducerInitialized);
                match &site.right {
                    Right::Claim => claim(setup, &home, &mut *producer).await?,
                    // Whoever got it meanwhile is fenced now, and comes back.
                    Right::Assignment(_) => {
                        let mine = (site.worker, setup.ticket);
                        site.right.check(&setup.id, mine).await?;
                    }
                }
                setup.reached(Milestone::TaskClaimed);
                let stored = home.read(&setup.id.connector).await?;
                setup.reached(Milestone::PositionsRead);
                let offsets = stored.offsets().clone();
                let output = Transaction::new(setup, producer, stored);
                Ok((Self::ExactlyOnce(output), offsets))
            }
        }
    }

    /// Returns whether anything waits to be settled.
    pub(crate) fn is_open(&self) -> bool {
        match self {
            Self::AtLeastOnce(output) => output.is_open(),
            Self::ExactlyOnce(output) => output.is_open(),
        }
    }

    /// Returns whether positions are being stored.
    pub(crate) fn is_ending(&self) -> bool {
        match self {
            Self::AtLeastOnce(output) => output.is_ending(),
            Self::ExactlyOnce(output) => output.is_ending(),
        }
    }

    /// Returns whether it failed: nothing more can be written or settled.
    pub(crate) fn is_broken(&self) -> bool {
        match self {
            Self::AtLeastOnce(output) => output.is_broken(),
            Self::ExactlyOnce(output) => output.is_broken(),
        }
    }

    /// Adds records and positions.
    pub(crate) async fn write(&mut self, outgoing: Outgoing) -> Result<(), Refusal> {
        match self {
            Self::AtLeastOnce(output) => output.write(outgoing).await,
            Self::ExactlyOnce(output) => output.write(outgoing).await,
        }
    }

    /// Starts to store positions; [`progress`](Self::progress) tells when they are.
    pub(crate) async fn begin_end(&mut self) -> Result<()> {
        match self {
            Self::AtLeastOnce(output) => output.begin_end().await,
            Self::ExactlyOnce(output) => output.begin_end(),
        }
    }

    /// Waits until something happened; dropping the future loses nothing.
    pub(crate) async fn progress(&mut self) -> Result<Progress, Refusal> {
        match self {
            Self::AtLeastOnce(output) => output.progress().await,
            Self::ExactlyOnce(output) => output.ended().await.map(Progress::Stored),
        }
    }

    /// Waits until everything that was sent is acknowledged, so that its positions can be stored.
    pub(crate) async fn drain(&mut self) -> Result<(), Refusal> {
        match self {
            Self::AtLeastOnce(output) => output.drain().await,
            Self::ExactlyOnce(_) => Ok(()),
        }
    }

    /// Discards the records of the open transaction; its positions stay.
    pub(crate) async fn abort(&mut self) -> Result<()> {
        match self {
            Self::AtLeastOnce(_) => Ok(()),
            Self::ExactlyOnce(output) => output.abort().await,
        }
    }
}
