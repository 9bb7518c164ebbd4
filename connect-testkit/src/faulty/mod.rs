//! [`FaultyBroker`]: a broker whose calls go wrong.

mod consumer;
mod cut;
mod fault;
mod member;
mod producer;
mod reader;
mod seat;
mod wired;

use std::{collections::BTreeMap, fmt, sync::Arc};

use async_trait::async_trait;
use connect_api::{Offsets, Result, Str, TopicPartition};
use connect_runtime::broker::{
    Broker, Consumer, ConsumerOptions, Created, GroupDescription, Isolation, LogReader, NewTopic,
    Producer, ProducerOptions, ReaderOptions, TopicDescription, TransactionalProducer, Watermarks,
};

use self::{
    consumer::FaultyConsumer, member::CutMember, producer::FaultyProducer, reader::FaultyReader,
    wired::Wired,
};
pub use self::{
    cut::Cut,
    fault::{BrokerFault, BrokerFaults, Operation},
};

/// A broker whose calls go wrong as its [`BrokerFaults`] say.
///
/// Everything else is the broker's below.
///
/// Whatever it does stays inside the contract of [`Broker`]: a producer that answered `Unavailable` is finished, a
/// client that is cut off is fenced. So whoever uses a broker has to stand it.
#[derive(Clone, Debug)]
pub struct FaultyBroker {
    inner: Arc<dyn Broker>,
    faults: BrokerFaults,
    cut: Cut,
    /// Who hears under which transactional ids producers have become the only ones.
    told: Option<Told>,
}

#[derive(Clone)]
struct Told(Arc<dyn Fn(&str) + Send + Sync>);

impl fmt::Debug for Told {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Told")
    }
}

impl FaultyBroker {
    /// Lets calls to `inner` go wrong.
    #[must_use]
    pub fn new(inner: Arc<dyn Broker>, faults: BrokerFaults) -> Self {
        Self {
            inner,
            faults,
            cut: Cut::whole(),
            told: None,
        }
    }

    /// Tells `told` each transactional id under which a producer has fenced all others, in the moment it has.
    pub(crate) fn telling(mut self, told: impl Fn(&str) + Send + Sync + 'static) -> Self {
        self.told = Some(Told(Arc::new(told)));
        self
    }

    /// Returns what cuts the clients of this broker and its clones off.
    #[must_use]
    pub fn cut_handle(&self) -> Cut {
        self.cut.clone()
    }

    /// Does a call of the broker itself, as faults and cuts let it.
    async fn meet<T: Send>(
        &self,
        call: Operation,
        work: impl Future<Output = Result<T>> + Send,
    ) -> Result<T> {
        self.cut.across(call, self.faults.meet(call, work)).await
    }

    /// Joins a group, cut off or not.
    async fn join(&self, options: &ConsumerOptions) -> Result<Box<dyn Consumer>> {
        let call = self.inner.consumer(options);
        let consumer = self.faults.meet(Operation::Consumer, call).await?;
        Ok(Box::new(FaultyConsumer::new(consumer, &self.faults)))
    }
}

#[async_trait]
#[deny(clippy::missing_trait_methods)]
impl Broker for FaultyBroker {
    fn internal_partitions(&self, usual: i32) -> i32 {
        self.inner.internal_partitions(usual)
    }

    async fn create_topic(&self, topic: &NewTopic) -> Result<Created> {
        let call = self.inner.create_topic(topic);
        self.meet(Operation::CreateTopic, call).await
    }

    async fn topic(&self, name: &str) -> Result<Option<TopicDescription>> {
        let call = self.inner.topic(name);
        self.meet(Operation::Topic, call).await
    }

    async fn topics(&self) -> Result<Vec<Str>> {
        let call = self.inner.topics();
        self.meet(Operation::Topics, call).await
    }

    async fn delete_topic(&self, name: &str) -> Result<()> {
        let call = self.inner.delete_topic(name);
        self.meet(Operation::DeleteTopic, call).await
    }

    async fn watermarks(
        &self,
        topic: &str,
        isolation: Isolation,
    ) -> Result<BTreeMap<i32, Watermarks>> {
        let call = self.inner.watermarks(topic, isolation);
        self.meet(Operation::Watermarks, call).await
    }

    async fn group(&self, group: &str) -> Result<GroupDescription> {
        let call = self.inner.group(group);
        self.meet(Operation::Group, call).await
    }

    async fn group_offsets(&self, group: &str) -> Result<Offsets> {
        let call = self.inner.group_offsets(group);
        self.meet(Operation::GroupOffsets, call).await
    }

    async fn alter_group_offsets(
        &self,
        group: &str,
        offsets: &BTreeMap<TopicPartition, Option<i64>>,
    ) -> Result<()> {
        let call = self.inner.alter_group_offsets(group, offsets);
        self.meet(Operation::AlterGroupOffsets, call).await
    }

    async fn delete_group(&self, group: &str) -> Result<()> {
        let call = self.inner.delete_group(group);
        self.meet(Operation::DeleteGroup, call).await
    }

    async fn producer(&self, options: &ProducerOptions) -> Result<Box<dyn Producer>> {
        let call = self.inner.producer(options);
        let producer = self.meet(Operation::Producer, call).await?;
        let producer = Box::new(FaultyProducer::new(producer, &self.faults));
        Ok(Box::new(Wired::new(producer, &self.cut)))
    }

    async fn transactional_producer(
        &self,
        transactional_id: &str,
        options: &ProducerOptions,
    ) -> Result<Box<dyn TransactionalProducer>> {
        let call = async {
            let initialized = self.inner.transactional_producer(transactional_id, options);
            let producer = initialized.await?;
            if let Some(Told(told)) = &self.told {
                told(transactional_id);
            }
            Ok(producer)
        };
        let producer = self.meet(Operation::Producer, call).await?;
        let producer: Box<dyn TransactionalProducer> =
            Box::new(FaultyProducer::new(producer, &self.faults));
        Ok(Box::new(Wired::new(producer, &self.cut)))
    }

    async fn consumer(&self, options: &ConsumerOptions) -> Result<Box<dyn Consumer>> {
        let joined = CutMember::join(self, options);
        let member = self.cut.across(Operation::Consumer, joined).await?;
        Ok(Box::new(member))
    }

    async fn reader(&self, options: &ReaderOptions) -> Result<Box<dyn LogReader>> {
        let call = self.inner.reader(options);
        let reader = self.meet(Operation::Reader, call).await?;
        let reader: Box<dyn LogReader> = Box::new(FaultyReader::new(reader, &self.faults));
        Ok(Box::new(Wired::new(reader, &self.cut)))
    }
}
