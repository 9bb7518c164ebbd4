//! [`Copies`]: what the worker's topic is told of offsets that are elsewhere.

use std::{
    collections::BTreeMap,
    mem,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use connect_api::{Bytes, Error, Result, Str};
use tokio::{
    sync::{self, Notify},
    time::{sleep, timeout},
};
use tokio_util::sync::CancellationToken;

use super::{Entry, TopicOffsets};
use crate::{
    Environment,
    backoff::Backoff,
    broker::{Producer, ProducerOptions},
};

/// Copies of offsets that connectors store in topics of their own, on their way to the worker's topic.
///
/// Tasks never wait for it, and only the latest offset of a source partition is copied. What is not copied when the
/// process dies is missing there; it is looked up only for what a connector's own topic does not have.
#[derive(Debug)]
pub(crate) struct Copies {
    topic: Arc<TopicOffsets>,
    pending: Mutex<BTreeMap<Bytes, Copy>>,
    wake: Notify,
    /// Is told after each attempt to write.
    attempted: Notify,
    /// `None` before the first use and after an error; locked while copies are being written.
    producer: sync::Mutex<Option<Box<dyn Producer>>>,
}

/// The latest copy under a key.
#[derive(Debug)]
struct Copy {
    connector: Str,
    value: Option<Bytes>,
}

/// Copies of one connector are not written while this lives.
pub(super) struct Quiet<'a> {
    _producer: sync::MutexGuard<'a, Option<Box<dyn Producer>>>,
}

impl Copies {
    /// How long a worker that shuts down waits for its last copies to be written.
    const LAST: Duration = Duration::from_secs(1);

    pub(super) fn new(topic: Arc<TopicOffsets>) -> Self {
        Self {
            topic,
            pending: Mutex::default(),
            wake: Notify::new(),
            attempted: Notify::new(),
            producer: sync::Mutex::default(),
        }
    }

    pub(super) fn topic(&self) -> &TopicOffsets {
        &self.topic
    }

    /// Leaves copies to be written, at some time.
    pub(super) fn add(&self, connector: &Str, entries: Vec<Entry>) {
        let mut pending = self.pending();
        for Entry { key, value } in entries {
            let connector = connector.clone();
            pending.insert(key, Copy { connector, value });
        }
        self.wake.notify_one();
    }

    /// Forgets the copies of `connector`, and writes none before the answer is dropped.
    pub(super) async fn forget(&self, connector: &str) -> Quiet<'_> {
        let producer = self.producer.lock().await;
        self.pending().retain(|_, copy| copy.connector != connector);
        Quiet {
            _producer: producer,
        }
    }

    /// Waits a moment until the copies of `connector` are written, and forgets what is not.
    ///
    /// Whoever has its tasks next, or changes its offsets, may be another worker: a late copy would bring back what
    /// that one has removed.
    pub(super) async fn settle(&self, connector: &str) {
        let is_of = |copy: &Copy| copy.connector == *connector;
        let settled = async {
            loop {
                let attempted = self.attempted.notified();
                if !self.pending().values().any(is_of) {
                    break;
                }
                attempted.await;
            }
            // They may still be on their way.
            drop(self.producer.lock().await);
        };
        if timeout(Self::LAST, settled).await.is_err() {
            let topic = self.topic.topic();
            tracing::warn!(%connector, "its last offsets were not copied to the topic `{topic}`");
            self.pending().retain(|_, copy| !is_of(copy));
        }
    }

    /// Writes until `stop`, and then what is left, for a moment.
    pub(super) async fn write(&self, stop: &CancellationToken, environment: &dyn Environment) {
        let topic = self.topic.topic();
        let writing = async {
            let mut backoff = Backoff::default();
            loop {
                tokio::select! {
                    biased;
                    () = self.something() => {}
                    () = stop.cancelled() => return,
                }
                let attempt = self.attempt().await;
                self.attempted.notify_waiters();
                match attempt {
                    Ok(()) => backoff.reset(),
                    Err(error) => {
                        tracing::warn!(error = %error.report(), "copying offsets to the topic `{topic}`: trying again");
                        sleep(backoff.after(&error, environment.random())).await;
                    }
                }
            }
        };
        let too_late = async {
            stop.cancelled().await;
            sleep(Self::LAST).await;
        };
        tokio::select! {
            biased;
            () = writing => {}
            () = too_late => {
                tracing::warn!("the last offsets were not copied to the topic `{topic}`");
            }
        }
    }

    /// Waits until there is something to write.
    async fn something(&self) {
        while self.pending().is_empty() {
            self.wake.notified().await;
        }
    }

    async fn attempt(&self) -> Result<()> {
        let mut slot = self.producer.lock().await;
        let batch = mem::take(&mut *self.pending());
        let written = self.send(&mut slot, &batch).await;
        if written.is_err() {
            if let Some(producer) = slot.take() {
                // Nothing of it may come after what is written instead.
                producer.closer().close();
            }
            let mut pending = self.pending();
            for (key, copy) in batch {
                pending.entry(key).or_insert(copy);
            }
        }
        written
    }

    async fn send(
        &self,
        slot: &mut Option<Box<dyn Producer>>,
        batch: &BTreeMap<Bytes, Copy>,
    ) -> Result<()> {
        let producer = match slot {
            Some(producer) => producer,
            None => {
                let options = ProducerOptions::new(format!("{}-copies", self.topic.topic()));
                slot.insert(self.topic.broker().producer(&options).await?)
            }
        };
        let entry = |(key, copy): (&Bytes, &Copy)| Entry {
            key: key.clone(),
            value: copy.value.clone(),
        };
        let records = self.topic.records(batch.iter().map(entry).collect());
        for refused in producer.send(records).await?.await? {
            given_up(&self.topic, &refused.error);
        }
        Ok(())
    }

    fn pending(&self) -> MutexGuard<'_, BTreeMap<Bytes, Copy>> {
        self.pending.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A copy that cannot be written is no reason to stop anything.
pub(super) fn given_up(topic: &TopicOffsets, error: &Error) {
    let topic = topic.topic();
    tracing::warn!(error = %error.report(), "an offset was not copied to the topic `{topic}`");
}
