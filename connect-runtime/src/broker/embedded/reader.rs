//! [`EmbeddedReader`]: a whole topic, from the beginning.

use std::sync::Arc;

use async_trait::async_trait;
use connect_api::{Error, Result};
use tokio::{
    sync::Notify,
    time::{Instant, timeout_at},
};

use super::{
    super::{Fetched, Isolation, LogReader, ReaderOptions},
    client::Client,
    command::Command,
    log::Log,
    prefetch::Prefetch,
    topic::Topic,
};

/// How many bytes one read aims at.
const BYTES: usize = 512 * 1024;

/// Reads all partitions of one topic.
#[derive(Debug)]
pub(super) struct EmbeddedReader {
    client: Arc<Client>,
    topic: Arc<Topic>,
    patience: std::time::Duration,
    prefetch: Prefetch,
}

impl EmbeddedReader {
    pub(super) fn open(client: &Arc<Client>, options: &ReaderOptions) -> Result<Self> {
        let shared = client.shared();
        shared.check()?;
        let topic = shared.topic(&options.topic)?;
        let wake = Arc::new(Notify::new());
        let mut prefetch = Prefetch::new(shared, (options.isolation, BYTES), wake);
        for log in &topic.logs {
            prefetch.set(log, log.extent().start);
        }
        Ok(Self {
            client: Arc::clone(client),
            topic,
            patience: options.patience,
            prefetch,
        })
    }

    /// Returns a log that was not read up to its end.
    fn behind<'a>(&self, ends: &'a [(Arc<Log>, i64)]) -> Option<&'a (Arc<Log>, i64)> {
        ends.iter().find(|(log, end)| {
            let passed = self.prefetch.passed(&log.partition);
            passed.is_none_or(|passed| passed < *end)
        })
    }

    fn check_topic(&self) -> Result<()> {
        if self.topic.is_deleted() {
            let name = &self.topic.name;
            return Err(Error::config(format!("topic `{name}` was deleted")));
        }
        Ok(())
    }
}

#[async_trait]
impl LogReader for EmbeddedReader {
    async fn to_end(&mut self, each: &mut (dyn FnMut(Fetched) + Send)) -> Result<()> {
        let queue = &self.client.shared().queue;
        queue.call(|reply| Command::Settle { reply }).await?;
        let logs = self.topic.logs.iter();
        let ends: Vec<_> = logs
            .map(|log| {
                (
                    Arc::clone(log),
                    log.extent().limit(Isolation::ReadUncommitted),
                )
            })
            .collect();
        let mut moved = Instant::now();
        loop {
            self.check_topic()?;
            if let Some(fetched) = self.prefetch.take()? {
                moved = Instant::now();
                if !fetched.records.is_empty() {
                    each(fetched);
                }
                continue;
            }
            let Some((log, end)) = self.behind(&ends) else {
                return Ok(());
            };
            // Dropping the wait loses nothing.
            match timeout_at(moved + self.patience, self.prefetch.wait()).await {
                Ok(waited) => waited?,
                Err(_) => {
                    let why = if self.prefetch.is_reading() {
                        "the storage does not answer"
                    } else {
                        "a transaction is open"
                    };
                    return Err(Error::unavailable(format!(
                        "partition {}: offset {end} was not reached: {why}, and nothing has moved for {:?}",
                        log.partition, self.patience
                    )));
                }
            }
        }
    }

    async fn next(&mut self) -> Result<Fetched> {
        loop {
            self.check_topic()?;
            match self.prefetch.take()? {
                Some(fetched) if fetched.records.is_empty() => {}
                Some(fetched) => return Ok(fetched),
                None => self.prefetch.wait().await?,
            }
        }
    }
}
