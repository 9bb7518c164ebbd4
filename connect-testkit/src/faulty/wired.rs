//! [`Wired`]: a producer or a reader that can be cut off.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use async_trait::async_trait;
use connect_api::{Error, ErrorKind, Result};
use connect_runtime::broker::{
    Closer, Delivery, Fetched, LogReader, Producer, ProducerRecord, TransactionalProducer,
};

use super::{cut::Cut, fault::Operation};

/// A producer or a reader that can be cut off.
#[derive(Debug)]
pub(super) struct Wired<C: ?Sized> {
    wire: Wire,
    inner: Box<C>,
}

#[derive(Clone, Debug)]
struct Wire {
    cut: Cut,
    /// A producer is, once something did not get through.
    finished: Arc<AtomicBool>,
}

impl<C: ?Sized> Wired<C> {
    pub(super) fn new(inner: Box<C>, cut: &Cut) -> Self {
        let wire = Wire {
            cut: cut.clone(),
            finished: Arc::default(),
        };
        Self { wire, inner }
    }
}

impl Wire {
    /// Does a producer's call, which finishes it if it does not get through.
    async fn produce<T>(
        &self,
        call: Operation,
        work: impl Future<Output = Result<T>> + Send,
    ) -> Result<T> {
        if self.finished.load(Ordering::Acquire) {
            return Err(Error::unavailable("injected: this producer is finished"));
        }
        let done = self.cut.across(call, work).await;
        if matches!(&done, Err(error) if error.kind() == ErrorKind::Unavailable) {
            self.finished.store(true, Ordering::Release);
        }
        done
    }
}

#[async_trait]
#[deny(clippy::missing_trait_methods)]
impl<P: Producer + ?Sized> Producer for Wired<P> {
    async fn send(&mut self, batch: Vec<ProducerRecord>) -> Result<Delivery> {
        let sent = self.wire.produce(Operation::Send, self.inner.send(batch));
        let delivery = sent.await?;
        let wire = self.wire.clone();
        Ok(Box::pin(async move {
            wire.produce(Operation::Delivery, delivery).await
        }))
    }

    fn closer(&self) -> Closer {
        self.inner.closer()
    }
}

#[async_trait]
#[deny(clippy::missing_trait_methods)]
impl TransactionalProducer for Wired<dyn TransactionalProducer> {
    async fn commit(&mut self) -> Result<()> {
        let call = Operation::CommitTransaction;
        self.wire.produce(call, self.inner.commit()).await
    }

    async fn abort(&mut self) -> Result<()> {
        let call = Operation::AbortTransaction;
        self.wire.produce(call, self.inner.abort()).await
    }
}

#[async_trait]
#[deny(clippy::missing_trait_methods)]
impl LogReader for Wired<dyn LogReader> {
    async fn to_end(&mut self, each: &mut (dyn FnMut(Fetched) + Send)) -> Result<()> {
        let work = self.inner.to_end(each);
        self.wire.cut.across(Operation::ToEnd, work).await
    }

    async fn next(&mut self) -> Result<Fetched> {
        let work = self.inner.next();
        self.wire.cut.across(Operation::NextRead, work).await
    }
}
