//! [`EmbeddedProducer`]: encodes batches and hands them to the writer.

use std::{collections::BTreeMap, fmt, sync::Arc, time::UNIX_EPOCH};

use async_trait::async_trait;
use connect_api::{Error, ErrorKind, Result, Str};
use tokio::sync::oneshot;

use super::{
    super::{Closer, Delivery, NewTopic, Producer, ProducerRecord, Refused, TransactionalProducer},
    chunk::{Author, Chunk},
    client::Client,
    command::{Append, Command, Outcome},
    log::Log,
    options::AutoCreate,
    router::Router,
    session::Session,
    topic::Topic,
};

/// A producer, plain or transactional.
pub(super) struct EmbeddedProducer {
    client: Arc<Client>,
    session: Arc<Session>,
    topics: BTreeMap<Str, Arc<Topic>>,
    /// Where batches without keys go; it moves on with each batch.
    turn: usize,
    transaction: Transaction,
}

/// What the open transaction has seen.
#[derive(Debug)]
enum Transaction {
    /// Nothing was sent.
    Empty,
    Open,
    /// A record was refused: it can only be aborted.
    Doomed(ErrorKind, String),
}

impl EmbeddedProducer {
    pub(super) fn new(client: &Arc<Client>, session: Arc<Session>) -> Self {
        Self {
            client: Arc::clone(client),
            session,
            topics: BTreeMap::new(),
            turn: 0,
            transaction: Transaction::Empty,
        }
    }

    /// Makes sure that the topics of `batch` are known here, creating them if that is allowed.
    async fn find_topics(&mut self, batch: &[ProducerRecord]) -> Result<()> {
        self.topics.retain(|_, topic| !topic.is_deleted());
        let mut last: Option<&Str> = None;
        for record in batch {
            if last == Some(&record.topic) || self.topics.contains_key(&record.topic) {
                last = Some(&record.topic);
                continue;
            }
            last = Some(&record.topic);
            let shared = self.client.shared();
            let found = shared.catalog().get(&record.topic).map(Arc::clone);
            let found = match (found, shared.options.auto_create) {
                (Some(topic), _) => Some(topic),
                (None, AutoCreate::Nothing) => None,
                (None, AutoCreate::Topics) => self.create(&record.topic).await?,
            };
            if let Some(topic) = found {
                self.topics.insert(record.topic.clone(), topic);
            }
        }
        Ok(())
    }

    /// `None`: the name is not allowed, which the router tells of each record.
    async fn create(&self, name: &Str) -> Result<Option<Arc<Topic>>> {
        match self.client.create_topic(&NewTopic::new(name.clone())).await {
            Ok(_) => self.client.shared().topic(name).map(Some),
            Err(error) if error.kind() == ErrorKind::Config => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn author(&self) -> Author {
        match &self.session.claim {
            None => Author::Plain,
            Some(claim) => Author::Transaction(claim.producer),
        }
    }

    fn now(&self) -> i64 {
        let wall = self.client.shared().environment.wall();
        let since = wall.duration_since(UNIX_EPOCH);
        since.map_or(0, |since| {
            i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
        })
    }

    async fn append(&self, chunks: Vec<(Arc<Log>, Chunk)>) -> Result<Delivery> {
        let shared = self.client.shared();
        let bytes = chunks.iter().map(|(_, chunk)| chunk.bytes.len()).sum();
        let place = shared.queue.reserve(bytes).await?;
        let (reply, answer) = oneshot::channel();
        shared.queue.push(Command::Append(Append {
            session: Arc::clone(&self.session),
            chunks,
            reply,
            _place: place,
        }))?;
        let client = Arc::clone(&self.client);
        Ok(Box::pin(async move {
            client.shared().queue.answer(answer).await?;
            Ok(Vec::new())
        }))
    }

    async fn end(&mut self, outcome: Outcome) -> Result<()> {
        self.session.check()?;
        if matches!(self.transaction, Transaction::Empty) {
            return Ok(());
        }
        let session = Arc::clone(&self.session);
        let ended = self.client.shared().queue.call(|reply| Command::End {
            session,
            outcome,
            reply,
        });
        let ended = ended.await;
        match &ended {
            Ok(()) => self.transaction = Transaction::Empty,
            // Nothing is known: only a new producer can tell.
            Err(error) if error.kind() != ErrorKind::Fenced => self.session.finish(),
            Err(_) => {}
        }
        ended
    }
}

#[async_trait]
impl Producer for EmbeddedProducer {
    async fn send(&mut self, batch: Vec<ProducerRecord>) -> Result<Delivery> {
        self.session.check()?;
        self.find_topics(&batch).await?;
        let mut router = Router::new(&self.topics, (self.now(), self.turn, batch.len()));
        self.turn = self.turn.wrapping_add(1);
        for (index, record) in batch.iter().enumerate() {
            router.route(index, record);
        }
        let routed = router.finish(self.author());
        drop(batch);
        if self.session.claim.is_some() {
            self.transaction.saw(&routed.refused);
        }
        let refused = routed.refused;
        if routed.chunks.is_empty() {
            return Ok(Box::pin(async move { Ok(refused) }));
        }
        let delivery = self.append(routed.chunks).await?;
        if refused.is_empty() {
            return Ok(delivery);
        }
        Ok(Box::pin(async move {
            delivery.await?;
            Ok(refused)
        }))
    }

    fn closer(&self) -> Closer {
        let client = Arc::downgrade(&self.client);
        let session = Arc::clone(&self.session);
        Closer::new(move || {
            session.close();
            if let Some(client) = client.upgrade() {
                client.abandon(&session);
            }
        })
    }
}

#[async_trait]
impl TransactionalProducer for EmbeddedProducer {
    async fn commit(&mut self) -> Result<()> {
        if let Transaction::Doomed(kind, why) = &self.transaction {
            self.session.check()?;
            return Err(Error::new(
                *kind,
                format!("a record of the transaction was refused: {why}"),
            ));
        }
        self.end(Outcome::Committed).await
    }

    async fn abort(&mut self) -> Result<()> {
        self.end(Outcome::Aborted).await
    }
}

impl Transaction {
    fn saw(&mut self, refused: &[Refused]) {
        match (refused.first(), &self) {
            (Some(first), Self::Empty | Self::Open) => {
                *self = Self::Doomed(first.error.kind(), first.error.message().to_owned());
            }
            (None, Self::Empty) => *self = Self::Open,
            _ => {}
        }
    }
}

impl Drop for EmbeddedProducer {
    fn drop(&mut self) {
        // What was handed over is still written, and what is open is aborted.
        if self.session.claim.is_some() {
            self.client.abandon(&self.session);
        }
    }
}

impl fmt::Debug for EmbeddedProducer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("EmbeddedProducer")
            .field(&self.session)
            .finish()
    }
}
