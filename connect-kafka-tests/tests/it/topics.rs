//! Topics with gaps, topics that come, grow, go and come again.

use std::time::Duration;

use connect_api::SinkGuarantees;
use connect_kafka_lab::{Ending, Kafka, Record};
use connect_runtime::{
    ConnectorStatus, WorkerHandle,
    broker::{Broker, Isolation},
};
use connect_testkit::memory::{MemorySink, MemoryTable};

use crate::{
    gated::GatedSink,
    stage::{blocking, broker, committed, create, create_with, own, until, within, worker},
};

fn record(value: &str) -> Record {
    Record::text("k", value)
}

async fn write(servers: &str, topic: &str, records: Vec<Record>, ending: Ending) {
    let (servers, topic) = (servers.to_owned(), topic.to_owned());
    let written = blocking(move || Kafka::write(&servers, &topic, &records, ending)).await;
    written.unwrap();
}

/// Starts a sink of these topics, in a worker of its own.
async fn sink(group: &str, topics: &[&str], table: &MemoryTable) -> WorkerHandle {
    let worker = worker(group, &Kafka::shared()).start().await.unwrap();
    let sink = worker.sink(group, MemorySink::new(table));
    sink.topics(topics.iter().copied()).start().await.unwrap();
    worker
}

async fn end(worker: WorkerHandle) {
    worker.shutdown(Duration::from_secs(60)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sink_reads_over_markers_and_aborted_records_to_the_end() {
    let (kafka, group) = (Kafka::shared(), own("gaps"));
    let topic = format!("{group}-lines");
    create(&kafka, &topic, 1).await;
    let endings = [
        ("a", Ending::Committed),
        ("lost", Ending::Aborted),
        ("b", Ending::Plain),
        ("c", Ending::Committed),
        ("gone", Ending::Aborted),
    ];
    for (value, ending) in endings {
        write(&kafka, &topic, vec![record(value)], ending).await;
    }
    let table = MemoryTable::new();
    let worker = sink(&group, &[&topic], &table).await;
    assert_eq!(
        within("three records", table.reaches(3)).await,
        ["a", "b", "c"]
    );
    let broker = broker(&kafka);
    let end_of_log = crate::stage::end(&broker, &topic, Isolation::ReadCommitted).await;
    assert_eq!(end_of_log, 9, "five records and four markers");
    // Nothing is put for what only the offsets have, and the group knows that all was read.
    until("the committed end", async || {
        committed(&broker, &format!("connect-{group}"), &topic).await == Some(end_of_log)
    })
    .await;
    end(worker).await;
    // The next one does not begin before the gap.
    write(&kafka, &topic, vec![record("d")], Ending::Committed).await;
    let worker = sink(&group, &[&topic], &table).await;
    assert_eq!(
        within("one more", table.reaches(4)).await,
        ["a", "b", "c", "d"]
    );
    end(worker).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sink_reads_a_compacted_topic_whose_offsets_have_gaps() {
    let (kafka, group) = (Kafka::shared(), own("compacted"));
    let topic = format!("{group}-lines");
    let settings = &[
        ("cleanup.policy", "compact"),
        ("min.cleanable.dirty.ratio", "0.01"),
        ("max.compaction.lag.ms", "1"),
        ("segment.ms", "1"),
    ];
    create_with(&kafka, &topic, 1, settings).await;
    let values = async || {
        let (servers, topic) = (kafka.clone(), topic.clone());
        let read = blocking(move || Kafka::read_committed(&servers, &topic)).await;
        read.unwrap()
            .into_iter()
            .map(|record| record.offset)
            .collect::<Vec<_>>()
    };
    let mut written = 0;
    until("the cleaner", async || {
        for _ in 0..3 {
            write(
                &kafka,
                &topic,
                vec![record(&written.to_string())],
                Ending::Plain,
            )
            .await;
            written += 1;
        }
        values().await.len() < written - 1
    })
    .await;
    let table = MemoryTable::new();
    let worker = sink(&group, &[&topic], &table).await;
    let last = (written - 1).to_string();
    until("the last record", async || {
        table.texts().last() == Some(&last)
    })
    .await;
    write(&kafka, &topic, vec![record("after")], Ending::Plain).await;
    until("one more", async || {
        table.texts().last().is_some_and(|text| text == "after")
    })
    .await;
    let numbers: Vec<u64> = table
        .texts()
        .iter()
        .filter_map(|text| text.parse().ok())
        .collect();
    assert!(numbers.is_sorted_by(|one, next| one < next), "{numbers:?}");
    end(worker).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pattern_reads_a_topic_that_is_created_later() {
    let (kafka, group) = (Kafka::shared(), own("pattern"));
    let (early, late, other) = (
        format!("{group}-a-1"),
        format!("{group}-a-2"),
        format!("{group}-b-1"),
    );
    for topic in [&early, &other] {
        create(&kafka, topic, 1).await;
        write(&kafka, topic, vec![record(topic)], Ending::Plain).await;
    }
    let worker = worker(&group, &kafka).start().await.unwrap();
    let table = MemoryTable::new();
    let sink = worker.sink(group.clone(), MemorySink::new(&table));
    let sink = sink.topics_matching(format!("{group}-a-.*"));
    sink.start().await.unwrap();
    within("the early topic", table.reaches(1)).await;
    create(&kafka, &late, 1).await;
    write(&kafka, &late, vec![record(&late)], Ending::Plain).await;
    let found = within("the late topic", table.reaches(2)).await;
    assert_eq!(found, [early, late]);
    end(worker).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sink_reads_partitions_that_are_added() {
    let (kafka, group) = (Kafka::shared(), own("grown"));
    let topic = format!("{group}-lines");
    create(&kafka, &topic, 1).await;
    write(&kafka, &topic, vec![record("0")], Ending::Plain).await;
    let table = MemoryTable::new();
    let worker = worker(&group, &kafka).start().await.unwrap();
    let sink = worker.sink(group.clone(), MemorySink::new(&table));
    let sink = sink.setting("consumer.override.metadata.max.age.ms", "1000");
    sink.topics([topic.as_str()]).start().await.unwrap();
    within("the first partition", table.reaches(1)).await;
    let (servers, grown) = (kafka.clone(), topic.clone());
    let added = blocking(move || Kafka::set_partitions(&servers, &grown, 3)).await;
    added.unwrap();
    let to = |partition: i32| Record {
        partition,
        ..record(&partition.to_string())
    };
    // From before the sink knows of them: what is there already counts too.
    write(&kafka, &topic, (1..3).map(to).collect(), Ending::Plain).await;
    let mut found = within("all partitions", table.reaches(3)).await;
    found.sort_unstable();
    assert_eq!(found, ["0", "1", "2"]);
    end(worker).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sink_reads_a_topic_that_is_deleted_and_created_again() {
    let (kafka, group) = (Kafka::shared(), own("again"));
    let topic = format!("{group}-lines");
    create(&kafka, &topic, 1).await;
    write(
        &kafka,
        &topic,
        vec![record("old"), record("older")],
        Ending::Plain,
    )
    .await;
    let table = MemoryTable::new();
    let worker = worker(&group, &kafka).start().await.unwrap();
    let inner = MemorySink::new(&table).promising(SinkGuarantees::AtLeastOnce);
    let sink = GatedSink::around(inner);
    let started = worker.sink(group.clone(), sink.clone());
    let started = started.setting("consumer.override.metadata.max.age.ms", "1000");
    started.topics([topic.as_str()]).start().await.unwrap();
    within("the old records", table.reaches(2)).await;
    let broker = broker(&kafka);
    let group_id = format!("connect-{group}");
    until("the committed offset", async || {
        committed(&broker, &group_id, &topic).await == Some(2)
    })
    .await;
    broker.delete_topic(&topic).await.unwrap();
    let closed = sink.called(|calls| !calls.closed.is_empty());
    within("the loss of the partition", closed).await;
    create(&kafka, &topic, 1).await;
    write(
        &kafka,
        &topic,
        vec![record("new"), record("newer")],
        Ending::Plain,
    )
    .await;
    until("the new records", async || {
        let texts = table.texts();
        ["new", "newer"]
            .iter()
            .all(|new| texts.iter().any(|text| text == new))
    })
    .await;
    end(worker).await;
}

/// The offsets that it stored are those of another log: only a person knows what to do.
#[tokio::test(flavor = "multi_thread")]
async fn a_sink_that_stores_offsets_stops_at_a_topic_that_became_another() {
    let (kafka, group) = (Kafka::shared(), own("another"));
    let topic = format!("{group}-lines");
    create(&kafka, &topic, 1).await;
    write(
        &kafka,
        &topic,
        (0..5).map(|_| record("old")).collect(),
        Ending::Plain,
    )
    .await;
    let table = MemoryTable::new();
    let worker = worker(&group, &kafka).start().await.unwrap();
    let sink = worker.sink(group.clone(), MemorySink::new(&table));
    let sink = sink.setting("consumer.override.metadata.max.age.ms", "1000");
    sink.topics([topic.as_str()]).start().await.unwrap();
    within("the old records", table.reaches(5)).await;
    let broker = broker(&kafka);
    broker.delete_topic(&topic).await.unwrap();
    create(&kafka, &topic, 1).await;
    write(&kafka, &topic, vec![record("new")], Ending::Plain).await;
    let says = |status: &ConnectorStatus| {
        let traces = status.tasks.iter().filter_map(|task| task.trace.as_deref());
        traces
            .into_iter()
            .any(|trace| trace.contains("expected an offset from 0 to 1, found 5"))
    };
    within("a status that says so", worker.wait_for(&group, says))
        .await
        .unwrap();
    assert_eq!(table.texts().len(), 5, "nothing of another log is written");
    end(worker).await;
}
