//! Calls that answer more than they should.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use connect_api::{SourceGuarantees, TopicPartition};
use connect_runtime::{
    Environment,
    broker::{Broker, Isolation},
};
use connect_testkit::{
    FaultyBroker,
    faulty::{BrokerFault, BrokerFaults, Operation},
    memory::{Call, Entry, Fault, Faults, MemoryInput, MemorySource},
    simulate,
};

use super::{Pipeline, Side, bystander, check_healthy, worker};
use crate::worker::fixture::{self, Memory, memory, numbers};

#[test]
fn an_offset_of_a_foreign_partition_fails_the_task_and_names_the_call() {
    simulate(14, async |environment| {
        let environment: Arc<dyn Environment> = Arc::new(environment);
        let worker = worker(&environment).start().await.unwrap();
        let sunk = bystander(&worker).await;
        let faults = Faults::none();
        faults.on(Call::OpenPartitions, 0, Fault::TooMuch);
        let pipeline = Pipeline::start(&worker, "t", Side::Sink, faults).await;
        let told = pipeline.told(
            "open partitions",
            "expected offsets of [t-0] at most, found one of foreign-0",
        );
        pipeline.input.append_texts(0, ["0"]);
        pipeline.fails(&worker, &told).await;
        pipeline.carries(1..50).await;
        check_healthy(&worker, &sunk).await;
    });
}

#[test]
fn offsets_beyond_what_was_put_are_not_committed() {
    simulate(15, async |environment| {
        let environment: Arc<dyn Environment> = Arc::new(environment);
        let broker = memory(&environment);
        let worker = fixture::worker(&environment, broker.clone()).start();
        let worker = worker.await.unwrap();
        let sunk = bystander(&worker).await;
        let faults = Faults::drawn(|call| (call == Call::Flush).then_some(Fault::TooMuch));
        let pipeline = Pipeline::start(&worker, "t", Side::Sink, faults).await;
        pipeline.carries(0..50).await;
        worker.pause(&pipeline.name).await.unwrap();
        let paused = worker.wait_for(&pipeline.name, |status| status.is_paused());
        paused.await.unwrap();
        let committed = broker.group_offsets("connect-t-sink").await.unwrap();
        // 50 records, and the markers of the transactions that wrote them.
        let end = broker.watermarks("t", Isolation::ReadCommitted);
        let end = end.await.unwrap()[&0].end;
        let next = committed[&TopicPartition::new("t", 0)];
        assert!((50..=end).contains(&next), "{next} of {end}");
        worker.resume(&pipeline.name).await.unwrap();
        pipeline.carries(50..60).await;
        check_healthy(&worker, &sunk).await;
    });
}

#[test]
fn more_task_configs_than_allowed_fail_the_connector_alone() {
    simulate(16, async |environment| {
        let environment: Arc<dyn Environment> = Arc::new(environment);
        let worker = worker(&environment).start().await.unwrap();
        let sunk = bystander(&worker).await;
        let faults = Faults::none();
        for _ in 0..6 {
            faults.on(Call::TaskConfigs, 0, Fault::TooMuch);
        }
        let source = MemorySource::new(&MemoryInput::new(9), "t").with_faults(faults);
        let source = worker.source("many", source).tasks_max(2);
        source.start().await.unwrap();
        let failed = worker.wait_for("many", |status| status.has_failed()).await;
        let told =
            "connector `many`: task_configs: expected at most 2 task configs (tasks.max), found 9";
        assert_eq!(failed.unwrap().failure(), Some(told));
        check_healthy(&worker, &sunk).await;
    });
}

/// How many records the flood has, of a kibibyte each.
const FLOOD: usize = 30_000;

/// Lets a poll answer a flood while the broker acknowledges nothing, and then lets it.
fn check_flood(guarantees: SourceGuarantees) {
    simulate(17, async |environment| {
        let environment: Arc<dyn Environment> = Arc::new(environment);
        let acknowledged = Arc::new(Mutex::new(Duration::ZERO));
        let delay = Arc::clone(&acknowledged);
        let slow = BrokerFaults::drawn(move |call| match call {
            Operation::Delivery => Some(BrokerFault::Delay(*delay.lock().unwrap())),
            _ => None,
        });
        let broker = memory(&environment);
        let faulty = FaultyBroker::new(Arc::new(broker.clone()), slow);
        let worker = fixture::worker(&environment, faulty).start().await.unwrap();
        let (input, faults) = (MemoryInput::new(1), Faults::none());
        faults.on(Call::Poll, 0, Fault::TooMuch);
        let source = MemorySource::new(&input, "flood")
            .promising(guarantees)
            .with_faults(faults);
        let source = worker.source("flood", source);
        let source = source.setting("queue.max.bytes", "1048576");
        let source = source.setting("plugin.call.timeout.ms", "86400000");
        source.start().await.unwrap();
        let running = worker.wait_for("flood", |status| status.is_running());
        running.await.unwrap();
        *acknowledged.lock().unwrap() = Duration::from_secs(3600);
        let padded = |number: usize| Entry::Record(format!("{number:01024}").into());
        input.append(0, (0..FLOOD).map(padded));

        // Converted is a few chunks of 4 MiB and the queue, not what the poll returned.
        tokio::time::sleep(Duration::from_secs(600)).await;
        let read = worker.progress("flood")[0].1.read;
        if guarantees == SourceGuarantees::AtLeastOnce {
            assert!((1_000..13_000).contains(&read), "{read} records");
        }
        *acknowledged.lock().unwrap() = Duration::ZERO;
        let sunk = Memory::default();
        let sink = worker.sink("sunk", sunk.clone()).topics(["flood"]);
        sink.start().await.unwrap();
        let values = sunk.reaches(FLOOD).await;
        let trimmed = values.iter().map(|value| value.trim_start_matches('0'));
        let arrived: Vec<_> = trimmed
            .map(|value| if value.is_empty() { "0" } else { value })
            .collect();
        assert_eq!(arrived, numbers(i64::try_from(FLOOD).unwrap()));
        let report = worker.shutdown(Duration::from_secs(60)).await;
        assert!(report.is_orderly(), "{report:?}");
    });
}

#[test]
fn a_flood_from_one_poll_is_sent_in_bounded_parts_and_in_order() {
    check_flood(SourceGuarantees::AtLeastOnce);
    check_flood(SourceGuarantees::ExactlyOnce);
}
