//! [`OffsetHome`]: where the offsets of one connector are.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use connect_api::{Error, ErrorKind, Result, SourceOffset, SourcePartition, Str};
use futures::future::BoxFuture;
use uuid::Uuid;

use super::{Committed, Copies, Entry, FileOffsets, TopicOffsets, copies::given_up};
use crate::{
    TaskId,
    broker::{Producer, ProducerRecord},
    stores::InternalTopic,
};

/// Where the offsets of one connector are.
///
/// # Contract
///
/// - What was answered as stored is read by everybody from then on, also after the process died; what was removed is not.
/// - What is stored in one step is there as a whole or not at all where the home is a file, and per source partition
///   where it is a topic outside of a transaction.
/// - Connectors do not see each other's. A source partition keeps the bytes of its key, whatever the order of its fields.
#[derive(Clone, Debug)]
pub(crate) enum OffsetHome {
    /// The worker's topic.
    Topic(Arc<TopicOffsets>),
    /// A topic of the connector's own; the worker's has copies, which may be older.
    Own(Arc<OwnTopic>),
    /// The worker's file.
    File(Arc<FileOffsets>),
}

/// A topic of a connector's own.
#[derive(Debug)]
pub(crate) struct OwnTopic {
    pub(super) topic: InternalTopic,
    pub(super) offsets: Arc<TopicOffsets>,
    pub(super) copies: Arc<Copies>,
}

impl OwnTopic {
    /// Makes the topic where it is missing.
    async fn prepare(&self) -> Result<()> {
        self.topic.ensure(&**self.offsets.broker()).await
    }
}

impl OffsetHome {
    /// Makes a connector's own topic where it is missing.
    ///
    /// # Errors
    ///
    /// As [`InternalTopic::ensure`].
    pub(crate) async fn prepare(&self) -> Result<()> {
        match self {
            Self::Own(own) => own.prepare().await,
            Self::Topic(_) | Self::File(_) => Ok(()),
        }
    }

    /// Reads what is stored for `connector`.
    ///
    /// # Errors
    ///
    /// `Unavailable`: the end of a topic was not reached. `Fatal`: a stored offset is no map; the message names its place.
    pub(crate) async fn read(&self, connector: &str) -> Result<Stored> {
        let (committed, copy) = match self {
            Self::Topic(topic) => (topic.read(connector).await?, None),
            Self::File(file) => (file.read(connector).await?, None),
            Self::Own(own) => {
                own.prepare().await?;
                let mut committed = own.offsets.read(connector).await?;
                let copy = own.copies.topic().read(connector).await?;
                committed.fall_back_on(&copy);
                (committed, Some(copy))
            }
        };
        Ok(Stored {
            connector: connector.into(),
            home: self.clone(),
            committed,
            copy,
        })
    }

    /// Stores offsets outside of a task, durably; `None` removes one.
    ///
    /// # Errors
    ///
    /// As [`read`](Self::read), and what the broker or the system answers.
    pub(crate) async fn alter(
        &self,
        connector: &str,
        changes: &BTreeMap<SourcePartition, Option<SourceOffset>>,
    ) -> Result<()> {
        let stored = self.read(connector).await?;
        let entries = stored.committed.alterations(changes)?;
        match self {
            Self::Topic(topic) => topic.write(entries).await,
            Self::File(file) => file.write(entries).await,
            Self::Own(own) => {
                let copy = stored.copy.as_ref();
                let copies = copy.map(|copy| copy.alterations(changes)).transpose()?;
                own.alter(connector, entries, copies.unwrap_or_default())
                    .await
            }
        }
    }

    /// Builds the record by which `worker` claims the right to run `task`; only where there are transactions.
    pub(crate) fn claim(&self, task: &TaskId, worker: Uuid) -> Result<ProducerRecord> {
        Ok(self.counting()?.claim(task, worker))
    }

    /// Reads to the end, then the worker that claimed `task` last.
    ///
    /// # Errors
    ///
    /// `Unavailable`: the end was not reached.
    pub(crate) async fn claimant(&self, task: &TaskId) -> Result<Option<Uuid>> {
        self.prepare().await?;
        self.counting()?.claimant(task).await
    }

    /// Refuses to let a task write its records to its offsets topic, within the transactions that it waits for.
    ///
    /// # Errors
    ///
    /// `Config`: `topic` is the one that counts.
    pub(crate) fn refuse(&self, topic: &Str) -> Result<()> {
        match self.topic() {
            Some(offsets) if offsets.topic() == topic => Err(Error::config(format!(
                "expected another topic for records, found `{topic}`, where the offsets of this connector are: \
                 reading these would wait for the transaction that the record is in"
            ))),
            _ => Ok(()),
        }
    }

    fn counting(&self) -> Result<&Arc<TopicOffsets>> {
        let none = || Error::fatal("expected offsets in a topic, found them in a file");
        self.topic().ok_or_else(none)
    }

    /// Returns the topic that counts.
    fn topic(&self) -> Option<&Arc<TopicOffsets>> {
        match self {
            Self::Topic(topic) => Some(topic),
            Self::Own(own) => Some(&own.offsets),
            Self::File(_) => None,
        }
    }
}

impl OwnTopic {
    /// Writes alterations to both topics.
    ///
    /// Removals come first where the copies are: what is removed here would be looked up there. Then what counts, and
    /// last the other copies, which may be missing. Whenever the process dies in between, an offset is as it was or as
    /// it shall be.
    async fn alter(&self, connector: &str, entries: Vec<Entry>, copies: Vec<Entry>) -> Result<()> {
        let _quiet = self.copies.forget(connector).await;
        let (removals, others): (Vec<_>, Vec<_>) =
            copies.into_iter().partition(|entry| entry.value.is_none());
        self.copies.topic().write(removals).await?;
        self.offsets.write(entries).await?;
        if let Err(error) = self.copies.topic().write(others).await {
            given_up(self.copies.topic(), &error);
        }
        Ok(())
    }
}

/// What was stored for one connector, and how the next is stored.
#[derive(Debug)]
pub(crate) struct Stored {
    connector: Str,
    home: OffsetHome,
    committed: Committed,
    /// What the copies are, where there are some.
    copy: Option<Committed>,
}

impl Stored {
    /// Returns the offsets that were stored.
    pub(crate) fn offsets(&self) -> &BTreeMap<SourcePartition, SourceOffset> {
        self.committed.offsets()
    }

    /// Returns the source partitions of which something is stored, in either topic and under any form of their keys.
    pub(crate) fn partitions(&self) -> BTreeSet<SourcePartition> {
        let copied = self.copy.iter().flat_map(Committed::partitions);
        self.committed.partitions().chain(copied).cloned().collect()
    }

    /// Prepares to store `moved`.
    ///
    /// # Errors
    ///
    /// `Fatal`: an offset is not a flat map.
    pub(crate) fn positions(
        &self,
        moved: &BTreeMap<SourcePartition, SourceOffset>,
    ) -> Result<Positions> {
        let copies = match &self.copy {
            Some(copy) => copy.entries(moved)?,
            None => Vec::new(),
        };
        Ok(Positions {
            connector: self.connector.clone(),
            home: self.home.clone(),
            entries: self.committed.entries(moved)?,
            copies,
        })
    }
}

/// Positions on their way to where they are stored.
#[derive(Debug)]
pub(crate) struct Positions {
    connector: Str,
    home: OffsetHome,
    entries: Vec<Entry>,
    copies: Vec<Entry>,
}

impl Positions {
    /// Takes the records that store them, to be sent in the transaction of their data.
    pub(crate) fn take_records(&mut self) -> Result<Vec<ProducerRecord>> {
        let entries = std::mem::take(&mut self.entries);
        Ok(self.home.counting()?.records(entries))
    }

    /// Leaves copies of what is stored; nobody waits for them.
    pub(crate) fn copy(self) {
        if let OffsetHome::Own(own) = &self.home {
            own.copies.add(&self.connector, self.copies);
        }
    }

    /// Starts to store them outside of a transaction, after what `producer` was given before.
    pub(crate) async fn store(
        mut self,
        producer: &mut dyn Producer,
    ) -> Result<BoxFuture<'static, Result<()>>> {
        if let OffsetHome::File(file) = &self.home {
            let (file, entries) = (Arc::clone(file), self.entries);
            return Ok(Box::pin(async move { file.write(entries).await }));
        }
        let delivery = producer.send(self.take_records()?).await?;
        Ok(Box::pin(async move {
            match delivery.await?.into_iter().next() {
                Some(refused) => Err(refused
                    .error
                    .with_kind(ErrorKind::Config)
                    .context("offsets topic")),
                None => {
                    self.copy();
                    Ok(())
                }
            }
        }))
    }
}
