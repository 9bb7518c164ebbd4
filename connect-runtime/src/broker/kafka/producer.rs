//! [`KafkaProducer`]: writes batches, in transactions or not.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{Arc, Mutex, PoisonError, Weak},
    time::Duration,
};

use async_trait::async_trait;
use connect_api::{Error, ErrorKind, Result, Str};
use connect_librdkafka::{self as client, Code, Failures, Headers, Record};
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;

use super::{
    super::{
        Closer, Delivery, Producer, ProducerOptions, ProducerRecord, Refused, TransactionalProducer,
    },
    clients::Clients,
    errors::{classified, kind_of},
    rules::Rules,
    settings::ClientKind,
};

/// How long a call blocks its thread before it is looked whether it is still wanted.
const SLICE: Duration = Duration::from_millis(500);

/// How long taking a transactional id over may take, and ending a transaction at least.
const PATIENCE: Duration = Duration::from_secs(60);

/// How long aborting the transaction of a producer that was closed may take.
const FAREWELL: Duration = Duration::from_secs(5);

/// How long to wait before a call is repeated that did not.
const PAUSE: Duration = Duration::from_millis(20);

/// Writes batches.
#[derive(Debug)]
pub(super) struct KafkaProducer {
    clients: Arc<Clients>,
    options: ProducerOptions,
    /// Empty for one that writes outside transactions.
    transactional_id: Str,
    line: Line,
    topics: HashMap<Str, Topic>,
    transaction: Transaction,
    closing: Arc<Closing>,
}

/// What closes a producer.
#[derive(Debug)]
struct Closing {
    closed: CancellationToken,
    /// The client that is written to now.
    client: Mutex<Weak<client::Producer>>,
    /// Who holds it may hand records over, unless it is closed.
    ///
    /// librdkafka would send a record that comes while a transaction is aborted outside of it.
    door: Mutex<()>,
}

/// What was handed over of a batch.
#[derive(Debug)]
struct Given {
    batch: client::Batch,
    refused: Vec<Refused>,
    /// The next record.
    next: usize,
}

/// The client that is written to.
#[derive(Debug)]
struct Line {
    client: Arc<client::Producer>,
    /// How large its batches are at most.
    batch_size: usize,
}

/// A topic that was written to.
#[derive(Debug)]
struct Topic {
    handle: client::Topic,
    rules: Rules,
}

/// How far the transaction is.
#[derive(Debug)]
enum Transaction {
    /// Nothing was sent.
    Empty,
    Open,
    /// A record was refused, so that it can only be aborted.
    Refused(ErrorKind, String),
    /// A call that ends it did not return: nothing is known.
    Unknown,
}

impl KafkaProducer {
    /// Starts a producer; one with a transactional id takes it over.
    pub(super) async fn connect(
        clients: &Arc<Clients>,
        transactional_id: &str,
        options: &ProducerOptions,
    ) -> Result<Self> {
        let line = Line::connect(clients, transactional_id, options).await?;
        let client = Arc::downgrade(&line.client);
        Ok(Self {
            clients: Arc::clone(clients),
            options: options.clone(),
            transactional_id: transactional_id.into(),
            line,
            topics: HashMap::new(),
            transaction: Transaction::Empty,
            closing: Arc::new(Closing {
                closed: CancellationToken::new(),
                client: Mutex::new(client),
                door: Mutex::new(()),
            }),
        })
    }

    fn is_transactional(&self) -> bool {
        !self.transactional_id.is_empty()
    }

    fn check(&self) -> Result<()> {
        if self.closing.closed.is_cancelled() {
            return Err(closed());
        }
        if let Some(error) = self.line.client.fatal_error() {
            return Err(self.explained(error, "the producer is finished"));
        }
        match self.line.client.refusal() {
            Some(error) => Err(self.explained(error, "connecting")),
            None => Ok(()),
        }
    }

    fn explained(&self, error: client::Error, doing: &str) -> Error {
        if self.closing.closed.is_cancelled() {
            return closed().with_source(error);
        }
        explained(error, doing, &self.transactional_id)
    }

    /// Returns a topic of the batch that was not looked up.
    fn unknown(&self, batch: &[ProducerRecord]) -> Option<Str> {
        let mut last = None;
        let mut topics = batch.iter().map(|record| &record.topic);
        let unknown = topics.find(|topic| {
            let is_next = last.replace(*topic) != Some(*topic);
            is_next && !self.topics.contains_key(*topic)
        });
        unknown.cloned()
    }

    /// Opens a transaction, if this producer writes in them.
    fn begin(&mut self) -> Result<()> {
        if self.is_transactional() {
            drop(self.line.client.take_failure());
            let begun = self.line.client.begin_transaction();
            begun.map_err(|error| self.explained(error, "beginning a transaction"))?;
        }
        self.transaction = Transaction::Open;
        Ok(())
    }

    /// Looks a topic up at its first record, and sees to it that batches fit into it.
    async fn know(&mut self, name: &Str) -> Result<()> {
        let rules = self.rules_of(name).await?;
        if rules.limit < self.line.batch_size {
            self.clients.limit_batches(rules.limit);
            self.reconnect(name).await?;
        }
        let handle = self.line.client.topic(name);
        let handle = handle.map_err(|error| classified(error, format!("topic `{name}`")))?;
        self.topics.insert(name.clone(), Topic { handle, rules });
        Ok(())
    }

    /// Asks what a topic takes; who may not ask assumes Kafka's defaults.
    async fn rules_of(&self, name: &str) -> Result<Rules> {
        let settings = self.line.client.admin().topic_settings(name).await;
        match settings {
            Ok(settings) => Ok(Rules::of(&settings)),
            Err(error) if error.code() == Code::TOPIC_AUTHORIZATION_FAILED => {
                Ok(Rules::of(&BTreeMap::new()))
            }
            Err(error) => {
                Err(self.explained(error, &format!("asking for the settings of topic `{name}`")))
            }
        }
    }

    /// Connects anew with smaller batches: a broker refuses a batch as a whole.
    async fn reconnect(&mut self, topic: &str) -> Result<()> {
        if self.is_transactional() && !matches!(self.transaction, Transaction::Empty) {
            return Err(Error::unavailable(format!(
                "topic `{topic}` takes smaller batches than the transaction was begun with"
            )));
        }
        let client = Arc::clone(&self.line.client);
        while let Err(error) = self
            .blocking_slice(&client, client::Producer::flush)
            .await?
        {
            if error.code() != Code::TIMED_OUT {
                return Err(self.explained(error, "flushing"));
            }
            self.check()?;
        }
        self.topics.clear();
        self.line = Line::connect(&self.clients, &self.transactional_id, &self.options).await?;
        *self.closing.client() = Arc::downgrade(&self.line.client);
        // It may have been closed meanwhile.
        self.check()
    }

    async fn blocking_slice(
        &self,
        client: &Arc<client::Producer>,
        call: fn(&client::Producer, Duration) -> Result<(), client::Error>,
    ) -> Result<Result<(), client::Error>> {
        let client = Arc::clone(client);
        self.clients.blocking(move || call(&client, SLICE)).await
    }

    /// Hands records over, waiting for room where there is none.
    ///
    /// Their topics are known.
    async fn push_all(&self, records: &[ProducerRecord]) -> Result<(client::Batch, Vec<Refused>)> {
        let client = &self.line.client;
        let mut given = Given {
            batch: client.batch(),
            refused: Vec::new(),
            next: 0,
        };
        while !self.push_some(records, &mut given)? {
            tokio::select! {
                () = client.room() => self.check()?,
                () = self.closing.closed.cancelled() => {}
            }
        }
        Ok((given.batch, given.refused))
    }

    /// Hands records over as long as there is room; `true` if that was enough.
    fn push_some(&self, records: &[ProducerRecord], given: &mut Given) -> Result<bool> {
        let (client, now) = (&self.line.client, self.clients.now());
        let mut last: Option<(&Str, &Topic)> = None;
        let _open = self.closing.door();
        for (index, record) in records.iter().enumerate().skip(given.next) {
            given.next = index;
            let topic = match last {
                Some((name, topic)) if *name == record.topic => topic,
                _ => &self.topics[&record.topic],
            };
            last = Some((&record.topic, topic));
            let checked = topic.rules.check(record, now);
            let mut native = match checked.and_then(|()| as_record(record)) {
                Ok(native) => native,
                Err(error) => {
                    given.refused.push(Refused { index, error });
                    continue;
                }
            };
            // What is handed over after it was closed would be written beside a successor's.
            if self.closing.closed.is_cancelled() {
                self.check()?;
            }
            client.watch_room();
            if !client.push(&mut given.batch, (index, &topic.handle), &mut native) {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Fails if a record of the transaction was refused, looked at or not.
    fn check_records(&mut self) -> Result<()> {
        let failure = self.line.client.failure();
        let refused = failure.filter(|_| self.is_transactional());
        match refused.filter(is_refusal) {
            Some(error) => {
                self.transaction = Transaction::Refused(kind_of(&error), error.to_string());
                Err(self.explained(error, "committing"))
            }
            None => Ok(()),
        }
    }

    /// Ends the transaction with `call`; the next record begins another.
    async fn end(
        &mut self,
        doing: &str,
        call: fn(&client::Producer, Duration) -> Result<(), client::Error>,
    ) -> Result<()> {
        self.transaction = Transaction::Unknown;
        let client = Arc::clone(&self.line.client);
        loop {
            match self.ending(&client, call).await? {
                Ok(()) => break,
                Err(error) if error.is_retriable() => {
                    self.check()?;
                    sleep(PAUSE).await;
                }
                Err(error) if error.needs_abort() => {
                    let refused = client.take_failure().unwrap_or(error);
                    if is_refusal(&refused) {
                        self.transaction =
                            Transaction::Refused(kind_of(&refused), refused.to_string());
                    }
                    return Err(self.explained(refused, doing));
                }
                Err(error) => return Err(self.explained(error, doing)),
            }
        }
        self.transaction = Transaction::Empty;
        Ok(())
    }

    /// Waits for a call that ends the transaction, unless the producer is closed meanwhile.
    ///
    /// The call can't be made in slices: librdkafka does not bear that one is repeated. It has a thread of its own, so
    /// that no executor waits for it.
    async fn ending(
        &self,
        client: &Arc<client::Producer>,
        call: fn(&client::Producer, Duration) -> Result<(), client::Error>,
    ) -> Result<Result<(), client::Error>> {
        let patience = self.options.transaction_timeout.max(PATIENCE);
        let line = Arc::clone(client);
        let ended = self
            .clients
            .apart("connect-kafka-transaction", move || call(&line, patience))?;
        tokio::select! {
            ended = ended => ended,
            () = self.closing.closed.cancelled() => Err(closed()),
        }
    }
}

impl Drop for KafkaProducer {
    fn drop(&mut self) {
        if self.closing.closed.is_cancelled() {
            // Its client would deliver it otherwise; a transactional one aborts.
            self.line.client.purge();
        }
    }
}

impl Line {
    async fn connect(
        clients: &Clients,
        transactional_id: &str,
        options: &ProducerOptions,
    ) -> Result<Self> {
        let batch_size = clients.batch_size();
        let size = batch_size.to_string();
        let mut fixed = Vec::new();
        if batch_size < Clients::BATCH {
            fixed.push(("batch.size", &*size));
        }
        let is_transactional = !transactional_id.is_empty();
        let kind = if is_transactional {
            fixed.push(("transactional.id", transactional_id));
            ClientKind::Transactional(options.transaction_timeout)
        } else {
            ClientKind::Producer
        };
        let named = (&*options.client_id, &*fixed);
        let config = clients.config(kind, &options.overrides, named)?;
        let client = client::Producer::new(config, is_transactional);
        let client =
            Arc::new(client.map_err(|error| classified(error, "settings of the producer"))?);
        if is_transactional {
            Self::take_over(clients, &client, transactional_id).await?;
        }
        Ok(Self { client, batch_size })
    }

    async fn take_over(clients: &Clients, client: &Arc<client::Producer>, id: &str) -> Result<()> {
        let doing = || format!("taking the transactional id `{id}` over");
        let started = Instant::now();
        // The client asks for the coordinator once every half second: it has to know a broker by the first time. If it
        // does not, what follows says why.
        let line = Arc::clone(client);
        drop(clients.blocking(move || line.reach(SLICE)).await?);
        loop {
            let line = Arc::clone(client);
            let taken = clients.blocking(move || line.init_transactions(SLICE));
            match taken.await? {
                Ok(()) => return Ok(()),
                Err(error) if error.is_retriable() && started.elapsed() < PATIENCE => {
                    sleep(PAUSE).await;
                }
                Err(error) => {
                    let refused = client.refusal().unwrap_or(error);
                    return Err(classified(refused, doing()));
                }
            }
        }
    }
}

#[async_trait]
impl Producer for KafkaProducer {
    async fn send(&mut self, batch: Vec<ProducerRecord>) -> Result<Delivery> {
        self.check()?;
        if let Transaction::Unknown = self.transaction {
            return Err(unknown());
        }
        // Before anything is sent: connecting anew later would lose it. It forgets the topics that were known.
        while let Some(unknown) = self.unknown(&batch) {
            self.know(&unknown).await?;
        }
        self.check()?;
        if !batch.is_empty() && matches!(self.transaction, Transaction::Empty) {
            self.begin()?;
        }
        let (pushed, refused) = self.push_all(&batch).await?;
        if let (Some(first), true) = (refused.first(), self.is_transactional()) {
            self.transaction =
                Transaction::Refused(first.error.kind(), first.error.message().to_owned());
        }
        let told = pushed.finish();
        let line = Arc::downgrade(&self.line.client);
        let is_closed = self.closing.closed.clone();
        let id = self.transactional_id.clone();
        Ok(Box::pin(async move {
            let failures = tokio::select! {
                biased;
                () = is_closed.cancelled() => return Err(closed()),
                failures = told => failures,
            };
            let failures =
                failures.ok_or_else(|| Error::unavailable("the Kafka client has gone"))?;
            let line = line.upgrade();
            let is_doomed = line.as_ref().is_some_and(|line| line.failure().is_some());
            let outcome = outcome(failures, refused, (&id, is_doomed));
            // What is purged because the producer is finished says nothing of the reason.
            let finished = line.and_then(|line| line.fatal_error().or_else(|| line.refusal()));
            match (outcome, finished) {
                (Err(_), Some(error)) => Err(explained(error, "delivering", &id)),
                (outcome, _) => outcome,
            }
        }))
    }

    fn closer(&self) -> Closer {
        let (closing, clients) = (Arc::clone(&self.closing), Arc::downgrade(&self.clients));
        let is_transactional = self.is_transactional();
        Closer::new(move || {
            if closing.closed.is_cancelled() {
                return;
            }
            closing.closed.cancel();
            let Some(client) = closing.client().upgrade() else {
                return;
            };
            client.purge();
            if let (true, Some(clients)) = (is_transactional, clients.upgrade()) {
                let closing = Arc::clone(&closing);
                clients.end("connect-kafka-abort", move || {
                    // Nobody hands over any more once this has passed it.
                    drop(closing.door());
                    // The broker aborts it by its time-out otherwise. A commit that is under way goes on.
                    drop(client.abort_transaction(FAREWELL));
                });
            }
        })
    }
}

impl Closing {
    fn client(&self) -> std::sync::MutexGuard<'_, Weak<client::Producer>> {
        // Nothing under this lock can panic half way.
        self.client.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn door(&self) -> std::sync::MutexGuard<'_, ()> {
        // It guards nothing that could be left half done.
        self.door.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl TransactionalProducer for KafkaProducer {
    async fn commit(&mut self) -> Result<()> {
        self.check()?;
        match &self.transaction {
            Transaction::Empty => Ok(()),
            Transaction::Open => {
                self.check_records()?;
                self.end("committing", client::Producer::commit_transaction)
                    .await
            }
            Transaction::Refused(kind, reason) => Err(Error::new(
                *kind,
                format!("the transaction can't be committed, a record was refused: {reason}"),
            )),
            Transaction::Unknown => Err(unknown()),
        }
    }

    async fn abort(&mut self) -> Result<()> {
        self.check()?;
        match &self.transaction {
            Transaction::Empty => Ok(()),
            Transaction::Open | Transaction::Refused(..) => {
                self.end("aborting", client::Producer::abort_transaction)
                    .await
            }
            Transaction::Unknown => Err(unknown()),
        }
    }
}

/// Says what an error means; fencing is about the transactional id.
fn explained(error: client::Error, doing: &str, transactional_id: &str) -> Error {
    match transactional_id {
        "" => classified(error, doing),
        id => classified(error, format!("{doing} (transactional id `{id}`)")),
    }
}

fn closed() -> Error {
    Error::fenced("the producer was closed")
}

fn unknown() -> Error {
    Error::unavailable("a commit or abort did not return: its outcome is unknown")
}

/// Whether a record is to blame, its topic or the right to write to it: sending it again is of no use.
fn is_refusal(error: &client::Error) -> bool {
    matches!(kind_of(error), ErrorKind::Rejected | ErrorKind::Config)
}

/// Says which records of a batch were refused; an error about anything else is about the whole batch.
///
/// A record that is refused takes others with it. In a transaction, which is `is_doomed` then, they count for nothing:
/// it can't be committed, and only the culprits are named. Outside of one, they are refused for the same reason.
fn outcome(
    failures: Failures,
    mut refused: Vec<Refused>,
    (id, is_doomed): (&str, bool),
) -> Result<Vec<Refused>> {
    let culprit = failures
        .iter()
        .find(|(_, error)| is_refusal(error))
        .cloned();
    for (index, error) in failures {
        let doing = format!("record {index} of a batch");
        match (is_refusal(&error), error.code().is_consequence(), &culprit) {
            (true, ..) => {
                let error = explained(error, &doing, id);
                refused.push(Refused { index, error });
            }
            (false, true, _) if !id.is_empty() && is_doomed => {}
            (false, true, Some((other, reason))) if id.is_empty() => {
                let doing = format!("{doing}: refused together with record {other}");
                let error = explained(reason.clone(), &doing, id);
                refused.push(Refused { index, error });
            }
            _ => return Err(explained(error, &doing, id)),
        }
    }
    refused.sort_by_key(|refused| refused.index);
    Ok(refused)
}

fn as_record(record: &ProducerRecord) -> Result<Record<'_>> {
    let headers = match record.headers.len() {
        0 => None,
        count => Some(headers_of(record, count).map_err(|error| {
            Error::rejected(format!("headers of a record for topic `{}`", record.topic))
                .with_source(error)
        })?),
    };
    Ok(Record {
        partition: record.partition,
        key: record.key.as_deref(),
        value: record.value.as_deref(),
        timestamp: record.timestamp,
        headers,
    })
}

fn headers_of(record: &ProducerRecord, count: usize) -> Result<Headers, client::Error> {
    let mut headers = Headers::with_capacity(count)?;
    for (name, value) in &record.headers {
        headers.add(name, value.as_deref())?;
    }
    Ok(headers)
}
