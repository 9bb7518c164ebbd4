//! What the loops of sources and sinks promise beside carrying records.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use async_trait::async_trait;
use connect_api::{
    FlushReason, Flushed, Result, SinkBatch, SinkConnector, SinkContext, SinkGuarantees, SinkTask,
    SourceGuarantees, TopicPartition,
};
use connect_runtime::{
    ConnectorOffsets, Environment, WorkerHandle,
    broker::{Broker, ProducerRecord},
};
use connect_testkit::{
    FaultyBroker,
    faulty::{BrokerFault, BrokerFaults, Operation},
    memory::{Call, Fault, Faults, MemoryInput, MemorySink, MemorySource, MemoryTable},
    simulate,
};
use tokio::sync::watch;

use super::fixture::{Memory, Numbers, memory, numbers, worker};
use crate::fixture::{read, write};

/// A sink that asks for a flush at every third record.
#[derive(Clone, Default)]
struct Asking {
    flushes: Arc<Mutex<Vec<FlushReason>>>,
    put: Memory,
}

struct AskingTask {
    cx: SinkContext,
    asking: Asking,
}

#[async_trait]
impl SinkConnector for Asking {
    async fn open(&self, cx: SinkContext) -> Result<Box<dyn SinkTask>> {
        let asking = self.clone();
        Ok(Box::new(AskingTask { cx, asking }))
    }

    fn guarantees(&self) -> SinkGuarantees {
        SinkGuarantees::AtLeastOnce
    }
}

#[async_trait]
impl SinkTask for AskingTask {
    async fn put(&mut self, batch: &SinkBatch) -> Result<()> {
        SinkTask::put(&mut self.asking.put, batch).await?;
        if self.asking.put.values().len() == 3 {
            self.cx.request_flush();
            self.cx.request_flush();
        }
        Ok(())
    }

    async fn flush(&mut self, why: FlushReason) -> Result<Flushed> {
        self.asking.flushes.lock().unwrap().push(why);
        Ok(Flushed::All)
    }
}

#[test]
fn a_flush_that_a_sink_asks_for_comes_at_once_and_is_committed() {
    simulate(43, async |environment| {
        let environment: Arc<dyn Environment> = Arc::new(environment);
        let broker = memory(&environment);
        let record = |number: i64| ProducerRecord::new("t", number.to_string());
        write(&broker, (0..3).map(record).collect()).await;
        let worker = worker(&environment, broker.clone())
            .setting("offset.flush.interval.ms", "3600000")
            .start()
            .await
            .unwrap();
        let asking = Asking::default();
        let sink = worker.sink("asking", asking.clone()).topics(["t"]);
        sink.start().await.unwrap();
        let committed = async {
            loop {
                let offsets = broker.group_offsets("connect-asking").await.unwrap();
                if offsets.get(&TopicPartition::new("t", 0)) == Some(&3) {
                    break;
                }
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(60), committed)
            .await
            .unwrap();
        let flushes = asking.flushes.lock().unwrap().clone();
        assert_eq!(
            flushes,
            [FlushReason::Requested],
            "asked for twice before it came"
        );
    });
}

/// A value of a kibibyte that is a number.
fn kibibyte(number: i64) -> String {
    format!("{number:01024}")
}

#[test]
fn a_sink_reads_no_further_ahead_than_its_queue_has_room() {
    for (key, value, most) in [
        ("queue.max.records", "100", 1_100),
        ("queue.max.bytes", "262144", 1_300),
    ] {
        simulate(44, async |environment| {
            let environment: Arc<dyn Environment> = Arc::new(environment);
            let broker = memory(&environment);
            for part in 0..20 {
                let numbers = part * 500..(part + 1) * 500;
                let record = |number| ProducerRecord::new("t", kibibyte(number));
                write(&broker, numbers.map(record).collect()).await;
            }
            let worker = worker(&environment, broker).start().await.unwrap();
            let (table, faults) = (MemoryTable::new(), Faults::none());
            faults.on(Call::Put, 0, Fault::Hang);
            let sink = MemorySink::new(&table).with_faults(faults);
            let sink = worker.sink("sunk", sink).topics(["t"]);
            let sink = sink.setting("plugin.call.timeout.ms", "3600000");
            sink.setting(key, value).start().await.unwrap();
            // Half an hour in which the first put does not end.
            tokio::time::sleep(Duration::from_secs(1800)).await;
            let read = worker.progress("sunk")[0].1.read;
            // What is fetched at once comes on top.
            assert!((100..most).contains(&read), "{key}: {read} records read");
            assert_eq!(table.reaches(10_000).await.len(), 10_000);
        });
    }
}

#[test]
fn an_at_least_once_source_stops_polling_while_its_queue_is_in_flight() {
    simulate(45, async |environment| {
        let environment: Arc<dyn Environment> = Arc::new(environment);
        let (held, faults) = holding();
        let broker = FaultyBroker::new(Arc::new(memory(&environment)), faults);
        let worker = worker(&environment, broker).start().await.unwrap();
        let (input, sunk) = (MemoryInput::new(1), Memory::default());
        let source = MemorySource::new(&input, "t").promising(SourceGuarantees::AtLeastOnce);
        let source = worker.source("memory", source);
        let source = source.setting("queue.max.bytes", "262144");
        source.start().await.unwrap();
        let running = worker.wait_for("memory", |status| status.is_running());
        running.await.unwrap();

        held.send_replace(Duration::from_secs(3600));
        input.append_texts(0, (0..10_000).map(kibibyte));
        tokio::time::sleep(Duration::from_secs(600)).await;
        let read = input.read(0);
        assert!((200..300).contains(&read), "{read} of 256 KiB");
        held.send_replace(Duration::ZERO);
        let sink = worker.sink("sunk", sunk.clone()).topics(["t"]);
        sink.start().await.unwrap();
        let expected: Vec<_> = (0..10_000).map(kibibyte).collect();
        assert_eq!(sunk.reaches(10_000).await, expected);
    });
}

/// Lets acknowledgements of producers take as long as the test says.
fn holding() -> (watch::Sender<Duration>, BrokerFaults) {
    let (held, delay) = watch::channel(Duration::ZERO);
    let faults = BrokerFaults::drawn(move |call| match (call, *delay.borrow()) {
        (Operation::Delivery, delay) if !delay.is_zero() => Some(BrokerFault::Delay(delay)),
        _ => None,
    });
    (held, faults)
}

/// Reads the stored position of a source of one partition.
async fn position(worker: &WorkerHandle, name: &str) -> Option<usize> {
    let ConnectorOffsets::Source(offsets) = worker.offsets(name).await.unwrap() else {
        panic!("`{name}` is a source")
    };
    let offset = offsets.get(&MemorySource::partition(0))?;
    Some(MemorySource::position(offset).unwrap())
}

#[test]
fn an_at_least_once_source_stores_positions_behind_acknowledged_records_only() {
    simulate(46, async |environment| {
        let environment: Arc<dyn Environment> = Arc::new(environment);
        let (held, faults) = holding();
        let broker = memory(&environment);
        let faulty = FaultyBroker::new(Arc::new(broker.clone()), faults);
        let worker = worker(&environment, faulty)
            .setting("offset.flush.interval.ms", "1000")
            .start()
            .await
            .unwrap();
        let input = MemoryInput::new(1);
        let source = MemorySource::new(&input, "t").promising(SourceGuarantees::AtLeastOnce);
        worker.source("memory", source).start().await.unwrap();
        let running = worker.wait_for("memory", |status| status.is_running());
        running.await.unwrap();
        input.append_texts(0, numbers(10));
        tokio::time::sleep(Duration::from_secs(5)).await;
        assert_eq!(position(&worker, "memory").await, Some(10));
        assert_eq!(input.acknowledged(0), 10);

        // One batch waits for its acknowledgement, and the next one has it at once.
        held.send_replace(Duration::from_secs(100));
        input.append_texts(0, ["slow"]);
        while input.read(0) < 11 {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
        held.send_replace(Duration::ZERO);
        input.append_texts(0, ["fast"]);
        tokio::time::sleep(Duration::from_secs(50)).await;
        assert_eq!(read(&broker, "t").await.len(), 12);
        assert_eq!(position(&worker, "memory").await, Some(10));
        assert_eq!(input.acknowledged(0), 10);
        tokio::time::sleep(Duration::from_secs(100)).await;
        assert_eq!(position(&worker, "memory").await, Some(12));
        assert_eq!(input.acknowledged(0), 12);
    });
}

#[test]
fn an_at_least_once_source_repeats_after_a_lost_answer_and_loses_nothing() {
    simulate(47, async |environment| {
        let environment: Arc<dyn Environment> = Arc::new(environment);
        let faults = BrokerFaults::none();
        let broker = memory(&environment);
        let faulty = FaultyBroker::new(Arc::new(broker.clone()), faults.clone());
        let worker = worker(&environment, faulty).start().await.unwrap();
        let (input, sunk) = (MemoryInput::new(1), Memory::default());
        let source = MemorySource::new(&input, "t").promising(SourceGuarantees::AtLeastOnce);
        worker.source("memory", source).start().await.unwrap();
        let sink = worker.sink("sunk", sunk.clone()).topics(["t"]);
        sink.start().await.unwrap();
        let running = worker.wait_for("memory", |status| status.is_running());
        running.await.unwrap();
        faults.on(Operation::Delivery, 0, BrokerFault::LoseAnswer);
        input.append_texts(0, numbers(10));
        let twice = [numbers(10), numbers(10)].concat();
        assert_eq!(sunk.reaches(20).await, twice);
        assert_eq!(read(&broker, "t").await.len(), 20);
    });
}

#[test]
fn each_sink_has_a_consumer_group_of_its_own_and_gets_every_record() {
    simulate(48, async |environment| {
        let environment: Arc<dyn Environment> = Arc::new(environment);
        let broker = memory(&environment);
        let worker = worker(&environment, broker.clone()).start().await.unwrap();
        let (one, two) = (Memory::default(), Memory::default());
        for (name, sink) in [("one", &one), ("two", &two)] {
            let sink = worker.sink(name, sink.clone()).topics(["t"]);
            sink.start().await.unwrap();
        }
        let source = worker.source("numbers", Numbers::new("t", 50));
        source.start().await.unwrap();
        assert_eq!(one.reaches(50).await, numbers(50));
        assert_eq!(two.reaches(50).await, numbers(50));
        worker.stop("one").await.unwrap();
        let stopped = worker.wait_for("one", |status| status.is_stopped());
        stopped.await.unwrap();
        let next = async |group: &str| {
            let offsets = broker.group_offsets(group).await.unwrap();
            offsets.get(&TopicPartition::new("t", 0)).copied()
        };
        assert!(next("connect-one").await >= Some(50));
        assert!(
            next("connect-two").await < Some(50),
            "the other one stores its own"
        );
        worker.delete_connector("one").await.unwrap();
        let source = worker.source("more", Numbers::new("t", 50));
        source.start().await.unwrap();
        assert_eq!(two.reaches(100).await.len(), 100);
        assert_eq!(one.values().len(), 50);
    });
}
