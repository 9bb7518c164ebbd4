//! What the claims about brokers share: fresh names, patience, and members that behave.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use bytes::Bytes;
use connect_api::{Error, ErrorKind, Offsets, Result, Str, TopicPartition};
use connect_runtime::broker::{
    Broker, ConsumedRecord, Consumer, ConsumerEvent, ConsumerOptions, Created, Fetched, Isolation,
    LogReader, NewTopic, Producer, ProducerOptions, ProducerRecord, ReaderOptions, Subscription,
    TransactionalProducer, Want,
};
use tokio::time::{sleep, timeout};
use uuid::Uuid;

/// How long the claims wait for what has to happen. Only a broken broker takes that long.
pub(super) const PATIENCE: Duration = Duration::from_secs(60);

/// How long the claims look at what must not happen. A sound broker passes however slow it is.
const MOMENT: Duration = Duration::from_millis(100);

/// How long a caller waits that gives up again and again.
pub(super) const IMPATIENCE: Duration = Duration::from_millis(1);

/// Makes a name that no other run uses: brokers outlive their tests.
pub(super) fn unique(label: &str) -> Str {
    format!("testkit-{label}-{}", Uuid::new_v4().simple()).into()
}

/// Waits for `event`.
pub(super) async fn within<T>(what: &str, event: impl Future<Output = T>) -> T {
    match timeout(PATIENCE, event).await {
        Ok(answer) => answer,
        Err(_) => panic!("waited {PATIENCE:?} for {what}"),
    }
}

/// Asks again and again until the answer is yes.
pub(super) async fn eventually<F: Future<Output = bool> + Send>(
    what: &str,
    holds: impl Fn() -> F + Send + Sync,
) {
    let asked = async {
        while !holds().await {
            sleep(Duration::from_millis(20)).await;
        }
    };
    within(what, asked).await;
}

/// Looks for a moment whether `event` happens, which it must not.
pub(super) async fn not_yet<T>(what: &str, event: &mut (impl Future<Output = T> + Unpin)) {
    assert!(timeout(MOMENT, event).await.is_err(), "{what}");
}

/// Fails unless `result` is an error of `kind`.
#[track_caller]
pub(super) fn expect_kind<T>(what: &str, result: Result<T>, kind: ErrorKind) -> Error {
    match result {
        Ok(_) => panic!("{what}: expected the error `{kind}`, found success"),
        Err(error) => {
            assert_eq!(error.kind(), kind, "{what}: {}", error.report());
            error
        }
    }
}

pub(super) async fn new_topic(broker: &dyn Broker, partitions: i32) -> Str {
    let topic = NewTopic::new(unique("topic")).partitions(partitions);
    create(broker, &topic).await;
    topic.name
}

pub(super) async fn create(broker: &dyn Broker, topic: &NewTopic) {
    let created = within("create_topic", broker.create_topic(topic)).await;
    assert_eq!(created.expect("a topic is created"), Created::New);
}

pub(super) async fn producer(broker: &dyn Broker) -> Box<dyn Producer> {
    let connected = broker.producer(&ProducerOptions::new("testkit")).await;
    connected.expect("a producer connects")
}

pub(super) async fn transactional(broker: &dyn Broker, id: &str) -> Box<dyn TransactionalProducer> {
    let options = ProducerOptions::new("testkit");
    let connected = within(
        "transactional_producer",
        broker.transactional_producer(id, &options),
    );
    connected.await.expect("a transactional producer connects")
}

pub(super) fn record(topic: &Str, partition: i32, text: &str) -> ProducerRecord {
    ProducerRecord::new(topic, Bytes::copy_from_slice(text.as_bytes())).with_partition(partition)
}

/// The texts `a 0`, `a 1`, … as records of one partition.
pub(super) fn records(topic: &Str, partition: i32, texts: &[String]) -> Vec<ProducerRecord> {
    texts
        .iter()
        .map(|text| record(topic, partition, text))
        .collect()
}

pub(super) fn numbered(label: &str, count: usize) -> Vec<String> {
    (0..count).map(|n| format!("{label} {n}")).collect()
}

/// Sends, and waits until nothing was refused.
pub(super) async fn deliver(producer: &mut dyn Producer, batch: Vec<ProducerRecord>) {
    let delivery = within("send", producer.send(batch))
        .await
        .expect("a batch is taken");
    let refused = within("a delivery", delivery)
        .await
        .expect("a batch is delivered");
    assert!(refused.is_empty(), "refused: {refused:?}");
}

/// Writes texts to one partition, outside transactions.
pub(super) async fn write(broker: &dyn Broker, topic: &Str, partition: i32, texts: &[String]) {
    let mut producer = producer(broker).await;
    deliver(&mut *producer, records(topic, partition, texts)).await;
}

pub(super) async fn commit(producer: &mut dyn TransactionalProducer) {
    within("commit", producer.commit())
        .await
        .expect("a transaction commits");
}

pub(super) async fn abort(producer: &mut dyn TransactionalProducer) {
    within("abort", producer.abort())
        .await
        .expect("a transaction aborts");
}

pub(super) fn text(record: &ConsumedRecord) -> String {
    let bytes = record.value.as_deref().unwrap_or(b"tombstone");
    String::from_utf8_lossy(bytes).into_owned()
}

pub(super) async fn reader(
    broker: &dyn Broker,
    topic: &Str,
    isolation: Isolation,
) -> Box<dyn LogReader> {
    let mut options = ReaderOptions::new(topic);
    options.isolation = isolation;
    options.patience = PATIENCE;
    let opened = within("reader", broker.reader(&options)).await;
    opened.expect("a reader opens")
}

/// Reads on to the end, texts by partition.
pub(super) async fn to_end(reader: &mut dyn LogReader) -> BTreeMap<i32, Vec<String>> {
    let mut read = BTreeMap::<i32, Vec<String>>::new();
    let mut each = |fetched: Fetched| {
        let texts = fetched.records.iter().map(text);
        read.entry(fetched.partition.partition)
            .or_default()
            .extend(texts);
    };
    within("to_end", reader.to_end(&mut each))
        .await
        .expect("the end is reached");
    read.retain(|_, texts| !texts.is_empty());
    read
}

/// Reads one partition from the beginning.
pub(super) async fn read(
    broker: &dyn Broker,
    topic: &Str,
    partition: i32,
    isolation: Isolation,
) -> Vec<String> {
    let mut reader = reader(broker, topic, isolation).await;
    to_end(&mut *reader)
        .await
        .remove(&partition)
        .unwrap_or_default()
}

pub(super) async fn read_committed(broker: &dyn Broker, topic: &Str) -> Vec<String> {
    read(broker, topic, 0, Isolation::ReadCommitted).await
}

pub(super) fn joining(group: &Str, topic: &Str) -> ConsumerOptions {
    ConsumerOptions::new(group, Subscription::Topics(vec![topic.clone()]))
}

/// A member of a consumer group that starts what it is assigned and releases what is revoked.
#[derive(Debug)]
pub(super) struct Member {
    pub(super) consumer: Box<dyn Consumer>,
    pub(super) owned: BTreeSet<TopicPartition>,
    /// How often it was given a partition.
    pub(super) assigned: usize,
    pub(super) lost: BTreeSet<TopicPartition>,
    /// What was read, texts in order.
    pub(super) read: BTreeMap<TopicPartition, Vec<String>>,
    /// Where reading goes on.
    pub(super) next: Offsets,
}

impl Member {
    pub(super) async fn join(broker: &dyn Broker, options: &ConsumerOptions) -> Self {
        let joined = within("consumer", broker.consumer(options)).await;
        Self {
            consumer: joined.expect("a consumer joins"),
            owned: BTreeSet::new(),
            assigned: 0,
            lost: BTreeSet::new(),
            read: BTreeMap::new(),
            next: Offsets::new(),
        }
    }

    /// Joins alone, and waits for `partitions` partitions, not started yet.
    pub(super) async fn assigned(
        broker: &dyn Broker,
        options: &ConsumerOptions,
        partitions: usize,
    ) -> (Self, Vec<TopicPartition>) {
        let mut member = Self::join(broker, options).await;
        let mut assigned = Vec::new();
        while assigned.len() < partitions {
            match member.event().await {
                ConsumerEvent::Assigned(more) => assigned.extend(more),
                other => panic!("expected an assignment, found {other:?}"),
            }
        }
        assigned.sort();
        member.owned.extend(assigned.iter().cloned());
        member.assigned = assigned.len();
        (member, assigned)
    }

    /// Joins alone and starts `partitions` partitions where the group left off.
    pub(super) async fn started(
        broker: &dyn Broker,
        options: &ConsumerOptions,
        partitions: usize,
    ) -> Self {
        let (mut member, assigned) = Self::assigned(broker, options, partitions).await;
        let started = member.consumer.start(&assigned, &Offsets::new()).await;
        started.expect("assigned partitions start");
        member
    }

    pub(super) async fn event(&mut self) -> ConsumerEvent {
        within("an event", self.consumer.next(Want::Records))
            .await
            .expect("a member lives")
    }

    /// Behaves as a member should.
    pub(super) async fn on(&mut self, event: ConsumerEvent) {
        match event {
            ConsumerEvent::Assigned(partitions) => {
                let started = self.consumer.start(&partitions, &Offsets::new()).await;
                started.expect("assigned partitions start");
                self.assigned += partitions.len();
                self.owned.extend(partitions);
            }
            ConsumerEvent::Revoked(partitions) => {
                self.forget(&partitions);
                let released = self.consumer.release(&partitions).await;
                released.expect("revoked partitions are released");
            }
            ConsumerEvent::Lost(partitions) => {
                self.forget(&partitions);
                self.lost.extend(partitions);
            }
            ConsumerEvent::Records(fetched) => self.keep(fetched),
            other => panic!("unknown event {other:?}"),
        }
    }

    /// Goes on until `done`.
    pub(super) async fn until(&mut self, what: &str, done: impl Fn(&Self) -> bool + Send + Sync) {
        let living = async {
            while !done(self) {
                let event = self
                    .consumer
                    .next(Want::Records)
                    .await
                    .expect("a member lives");
                self.on(event).await;
            }
        };
        within(what, living).await;
    }

    /// Reads `count` records of `partition`.
    pub(super) async fn read(&mut self, partition: &TopicPartition, count: usize) -> Vec<String> {
        let enough = |member: &Self| {
            member
                .read
                .get(partition)
                .is_some_and(|read| read.len() >= count)
        };
        self.until(&format!("{count} records of {partition}"), enough)
            .await;
        self.read.remove(partition).unwrap_or_default()
    }

    /// Goes on together with `other` until `done`.
    pub(super) async fn until_with(
        &mut self,
        other: &mut Self,
        what: &str,
        done: impl Fn(&Self, &Self) -> bool + Send + Sync,
    ) {
        let living = async {
            while !done(self, other) {
                // Both may be dropped while they wait.
                let (member, event) = tokio::select! {
                    event = self.consumer.next(Want::Records) => (&mut *self, event),
                    event = other.consumer.next(Want::Records) => (&mut *other, event),
                };
                let event = event.expect("a member lives");
                member.on(event).await;
            }
        };
        within(what, living).await;
    }

    fn keep(&mut self, fetched: Fetched) {
        let Fetched {
            partition,
            records,
            next,
        } = fetched;
        assert!(
            self.owned.contains(&partition),
            "records of {partition}, which is not assigned"
        );
        let texts = records.iter().map(text);
        self.read
            .entry(partition.clone())
            .or_default()
            .extend(texts);
        if let Some(last) = records.last() {
            assert!(
                next > last.offset,
                "reading goes on at {next}, before the record read"
            );
        }
        let before = self.next.insert(partition, next);
        assert!(
            before.is_none_or(|before| before <= next),
            "{before:?} before {next}"
        );
    }

    fn forget(&mut self, partitions: &[TopicPartition]) {
        for partition in partitions {
            self.owned.remove(partition);
        }
    }
}
