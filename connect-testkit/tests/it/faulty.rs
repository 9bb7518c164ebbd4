use std::{sync::Arc, time::Duration};

use connect_api::{ErrorKind, Offsets};
use connect_runtime::broker::{
    Broker, ConsumerEvent, ConsumerOptions, NewTopic, Producer, ProducerOptions, ProducerRecord,
    ReaderOptions, Subscription, Want, embedded::EmbeddedBroker,
};
use connect_testkit::{
    FaultyBroker, SimulatedEnvironment,
    faulty::{BrokerFault, BrokerFaults, Operation},
    simulate,
};

/// A broker with one topic, and its faults.
async fn faulty(environment: SimulatedEnvironment) -> (FaultyBroker, BrokerFaults) {
    let inner = EmbeddedBroker::memory(Arc::new(environment));
    inner
        .create_topic(&NewTopic::new("topic").partitions(1))
        .await
        .unwrap();
    let faults = BrokerFaults::none();
    let broker = FaultyBroker::new(Arc::new(inner), faults.clone());
    (broker, faults)
}

fn batch(text: &str) -> Vec<ProducerRecord> {
    vec![ProducerRecord::new("topic", text.to_owned()).with_partition(0)]
}

async fn read(broker: &dyn Broker) -> Vec<String> {
    let mut reader = broker.reader(&ReaderOptions::new("topic")).await.unwrap();
    let mut texts = Vec::new();
    let mut each = |fetched: connect_runtime::broker::Fetched| {
        let text = |bytes: bytes::Bytes| String::from_utf8(bytes.to_vec()).unwrap();
        texts.extend(
            fetched
                .records
                .into_iter()
                .filter_map(|record| record.value)
                .map(text),
        );
    };
    reader.to_end(&mut each).await.unwrap();
    texts
}

#[test]
fn without_faults_it_is_the_broker_below() {
    simulate(1, async |environment| {
        connect_testkit::broker(|| async {
            let broker = EmbeddedBroker::memory(Arc::new(environment.clone()));
            Arc::new(FaultyBroker::new(Arc::new(broker), BrokerFaults::none())) as Arc<dyn Broker>
        })
        .await;
    });
}

#[test]
fn delays_change_nothing_but_the_time() {
    simulate(1, async |environment| {
        let report = connect_testkit::broker::report(|| async {
            let (draws, inner) = (environment.clone(), environment.clone());
            let faults = BrokerFaults::drawn(move |call| {
                if call == Operation::Group {
                    // One claim asks while nobody moves the clock.
                    return None;
                }
                let delay = Duration::from_millis(draws.below(20));
                Some(match draws.below(3) {
                    0 => BrokerFault::Delay(delay),
                    1 => BrokerFault::DelayAnswer(delay),
                    _ => return None,
                })
            });
            let broker = EmbeddedBroker::memory(Arc::new(inner));
            Arc::new(FaultyBroker::new(Arc::new(broker), faults)) as Arc<dyn Broker>
        })
        .await;
        report.check();
    });
}

#[test]
fn a_commit_whose_answer_is_lost_happened_and_finishes_its_producer() {
    simulate(1, async |environment| {
        let (broker, faults) = faulty(environment).await;
        let options = ProducerOptions::new("test");
        let mut producer = broker.transactional_producer("id", &options).await.unwrap();
        faults.on(Operation::CommitTransaction, 0, BrokerFault::LoseAnswer);
        drop(producer.send(batch("a")).await.unwrap());
        let lost = producer.commit().await.unwrap_err();
        assert_eq!(lost.kind(), ErrorKind::Unavailable);
        let finished = producer.send(batch("b")).await.err().unwrap();
        assert_eq!(finished.kind(), ErrorKind::Unavailable);
        assert_eq!(read(&broker).await, ["a"]);
    });
}

#[test]
fn a_commit_that_is_lost_on_its_way_did_not_happen() {
    simulate(1, async |environment| {
        let (broker, faults) = faulty(environment).await;
        let options = ProducerOptions::new("test");
        let mut producer = broker.transactional_producer("id", &options).await.unwrap();
        faults.on(Operation::CommitTransaction, 1, BrokerFault::LoseRequest);
        drop(producer.send(batch("a")).await.unwrap());
        producer.commit().await.unwrap();
        drop(producer.send(batch("b")).await.unwrap());
        let lost = producer.commit().await.unwrap_err();
        assert_eq!(lost.kind(), ErrorKind::Unavailable);
        let _next = broker.transactional_producer("id", &options).await.unwrap();
        assert_eq!(read(&broker).await, ["a"]);
    });
}

#[test]
fn a_producer_that_is_cut_off_is_fenced() {
    simulate(1, async |environment| {
        let (broker, faults) = faulty(environment).await;
        let mut producer = broker
            .producer(&ProducerOptions::new("test"))
            .await
            .unwrap();
        drop(producer.send(batch("a")).await.unwrap().await.unwrap());
        faults.on(Operation::Send, 0, BrokerFault::CutOff);
        for _ in 0..2 {
            let fenced = producer.send(batch("b")).await.err().unwrap();
            assert_eq!(fenced.kind(), ErrorKind::Fenced);
        }
        assert_eq!(read(&broker).await, ["a"]);
    });
}

#[test]
fn a_delivery_whose_answer_is_lost_is_written() {
    simulate(1, async |environment| {
        let (broker, faults) = faulty(environment).await;
        let mut producer: Box<dyn Producer> = broker
            .producer(&ProducerOptions::new("test"))
            .await
            .unwrap();
        faults.on(Operation::Delivery, 0, BrokerFault::LoseAnswer);
        let delivery = producer.send(batch("a")).await.unwrap();
        assert_eq!(delivery.await.unwrap_err().kind(), ErrorKind::Unavailable);
        assert_eq!(
            producer.send(batch("b")).await.err().unwrap().kind(),
            ErrorKind::Unavailable
        );
        assert_eq!(read(&broker).await, ["a"]);
    });
}

#[test]
fn an_offset_commit_whose_answer_is_lost_happened() {
    simulate(1, async |environment| {
        let (broker, faults) = faulty(environment).await;
        let mut producer = broker
            .producer(&ProducerOptions::new("test"))
            .await
            .unwrap();
        drop(producer.send(batch("a")).await.unwrap().await.unwrap());
        let subscription = Subscription::Topics(vec!["topic".into()]);
        let options = ConsumerOptions::new("group", subscription);
        let mut consumer = broker.consumer(&options).await.unwrap();
        let ConsumerEvent::Assigned(partitions) = consumer.next(Want::Records).await.unwrap()
        else {
            panic!("expected an assignment")
        };
        consumer.start(&partitions, &Offsets::new()).await.unwrap();
        faults.on(Operation::CommitOffsets, 0, BrokerFault::LoseAnswer);
        let offsets = Offsets::from([(partitions[0].clone(), 1)]);
        let lost = consumer.commit(&offsets).await.unwrap_err();
        assert_eq!(lost.kind(), ErrorKind::Unavailable);
        assert_eq!(broker.group_offsets("group").await.unwrap(), offsets);
    });
}
