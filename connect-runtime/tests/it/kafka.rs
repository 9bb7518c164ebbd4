//! Apache Kafka passes the suite for brokers, and what only a cluster does.

use std::{net::TcpListener, sync::Arc, time::Duration};

use connect_api::{ConfigMap, ErrorKind, Offsets};
use connect_kafka_lab::Kafka;
use connect_runtime::{
    System,
    broker::{
        Broker, ConsumerEvent, ConsumerOptions, NewTopic, Subscription, Want, kafka::KafkaBroker,
    },
};
use tokio::time::timeout;

#[tokio::test(flavor = "multi_thread")]
async fn kafka_keeps_every_contract_of_a_broker() {
    let environment = Arc::new(System::current());
    let broker = KafkaBroker::new(Kafka::shared(), ConfigMap::new(), environment);
    let shared: Arc<dyn Broker> = Arc::new(broker);
    connect_testkit::broker(|| {
        let shared = Arc::clone(&shared);
        async { shared }
    })
    .await;
}

/// A broker takes a member for dead that does not say otherwise, and the client one that is not polled.
#[tokio::test(flavor = "multi_thread")]
async fn a_member_that_waits_for_records_stays_in_its_group() {
    let broker = KafkaBroker::new(
        Kafka::shared(),
        ConfigMap::new(),
        Arc::new(System::current()),
    );
    let topic = format!("idle-{}", uuid::Uuid::new_v4().simple());
    let one = NewTopic::new(&topic).partitions(1);
    broker.create_topic(&one).await.unwrap();
    let subscription = Subscription::Topics(vec![topic.clone().into()]);
    let mut options = ConsumerOptions::new(&topic, subscription);
    options.rebalance_timeout = Duration::from_secs(6);
    let mut member = broker.consumer(&options).await.unwrap();
    let assigned = match member.next(Want::Records).await.unwrap() {
        ConsumerEvent::Assigned(partitions) => partitions,
        other => panic!("expected an assignment, found {other:?}"),
    };
    member.start(&assigned, &Offsets::new()).await.unwrap();
    // Nothing comes, for longer than the client lets an application be silent.
    let idle = timeout(Duration::from_secs(9), member.next(Want::Records));
    assert!(idle.await.is_err(), "something happened to an idle member");
    let offsets = Offsets::from([(assigned[0].clone(), 0)]);
    member.commit(&offsets).await.unwrap();
    member.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cluster_that_answers_is_reached_and_one_that_does_not_is_named() {
    let broker =
        |servers: &str| KafkaBroker::new(servers, ConfigMap::new(), Arc::new(System::current()));
    let patience = Duration::from_secs(60);
    broker(&Kafka::shared()).reach(patience).await.unwrap();

    // It takes connections, and says nothing.
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = silent.local_addr().unwrap().to_string();
    let error = broker(&address).reach(Duration::from_secs(1)).await;
    let error = error.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unavailable);
    assert!(error.message().contains(&address), "{error:?}");
}
