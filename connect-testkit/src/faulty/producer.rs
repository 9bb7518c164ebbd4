//! [`FaultyProducer`]: a producer that is finished by what goes wrong.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use async_trait::async_trait;
use connect_api::{Error, Result};
use connect_runtime::broker::{Closer, Delivery, Producer, ProducerRecord, TransactionalProducer};
use tokio::time::sleep;

use super::fault::{BrokerFault, BrokerFaults, Operation, cut_off, lost};

/// A producer whose calls go wrong; once something was lost it is finished.
#[derive(Debug)]
pub(super) struct FaultyProducer<P: ?Sized> {
    line: Line,
    inner: Box<P>,
}

/// What lies between a producer and its broker.
#[derive(Clone, Debug)]
struct Line {
    faults: BrokerFaults,
    /// Set by a call, or by a delivery that nobody asked about yet.
    finished: Arc<AtomicBool>,
}

impl<P: Producer + ?Sized> FaultyProducer<P> {
    pub(super) fn new(inner: Box<P>, faults: &BrokerFaults) -> Self {
        let line = Line {
            faults: faults.clone(),
            finished: Arc::default(),
        };
        Self { line, inner }
    }
}

impl Line {
    /// Takes the fault of a call, and does what it does before the call.
    async fn before(&self, call: Operation, closer: Closer) -> Result<Option<BrokerFault>> {
        if self.finished.load(Ordering::Acquire) {
            return Err(Error::unavailable("injected: this producer is finished"));
        }
        let fault = self.faults.take(call);
        match fault {
            Some(BrokerFault::LoseRequest) => Err(self.finish("request", call)),
            Some(BrokerFault::CutOff) => {
                closer.close();
                Err(cut_off(call))
            }
            Some(BrokerFault::Delay(delay)) => {
                sleep(delay).await;
                Ok(None)
            }
            other => Ok(other),
        }
    }

    /// Does what the fault of a call does after it.
    async fn after<T: Send>(
        &self,
        call: Operation,
        fault: Option<BrokerFault>,
        answer: Result<T>,
    ) -> Result<T> {
        match fault {
            Some(BrokerFault::LoseAnswer) if answer.is_ok() => Err(self.finish("answer", call)),
            Some(BrokerFault::DelayAnswer(delay)) => {
                sleep(delay).await;
                answer
            }
            _ => answer,
        }
    }

    /// Lets what becomes known of a batch go wrong as well.
    fn delivery(&self, inner: Delivery, closer: Closer) -> Delivery {
        let call = Operation::Delivery;
        let Some(fault) = self.faults.take(call) else {
            return inner;
        };
        let line = self.clone();
        Box::pin(async move {
            match fault {
                BrokerFault::LoseRequest | BrokerFault::LoseAnswer => {
                    drop(inner.await?);
                    Err(line.finish("answer", call))
                }
                BrokerFault::CutOff => {
                    closer.close();
                    Err(cut_off(call))
                }
                BrokerFault::Delay(delay) | BrokerFault::DelayAnswer(delay) => {
                    sleep(delay).await;
                    inner.await
                }
            }
        })
    }

    fn finish(&self, what: &str, call: Operation) -> Error {
        self.finished.store(true, Ordering::Release);
        lost(what, call)
    }
}

#[async_trait]
#[deny(clippy::missing_trait_methods)]
impl<P: Producer + ?Sized> Producer for FaultyProducer<P> {
    async fn send(&mut self, batch: Vec<ProducerRecord>) -> Result<Delivery> {
        let (call, closer) = (Operation::Send, self.inner.closer());
        let fault = self.line.before(call, closer.clone()).await?;
        let sent = self.inner.send(batch).await;
        let delivery = self.line.after(call, fault, sent).await?;
        Ok(self.line.delivery(delivery, closer))
    }

    fn closer(&self) -> Closer {
        self.inner.closer()
    }
}

#[async_trait]
#[deny(clippy::missing_trait_methods)]
impl TransactionalProducer for FaultyProducer<dyn TransactionalProducer> {
    async fn commit(&mut self) -> Result<()> {
        let call = Operation::CommitTransaction;
        let fault = self.line.before(call, self.inner.closer()).await?;
        let committed = self.inner.commit().await;
        self.line.after(call, fault, committed).await
    }

    async fn abort(&mut self) -> Result<()> {
        let call = Operation::AbortTransaction;
        let fault = self.line.before(call, self.inner.closer()).await?;
        let aborted = self.inner.abort().await;
        self.line.after(call, fault, aborted).await
    }
}
