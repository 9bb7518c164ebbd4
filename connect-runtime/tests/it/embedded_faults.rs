//! Faults of the storage: each is told, nothing acknowledged is lost, and the broker comes back by itself.

use std::{sync::Arc, time::Duration};

use connect_api::{Error, ErrorKind};
use connect_runtime::broker::{Broker, ProducerOptions, ReaderOptions, embedded::EmbeddedBroker};
use connect_testkit::simulate;
use futures::FutureExt;
use tokio::time::sleep;

use crate::{
    disk::{Disk, Fault},
    fixture::{producer, record, send, system, transactional, values, write},
};

async fn open(disk: &Arc<Disk>) -> EmbeddedBroker {
    disk.broker(system()).await
}

#[track_caller]
fn check_told(error: &Error, cause: &str) {
    assert_eq!(error.kind(), ErrorKind::Unavailable, "{error:?}");
    let message = error.report().to_string();
    assert!(
        message.contains("storage `disk`") && message.contains(cause),
        "expected the storage and `{cause}`, found `{message}`"
    );
}

/// Writes until the fault, then mends the disk: whatever was acknowledged is there, in order, also after a restart.
async fn check_nothing_is_lost(fault: Fault, after: u64, cause: &str) {
    let disk = Disk::new();
    let broker = open(&disk).await;
    write(&broker, vec![record("orders", "first")]).await;
    let mut acknowledged = vec!["first".to_owned()];
    disk.fail(fault, after);
    let mut failing = producer(&broker).await;
    let mut unknown = None;
    for number in 0..1000 {
        let value = format!("{number} {}", "x".repeat(2000));
        match send(&mut *failing, vec![record("orders", &value)]).await {
            Ok(()) => acknowledged.push(value),
            Err(error) => {
                check_told(&error, cause);
                unknown = Some(value);
                break;
            }
        }
    }
    let unknown = unknown.expect("the disk fails");
    // It is finished: nothing may follow what is unknown.
    let error = send(&mut *failing, vec![record("orders", "x")])
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unavailable);

    disk.fail(Fault::None, 0);
    write(&broker, vec![record("orders", "last")]).await;
    let check = |mut found: Vec<String>| {
        assert_eq!(found.pop().as_deref(), Some("last"));
        if found.len() > acknowledged.len() {
            assert_eq!(
                found.pop().as_ref(),
                Some(&unknown),
                "{fault:?} after {after}"
            );
        }
        assert!(found == acknowledged, "{fault:?} after {after}");
    };
    check(values(&broker, "orders").await);
    broker.close().await.unwrap();
    let broker = open(&disk).await;
    check(values(&broker, "orders").await);
    broker.close().await.unwrap();
}

#[tokio::test]
async fn a_full_disk_loses_nothing() {
    for after in 0..25 {
        check_nothing_is_lost(Fault::Full, after, "no space left on device").await;
    }
}

#[tokio::test]
async fn a_short_write_loses_nothing() {
    for after in 0..25 {
        check_nothing_is_lost(Fault::ShortWrite, after, "short write").await;
    }
}

#[tokio::test]
async fn a_failed_sync_loses_nothing() {
    for fault in [Fault::LostSync, Fault::KeptSync] {
        for after in 0..25 {
            check_nothing_is_lost(fault, after, "sync failed").await;
        }
    }
}

#[test]
fn requests_fail_while_the_disk_is_full_and_succeed_when_it_is_not() {
    simulate(1, async |environment| {
        let disk = Disk::new();
        let broker = disk.broker(Arc::new(environment)).await;
        write(&broker, vec![record("orders", "a")]).await;
        disk.fail(Fault::Full, 0);
        for _ in 0..3 {
            let mut failing = producer(&broker).await;
            let error = send(&mut *failing, vec![record("orders", "b")])
                .await
                .unwrap_err();
            check_told(&error, "no space left on device");
        }
        let options = ProducerOptions::new("test");
        let error = broker
            .transactional_producer("id", &options)
            .await
            .unwrap_err();
        check_told(&error, "no space left on device");
        disk.fail(Fault::None, 0);
        sleep(Duration::from_secs(1)).await;
        let mut producer = broker.transactional_producer("id", &options).await.unwrap();
        send(&mut *producer, vec![record("orders", "c")])
            .await
            .unwrap();
        producer.commit().await.unwrap();
        assert_eq!(values(&broker, "orders").await, ["a", "c"]);
    });
}

/// Of a commit whose sync failed nobody knows; a new producer of the id settles it, whole or not at all.
#[tokio::test]
async fn a_commit_of_unknown_outcome_is_settled_by_the_next_producer() {
    for (fault, expected) in [
        (Fault::LostSync, &["later"][..]),
        (Fault::KeptSync, &["a", "b", "later"]),
    ] {
        let disk = Disk::new();
        let broker = open(&disk).await;
        write(&broker, vec![record("other", "x")]).await;
        let mut old = transactional(&broker).await;
        send(
            &mut *old,
            vec![record("orders", "a"), record("orders", "b")],
        )
        .await
        .unwrap();
        // Fails the next sync, however many writes come before it.
        disk.fail(fault, 0);
        check_told(&old.commit().await.unwrap_err(), "sync failed");
        disk.fail(Fault::None, 0);
        let error = old.commit().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unavailable, "{error:?}");
        let mut new = transactional(&broker).await;
        let error = old.commit().await.unwrap_err();
        assert!(
            matches!(error.kind(), ErrorKind::Unavailable | ErrorKind::Fenced),
            "{error:?}"
        );
        send(&mut *new, vec![record("orders", "later")])
            .await
            .unwrap();
        new.commit().await.unwrap();
        assert_eq!(values(&broker, "orders").await, expected, "{fault:?}");
        broker.close().await.unwrap();
    }
}

/// What a transaction has written is lost with a failed commit of somebody else, whether it was durable or not.
#[tokio::test]
async fn an_open_transaction_that_lost_records_cannot_commit() {
    for durable in [0, 1] {
        let disk = Disk::new();
        let broker = open(&disk).await;
        write(&broker, vec![record("orders", "a")]).await;
        let mut victim = transactional(&broker).await;
        send(&mut *victim, vec![record("orders", "accepted")])
            .await
            .unwrap();
        let mut other = producer(&broker).await;
        for _ in 0..durable {
            send(&mut *other, vec![record("other", "b")]).await.unwrap();
        }
        disk.fail(Fault::LostSync, 0);
        send(&mut *other, vec![record("other", "c")])
            .await
            .unwrap_err();
        disk.fail(Fault::None, 0);
        send(&mut *victim, vec![record("orders", "more")])
            .await
            .unwrap_err();
        victim.commit().await.unwrap_err();
        assert_eq!(values(&broker, "orders").await, ["a"]);
        broker.close().await.unwrap();
    }
}

/// It wrote nothing when the first commit failed, so only the second one could have told it.
#[tokio::test]
async fn a_transaction_that_lost_a_part_to_the_second_of_two_failures_cannot_commit_the_rest() {
    let disk = Disk::new();
    let broker = open(&disk).await;
    write(&broker, vec![record("orders", "a")]).await;
    let mut victim = transactional(&broker).await;
    let fail = async || {
        let mut other = producer(&broker).await;
        disk.fail(Fault::LostSync, 0);
        send(&mut *other, vec![record("other", "x")])
            .await
            .unwrap_err();
        disk.fail(Fault::None, 0);
    };
    fail().await;
    let first = send(&mut *victim, vec![record("orders", "first part")]).await;
    // Makes the first part durable.
    write(&broker, vec![record("other", "y")]).await;
    fail().await;
    let rest = async {
        first?;
        send(&mut *victim, vec![record("orders", "second part")]).await?;
        victim.commit().await
    };
    let error = rest.await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unavailable, "{error:?}");
    assert_eq!(values(&broker, "orders").await, ["a"]);
    broker.close().await.unwrap();
}

/// Nobody was told that the topic is gone; the database says it when it is opened anew.
#[tokio::test]
async fn a_topic_whose_deletion_is_of_unknown_outcome_is_gone_for_its_readers() {
    let disk = Disk::new();
    let broker = open(&disk).await;
    write(&broker, vec![record("orders", "a")]).await;
    let mut reader = broker.reader(&ReaderOptions::new("orders")).await.unwrap();
    reader.to_end(&mut |_| ()).await.unwrap();
    disk.fail(Fault::KeptSync, 0);
    let deleted = broker.delete_topic("orders").await;
    check_told(&deleted.unwrap_err(), "sync failed");
    disk.fail(Fault::None, 0);
    write(&broker, vec![record("other", "x")]).await;
    assert_eq!(broker.topics().await.unwrap(), ["other"]);
    let told = reader.next().now_or_never();
    let error = told.expect("it need not wait").unwrap_err();
    assert_eq!(error.message(), "topic `orders` was deleted");
    broker.close().await.unwrap();
}

/// A reader meets the fault, and goes on once it is mended, though nobody writes.
#[test]
fn reading_goes_on_when_the_disk_can_be_read_again() {
    simulate(1, async |environment| {
        let disk = Disk::new();
        let broker = disk.broker(Arc::new(environment)).await;
        let batch: Vec<_> = (0..50)
            .map(|_| record("orders", "x".repeat(500_000)))
            .collect();
        write(&broker, batch).await;
        let mut reader = broker.reader(&ReaderOptions::new("orders")).await.unwrap();
        disk.fail(Fault::Read, 0);
        let mut read = 0;
        let error = loop {
            match reader.next().await {
                // Some of it is still in memory.
                Ok(fetched) => read += fetched.records.len(),
                Err(error) => break error,
            }
        };
        check_told(&error, "bad sector");
        disk.fail(Fault::None, 0);
        while read < 50 {
            match reader.next().await {
                Ok(fetched) => read += fetched.records.len(),
                Err(error) => {
                    assert_eq!(error.kind(), ErrorKind::Unavailable, "{error:?}");
                    sleep(Duration::from_secs(1)).await;
                }
            }
        }
        write(&broker, vec![record("orders", "last")]).await;
    });
}
