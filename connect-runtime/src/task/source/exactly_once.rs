//! [`Transaction`]: records and positions become readable together.

use connect_api::{Error, ErrorKind, Result};
use futures::future::BoxFuture;

use super::{Moved, Outgoing, Refusal, outgoing::RecordSource};
use crate::{
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
}

enum State {
    Idle(Box<dyn TransactionalProducer>),
    Ending(BoxFuture<'static, (Box<dyn TransactionalProducer>, Result<Moved, Refusal>)>),
    /// An error ended it; the task is opened anew.
    Gone,
}

impl Transaction {
    pub(crate) fn new(producer: Box<dyn TransactionalProducer>, committed: Committed) -> Self {
        Self {
            state: State::Idle(producer),
            committed,
            moved: Moved::default(),
            sent: Vec::new(),
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
        }
        Ok(())
    }

    /// Discards the records of the transaction; its positions stay, for the next one.
    pub(crate) async fn abort(&mut self) -> Result<()> {
        let State::Idle(producer) = &mut self.state else {
            return Err(gone());
        };
        if !self.sent.is_empty() {
            producer.abort().await?;
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
        self.state = State::Ending(Box::pin(async move {
            let ended = async {
                delivered(sent).await?;
                let stored = producer.send(positions).await?.await?;
                if let Some(refused) = stored.into_iter().next() {
                    let error = refused.error.with_kind(ErrorKind::Config);
                    return Err(error.context("offsets topic").into());
                }
                producer.commit().await?;
                Ok(moved)
            };
            let mut ended = ended.await;
            if let Err(Refusal::Records(_)) = &ended
                && let Err(error) = producer.abort().await
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
