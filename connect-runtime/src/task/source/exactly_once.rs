//! [`Transaction`]: records and positions become readable together.

use std::{collections::VecDeque, sync::Arc};

use connect_api::{Error, ErrorKind, Result};
use futures::{FutureExt, future::BoxFuture};

use super::{
    Moved, Outgoing, Refusal,
    outgoing::{RecordSource, RefusedRecord},
};
use crate::{
    Environment, Milestone,
    broker::{Delivery, TransactionalProducer},
    stores::Stored,
    task::{Setup, Share},
};

/// The output of a task that is exactly once: one transaction after the other.
pub(crate) struct Transaction {
    state: State,
    stored: Stored,
    /// The positions of the open transaction.
    moved: Moved,
    contents: Contents,
    /// What was sent and not accepted yet, oldest first.
    in_flight: VecDeque<Sent>,
    /// What the broker refused of the open transaction.
    refused: Vec<RefusedRecord>,
    share: Share,
    /// What the transaction that is ending holds of it.
    ending_bytes: usize,
    environment: Arc<dyn Environment>,
}

enum State {
    Idle(Box<dyn TransactionalProducer>),
    Ending(BoxFuture<'static, (Box<dyn TransactionalProducer>, Result<Moved, Refusal>)>),
    /// An error ended it; the task is opened anew.
    Gone,
}

/// Whether the open transaction has records.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Contents {
    Nothing,
    Records,
}

/// A batch that was sent, and where each of its records came from.
struct Sent {
    delivery: Delivery,
    sources: Vec<RecordSource>,
    bytes: usize,
}

impl Transaction {
    pub(crate) fn new(
        setup: &Setup,
        producer: Box<dyn TransactionalProducer>,
        stored: Stored,
    ) -> Self {
        Self {
            state: State::Idle(producer),
            stored,
            moved: Moved::default(),
            contents: Contents::Nothing,
            in_flight: VecDeque::new(),
            refused: Vec::new(),
            share: setup.site.budget.share(setup.options.queue_bytes),
            ending_bytes: 0,
            environment: Arc::clone(&setup.site.environment),
        }
    }

    /// Returns whether there is something to end.
    pub(crate) fn is_open(&self) -> bool {
        !self.moved.is_empty() || self.contents == Contents::Records
    }

    /// Returns whether an error ended it.
    pub(crate) fn is_broken(&self) -> bool {
        matches!(self.state, State::Gone)
    }

    pub(crate) fn is_ending(&self) -> bool {
        matches!(self.state, State::Ending(_))
    }

    /// Adds records and positions, once there is room for them; the last transaction has ended.
    pub(crate) async fn write(&mut self, outgoing: Outgoing) -> Result<(), Refusal> {
        let written = self.add(outgoing).await;
        if written.is_err() {
            self.state = State::Gone;
        }
        written
    }

    async fn add(&mut self, outgoing: Outgoing) -> Result<(), Refusal> {
        self.make_room().await?;
        let State::Idle(producer) = &mut self.state else {
            return Err(gone().into());
        };
        self.moved.merge(outgoing.moved);
        if outgoing.records.is_empty() {
            return Ok(());
        }
        let delivery = producer.send(outgoing.records).await?;
        self.environment.reached(Milestone::TransactionSent);
        self.contents = Contents::Records;
        self.share.hold(outgoing.bytes);
        self.in_flight.push_back(Sent {
            delivery,
            sources: outgoing.sources,
            bytes: outgoing.bytes,
        });
        Ok(())
    }

    /// Lets go of what the broker has accepted, and waits for it while too much is held.
    async fn make_room(&mut self) -> Result<(), Refusal> {
        while let Some(oldest) = self.in_flight.front_mut() {
            let refused = match (&mut oldest.delivery).now_or_never() {
                Some(refused) => refused,
                None if self.share.is_full() => (&mut oldest.delivery).await,
                None => return Ok(()),
            };
            let Some(oldest) = self.in_flight.pop_front() else {
                break;
            };
            self.share.release(oldest.bytes);
            match refused {
                Ok(refused) => self
                    .refused
                    .extend(RefusedRecord::of_batch(&oldest.sources, refused)),
                Err(error) => return Err(self.blamed(error).await),
            }
        }
        Ok(())
    }

    /// Says why a batch failed: by itself, or because a record of another one was refused.
    async fn blamed(&mut self, error: Error) -> Refusal {
        let (in_flight, refused) = self.empty();
        match delivered(in_flight, refused).await {
            Err(Refusal::Records(refused)) => Refusal::Records(refused),
            _ => error.into(),
        }
    }

    /// Discards the records of the transaction; its positions stay, for the next one.
    pub(crate) async fn abort(&mut self) -> Result<()> {
        let State::Idle(producer) = &mut self.state else {
            return Err(gone());
        };
        if self.contents == Contents::Records {
            abort(&mut **producer, &*self.environment).await?;
            self.empty();
            self.release();
        }
        Ok(())
    }

    /// Takes what is in flight out of the transaction, which has no contents then.
    fn empty(&mut self) -> (VecDeque<Sent>, Vec<RefusedRecord>) {
        self.contents = Contents::Nothing;
        let in_flight = std::mem::take(&mut self.in_flight);
        self.ending_bytes = in_flight.iter().map(|sent| sent.bytes).sum();
        (in_flight, std::mem::take(&mut self.refused))
    }

    /// Gives back what the transaction that has ended held.
    fn release(&mut self) {
        self.share.release(std::mem::take(&mut self.ending_bytes));
    }

    /// Starts to end the transaction: positions after all data, then the commit.
    pub(crate) fn begin_end(&mut self) -> Result<()> {
        let State::Idle(mut producer) = std::mem::replace(&mut self.state, State::Gone) else {
            return Err(gone());
        };
        let moved = std::mem::take(&mut self.moved);
        let mut positions = self.stored.positions(&moved.clone().into_map())?;
        let records = positions.take_records()?;
        let (in_flight, refused) = self.empty();
        let environment = Arc::clone(&self.environment);
        self.state = State::Ending(Box::pin(async move {
            let ended = async {
                delivered(in_flight, refused).await?;
                environment.reached(Milestone::TransactionDelivered);
                let stored = producer.send(records).await?;
                environment.reached(Milestone::TransactionPositionsSent);
                let stored = stored.await?;
                if let Some(refused) = stored.into_iter().next() {
                    let error = refused.error.with_kind(ErrorKind::Config);
                    return Err(error.context("offsets topic").into());
                }
                environment.reached(Milestone::TransactionCommitting);
                producer.commit().await?;
                environment.reached(Milestone::TransactionCommitted);
                positions.copy();
                Ok(moved)
            };
            let mut ended = ended.await;
            if let Err(Refusal::Records(_)) = &ended
                && let Err(error) = abort(&mut *producer, &*environment).await
            {
                ended = Err(error.into());
            }
            (producer, ended)
        }));
        Ok(())
    }

    /// Waits for the end; nothing is ending: never resolves. Dropping the future loses nothing.
    pub(crate) async fn ended(&mut self) -> Result<Moved, Refusal> {
        let State::Ending(ending) = &mut self.state else {
            return std::future::pending().await;
        };
        let (producer, ended) = ending.await;
        self.release();
        self.state = match ended {
            Ok(_) => State::Idle(producer),
            Err(_) => State::Gone,
        };
        ended
    }
}

async fn abort(
    producer: &mut dyn TransactionalProducer,
    environment: &dyn Environment,
) -> Result<()> {
    environment.reached(Milestone::TransactionAborting);
    producer.abort().await?;
    environment.reached(Milestone::TransactionAborted);
    Ok(())
}

/// Waits until the broker accepted everything.
///
/// A refused record takes others of its transaction with it, also of earlier batches: it is what is to be known.
async fn delivered(
    in_flight: VecDeque<Sent>,
    mut refused: Vec<RefusedRecord>,
) -> Result<(), Refusal> {
    let mut failed = None;
    for sent in in_flight {
        match sent.delivery.await {
            Ok(of_batch) => refused.extend(RefusedRecord::of_batch(&sent.sources, of_batch)),
            Err(error) => failed = failed.or(Some(error)),
        }
    }
    match (refused.is_empty(), failed) {
        (false, _) => Err(Refusal::Records(refused)),
        (true, Some(error)) => Err(error.into()),
        (true, None) => Ok(()),
    }
}

fn gone() -> Error {
    Error::fatal("the transaction has failed or is still ending")
}
