//! Structs whose schemas stand in a registry, which goes away and comes back while they flow.

use std::{sync::Arc, time::Duration};

use connect_api::{
    Bytes, ConfigMap, Record, Result, Schema, SchemaAndValue, Struct, TypedConfig, UnknownKeys,
    Value,
};
use connect_converters::{
    AvroConverter, AvroConverterConfig, SimpleHeaderConverter, SimpleHeaderConverterConfig,
};
use connect_kafka_lab::Kafka;
use connect_runtime::{
    ConnectorBuilder, System, Worker, WorkerBuilder, WorkerHandle,
    broker::{
        Broker, ConsumedRecord, Fetched, NewTopic, ProducerOptions, ProducerRecord, ReaderOptions,
        embedded::EmbeddedBroker,
    },
};
use connect_testkit::{
    memory::{MemoryInput, MemorySink, MemorySource, MemoryTable, TextConverter},
    registry::{Fault, MockRegistry},
};

use crate::stage::{broker, own, until, within, worker};

/// Lines from this number on become orders with a note.
const WITH_NOTE: usize = 20;

/// How many lines each partition of the input gets at once.
const PORTION: usize = 10;

/// No message in Avro: the first byte is no version of the framing.
const GARBAGE: &[u8] = b"\xffgarbage";

/// Makes an order of a line such as `1-17`.
fn order(line: &str) -> SchemaAndValue {
    let number: usize = line.split('-').nth(1).unwrap().parse().unwrap();
    let version = if number < WITH_NOTE { 1 } else { 2 };
    let schema = Schema::record("shop.Order")
        .version(version)
        .doc("What somebody wants.")
        .field("line", Schema::plain_string())
        .field("number", Schema::plain_int64())
        .field("day", Schema::date().optional().build().unwrap());
    let schema = match version {
        1 => schema,
        _ => schema.field("note", Schema::optional_string()),
    };
    let schema = schema.build().unwrap();
    let day = i32::try_from(number).unwrap();
    let order = Struct::new(&schema)
        .and_then(|order| order.with("line", line))
        .and_then(|order| order.with("number", i64::try_from(number).unwrap()))
        .and_then(|order| order.with("day", Value::Date(day)));
    let order = match version {
        1 => order,
        _ => order.and_then(|order| order.with("note", format!("about {line}"))),
    };
    SchemaAndValue::new(schema, Value::Struct(order.unwrap()))
}

/// Returns the key of a line: the partition of the input.
fn key(line: &str) -> SchemaAndValue {
    // Of a schema without a version, readers learn that of its subject.
    let schema = Schema::string().version(1).build().unwrap();
    SchemaAndValue::new(schema, line.split('-').next().unwrap())
}

/// Turns the lines of a source into orders.
fn ordered(mut record: Record) -> Result<Option<Record>> {
    let line = record.value.value.as_str().unwrap().to_owned();
    (record.key, record.value) = (key(&line), order(&line));
    Ok(Some(record))
}

/// Turns orders into lines again, if key, schema and value are those that the line became.
fn told(mut record: Record) -> Result<Option<Record>> {
    let line = record.value.value.get("line").and_then(Value::as_str);
    let line = line.unwrap_or_default().to_owned();
    let is_same = !line.is_empty() && record.key == key(&line) && record.value == order(&line);
    record.value = match is_same {
        true => line.into(),
        false => format!("{:?} {:?}", record.key, record.value).into(),
    };
    Ok(Some(record))
}

/// Orders that a source writes to a topic and a sink reads from there.
struct Shop<'a> {
    broker: &'a dyn Broker,
    registry: MockRegistry,
    input: MemoryInput,
    table: MemoryTable,
    topic: String,
    letters: String,
    fed: usize,
}

impl<'a> Shop<'a> {
    const PARTS: usize = 2;

    async fn open(broker: &'a dyn Broker, group: &str) -> Self {
        let shop = Self {
            broker,
            registry: MockRegistry::start().await,
            input: MemoryInput::new(Self::PARTS),
            table: MemoryTable::new(),
            topic: format!("{group}-orders"),
            letters: format!("{group}-letters"),
            fed: 0,
        };
        for topic in [&shop.topic, &shop.letters] {
            let topic = NewTopic::new(topic).partitions(2);
            broker.create_topic(&topic).await.unwrap();
        }
        shop
    }

    fn avro(&self, side: &str) -> AvroConverter {
        let options = ConfigMap::from([
            ("schema.registry.url", self.registry.url().as_str()),
            ("converter.type", side),
            // The runtime is what waits.
            ("max.retries", "0"),
        ]);
        let config = AvroConverterConfig::parse(&options, UnknownKeys::Refuse);
        config.and_then(AvroConverter::new).unwrap()
    }

    /// Adds converters that know nothing yet, and dead letters.
    fn equipped<C>(&self, connector: ConnectorBuilder<C>) -> ConnectorBuilder<C> {
        let headers = SimpleHeaderConverter::new(&SimpleHeaderConverterConfig::default());
        connector
            .converters(self.avro("key"), self.avro("value"), headers)
            .tasks_max(2)
            .setting("errors.tolerance", "all")
            .setting("errors.deadletterqueue.topic.name", &self.letters)
            .setting("errors.deadletterqueue.topic.replication.factor", "1")
            .setting("errors.deadletterqueue.context.headers.enable", "true")
    }

    async fn start_source(&self, worker: &WorkerHandle) {
        let source = MemorySource::new(&self.input, self.topic.as_str());
        let source = self.equipped(worker.source("source", source));
        let source = source.setting("exactly.once.support", "required");
        let source = source.transform(ordered);
        within("the source", source.start()).await.unwrap();
    }

    async fn start_sink(&self, worker: &WorkerHandle) {
        let sink = worker.sink("sink", MemorySink::new(&self.table));
        let sink = self.equipped(sink.topics([self.topic.as_str()]));
        let sink = sink.transform(told);
        within("the sink", sink.start()).await.unwrap();
    }

    fn feed(&mut self) {
        let next = self.fed + PORTION;
        for part in 0..Self::PARTS {
            let line = |number| format!("{part}-{number}");
            self.input.append_texts(part, (self.fed..next).map(line));
        }
        self.fed = next;
    }

    /// Makes the registry answer that it has no time.
    fn busy(&self) {
        self.registry.fail(10_000, Fault::Status(503));
    }

    /// Waits until it was asked in vain, and again: what asks waits.
    async fn asked_again(&self) {
        let asked = self.registry.requests().len();
        within("two questions", self.registry.arrived(asked + 2)).await;
    }

    /// Waits until all lines have arrived, and checks that each came once.
    async fn arrived(&self) {
        let all = Self::PARTS * self.fed;
        let mut found = within("all lines", self.table.reaches(all)).await;
        let lines =
            (0..Self::PARTS).flat_map(|part| (0..self.fed).map(move |n| format!("{part}-{n}")));
        let mut lines: Vec<_> = lines.collect();
        found.sort();
        lines.sort();
        assert_eq!(found, lines);
    }

    /// Writes what is no message into partition 1 of the topic.
    async fn spoil(&self) {
        let options = ProducerOptions::new("spoiler");
        let mut producer = self.broker.producer(&options).await.unwrap();
        let garbage = ProducerRecord::new(self.topic.as_str(), Bytes::from_static(GARBAGE));
        let sent = producer.send(vec![garbage.with_partition(1)]).await;
        let refused = sent.unwrap().await.unwrap();
        assert!(refused.is_empty(), "{refused:?}");
    }

    /// Reads the committed records of a topic, with their partitions.
    async fn read(&self, topic: &str) -> Vec<(i32, ConsumedRecord)> {
        let mut reader = self
            .broker
            .reader(&ReaderOptions::new(topic))
            .await
            .unwrap();
        let mut records = Vec::new();
        let mut each = |fetched: Fetched| {
            let partition = fetched.partition.partition;
            records.extend(fetched.records.into_iter().map(|one| (partition, one)));
        };
        reader.to_end(&mut each).await.unwrap();
        records
    }

    /// Checks that the garbage is the only dead letter, and that it says what was wrong with what.
    async fn check_letters(&self) {
        let is_garbage = |record: &ConsumedRecord| record.value.as_deref() == Some(GARBAGE);
        let topic = self.read(&self.topic).await;
        let garbage = topic.iter().find(|(_, record)| is_garbage(record));
        let offset = garbage.unwrap().1.offset.to_string();
        let letters = self.read(&self.letters).await;
        let [(_, letter)] = &letters[..] else {
            panic!("expected one dead letter, found {letters:?}")
        };
        assert!(is_garbage(letter), "{letter:?}");
        let header = |name: &str| {
            let name = format!("__connect.errors.{name}");
            let mut headers = letter.headers.iter();
            let (_, value) = headers.find(|(known, _)| **known == *name).unwrap();
            String::from_utf8(value.clone().unwrap().to_vec()).unwrap()
        };
        assert_eq!(header("topic"), self.topic);
        assert_eq!(header("partition"), "1");
        assert_eq!(header("offset"), offset);
        assert_eq!(header("stage"), "VALUE_CONVERTER");
        let why = header("exception.message");
        let expected = format!(
            "topic `{}`, value of 8 bytes, ff 67 61 72 62 61 67 65",
            self.topic
        );
        assert!(why.starts_with(&expected), "{why}");
    }
}

/// Lets orders flow from a worker's source to its sink while the registry is there and is not.
async fn check(broker: &dyn Broker, group: &str, builder: impl Fn() -> WorkerBuilder) {
    let mut shop = Shop::open(broker, group).await;

    // Away at the start: first nobody listens, then nobody has time.
    shop.registry.stop().await;
    let first = builder().start().await.unwrap();
    shop.start_source(&first).await;
    shop.start_sink(&first).await;
    shop.feed();
    until("records that wait", async || {
        (0..Shop::PARTS).all(|part| shop.input.read(part) > 0)
    })
    .await;
    shop.busy();
    shop.registry.resume().await;
    shop.asked_again().await;
    assert_eq!(shop.table.texts(), Vec::<String>::new());
    shop.registry.mend();
    shop.arrived().await;

    // What is known needs no registry; garbage neither, and a new schema does.
    shop.registry.stop().await;
    shop.feed();
    shop.arrived().await;
    shop.spoil().await;
    until("a dead letter", async || {
        !shop.read(&shop.letters).await.is_empty()
    })
    .await;
    shop.busy();
    shop.registry.resume().await;
    assert_eq!(shop.fed, WITH_NOTE);
    shop.feed();
    shop.asked_again().await;
    assert_eq!(shop.table.texts().len(), Shop::PARTS * WITH_NOTE);
    shop.registry.mend();
    shop.arrived().await;

    // A second worker has to ask for everything again; its sink waits with what is in the topic already.
    shop.feed();
    first.shutdown(Duration::from_secs(60)).await;
    let second = builder().start().await.unwrap();
    shop.start_source(&second).await;
    shop.feed();
    until("a topic with all orders", async || {
        shop.read(&shop.topic).await.len() == Shop::PARTS * shop.fed + 1
    })
    .await;
    shop.busy();
    shop.start_sink(&second).await;
    shop.asked_again().await;
    shop.registry.mend();
    shop.arrived().await;
    second.shutdown(Duration::from_secs(60)).await;
    shop.arrived().await;
    shop.check_letters().await;
    let versions = shop
        .registry
        .count(&format!("POST /subjects/{}-value/versions", shop.topic));
    assert!(versions >= 2, "{versions}");
}

#[tokio::test(flavor = "multi_thread")]
async fn orders_in_avro_arrive_once_on_kafka_while_their_registry_goes_and_comes_back() {
    let (servers, group) = (Kafka::shared(), own("registered"));
    let builder = || worker(&group, &servers);
    check(&broker(&servers), &group, builder).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn orders_in_avro_arrive_once_on_the_embedded_broker_while_their_registry_goes_and_comes_back()
 {
    let folder = tempfile::tempdir().unwrap();
    let opened = EmbeddedBroker::open(folder.path(), Arc::new(System::current())).await;
    let embedded = opened.unwrap();
    let text = TextConverter::new;
    let builder = || {
        Worker::builder("registered")
            .broker(embedded.clone())
            .setting("offset.flush.interval.ms", "500")
            .converters(text(), text(), text())
    };
    check(&embedded, "registered", builder).await;
}
