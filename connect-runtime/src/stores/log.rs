//! [`Log`]: an internal topic, read to its end on demand.

use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use connect_api::{Result, Str};
use tokio::sync::Mutex;

use crate::broker::{Broker, ConsumedRecord, LogReader, ReaderOptions};

/// What the records of a topic add up to.
pub(super) trait View: Default + fmt::Debug + Send {
    /// Takes the next record of `partition`.
    fn apply(&mut self, partition: i32, record: ConsumedRecord);
}

/// An internal topic, read to its end on demand by one reader that all of a worker share.
pub(super) struct Log<V> {
    broker: Arc<dyn Broker>,
    topic: Str,
    /// How many have asked for the end of the topic.
    asked: AtomicU64,
    progress: Mutex<Progress<V>>,
}

struct Progress<V> {
    /// `None` before the first use, and after a read that was dropped in the middle.
    reader: Option<Box<dyn LogReader>>,
    view: V,
    /// The end was looked up after so many had asked; they need not look again.
    served: u64,
}

impl<V: View> Log<V> {
    pub(super) fn new(broker: Arc<dyn Broker>, topic: Str) -> Self {
        let progress = Progress {
            reader: None,
            view: V::default(),
            served: 0,
        };
        Self {
            broker,
            topic,
            asked: AtomicU64::new(0),
            progress: Mutex::new(progress),
        }
    }

    pub(super) fn topic(&self) -> &Str {
        &self.topic
    }

    pub(super) fn broker(&self) -> &Arc<dyn Broker> {
        &self.broker
    }

    /// Reads up to what was the end at the time of the call, and shows what the records add up to.
    pub(super) async fn at_end<T>(&self, look: impl FnOnce(&V) -> T + Send) -> Result<T> {
        let ticket = self.asked.fetch_add(1, Ordering::SeqCst) + 1;
        let mut progress = self.progress.lock().await;
        if progress.served < ticket {
            progress
                .read(self)
                .await
                .map_err(|error| error.context(format!("topic `{}`", self.topic)))?;
        }
        Ok(look(&progress.view))
    }
}

impl<V: View> Progress<V> {
    async fn read(&mut self, log: &Log<V>) -> Result<()> {
        // Taken out, so that a read that is dropped in the middle starts over and cannot skip records.
        let mut reader = match self.reader.take() {
            Some(reader) => reader,
            None => {
                self.view = V::default();
                self.served = 0;
                log.broker.reader(&ReaderOptions::new(&log.topic)).await?
            }
        };
        let asked = log.asked.load(Ordering::SeqCst);
        let view = &mut self.view;
        let read = reader
            .to_end(&mut |fetched| {
                for record in fetched.records {
                    view.apply(fetched.partition.partition, record);
                }
            })
            .await;
        self.reader = Some(reader);
        if read.is_ok() {
            self.served = asked;
        }
        read
    }
}

impl<V> fmt::Debug for Log<V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Log({})", self.topic)
    }
}
