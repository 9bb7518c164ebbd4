//! Transactions that stay open, expire, are refused or are long.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use connect_api::{Record, Result, SourceGuarantees};
use connect_kafka_lab::{Kafka, Mode, Options};
use connect_runtime::{
    ConnectorOffsets, SourceBuilder, WorkerHandle,
    broker::{Broker, Isolation, ProducerOptions, ProducerRecord},
};
use connect_testkit::memory::{MemoryInput, MemorySource};

use crate::{
    flow::{Flow, Promise},
    seed::depth,
    stage::{
        blocking, broker, create, create_with, end, never, own, until, values, within, worker,
    },
};

fn line(number: usize) -> String {
    format!("line {number}")
}

/// Waits until a source has stored that it read so much of partition 0.
async fn stored(worker: &WorkerHandle, name: &str, position: usize) {
    until("the stored position", async || {
        let ConnectorOffsets::Source(offsets) = worker.offsets(name).await.unwrap() else {
            panic!("`{name}` is a source")
        };
        let offset = offsets.get(&MemorySource::partition(0));
        offset.is_some_and(|offset| MemorySource::position(offset).unwrap() >= position)
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_position_behind_an_open_transaction_of_another_task_is_found() {
    let (kafka, group) = (Kafka::shared(), own("behind"));
    let topic = format!("{group}-lines");
    create(&kafka, &topic, 1).await;
    let input = MemoryInput::new(1);
    let first = worker(&group, &kafka).start().await.unwrap();

    // Another task has something open in all partitions of the offsets topic, before anything is stored there.
    let (broker, offsets) = (broker(&kafka), format!("connect-{group}-offsets"));
    let partitions = broker.topic(&offsets).await.unwrap().unwrap().partitions;
    let options = ProducerOptions::new("another");
    let id = format!("{group}-another");
    let other = broker.transactional_producer(&id, &options).await;
    let mut other = other.unwrap();
    let open = |partition| {
        let record = ProducerRecord::new(offsets.as_str(), "{}");
        // A key that is nobody's.
        record.with_key("open").with_partition(partition)
    };
    let refused = other.send((0..partitions).map(open).collect()).await;
    assert!(refused.unwrap().await.unwrap().is_empty());

    let source = first.source("source", MemorySource::new(&input, topic.as_str()));
    source.start().await.unwrap();
    let running = first.wait_for("source", |status| status.is_running());
    never(
        "it runs without knowing its position",
        Duration::from_secs(2),
        running,
    )
    .await;
    other.abort().await.unwrap();
    input.append_texts(0, (0..20).map(line));
    stored(&first, "source", 20).await;

    // What is committed now lies behind what is open.
    let refused = other.send((0..partitions).map(open).collect()).await;
    assert!(refused.unwrap().await.unwrap().is_empty());
    input.append_texts(0, (20..40).map(line));
    until("the second half", async || {
        let end = end(&broker, &topic, Isolation::ReadCommitted).await;
        end >= 40 && input.acknowledged(0) == 40
    })
    .await;
    first.shutdown(Duration::from_secs(60)).await;
    let second = worker(&group, &kafka).start().await.unwrap();
    let source = second.source("source", MemorySource::new(&input, topic.as_str()));
    source.start().await.unwrap();
    let running = second.wait_for("source", |status| status.is_running());
    never(
        "it runs from an old position",
        Duration::from_secs(2),
        running,
    )
    .await;
    other.commit().await.unwrap();
    input.append_texts(0, (40..50).map(line));
    stored(&second, "source", 50).await;
    second.shutdown(Duration::from_secs(60)).await;
    let expected: Vec<_> = (0..50).map(line).collect();
    assert_eq!(values(&kafka, &topic).await, expected);
}

/// Adds what a source needs that survives refused records.
fn tolerant(source: SourceBuilder, letters: &str) -> SourceBuilder {
    source
        .setting("errors.tolerance", "all")
        .setting("errors.deadletterqueue.topic.name", letters)
        .setting("errors.deadletterqueue.topic.replication.factor", "1")
}

/// Feeds lines of which some are refused, and checks who came where.
async fn check_refused(
    (name, settings): (&str, &'static [(&str, &str)]),
    refused: impl Fn(usize) -> bool,
    spoil: impl FnMut(Record) -> Result<Option<Record>> + Clone + Send + 'static,
) {
    let (kafka, group) = (Kafka::shared(), own(name));
    let (topic, letters) = (format!("{group}-lines"), format!("{group}-letters"));
    create_with(&kafka, &topic, 1, settings).await;
    let input = MemoryInput::new(1);
    input.append_texts(0, (0..40).map(line));
    let worker = worker(&group, &kafka).start().await.unwrap();
    let source = worker.source("source", MemorySource::new(&input, topic.as_str()));
    let source = tolerant(source, &letters).transform(spoil);
    source.start().await.unwrap();
    stored(&worker, "source", 40).await;
    worker.shutdown(Duration::from_secs(60)).await;

    let (bad, good): (Vec<_>, Vec<_>) = (0..40).partition(|number| refused(*number));
    let number = |value: &String| {
        value
            .split(' ')
            .nth(1)
            .unwrap()
            .trim_matches('"')
            .to_owned()
    };
    let numbers = |values: Vec<String>| values.iter().map(number).collect::<Vec<_>>();
    let expected = |all: Vec<usize>| all.iter().map(ToString::to_string).collect::<Vec<_>>();
    let found = (
        numbers(values(&kafka, &letters).await),
        numbers(values(&kafka, &topic).await),
    );
    assert_eq!(found, (expected(bad), expected(good)), "letters and topic");
}

fn number_of(record: &Record) -> usize {
    let text = record.value.value.as_str().unwrap();
    text.split(' ').nth(1).unwrap().parse().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn only_a_record_that_is_too_large_becomes_a_dead_letter() {
    let refused = |number| number == 7 || number == 23;
    let large = move |mut record: Record| {
        let number = number_of(&record);
        if refused(number) {
            record.value = format!("line {number} {}", "x".repeat(4000)).into();
        }
        Ok(Some(record))
    };
    let settings = &[("max.message.bytes", "2000")];
    check_refused(("large", settings), refused, large).await;
}

/// The broker looks at batches, and says which of their records it refuses.
#[tokio::test(flavor = "multi_thread")]
async fn only_a_record_without_a_key_becomes_a_dead_letter_of_a_compacted_topic() {
    let refused = |number| number == 3 || number == 4 || number == 30;
    let keyless = move |mut record: Record| {
        record.key = match refused(number_of(&record)) {
            true => connect_api::SchemaAndValue::NULL,
            false => format!("key {}", number_of(&record)).into(),
        };
        Ok(Some(record))
    };
    let settings = &[("cleanup.policy", "compact")];
    check_refused(("keyless", settings), refused, keyless).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn only_a_record_that_is_too_old_becomes_a_dead_letter() {
    let refused = |number| number == 0 || number == 19;
    let old = move |mut record: Record| {
        if refused(number_of(&record)) {
            record.timestamp = Some(1_000_000);
        }
        Ok(Some(record))
    };
    let settings = &[("message.timestamp.before.max.ms", "3600000")];
    check_refused(("old", settings), refused, old).await;
}

/// How long a transaction may be open where that matters.
const TIMEOUT: &str = "1000";

#[tokio::test(flavor = "multi_thread")]
async fn a_transaction_that_expired_is_written_again_from_stored_positions() {
    let started = blocking(|| Kafka::start(&Options::default().behind_proxy()));
    let kafka = Arc::new(started.await.unwrap());
    let (servers, direct) = (kafka.bootstrap(), kafka.direct());
    let worker = worker("expired", &servers).start().await.unwrap();
    let settings = [("producer.override.transaction.timeout.ms", TIMEOUT)];
    let mut flow = Flow::source(&worker, &direct, Promise::Once, &settings).await;
    let (broker, topic) = (broker(&direct), flow.topic.clone());
    let ends = async |isolation| -> BTreeMap<i32, i64> {
        let marks = broker.watermarks(&topic, isolation).await.unwrap();
        marks
            .into_iter()
            .map(|(at, marks)| (at, marks.end))
            .collect()
    };
    flow.feed(10);
    until("the first lines", async || flow.is_acknowledged()).await;
    for _ in 0..depth(2, 20) {
        // Somewhere in a transaction nothing comes through any more, until the broker has given it up.
        flow.feed(5_000);
        until("an open transaction", async || {
            ends(Isolation::ReadUncommitted).await != ends(Isolation::ReadCommitted).await
        })
        .await;
        kafka.proxy(1).set(Mode::Hold);
        until("the end of all transactions", async || {
            ends(Isolation::ReadUncommitted).await == ends(Isolation::ReadCommitted).await
        })
        .await;
        kafka.proxy(1).set(Mode::Pass);
        within(
            "the lines after an expired transaction",
            until("acknowledged lines", async || flow.is_acknowledged()),
        )
        .await;
    }
    worker.shutdown(Duration::from_secs(60)).await;
    flow.check_topic(&direct).await;
}

/// How many records a source returns at once.
const MANY: usize = 200_000;

#[tokio::test(flavor = "multi_thread")]
async fn a_large_batch_becomes_many_transactions() {
    let (kafka, group) = (Kafka::shared(), own("many"));
    let topic = format!("{group}-lines");
    create(&kafka, &topic, 1).await;
    let input = MemoryInput::new(1);
    input.append_texts(0, (0..MANY).map(|number| format!("{number:064}")));
    let worker = worker(&group, &kafka).start().await.unwrap();
    let source = MemorySource::new(&input, topic.as_str())
        .promising(SourceGuarantees::ExactlyOnce)
        .batch(MANY);
    let source = worker.source("source", source);
    let source = source
        .setting("transaction.boundary", "interval")
        .setting("transaction.boundary.interval.ms", "50");
    source.start().await.unwrap();
    stored(&worker, "source", MANY).await;
    worker.shutdown(Duration::from_secs(60)).await;
    let end = end(&broker(&kafka), &topic, Isolation::ReadCommitted).await;
    // What is there beside the records are the ends of transactions.
    let transactions = end - i64::try_from(MANY).unwrap();
    assert!(transactions > 1, "{transactions} transactions");
    let found = blocking(move || Kafka::read_committed(&kafka, &topic)).await;
    let found = found.unwrap();
    assert_eq!(found.len(), MANY);
    let is_next = |(number, record): (usize, &connect_kafka_lab::Record)| {
        record.value.as_deref() == Some(format!("{number:064}").as_bytes())
    };
    assert!(found.iter().enumerate().all(is_next), "in order");
}
