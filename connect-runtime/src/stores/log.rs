//! [`Log`]: an internal topic, read to its end on demand, and followed.

use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use connect_api::{Error, Result, Str};
use tokio::sync::{Mutex, MutexGuard, Notify};

use super::news::{Hearing, News};
use crate::broker::{Broker, ConsumedRecord, LogReader, ReaderOptions};

/// What the records of a topic add up to.
pub(crate) trait View: Default + fmt::Debug + Send {
    /// Takes the next record of `partition`.
    fn apply(&mut self, partition: i32, record: ConsumedRecord);
}

/// Reads a record of a topic whose keys are text; one of another form is told, and says nothing.
pub(super) fn read<T>(
    topic: &str,
    partition: i32,
    record: &ConsumedRecord,
    parse: impl FnOnce(&str, Option<&[u8]>) -> Result<T, String>,
) -> Option<T> {
    let key = record.key.as_deref().unwrap_or_default();
    let key = String::from_utf8_lossy(key);
    match parse(&key, record.value.as_deref()) {
        Ok(read) => Some(read),
        Err(problem) => {
            let offset = record.offset;
            tracing::warn!(
                "{topic} topic partition {partition} offset {offset}: ignoring `{key}`: {problem}"
            );
            None
        }
    }
}

/// An internal topic, read to its end on demand by one reader that all of a worker share.
pub(super) struct Log<V> {
    broker: Arc<dyn Broker>,
    topic: Str,
    /// How many have asked for the end of the topic.
    asked: AtomicU64,
    progress: Mutex<Progress<V>>,
    /// Asks the one that waits for what comes to let others look.
    knock: Notify,
    /// Tells when more was read.
    news: Arc<News>,
}

struct Progress<V> {
    /// `None` before the first use, and after a read that was dropped in the middle.
    reader: Option<Box<dyn LogReader>>,
    view: V,
    /// The end was looked up after so many had asked; they need not look again.
    served: u64,
    reach: Reach,
}

/// Whether the view has what there was at some end of the topic.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reach {
    Part,
    Whole,
}

impl<V: View> Log<V> {
    pub(super) fn new(broker: Arc<dyn Broker>, topic: Str) -> Self {
        let progress = Progress {
            reader: None,
            view: V::default(),
            served: 0,
            reach: Reach::Part,
        };
        Self {
            broker,
            topic,
            asked: AtomicU64::new(0),
            progress: Mutex::new(progress),
            knock: Notify::new(),
            news: Arc::default(),
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
        let mut progress = self.enter().await;
        if progress.served < ticket {
            progress.read(self).await.map_err(|error| self.of(error))?;
        }
        Ok(look(&progress.view))
    }

    /// Shows what the records that were read add up to, at least to what was the end at some time.
    pub(super) async fn known<T>(&self, look: impl FnOnce(&V) -> T + Send) -> Result<T> {
        let progress = self.enter().await;
        if progress.reach == Reach::Whole {
            return Ok(look(&progress.view));
        }
        drop(progress);
        self.at_end(look).await
    }

    /// Tells when more was read.
    pub(super) fn news(&self) -> Hearing {
        self.news.hearing()
    }

    /// Reads what comes as it comes; others look meanwhile.
    ///
    /// Dropping the future loses nothing.
    ///
    /// # Errors
    ///
    /// What the reader answers; it may be called again.
    pub(super) async fn tail(&self) -> Result<()> {
        self.known(|_| ()).await?;
        loop {
            let mut progress = self.progress.lock().await;
            let Progress { reader, view, .. } = &mut *progress;
            let Some(reader) = reader else {
                // A read was dropped in the middle.
                drop(progress);
                self.at_end(|_| ()).await?;
                continue;
            };
            tokio::select! {
                biased;
                () = self.knock.notified() => {}
                fetched = reader.next() => match fetched {
                    Ok(fetched) => {
                        for record in fetched.records {
                            view.apply(fetched.partition.partition, record);
                        }
                        self.news.tell();
                    }
                    Err(error) => {
                        progress.reader = None;
                        return Err(self.of(error));
                    }
                }
            }
            drop(progress);
            crate::turn::pass().await;
        }
    }

    /// Waits for its turn; whoever waits for what comes makes room.
    async fn enter(&self) -> MutexGuard<'_, Progress<V>> {
        self.knock.notify_one();
        self.progress.lock().await
    }

    fn of(&self, error: Error) -> Error {
        error.context(format!("topic `{}`", self.topic))
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
                self.reach = Reach::Part;
                log.broker.reader(&ReaderOptions::new(&log.topic)).await?
            }
        };
        let asked = log.asked.load(Ordering::SeqCst);
        let view = &mut self.view;
        let mut is_news = false;
        let read = reader
            .to_end(&mut |fetched| {
                is_news |= !fetched.records.is_empty();
                for record in fetched.records {
                    view.apply(fetched.partition.partition, record);
                }
            })
            .await;
        self.reader = Some(reader);
        if read.is_ok() {
            // From now on it can be looked at. That it cannot be yet is no news: who hears of it would look again.
            is_news |= self.reach == Reach::Part;
            self.served = asked;
            self.reach = Reach::Whole;
        }
        if is_news {
            log.news.tell();
        }
        read
    }
}

impl<V> fmt::Debug for Log<V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Log({})", self.topic)
    }
}

#[cfg(test)]
mod tests {
    use async_trait::async_trait;
    use connect_api::TopicPartition;
    use futures::{FutureExt, future::join_all};
    use tokio::task::yield_now;

    use super::*;
    use crate::{
        System,
        broker::{Fetched, embedded::EmbeddedBroker},
    };

    /// The offsets that were seen.
    #[derive(Debug, Default)]
    struct Seen(Vec<i64>);

    impl View for Seen {
        fn apply(&mut self, _partition: i32, record: ConsumedRecord) {
            self.0.push(record.offset);
        }
    }

    /// Has one more record each time it is asked, and takes a while.
    #[derive(Debug)]
    struct Growing {
        next: i64,
        looked: Arc<AtomicU64>,
    }

    #[async_trait]
    impl LogReader for Growing {
        async fn to_end(&mut self, each: &mut (dyn FnMut(Fetched) + Send)) -> Result<()> {
            self.looked.fetch_add(1, Ordering::Relaxed);
            let record = ConsumedRecord {
                offset: self.next,
                ..ConsumedRecord::default()
            };
            self.next += 1;
            each(Fetched {
                partition: TopicPartition::new("t", 0),
                records: vec![record],
                next: self.next,
            });
            yield_now().await;
            if self.next == 3 {
                return Err(Error::unavailable("partition 0: not at its end"));
            }
            Ok(())
        }

        async fn next(&mut self) -> Result<Fetched> {
            Err(Error::fatal("nobody tails"))
        }
    }

    async fn log() -> (Log<Seen>, Arc<AtomicU64>) {
        let broker = Arc::new(EmbeddedBroker::memory(Arc::new(System::current())));
        let topic = crate::broker::NewTopic::new("t");
        broker.create_topic(&topic).await.unwrap();
        let log = Log::new(broker, "t".into());
        let looked = Arc::new(AtomicU64::new(0));
        let reader = Growing {
            next: 0,
            looked: Arc::clone(&looked),
        };
        log.progress.lock().await.reader = Some(Box::new(reader));
        (log, looked)
    }

    #[tokio::test]
    async fn who_asks_while_another_waits_shares_the_next_look() {
        let (log, looked) = log().await;
        let reads = (0..100).map(|_| log.at_end(|seen: &Seen| seen.0.len()));
        let seen: Vec<usize> = join_all(reads)
            .await
            .into_iter()
            .map(Result::unwrap)
            .collect();
        // The first one had looked before the others asked.
        assert_eq!(seen[0], 1);
        assert_eq!(seen[1..], [2; 99]);
        assert_eq!(looked.load(Ordering::Relaxed), 2);
    }

    #[tokio::test]
    async fn who_asks_later_looks_again() {
        let (log, looked) = log().await;
        for reads in 1..=2 {
            log.at_end(|_| ()).await.unwrap();
            assert_eq!(looked.load(Ordering::Relaxed), reads);
        }
    }

    #[tokio::test]
    async fn after_an_error_reading_goes_on_where_it_stopped() {
        let (log, _) = log().await;
        log.at_end(|_| ()).await.unwrap();
        log.at_end(|_| ()).await.unwrap();
        let error = log.at_end(|_| ()).await.unwrap_err();
        assert_eq!(error.to_string(), "topic `t`: partition 0: not at its end");
        let seen = log.at_end(|seen| seen.0.clone()).await.unwrap();
        assert_eq!(seen, [0, 1, 2, 3]);
    }

    /// Does not get to the end.
    #[derive(Debug)]
    struct Stuck;

    #[async_trait]
    impl LogReader for Stuck {
        async fn to_end(&mut self, _: &mut (dyn FnMut(Fetched) + Send)) -> Result<()> {
            Err(Error::unavailable("partition 0: not at its end"))
        }

        async fn next(&mut self) -> Result<Fetched> {
            Err(Error::fatal("nobody tails"))
        }
    }

    #[tokio::test]
    async fn that_the_end_was_not_reached_is_no_news() {
        let (log, _) = log().await;
        log.progress.lock().await.reader = Some(Box::new(Stuck));
        let mut news = log.news();
        log.known(|_| ()).await.unwrap_err();
        assert!(news.changed().now_or_never().is_none());
        log.progress.lock().await.reader = None;
        log.known(|_| ()).await.unwrap();
        assert!(news.changed().now_or_never().is_some());
    }

    #[tokio::test]
    async fn a_look_that_is_dropped_in_the_middle_starts_over() {
        let (log, _) = log().await;
        assert!(log.at_end(|_| ()).now_or_never().is_none());
        let seen = log.at_end(|seen| seen.0.clone()).await.unwrap();
        assert!(seen.is_empty(), "the topic itself has no records");
    }
}
