//! Members of a sink's group that come while others are busy.

use std::{collections::BTreeSet, time::Duration};

use connect_kafka_lab::{Ending, Kafka, Record};
use connect_runtime::WorkerHandle;
use connect_testkit::memory::MemoryTable;

use crate::{
    gated::GatedSink,
    stage::{blocking, create, never, own, within, worker},
};

/// How many partitions the topic has, and records each of them at first.
const PARTS: i32 = 2;
const RECORDS: usize = 50;

/// A topic with records, and what reads them.
struct Group {
    servers: String,
    name: String,
    topic: String,
    table: MemoryTable,
    written: usize,
}

impl Group {
    async fn new(name: &str) -> Self {
        let (servers, name) = (Kafka::shared(), own(name));
        let topic = format!("{name}-lines");
        create(&servers, &topic, PARTS.try_into().unwrap()).await;
        let mut group = Self {
            servers,
            name,
            topic,
            table: MemoryTable::new(),
            written: 0,
        };
        group.write().await;
        group
    }

    /// Writes more records to each partition.
    async fn write(&mut self) {
        let numbers = self.written..self.written + RECORDS;
        let record = |partition| {
            move |number| Record {
                partition,
                ..Record::text("k", &format!("{partition}-{number}"))
            }
        };
        let records: Vec<_> = (0..PARTS)
            .flat_map(|partition| numbers.clone().map(record(partition)))
            .collect();
        let (servers, topic) = (self.servers.clone(), self.topic.clone());
        let written = blocking(move || Kafka::write(&servers, &topic, &records, Ending::Plain));
        written.await.unwrap();
        self.written += RECORDS;
    }

    /// Starts a member: a worker of its own with one task.
    async fn join(&self, member: &str, settings: &[(&str, &str)]) -> (WorkerHandle, GatedSink) {
        let worker = worker(&format!("{}-{member}", self.name), &self.servers);
        let worker = worker.start().await.unwrap();
        let sink = GatedSink::new(&self.table);
        let mut started = worker.sink(self.name.clone(), sink.clone());
        for (key, value) in settings {
            started = started.setting(*key, *value);
        }
        // Batches are small, so that much is queued behind the one that is put.
        let started = started
            .topics([self.topic.as_str()])
            .setting("batch.max.records", "5");
        (worker, {
            started.start().await.unwrap();
            sink
        })
    }

    /// Waits until every record is in the table, and checks that none is twice, or out of order.
    async fn arrived(&self) {
        let total = self.written * usize::try_from(PARTS).unwrap();
        within("all records", self.table.reaches(total)).await;
        let texts = self.table.texts();
        for partition in 0..PARTS {
            let start = format!("{partition}-");
            let found: Vec<_> = texts
                .iter()
                .filter(|text| text.starts_with(&start))
                .collect();
            let expected: Vec<_> = (0..self.written)
                .map(|number| format!("{partition}-{number}"))
                .collect();
            assert_eq!(found, expected.iter().collect::<Vec<_>>());
        }
    }
}

async fn end(workers: impl IntoIterator<Item = WorkerHandle>) {
    for worker in workers {
        worker.shutdown(Duration::from_secs(60)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_put_that_outlasts_the_session_causes_no_rebalance_and_no_redelivery() {
    let group = Group::new("slow").await;
    let worker = worker(&group.name, &group.servers).start().await.unwrap();
    let sink = GatedSink::new(&group.table);
    sink.close();
    let started = worker.sink(group.name.clone(), sink.clone());
    started
        .topics([group.topic.as_str()])
        .start()
        .await
        .unwrap();
    within("the first put", sink.called(|calls| calls.puts > 0)).await;
    let opened = sink.calls().opened.len();
    let rebalanced = sink.called(|calls| !calls.closed.is_empty() || calls.opened.len() > opened);
    never("the group rebalanced", Duration::from_secs(9), rebalanced).await;
    sink.open();
    group.arrived().await;
    let calls = sink.calls();
    assert_eq!(calls.wanted, 0, "nobody wanted the task: {calls:?}");
    let distinct: BTreeSet<_> = calls.put.iter().collect();
    assert_eq!(distinct.len(), calls.put.len(), "records came again");
    end([worker]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_member_that_joins_during_a_put_gets_partitions_after_it_and_doubles_nothing() {
    let mut group = Group::new("joined").await;
    let (first, busy) = group.join("first", &[]).await;
    within(
        "both partitions",
        busy.called(|calls| calls.opened.len() == 2),
    )
    .await;
    busy.close();
    group.write().await;
    within("a put", busy.called(|calls| calls.puts > 0)).await;
    let (second, guest) = group.join("second", &[]).await;
    within(
        "the wish of the group",
        busy.called(|calls| calls.wanted > 0),
    )
    .await;
    assert_eq!(guest.calls().opened, [], "what is put is not given away");
    busy.open();
    within(
        "a partition of the guest's",
        guest.called(|calls| !calls.opened.is_empty()),
    )
    .await;
    group.write().await;
    group.arrived().await;
    assert_eq!(guest.calls().opened.len(), 1);
    end([second, first]).await;
}

/// The call has to end for the plugin to be dropped; what it has put then counts no more.
#[tokio::test(flavor = "multi_thread")]
async fn a_put_that_outlasts_the_rebalance_loses_its_partitions_and_doubles_nothing() {
    let mut group = Group::new("outlasted").await;
    let settings = [("consumer.override.max.poll.interval.ms", "7000")];
    let (first, busy) = group.join("first", &settings).await;
    within(
        "both partitions",
        busy.called(|calls| calls.opened.len() == 2),
    )
    .await;
    busy.close();
    group.write().await;
    within("a put", busy.called(|calls| calls.puts > 0)).await;
    let (second, guest) = group.join("second", &settings).await;
    within(
        "a partition of the guest's",
        guest.called(|calls| !calls.opened.is_empty()),
    )
    .await;
    assert!(busy.calls().wanted > 0);
    busy.open();
    group.write().await;
    group.arrived().await;
    end([second, first]).await;
}
