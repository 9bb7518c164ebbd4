//! A broker has its directory for itself, and finds in it what it left there.

use connect_api::{ErrorKind, Offsets, TopicPartition};
use connect_runtime::broker::{
    Broker, Isolation, NewTopic, ProducerOptions, embedded::EmbeddedBroker,
};

use crate::fixture::{open, producer, record, send, system, transactional, values, write};

#[tokio::test]
async fn a_directory_in_use_is_refused_by_name_and_pid() {
    let directory = tempfile::tempdir().unwrap();
    let broker = open(directory.path()).await;
    let error = EmbeddedBroker::open(directory.path(), system())
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Fatal);
    let expected = format!(
        "embedded broker: directory `{}` is in use by this process (pid {})",
        directory.path().display(),
        std::process::id()
    );
    assert_eq!(error.message(), expected);
    broker.close().await.unwrap();
    open(directory.path()).await.close().await.unwrap();
}

#[tokio::test]
async fn everything_is_there_after_closing_and_opening() {
    let directory = tempfile::tempdir().unwrap();
    let broker = open(directory.path()).await;
    let topic = NewTopic::new("orders")
        .partitions(3)
        .config("retention.ms", "-1");
    broker.create_topic(&topic).await.unwrap();
    let at = TopicPartition::new("orders", 2);
    write(&broker, vec![record("orders", "a").with_partition(2)]).await;
    let offsets = [(at.clone(), Some(1))].into();
    broker.alter_group_offsets("group", &offsets).await.unwrap();
    let mut old = transactional(&broker).await;
    send(&mut *old, vec![record("orders", "b").with_partition(2)])
        .await
        .unwrap();
    old.commit().await.unwrap();
    broker.close().await.unwrap();

    let broker = open(directory.path()).await;
    let described = broker.topic("orders").await.unwrap().unwrap();
    assert_eq!(described.partitions, 3);
    assert_eq!(described.configs["retention.ms"], "-1");
    let offsets = broker.group_offsets("group").await.unwrap();
    assert_eq!(offsets, Offsets::from([(at, 1)]));
    assert_eq!(values(&broker, "orders").await, ["a", "b"]);
    write(&broker, vec![record("orders", "c").with_partition(2)]).await;
    assert_eq!(values(&broker, "orders").await, ["a", "b", "c"]);
    broker.close().await.unwrap();
}

#[tokio::test]
async fn a_transaction_that_was_open_at_the_end_is_aborted_at_the_start() {
    let directory = tempfile::tempdir().unwrap();
    let broker = open(directory.path()).await;
    let mut open_one = transactional(&broker).await;
    send(&mut *open_one, vec![record("orders", "open")])
        .await
        .unwrap();
    // Makes what is open durable.
    let end = broker
        .watermarks("orders", Isolation::ReadUncommitted)
        .await
        .unwrap();
    assert_eq!(end[&0].end, 1);
    broker.close().await.unwrap();

    let broker = open(directory.path()).await;
    write(&broker, vec![record("orders", "later")]).await;
    assert_eq!(values(&broker, "orders").await, ["later"]);
    broker.close().await.unwrap();
}

#[tokio::test]
async fn what_was_handed_over_is_written_by_a_broker_that_is_dropped() {
    let directory = tempfile::tempdir().unwrap();
    let broker = open(directory.path()).await;
    let mut writing = producer(&broker).await;
    drop(writing.send(vec![record("orders", "a")]).await.unwrap());
    drop(broker);
    drop(writing);
    // The directory is free once everything is written.
    let broker = loop {
        match EmbeddedBroker::open(directory.path(), system()).await {
            Ok(broker) => break broker,
            Err(error) => assert_eq!(error.kind(), ErrorKind::Fatal, "{error:?}"),
        }
        tokio::task::yield_now().await;
    };
    assert_eq!(values(&broker, "orders").await, ["a"]);
    broker.close().await.unwrap();
}

#[tokio::test]
async fn clients_of_a_closed_broker_are_told() {
    let directory = tempfile::tempdir().unwrap();
    let broker = open(directory.path()).await;
    let mut plain = producer(&broker).await;
    let mut open_one = transactional(&broker).await;
    send(&mut *open_one, vec![record("orders", "a")])
        .await
        .unwrap();
    broker.close().await.unwrap();
    broker.close().await.unwrap();
    let error = send(&mut *plain, vec![record("orders", "b")])
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Fatal, "{error:?}");
    let error = open_one.commit().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Fatal, "{error:?}");
    let options = ProducerOptions::new("late");
    let error = broker
        .transactional_producer("id", &options)
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Fatal, "{error:?}");
}

#[tokio::test]
async fn what_is_no_database_is_refused_and_left_alone() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("broker.redb");
    std::fs::write(&file, "these are somebody's notes").unwrap();
    let error = EmbeddedBroker::open(directory.path(), system())
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Fatal, "{error:?}");
    let found = std::fs::read_to_string(&file).unwrap();
    assert_eq!(found, "these are somebody's notes");
}
