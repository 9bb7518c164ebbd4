//! [`EmbeddedBroker`]: a durable broker inside the process.
//!
//! Everything lives in one `redb` database: a file in a directory, or memory. One writer takes the
//! commands of all clients and commits many of them at once; readers see only what is durable.
//!
//! - A batch is encoded by its producer into chunks, and a chunk is one value of the database. Reading gives
//!   back records that are slices of it.
//! - Records of an open transaction are written at once and hidden from committed readers; the end of the transaction
//!   takes one offset in each of its partitions, as Kafka's markers do.
//! - After an I/O error the database is opened anew before the next command, at most once a second, so that a full
//!   disk stops nobody for much longer than it is full.

mod chunk;
mod client;
mod command;
mod consumer;
mod deadline;
mod dispatch;
mod fetch;
mod group;
mod ledger;
mod log;
mod murmur2;
mod options;
mod prefetch;
mod producer;
mod queue;
mod reader;
mod router;
mod rows;
mod session;
mod settings;
mod shared;
mod storage;
mod store;
mod topic;
mod varint;
mod writer;

use std::{
    collections::BTreeMap,
    io,
    path::{Path, PathBuf},
    sync::Arc,
};

use async_trait::async_trait;
use connect_api::{ConfigMap, Error, Offsets, Result, Str, TopicPartition};
use tokio::sync::oneshot;

#[cfg(any(test, fuzzing))]
pub(crate) use self::chunk::fuzz as fuzz_chunk;
#[cfg(test)]
pub(crate) use self::chunk::fuzz_corpus;
pub(crate) use self::settings::check_setting;
use self::{
    client::Client, command::Command, consumer::EmbeddedConsumer, log::lock,
    producer::EmbeddedProducer, reader::EmbeddedReader, session::Session, shared::Shared,
    store::Store, writer::Writer,
};
pub use self::{
    options::{AutoCreate, EmbeddedOptions, Recovery},
    storage::{MemoryStorage, Storage},
};
use super::{
    Broker, Consumer, ConsumerOptions, Created, GroupDescription, Isolation, LogReader, NewTopic,
    Producer, ProducerOptions, ReaderOptions, TopicDescription, TransactionalProducer, Watermarks,
};
use crate::Environment;

/// A durable broker inside the process, in one directory or in memory.
///
/// Clones are the same broker: workers share it by being given clones. It closes with [`close`](Self::close), or when
/// the last clone and the last of its clients are dropped. Nobody waits for the latter: a process that ends right
/// after it ends as in a crash, and the next start may have to read the whole database.
#[derive(Clone, Debug)]
pub struct EmbeddedBroker {
    client: Arc<Client>,
}

impl EmbeddedBroker {
    /// Opens the broker in `directory`, creating it if need be.
    ///
    /// Transactions that were open when the last one ended are aborted.
    ///
    /// # Errors
    ///
    /// `Fatal`: the directory is in use, which names the process that has it, or what is in it is no broker.
    /// `Unavailable`: the file system refuses.
    pub async fn open(
        directory: impl Into<PathBuf>,
        environment: Arc<dyn Environment>,
    ) -> Result<Self> {
        Self::open_with(directory, EmbeddedOptions::default(), environment).await
    }

    /// Opens the broker in `directory`, with options.
    ///
    /// # Errors
    ///
    /// As [`open`](Self::open).
    pub async fn open_with(
        directory: impl Into<PathBuf>,
        options: EmbeddedOptions,
        environment: Arc<dyn Environment>,
    ) -> Result<Self> {
        let directory = directory.into();
        let cache = options.cache_bytes;
        let store = move || Store::directory(&directory, cache);
        Self::start(store, options, environment).await
    }

    /// Returns whether there is a broker in `directory`; nothing is created or opened.
    #[must_use]
    pub fn exists_in(directory: &Path) -> bool {
        Store::exists_in(directory)
    }

    /// Makes a broker in memory, empty; it ends with its last clone and client.
    ///
    /// # Panics
    ///
    /// As [`memory_with`](Self::memory_with).
    #[must_use]
    pub fn memory(environment: Arc<dyn Environment>) -> Self {
        Self::memory_with(EmbeddedOptions::default(), environment)
    }

    /// Makes a broker in memory, with options.
    ///
    /// # Panics
    ///
    /// The system has no thread for it.
    #[must_use]
    pub fn memory_with(options: EmbeddedOptions, environment: Arc<dyn Environment>) -> Self {
        let store = Store::memory().expect("a database in memory opens");
        let (shared, writer) =
            prepare(store, options, environment).expect("an empty database is read");
        Self::run(shared, writer).expect("a thread can be started")
    }

    /// Opens a broker in what `open` opens; after each I/O error that is called again.
    ///
    /// For tests that inject faults. `place` names the storage in errors.
    ///
    /// # Errors
    ///
    /// As [`open`](Self::open), but for directories in use.
    pub async fn on_storage(
        place: &str,
        open: impl Fn() -> io::Result<Box<dyn Storage>> + Send + Sync + 'static,
        environment: Arc<dyn Environment>,
    ) -> Result<Self> {
        let options = EmbeddedOptions::default();
        let place = place.to_owned();
        let cache = options.cache_bytes;
        let store = move || Store::on(&place, Box::new(open), cache);
        Self::start(store, options, environment).await
    }

    /// Writes what was handed over, closes the broker and frees its directory.
    ///
    /// Whatever other clones and clients try after it is answered with `Fatal`, and so are those who wait for
    /// something.
    ///
    /// # Errors
    ///
    /// None that say anything about records: each producer was told what became of its own.
    pub async fn close(&self) -> Result<()> {
        let closed = self.queue().call(|reply| Command::Close { reply }).await;
        // Somebody else closed it.
        closed.or(Ok(()))
    }

    /// Removes at once what retention and compaction let go.
    ///
    /// It happens by itself every few minutes, as far as it is worth it.
    ///
    /// # Errors
    ///
    /// `Unavailable`: the storage failed; it is tried again later.
    pub async fn maintain(&self) -> Result<()> {
        self.queue().call(|reply| Command::Maintain { reply }).await
    }

    async fn start(
        store: impl FnOnce() -> Result<Store> + Send + 'static,
        options: EmbeddedOptions,
        environment: Arc<dyn Environment>,
    ) -> Result<Self> {
        let (reply, answer) = oneshot::channel();
        let inner = Arc::clone(&environment);
        let work = environment.blocking(Box::new(move || {
            drop(reply.send(store().and_then(|store| prepare(store, options, inner))));
        }));
        work.await
            .map_err(|panic| Error::fatal(format!("embedded broker: opening it: {panic}")))?;
        let (shared, writer) = answer
            .await
            .map_err(|_closed| Error::fatal("embedded broker: opening it gave no answer"))??;
        Self::run(shared, writer)
    }

    fn run(shared: Arc<Shared>, writer: Writer) -> Result<Self> {
        let environment = Arc::clone(&shared.environment);
        environment.drive("embedded-broker", Box::pin(writer.run()))?;
        Ok(Self {
            client: Arc::new(Client::new(shared)),
        })
    }

    /// Returns what clients share, unless the broker is closed.
    fn shared(&self) -> Result<&Arc<Shared>> {
        let shared = self.client.shared();
        shared.check().map(|()| shared)
    }

    fn queue(&self) -> &queue::Queue {
        &self.client.shared().queue
    }
}

fn prepare(
    store: Store,
    options: EmbeddedOptions,
    environment: Arc<dyn Environment>,
) -> Result<(Arc<Shared>, Writer)> {
    let shared = Arc::new(Shared::new(environment, options, store));
    let writer = Writer::open(&shared)?;
    Ok((shared, writer))
}

#[async_trait]
impl Broker for EmbeddedBroker {
    fn internal_partitions(&self, _usual: i32) -> i32 {
        1
    }

    async fn create_topic(&self, topic: &NewTopic) -> Result<Created> {
        self.client.create_topic(topic).await
    }

    async fn topic(&self, name: &str) -> Result<Option<TopicDescription>> {
        let catalog = self.shared()?.catalog();
        Ok(catalog.get(name).map(|topic| topic.describe()))
    }

    async fn topics(&self) -> Result<Vec<Str>> {
        Ok(self.shared()?.catalog().keys().cloned().collect())
    }

    async fn delete_topic(&self, name: &str) -> Result<()> {
        let name = Str::from(name);
        self.queue()
            .call(|reply| Command::DeleteTopic { name, reply })
            .await
    }

    async fn watermarks(
        &self,
        topic: &str,
        isolation: Isolation,
    ) -> Result<BTreeMap<i32, Watermarks>> {
        if isolation == Isolation::ReadUncommitted {
            // What open transactions were told to be accepted counts.
            self.queue().call(|reply| Command::Settle { reply }).await?;
        }
        let topic = self.shared()?.topic(topic)?;
        let logs = topic.logs.iter();
        Ok(logs
            .map(|log| (log.partition.partition, log.extent().watermarks(isolation)))
            .collect())
    }

    async fn group(&self, group: &str) -> Result<GroupDescription> {
        Ok(lock(&self.shared()?.groups).describe(group))
    }

    async fn group_offsets(&self, group: &str) -> Result<Offsets> {
        let group = Str::from(group);
        self.queue()
            .call(|reply| Command::Committed { group, reply })
            .await
    }

    async fn alter_group_offsets(
        &self,
        group: &str,
        offsets: &BTreeMap<TopicPartition, Option<i64>>,
    ) -> Result<()> {
        let (group, offsets) = (Str::from(group), offsets.clone());
        let alter = |reply| Command::Alter {
            group,
            offsets,
            reply,
        };
        self.queue().call(alter).await
    }

    async fn delete_group(&self, group: &str) -> Result<()> {
        let group = Str::from(group);
        self.queue()
            .call(|reply| Command::DeleteGroup { group, reply })
            .await
    }

    async fn producer(&self, options: &ProducerOptions) -> Result<Box<dyn Producer>> {
        self.shared()?;
        warn_of_unused("producer", &options.overrides);
        let session = Arc::new(Session::plain());
        Ok(Box::new(EmbeddedProducer::new(&self.client, session)))
    }

    async fn transactional_producer(
        &self,
        transactional_id: &str,
        options: &ProducerOptions,
    ) -> Result<Box<dyn TransactionalProducer>> {
        if transactional_id.is_empty() {
            return Err(Error::config(
                "`transactional.id`: expected a text, found none",
            ));
        }
        warn_of_unused("producer", &options.overrides);
        let (id, timeout) = (Str::from(transactional_id), options.transaction_timeout);
        let claim = |reply| Command::Claim { id, timeout, reply };
        let session = self.queue().call(claim).await?;
        Ok(Box::new(EmbeddedProducer::new(&self.client, session)))
    }

    async fn consumer(&self, options: &ConsumerOptions) -> Result<Box<dyn Consumer>> {
        warn_of_unused("consumer", &options.overrides);
        Ok(Box::new(EmbeddedConsumer::join(&self.client, options)?))
    }

    async fn reader(&self, options: &ReaderOptions) -> Result<Box<dyn LogReader>> {
        Ok(Box::new(EmbeddedReader::open(&self.client, options)?))
    }
}

/// Logs Kafka's settings of a client that change nothing here; the runtime itself reads the size of requests.
fn warn_of_unused(client: &str, settings: &ConfigMap) {
    let unused = settings.iter().map(|(key, _)| key);
    for key in unused.filter(|key| *key != "max.request.size") {
        tracing::warn!("`{key}` of the {client} has no effect on the embedded broker");
    }
}
