//! Apache Kafka passes the suite for brokers, and what only a cluster does.

use std::{
    io::{Read, Write},
    net::{TcpListener, TcpStream},
    sync::Arc,
    time::Duration,
};

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

/// Two clusters of one name, Java's and this one, would each take the other's work.
#[tokio::test(flavor = "multi_thread")]
async fn a_group_of_javas_workers_refuses_consumers_and_says_so() {
    let broker = KafkaBroker::new(
        Kafka::shared(),
        ConfigMap::new(),
        Arc::new(System::current()),
    );
    let group = format!("java-{}", uuid::Uuid::new_v4().simple());
    let topic = NewTopic::new(&group).partitions(1);
    broker.create_topic(&topic).await.unwrap();
    // The first question about a group has the cluster make the topic that it keeps groups in.
    broker.group_offsets(&group).await.unwrap();

    let mut java = TcpStream::connect(Kafka::shared()).unwrap();
    while join_as_java(&mut java, &group) != 0 {
        // Its coordinator loads what it has.
        tokio::task::yield_now().await;
    }
    let error = broker.group(&group).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Config);
    let report = error.report().to_string();
    assert!(
        report.contains("is not a consumer group (connect)"),
        "{report}"
    );

    let subscription = Subscription::Topics(vec![group.as_str().into()]);
    let mut member = broker
        .consumer(&ConsumerOptions::new(&group, subscription))
        .await
        .unwrap();
    let patience = Duration::from_secs(60);
    let refused = timeout(patience, member.next(Want::Membership)).await;
    let error = refused.unwrap().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Config);
    for part in [
        &*group,
        "cooperative-sticky",
        "is not a consumer group (connect)",
    ] {
        assert!(error.message().contains(part), "{}", error.report());
    }
}

/// Joins a group as a worker of Java's Kafka Connect does, with version 2 of the request, and answers the error's code.
fn join_as_java(broker: &mut TcpStream, group: &str) -> i16 {
    const JOIN_GROUP: i16 = 11;
    const VERSION: i16 = 2;
    let text = |text: &str| {
        let length = i16::try_from(text.len()).unwrap();
        [&length.to_be_bytes(), text.as_bytes()].concat()
    };
    let millis = 30_000_i32.to_be_bytes();
    let request = [
        &JOIN_GROUP.to_be_bytes()[..],
        &VERSION.to_be_bytes(),
        &7_i32.to_be_bytes(),
        &text("java"),
        &text(group),
        &millis,
        &millis,
        &text(""),
        &text("connect"),
        &1_i32.to_be_bytes(),
        &text("sessioned"),
        &0_i32.to_be_bytes(),
    ]
    .concat();
    let length = i32::try_from(request.len()).unwrap();
    broker.write_all(&length.to_be_bytes()).unwrap();
    broker.write_all(&request).unwrap();
    let mut length = [0; 4];
    broker.read_exact(&mut length).unwrap();
    let mut answer = vec![0; usize::try_from(i32::from_be_bytes(length)).unwrap()];
    broker.read_exact(&mut answer).unwrap();
    // After the number of the request and the time for which it was held back.
    i16::from_be_bytes([answer[8], answer[9]])
}

#[tokio::test]
async fn times_of_a_member_have_to_fit_together() {
    let broker = KafkaBroker::new(
        "nowhere:9092",
        ConfigMap::new(),
        Arc::new(System::current()),
    );
    let mut options = ConsumerOptions::new("group", Subscription::Topics(vec!["topic".into()]));
    options.session = Duration::from_secs(10);
    options.rebalance_timeout = Duration::from_secs(8);
    let refused = broker.consumer(&options).await.unwrap_err();
    assert_eq!(
        refused.message(),
        "Invalid value 9000 for configuration max.poll.interval.ms: \
         Must be at least session.timeout.ms, which is 10000"
    );
    options.heartbeat = Duration::from_secs(5);
    options.session = Duration::from_secs(5);
    let refused = broker.consumer(&options).await.unwrap_err();
    assert_eq!(
        refused.message(),
        "Invalid value 5000 for configuration heartbeat.interval.ms: \
         Must be lower than session.timeout.ms, which is 5000"
    );
}
