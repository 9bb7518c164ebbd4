//! [`KafkaReader`]: a whole topic, from the beginning.

use std::{
    collections::{BTreeMap, VecDeque},
    future::poll_fn,
    task::{Context, Poll},
    time::Duration,
};

use async_trait::async_trait;
use connect_api::{Error, Result, TopicPartition};
use connect_librdkafka::{
    self as client, Admin,
    admin::{End, IsolationLevel},
};
use tokio::time::timeout;

use super::{
    super::{Fetched, LogReader, ReaderOptions},
    clients::{Clients, isolation_setting},
    ends::{ends, is_missing},
    errors::classified,
    records::{Read, read},
    settings::ClientKind,
};

/// Reads all partitions of one topic, without a group.
#[derive(Debug)]
pub(super) struct KafkaReader {
    client: client::LogReader,
    /// What is asked goes another way than records come: a broker answers the requests of one connection one after the
    /// other, also behind one that waits for records.
    admin: Admin,
    options: ReaderOptions,
    /// Where reading goes on, of each partition that is read.
    positions: BTreeMap<i32, i64>,
    ready: VecDeque<Fetched>,
    /// What is told once everything that was read before is handed out.
    failure: Option<Error>,
}

impl KafkaReader {
    /// How many bytes one block of records aims at.
    const BLOCK: usize = 512 * 1024;

    /// How often a reader that waits looks whether its topic is still there.
    const PERIOD: Duration = Duration::from_secs(10);

    /// Opens a reader.
    pub(super) async fn open(
        clients: &Clients,
        admin: &Admin,
        options: &ReaderOptions,
    ) -> Result<Self> {
        let fixed = [isolation_setting(options.isolation)];
        let client_id = format!("connect-reader-{}", options.topic);
        let config = clients.own(ClientKind::Consumer, (&client_id, &fixed))?;
        let client = client::LogReader::new(config, &options.topic);
        let client = client
            .map_err(|error| classified(error, format!("reading topic `{}`", options.topic)))?;
        let mut reader = Self {
            client,
            admin: admin.clone(),
            options: options.clone(),
            positions: BTreeMap::new(),
            ready: VecDeque::new(),
            failure: None,
        };
        reader.know().await?;
        Ok(reader)
    }

    fn explained(&self, error: client::Error, doing: &str) -> Error {
        classified(error, format!("topic `{}`: {doing}", self.options.topic))
    }

    fn deleted(&self) -> Error {
        Error::config(format!("topic `{}` does not exist", self.options.topic))
    }

    /// Starts partitions that are not read yet.
    async fn know(&mut self) -> Result<()> {
        let topic = self.admin.topic(&self.options.topic).await;
        let topic = topic.map_err(|error| self.explained(error, "asking for its partitions"))?;
        let topic = topic.ok_or_else(|| self.deleted())?;
        let new = (0..topic.partitions).filter(|partition| !self.positions.contains_key(partition));
        for (partition, start) in self.ends(new.collect(), End::Start).await? {
            let started = self.client.start(partition, start);
            started.map_err(|error| self.explained(error, "starting to read"))?;
            self.positions.insert(partition, start);
        }
        Ok(())
    }

    async fn ends(&self, partitions: Vec<i32>, end: End) -> Result<BTreeMap<i32, i64>> {
        let topic = &*self.options.topic;
        let wanted = partitions.iter().map(|partition| (topic, *partition));
        let ends = ends(
            &self.admin,
            wanted.collect(),
            (end, IsolationLevel::ReadUncommitted),
        )
        .await?;
        Ok(ends
            .into_iter()
            .map(|(at, end)| (at.partition, end))
            .collect())
    }

    /// Takes what was read, or wakes `cx` when something is. Positions may have moved without records.
    fn poll(&mut self, cx: &Context<'_>) -> Poll<Result<()>> {
        let messages = match self.client.poll(cx) {
            Poll::Ready(Ok(messages)) => messages,
            Poll::Ready(Err(error)) if error.is_fatal() || error.code().is_about_access() => {
                return Poll::Ready(Err(self.explained(error, "reading")));
            }
            Poll::Ready(Err(error)) => {
                // The client goes on by itself.
                tracing::debug!(topic = %self.options.topic, %error, "a reader met an error");
                cx.waker().wake_by_ref();
                return Poll::Pending;
            }
            Poll::Pending => return Poll::Pending,
        };
        for read in read(&messages, Self::BLOCK) {
            match read {
                Read::Records(fetched) => {
                    self.pass(fetched.partition.partition, fetched.next);
                    self.ready.push_back(fetched);
                }
                Read::Failed(_, error) if is_missing(error.code()) => {
                    let failed = self.deleted();
                    self.failure.get_or_insert(failed);
                }
                Read::Failed(at, error) => {
                    let doing = format!("reading partition {}", at.partition);
                    let failed = self.explained(error, &doing);
                    self.failure.get_or_insert(failed);
                }
            }
        }
        Poll::Ready(Ok(()))
    }

    /// Takes what was read first; an error comes after what was read before it.
    fn take(&mut self) -> Result<Option<Fetched>> {
        match self.ready.pop_front() {
            Some(fetched) => Ok(Some(fetched)),
            None => self.failure.take().map_or(Ok(None), Err),
        }
    }

    fn pass(&mut self, partition: i32, next: i64) {
        let position = self.positions.entry(partition).or_default();
        *position = next.max(*position);
    }

    /// Notes how far the client is beyond records: past markers and what is not seen.
    fn look(&mut self, partitions: &[i32]) -> Result<()> {
        let positions = self.client.positions(partitions.iter().copied());
        let positions = positions.map_err(|error| self.explained(error, "asking for positions"))?;
        for place in positions {
            if let Some(position) = place.offset {
                self.pass(place.partition, position);
            }
        }
        Ok(())
    }

    /// Reads until something has moved; looks now and then whether the topic is still there.
    async fn wait(&mut self, ends: &BTreeMap<i32, i64>) -> Result<()> {
        loop {
            match timeout(Self::PERIOD, self.advance(ends)).await {
                Ok(advanced) => return advanced,
                Err(_) => self.know().await?,
            }
        }
    }

    /// Reads until something has moved.
    async fn advance(&mut self, ends: &BTreeMap<i32, i64>) -> Result<()> {
        poll_fn(|cx| {
            match self.poll(cx) {
                Poll::Ready(Ok(())) => return Poll::Ready(Ok(())),
                Poll::Ready(Err(error)) => return Poll::Ready(Err(error)),
                Poll::Pending => {}
            }
            let left = self.left(ends);
            self.look(&left)?;
            match self.left(ends).len() < left.len() {
                true => Poll::Ready(Ok(())),
                false => Poll::Pending,
            }
        })
        .await
    }

    /// Returns the partitions that are not read up to their ends.
    fn left(&self, ends: &BTreeMap<i32, i64>) -> Vec<i32> {
        let left = |(partition, end): (&i32, &i64)| {
            let position = self.positions.get(partition).copied().unwrap_or(0);
            (position < *end).then_some(*partition)
        };
        ends.iter().filter_map(left).collect()
    }

    fn gave_up(&self, ends: &BTreeMap<i32, i64>) -> Error {
        let left = self.left(ends).into_iter().map(|partition| {
            let at = TopicPartition::new(&self.options.topic, partition);
            format!(
                "{at} at offset {} of {}",
                self.positions.get(&partition).copied().unwrap_or(0),
                ends.get(&partition).copied().unwrap_or(0)
            )
        });
        Error::unavailable(format!(
            "topic `{}`: its end was not reached, nothing came for {:?}: {}",
            self.options.topic,
            self.options.patience,
            left.collect::<Vec<_>>().join(", ")
        ))
    }
}

#[async_trait]
impl LogReader for KafkaReader {
    async fn to_end(&mut self, each: &mut (dyn FnMut(Fetched) + Send)) -> Result<()> {
        self.know().await?;
        let all = || self.positions.keys().copied().collect();
        let (starts, ends) =
            futures::try_join!(self.ends(all(), End::Start), self.ends(all(), End::End))?;
        for (partition, start) in starts {
            // Nothing is kept of it, so that nothing of it will be read.
            if ends.get(&partition) == Some(&start) {
                self.pass(partition, start);
            }
        }
        loop {
            while let Some(fetched) = self.take()? {
                each(fetched);
            }
            if self.left(&ends).is_empty() {
                return Ok(());
            }
            match timeout(self.options.patience, self.wait(&ends)).await {
                Ok(advanced) => advanced?,
                Err(_) => return Err(self.gave_up(&ends)),
            }
        }
    }

    async fn next(&mut self) -> Result<Fetched> {
        loop {
            if let Some(fetched) = self.take()? {
                return Ok(fetched);
            }
            self.wait(&BTreeMap::new()).await?;
        }
    }
}
