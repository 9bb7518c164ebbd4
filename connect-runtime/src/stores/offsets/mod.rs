//! [`OffsetStores`]: how far source connectors have come.

mod committed;
#[cfg(test)]
mod contract;
mod copies;
mod file;
mod home;
mod import;
mod java;
mod key;
#[cfg(test)]
mod tests;
mod topic;
mod view;

use std::{
    collections::BTreeMap,
    path::Path,
    sync::{Arc, Mutex, PoisonError, Weak},
};

use connect_api::{Result, Str};
use tokio_util::sync::CancellationToken;

pub(crate) use self::home::{OffsetHome, Stored};
use self::{
    committed::{Committed, Entry},
    copies::Copies,
    file::FileOffsets,
    home::OwnTopic,
    topic::TopicOffsets,
};
use super::InternalTopic;
use crate::{Environment, broker::Broker};

/// How far source connectors have come: in the worker's topic or file, and in topics of connectors' own.
#[derive(Debug)]
pub(crate) struct OffsetStores {
    worker: Worker,
    /// The topics of connectors' own that are in use; those who use one read it once.
    own: Mutex<BTreeMap<Str, Weak<TopicOffsets>>>,
}

/// Where the worker keeps offsets.
#[derive(Debug)]
enum Worker {
    Topic {
        topic: Arc<TopicOffsets>,
        copies: Arc<Copies>,
    },
    File(Arc<FileOffsets>),
}

impl OffsetStores {
    /// Keeps offsets in the worker's topic, which must exist once it is used.
    pub(crate) fn in_topic(broker: Arc<dyn Broker>, topic: impl Into<Str>) -> Self {
        let topic = Arc::new(TopicOffsets::new(broker, topic));
        Self {
            worker: Worker::Topic {
                copies: Arc::new(Copies::new(Arc::clone(&topic))),
                topic,
            },
            own: Mutex::default(),
        }
    }

    /// Keeps offsets in the worker's file.
    ///
    /// # Errors
    ///
    /// As [`FileOffsets::open`].
    pub(crate) async fn in_file(file: &Path, environment: Arc<dyn Environment>) -> Result<Self> {
        Ok(Self {
            worker: Worker::File(Arc::new(FileOffsets::open(file, environment).await?)),
            own: Mutex::default(),
        })
    }

    /// Imports a file of offsets, where they are in the worker's topic; see [`TopicOffsets::import`].
    pub(crate) async fn import(
        &self,
        file: &Path,
        group: &str,
        environment: &dyn Environment,
    ) -> Result<()> {
        match &self.worker {
            Worker::Topic { topic, .. } => topic.import(file, group, environment).await,
            Worker::File(_) => Ok(()),
        }
    }

    /// Returns where the offsets of a connector are that has a topic of its `own`, or none.
    pub(crate) fn of(&self, own: Option<&InternalTopic>) -> OffsetHome {
        match (&self.worker, own) {
            (Worker::File(file), _) => OffsetHome::File(Arc::clone(file)),
            (Worker::Topic { topic, copies }, Some(own)) if own.name != *topic.topic() => {
                OffsetHome::Own(Arc::new(OwnTopic {
                    topic: own.clone(),
                    offsets: self.own(&own.name, topic),
                    copies: Arc::clone(copies),
                }))
            }
            (Worker::Topic { topic, .. }, _) => OffsetHome::Topic(Arc::clone(topic)),
        }
    }

    fn own(&self, name: &Str, worker: &TopicOffsets) -> Arc<TopicOffsets> {
        let mut own = self.own.lock().unwrap_or_else(PoisonError::into_inner);
        own.retain(|_, topic| topic.strong_count() > 0);
        if let Some(topic) = own.get(name).and_then(Weak::upgrade) {
            return topic;
        }
        let topic = Arc::new(TopicOffsets::new(Arc::clone(worker.broker()), name.clone()));
        own.insert(name.clone(), Arc::downgrade(&topic));
        topic
    }

    /// Writes what is copied, until `stop` and a moment longer.
    pub(crate) async fn write_copies(
        &self,
        stop: &CancellationToken,
        environment: &dyn Environment,
    ) {
        match &self.worker {
            Worker::Topic { copies, .. } => copies.write(stop, environment).await,
            Worker::File(_) => {}
        }
    }

    /// Makes sure that nothing of `connector`, of which a task has ended, is copied later; waits a moment for that.
    pub(crate) async fn settle_copies(&self, connector: &str) {
        match &self.worker {
            Worker::Topic { copies, .. } => copies.settle(connector).await,
            Worker::File(_) => {}
        }
    }

    /// Ends the use of the file; nothing is stored there any more.
    pub(crate) async fn close(&self) {
        if let Worker::File(file) = &self.worker {
            file.close().await;
        }
    }
}

/// Applies one record.
#[cfg(any(test, fuzzing))]
pub(crate) fn fuzz(record: crate::broker::ConsumedRecord) {
    use super::log::View;

    view::Offsets::default().apply(0, record);
}

/// Parses an offsets file of Java's or of ours.
#[cfg(any(test, fuzzing))]
pub(crate) fn fuzz_file(bytes: &[u8]) {
    drop(file::format::parse(&connect_api::Bytes::copy_from_slice(
        bytes,
    )));
}
