//! [`Transaction`]: records and positions become readable together.

use std::sync::Arc;

use connect_api::{Error, ErrorKind, Result};
use futures::future::BoxFuture;

use super::{Moved, Outgoing, Refusal, outgoing::RecordSource};
use crate::{
    Environment, Milestone,
    broker::{Delivery, Refused, TransactionalProducer},
    stores::Committed,
};

/// The output of a task that is exactly once: one transaction after the other.
pub(crate) struct Transaction {
    state: State,
    committed: Committed,
    /// The positions of the open transaction.
    moved: Moved,
    /// What was sent in it, and where each record came from.
    sent: Vec<(Delivery, Vec<RecordSource>)>,
    environment: Arc<dyn Environment>,
}

enum State {
    Idle(Box<dyn TransactionalProducer>),
    Ending(BoxFuture<'static, (Box<dyn TransactionalProducer>, Result<Moved, Refusal>)>),
    /// An error ended it; the task is opened anew.
    Gone,
}

impl Transaction {
    pub(crate) fn new(
        producer: Box<dyn TransactionalProducer>,
        committed: Committed,
        environment: Arc<dyn Environment>,
    ) -> Self {
        Self {
            state: State::Idle(producer),
            committed,
            moved: Moved::default(),
            sent: Vec::new(),
            environment,
        }
    }

    /// Returns whether there is something to end.
    pub(crate) fn is_open(&self) -> bool {
        !self.moved.is_empty() || !self.sent.is_empty()
    }

    pub(crate) fn is_ending(&self) -> bool {
        matches!(self.state, State::Ending(_))
    }

    /// Adds records and positions; the last transaction has ended.
    pub(crate) async fn write(&mut self, outgoing: Outgoing) -> Result<()> {
        let State::Idle(producer) = &mut self.state else {
            return Err(gone());
        };
        self.moved.merge(outgoing.moved);
        if !outgoing.records.is_empty() {
            self.sent
                .push((producer.send(outgoing.records).await?, outgoing.sources));
            self.environment.reached(Milestone::TransactionSent);
        }
        Ok(())
    }

    /// Discards the records of the transaction; its positions stay, for the next one.
    pub(crate) async fn abort(&mut self) -> Result<()> {
        let State::Idle(producer) = &mut self.state else {
            return Err(gone());
        };
        if !self.sent.is_empty() {
            abort(&mut **producer, &*self.environment).await?;
            self.sent.clear();
        }
        Ok(())
    }

    /// Starts to end the transaction: positions after all data, then the commit.
    pub(crate) fn begin_end(&mut self) -> Result<()> {
        let State::Idle(mut producer) = std::mem::replace(&mut self.state, State::Gone) else {
            return Err(gone());
        };
        let moved = std::mem::take(&mut self.moved);
        let positions = self.committed.records(&moved.clone().into_map())?;
        let sent = std::mem::take(&mut self.sent);
        let environment = Arc::clone(&self.environment);
        self.state = State::Ending(Box::pin(async move {
            let ended = async {
                delivered(sent).await?;
                environment.reached(Milestone::TransactionDelivered);
                let stored = producer.send(positions).await?;
                environment.reached(Milestone::TransactionPositionsSent);
                let stored = stored.await?;
                if let Some(refused) = stored.into_iter().next() {
                    let error = refused.error.with_kind(ErrorKind::Config);
                    return Err(error.context("offsets topic").into());
                }
                environment.reached(Milestone::TransactionCommitting);
                producer.commit().await?;
                environment.reached(Milestone::TransactionCommitted);
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
async fn delivered(sent: Vec<(Delivery, Vec<RecordSource>)>) -> Result<(), Refusal> {
    let mut refusals = Vec::new();
    for (delivery, sources) in sent {
        let refused = delivery.await?;
        refusals.extend(
            refused
                .into_iter()
                .map(|Refused { index, error }| (sources[index].clone(), error)),
        );
    }
    if refusals.is_empty() {
        Ok(())
    } else {
        Err(Refusal::Records(refusals))
    }
}

fn gone() -> Error {
    Error::fatal("the transaction has failed or is still ending")
}
