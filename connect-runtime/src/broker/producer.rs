//! [`Producer`] and [`TransactionalProducer`]: writing to topics.

use std::{fmt, time::Duration};

use async_trait::async_trait;
use bytes::Bytes;
use connect_api::{ConfigMap, Error, Result, Str};
use futures::future::BoxFuture;

use super::Closer;

/// A record on its way to a topic: bytes only.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ProducerRecord {
    /// The topic.
    pub topic: Str,
    /// The partition; `None`: by the murmur2 hash of the key as Java's client does, any without a key.
    pub partition: Option<i32>,
    /// The key.
    pub key: Option<Bytes>,
    /// The value; `None` is a tombstone.
    pub value: Option<Bytes>,
    /// Milliseconds since the epoch; `None`: when the broker gets it.
    pub timestamp: Option<i64>,
    /// The headers, in order.
    pub headers: Vec<(Str, Option<Bytes>)>,
}

impl ProducerRecord {
    /// Builds a record without a key.
    pub fn new(topic: impl Into<Str>, value: impl Into<Bytes>) -> Self {
        Self {
            topic: topic.into(),
            value: Some(value.into()),
            ..Self::default()
        }
    }

    /// Sets the key.
    #[must_use]
    pub fn with_key(mut self, key: impl Into<Bytes>) -> Self {
        self.key = Some(key.into());
        self
    }

    /// Sets the partition.
    #[must_use]
    pub fn with_partition(mut self, partition: i32) -> Self {
        self.partition = Some(partition);
        self
    }

    /// Returns roughly how many bytes of memory and log it takes.
    #[must_use]
    pub fn size(&self) -> usize {
        const OVERHEAD: usize = 32;
        let of = |bytes: &Option<Bytes>| bytes.as_ref().map_or(0, Bytes::len);
        let headers: usize = self
            .headers
            .iter()
            .map(|(name, value)| name.len() + of(value) + 4)
            .sum();
        OVERHEAD + of(&self.key) + of(&self.value) + headers
    }
}

/// How a producer writes.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ProducerOptions {
    /// The name that the broker logs.
    pub client_id: Str,
    /// How long a transaction may stay open before the broker aborts it.
    pub transaction_timeout: Duration,
    /// The client settings that the user overrode, under Kafka's names.
    pub overrides: ConfigMap,
}

impl ProducerOptions {
    /// Names a producer with Kafka's defaults.
    pub fn new(client_id: impl Into<Str>) -> Self {
        Self {
            client_id: client_id.into(),
            transaction_timeout: Duration::from_secs(60),
            overrides: ConfigMap::new(),
        }
    }
}

/// A record that the broker will not take, whatever is tried.
#[derive(Debug)]
#[expect(clippy::exhaustive_structs, reason = "brokers build it by literal")]
pub struct Refused {
    /// Where it stood in the batch that was sent.
    pub index: usize,
    /// Why. `Rejected`: the record is to blame (too large, say); `Config`: its topic or the authorization is.
    pub error: Error,
}

/// Resolves when the fate of a sent batch is known.
///
/// # Contract
///
/// - `Ok`: every record is durable, except those listed as [`Refused`], of which nothing was written. Inside a
///   transaction "durable" is said by its commit, and this says "accepted". A broker may refuse others together with
///   those that are listed: where one is, the whole batch has to be sent again without it.
/// - `Err`: nothing is known about the batch. The producer is finished: drop it.
/// - It need not be polled for the records to be written, and may be dropped.
pub type Delivery = BoxFuture<'static, Result<Vec<Refused>>>;

/// Writes batches in order.
#[async_trait]
pub trait Producer: fmt::Debug + Send {
    /// Hands over `batch`; its order is kept per partition, also against batches handed over before.
    ///
    /// # Contract
    ///
    /// - It waits while the producer holds too much; the caller bounds what is in flight besides.
    /// - One answer for the whole batch: no future, box, lock or message per record.
    /// - Sending again after a lost answer cannot happen inside the client: each record is written at most once.
    ///
    /// # Errors
    ///
    /// `Fenced`: a newer producer has this transactional id, or [`closer`](Self::closer) was used. `Unavailable` or
    /// `Fatal`: nothing is known about what was sent before; the producer is finished.
    async fn send(&mut self, batch: Vec<ProducerRecord>) -> Result<Delivery>;

    /// Returns what closes this producer from any thread.
    ///
    /// # Contract
    ///
    /// - After it, calls are answered with `Fenced`, and nothing that was handed over becomes readable any more, except
    ///   what was being written at that very moment. An open transaction is aborted.
    /// - Whoever opens the next producer of the same transactional id finds that settled.
    fn closer(&self) -> Closer;
}

/// Writes transactions; [`send`](Producer::send) opens one if none is open.
#[async_trait]
pub trait TransactionalProducer: Producer {
    /// Makes everything sent since the last commit or abort durable and readable, all or nothing.
    ///
    /// # Contract
    ///
    /// - `Ok`: durable. Without anything sent it costs nothing.
    /// - It waits for the deliveries of the transaction; if one of them was refused nothing is committed.
    ///
    /// # Errors
    ///
    /// - `Rejected` or `Config`: a record was refused; the transaction is still open, [`abort`](Self::abort) it.
    /// - `Fenced`: nothing of this transaction is or will be readable.
    /// - `Unavailable`, `Fatal`: the outcome is unknown and the producer finished. A new producer of the same id
    ///   settles it: what can be read after that is the truth.
    async fn commit(&mut self) -> Result<()>;

    /// Discards everything sent since the last commit or abort.
    ///
    /// # Contract
    ///
    /// - `Ok`: nothing of it is or will be readable, and the producer goes on, also after a refused record. Without
    ///   anything sent it costs nothing.
    /// - It need not wait for deliveries. After a dropped future the outcome of the transaction is "aborted" or
    ///   unknown as after an error.
    ///
    /// # Errors
    ///
    /// As [`commit`](Self::commit), without `Rejected`.
    async fn abort(&mut self) -> Result<()>;
}
