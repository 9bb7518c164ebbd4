//! A task value whose call was given up gets no further call: a new one goes on from the stored positions.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use async_trait::async_trait;
use connect_api::{
    Error, FlushReason, Flushed, Record, Result, SinkBatch, SinkConnector, SinkContext,
    SinkGuarantees, SinkTask, SourceBatch, SourceConnector, SourceContext, SourceGuarantees,
    SourceOffset, SourcePartition, SourceRecord, SourceTask, TaskContext,
};
use connect_runtime::{
    Environment,
    broker::{
        Broker, ConsumerEvent, ConsumerOptions, NewTopic, ProducerOptions, ProducerRecord,
        Subscription, Want,
    },
};
use connect_testkit::{
    FaultyBroker,
    faulty::{BrokerFault, BrokerFaults, Operation},
    simulate,
};

use super::fixture::{memory, worker};

/// Which task value got a call: the first one is 1.
#[derive(Clone, Debug, Default)]
struct Calls {
    opened: Arc<Mutex<u32>>,
    called: Arc<Mutex<Vec<u32>>>,
}

impl Calls {
    fn open(&self) -> u32 {
        let mut opened = self.opened.lock().unwrap();
        *opened += 1;
        *opened
    }

    fn call(&self, value: u32) {
        self.called.lock().unwrap().push(value);
    }

    fn of_each_value(&self) -> Vec<u32> {
        self.called.lock().unwrap().clone()
    }
}

/// A sink whose first `put` never ends.
#[derive(Clone, Debug, Default)]
struct Slow(Calls);

struct SlowTask(u32, Calls);

#[async_trait]
impl SinkConnector for Slow {
    async fn open(&self, _: SinkContext) -> Result<Box<dyn SinkTask>> {
        Ok(Box::new(SlowTask(self.0.open(), self.0.clone())))
    }

    fn guarantees(&self) -> SinkGuarantees {
        SinkGuarantees::AtLeastOnce
    }
}

#[async_trait]
impl SinkTask for SlowTask {
    async fn put(&mut self, _: &SinkBatch) -> Result<()> {
        self.1.call(self.0);
        if self.0 == 1 {
            std::future::pending::<()>().await;
        }
        Ok(())
    }

    async fn flush(&mut self, _: FlushReason) -> Result<Flushed> {
        Ok(Flushed::All)
    }
}

#[test]
fn a_put_during_which_partitions_are_lost_is_the_last_call_of_its_task_value() {
    simulate(21, async |environment| {
        let environment: Arc<dyn Environment> = Arc::new(environment);
        let broker = memory(&environment);
        let topic = NewTopic::new("slow").partitions(2);
        broker.create_topic(&topic).await.unwrap();
        let options = ProducerOptions::new("test");
        let mut producer = broker.producer(&options).await.unwrap();
        let record = |part| ProducerRecord::new("slow", "one").with_partition(part);
        let sent = producer.send(vec![record(0), record(1)]).await.unwrap();
        assert!(sent.await.unwrap().is_empty());
        let worker = worker(&environment, broker.clone()).start().await.unwrap();
        let slow = Slow::default();
        worker
            .sink("slow", slow.clone())
            .topics(["slow"])
            .setting("consumer.override.max.poll.interval.ms", "10000")
            .start()
            .await
            .unwrap();
        while slow.0.of_each_value().is_empty() {
            tokio::task::yield_now().await;
        }

        // Another member of the group gets the other partition once the time of the first is over.
        let topics = Subscription::Topics(vec!["slow".into()]);
        let options = ConsumerOptions::new("connect-slow", topics);
        let mut other = broker.consumer(&options).await.unwrap();
        let ConsumerEvent::Assigned(gained) = other.next(Want::Records).await.unwrap() else {
            panic!("a partition was expected")
        };
        assert_eq!(gained.len(), 1);
        worker
            .wait_for("slow", |status| status.is_running())
            .await
            .unwrap();
        while slow.0.of_each_value().len() < 2 {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        assert_eq!(slow.0.of_each_value(), [1, 2]);
    });
}

/// A source whose first poll returns a record, and whose later ones return nothing.
#[derive(Clone, Debug, Default)]
struct One {
    calls: Calls,
    faults: BrokerFaults,
}

struct OneTask {
    value: u32,
    one: One,
    read: bool,
    cx: TaskContext,
}

#[async_trait]
impl SourceConnector for One {
    async fn open(&self, cx: SourceContext) -> Result<Box<dyn SourceTask>> {
        Ok(Box::new(OneTask {
            value: self.calls.open(),
            one: self.clone(),
            read: cx.offset_at(&partition(), "next")?.is_some(),
            cx: cx.task_context(),
        }))
    }

    fn guarantees(&self) -> SourceGuarantees {
        SourceGuarantees::AtLeastOnce
    }
}

fn partition() -> SourcePartition {
    SourcePartition::from([("only", "one")])
}

#[async_trait]
impl SourceTask for OneTask {
    async fn poll(&mut self) -> Result<SourceBatch> {
        self.one.calls.call(self.value);
        if std::mem::replace(&mut self.read, true) {
            self.cx.wait(std::future::pending::<()>()).await;
            return Err(Error::unavailable("nothing more"));
        }
        if self.value == 1 {
            // The worker sends statuses too: one of the next deliveries is the record's.
            for next in 0..4 {
                let faults = &self.one.faults;
                faults.on(Operation::Delivery, next, BrokerFault::LoseAnswer);
            }
        }
        let offset = SourceOffset::at("next", 1);
        Ok(SourceRecord::new(Record::new("one", "1"), &partition(), offset).into())
    }
}

#[test]
fn a_source_is_not_polled_across_a_record_whose_fate_is_unknown() {
    simulate(22, async |environment| {
        let environment: Arc<dyn Environment> = Arc::new(environment);
        let faults = BrokerFaults::none();
        let broker = FaultyBroker::new(Arc::new(memory(&environment)), faults.clone());
        let worker = worker(&environment, broker).start().await.unwrap();
        let one = One {
            calls: Calls::default(),
            faults,
        };
        worker.source("one", one.clone()).start().await.unwrap();
        while !one.calls.of_each_value().contains(&2) {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        assert_eq!(one.calls.of_each_value()[..3], [1, 1, 2]);
    });
}
