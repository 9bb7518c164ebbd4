//! What a broker does while its disk stays bad, and under load.

use std::{sync::Arc, time::Duration};

use connect_api::{ErrorKind, Offsets};
use connect_runtime::broker::{
    Broker, ConsumerEvent, ConsumerOptions, Isolation, NewTopic, ProducerOptions, ReaderOptions,
    Subscription, Want, embedded::EmbeddedBroker,
};
use connect_testkit::simulate;
use futures::{
    future::{join, join_all},
    poll,
};
use std::pin::pin;
use tokio::time::{advance, sleep};

use crate::{
    disk::{Disk, Fault},
    fixture::{producer, record, send, values, write},
};

#[test]
fn a_disk_that_stays_bad_is_not_opened_for_each_command() {
    simulate(1, async |environment| {
        let disk = Disk::new();
        let broker = disk.broker(Arc::new(environment)).await;
        write(&broker, vec![record("orders", "a")]).await;
        disk.fail(Fault::Full, 0);
        let mut failing = producer(&broker).await;
        let failed = send(&mut *failing, vec![record("orders", "b")]).await;
        failed.unwrap_err();
        let before = disk.opened();
        let crowd = (0..100).map(|_| broker.group_offsets("nobody"));
        for answer in join_all(crowd).await {
            let error = answer.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Unavailable, "{error:?}");
            let message = error.report().to_string();
            assert!(message.contains("no space left on device"), "{message}");
        }
        assert_eq!(
            disk.opened() - before,
            1,
            "it is tried again a second later"
        );
        sleep(Duration::from_secs(1)).await;
        broker.group_offsets("nobody").await.unwrap_err();
        assert_eq!(disk.opened() - before, 2);
        disk.fail(Fault::None, 0);
        sleep(Duration::from_secs(1)).await;
        write(&broker, vec![record("orders", "c")]).await;
        assert_eq!(values(&broker, "orders").await, ["a", "c"]);
    });
}

#[test]
fn readers_are_told_why_the_disk_cannot_be_read() {
    simulate(1, async |environment| {
        let disk = Disk::new();
        let broker = disk.broker(Arc::new(environment)).await;
        write(&broker, vec![record("orders", "a")]).await;
        disk.fail(Fault::Full, 0);
        let mut failing = producer(&broker).await;
        let failed = send(&mut *failing, vec![record("orders", "b")]).await;
        failed.unwrap_err();
        for _ in 0..3 {
            let mut reader = broker.reader(&ReaderOptions::new("orders")).await.unwrap();
            let error = reader.next().await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Unavailable, "{error:?}");
            let message = error.report().to_string();
            assert!(message.contains("no space left on device"), "{message}");
        }
    });
}

#[test]
fn retention_goes_on_after_an_outage() {
    simulate(1, async |environment| {
        let disk = Disk::new();
        let broker = disk.broker(Arc::new(environment)).await;
        let topic = NewTopic::new("orders").config("retention.ms", "1000");
        broker.create_topic(&topic).await.unwrap();
        write(&broker, vec![record("orders", "old")]).await;
        disk.fail(Fault::Full, 0);
        let mut failing = producer(&broker).await;
        let failed = send(&mut *failing, vec![record("orders", "lost")]).await;
        failed.unwrap_err();
        // The sweep that was planned meets the bad disk.
        sleep(Duration::from_secs(600)).await;
        disk.fail(Fault::None, 0);
        write(&broker, vec![record("orders", "new")]).await;
        sleep(Duration::from_secs(3600)).await;
        let marks = broker.watermarks("orders", Isolation::ReadCommitted).await;
        assert_eq!(marks.unwrap()[&0].start, 2);
    });
}

#[test]
fn a_crowd_of_commands_does_not_hold_up_what_is_due() {
    simulate(1, async |environment| {
        let broker = EmbeddedBroker::memory(Arc::new(environment));
        let mut options = ProducerOptions::new("slow");
        options.transaction_timeout = Duration::from_secs(1);
        let mut slow = broker.transactional_producer("id", &options).await.unwrap();
        send(&mut *slow, vec![record("orders", "late")])
            .await
            .unwrap();
        // More than one commit takes.
        let crowd = join_all((0..5000).map(|_| broker.group_offsets("nobody")));
        let mut waiting = pin!(join(crowd, slow.commit()));
        assert!(poll!(&mut waiting).is_pending());
        advance(Duration::from_secs(2)).await;
        let (_, committed) = waiting.await;
        let error = committed.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Fenced, "{error:?}");
    });
}

/// Each transaction ends in time; all of them together take longer than the reader's patience.
#[test]
fn a_reader_is_patient_as_long_as_something_moves() {
    simulate(1, async |environment| {
        let broker = EmbeddedBroker::memory(Arc::new(environment));
        let mut open = Vec::new();
        for id in ["a", "b", "c"] {
            let options = ProducerOptions::new("test");
            let mut producer = broker.transactional_producer(id, &options).await.unwrap();
            send(&mut *producer, vec![record("orders", id)])
                .await
                .unwrap();
            open.push(producer);
        }
        let mut options = ReaderOptions::new("orders");
        options.patience = Duration::from_secs(10);
        let mut reader = broker.reader(&options).await.unwrap();
        let mut read = 0;
        let mut each = |fetched: connect_runtime::broker::Fetched| read += fetched.records.len();
        let (ended, ()) = join(reader.to_end(&mut each), async {
            for mut producer in open {
                sleep(Duration::from_secs(8)).await;
                producer.commit().await.unwrap();
            }
        })
        .await;
        ended.unwrap();
        assert_eq!(read, 3);
    });
}

/// Those that wait, and those that have records to read.
#[test]
fn consumers_and_readers_of_a_closed_broker_are_told() {
    simulate(1, async |environment| {
        let broker = EmbeddedBroker::memory(Arc::new(environment));
        write(&broker, vec![record("orders", "a")]).await;
        let join_group = async |group: &str| {
            let subscription = Subscription::Topics(vec!["orders".into()]);
            let options = ConsumerOptions::new(group, subscription);
            let mut consumer = broker.consumer(&options).await.unwrap();
            let event = consumer.next(Want::Records).await.unwrap();
            let ConsumerEvent::Assigned(partitions) = event else {
                panic!("expected an assignment, found {event:?}");
            };
            consumer.start(&partitions, &Offsets::new()).await.unwrap();
            consumer
        };
        let (mut waiting, mut behind) = (join_group("waiting").await, join_group("behind").await);
        waiting.next(Want::Records).await.unwrap();
        let mut tailing = broker.reader(&ReaderOptions::new("orders")).await.unwrap();
        tailing.to_end(&mut |_| ()).await.unwrap();
        let told = |error: connect_api::Error| {
            assert_eq!(error.kind(), ErrorKind::Fatal, "{error:?}");
            assert_eq!(error.message(), "embedded broker: memory is closed");
        };
        let (waited, (tailed, closed)) = join(
            waiting.next(Want::Records),
            join(tailing.next(), broker.close()),
        )
        .await;
        closed.unwrap();
        told(waited.unwrap_err());
        told(tailed.unwrap_err());
        told(behind.next(Want::Records).await.unwrap_err());
        told(behind.next(Want::Membership).await.unwrap_err());
        told(behind.commit(&Offsets::new()).await.unwrap_err());
        told(broker.topics().await.unwrap_err());
        told(broker.topic("orders").await.unwrap_err());
        told(tailing.to_end(&mut |_| ()).await.unwrap_err());
        told(
            broker
                .reader(&ReaderOptions::new("orders"))
                .await
                .unwrap_err(),
        );
        told(
            broker
                .producer(&ProducerOptions::new("late"))
                .await
                .unwrap_err(),
        );
    });
}
