//! A member of a group hears of its membership, and of records only where it asked for them.

use std::{
    collections::BTreeSet,
    future::poll_fn,
    sync::mpsc::sync_channel,
    task::Poll,
    thread,
    time::{Duration, Instant},
};

use connect_kafka_lab::{Ending, Kafka, Record};
use connect_librdkafka::{
    Consumer, Membership,
    admin::{Group, GroupState},
};
use futures::executor::block_on;

use super::fixture::{BROKER, PATIENCE, admin_of, config, topic, unique};

/// Joins a group with the settings that its calls need.
fn join(group: &str, topic: &str) -> Consumer {
    let consumer = Consumer::new(config(&[
        ("group.id", group),
        ("client.id", "member"),
        ("session.timeout.ms", "6000"),
        ("heartbeat.interval.ms", "500"),
        ("partition.assignment.strategy", "cooperative-sticky"),
        ("enable.auto.commit", "false"),
        ("auto.offset.reset", "error"),
        ("fetch.queue.backoff.ms", "5"),
    ]))
    .unwrap();
    consumer.subscribe([topic]).unwrap();
    consumer
}

/// Accepts what comes until there are so many partitions.
fn assigned(consumer: &Consumer, count: usize) -> BTreeSet<i32> {
    let mut owned = BTreeSet::new();
    while owned.len() < count {
        if let Membership::Assigned(places) = news(consumer) {
            consumer.accept().unwrap();
            owned.extend(places.into_iter().map(|place| place.partition));
        }
    }
    owned
}

fn news(consumer: &Consumer) -> Membership {
    block_on(poll_fn(|cx| consumer.poll(cx)))
}

/// Reads so many values.
fn read(consumer: &Consumer, count: usize) -> Vec<(i32, i64, String)> {
    let mut found = Vec::new();
    while found.len() < count {
        let messages = block_on(poll_fn(|cx| consumer.poll_records(cx)));
        found.extend(messages.iter().map(|message| {
            assert_eq!(message.code(), None, "{:?}", message.error());
            let value = String::from_utf8(message.value().unwrap().to_vec()).unwrap();
            (message.partition(), message.offset(), value)
        }));
    }
    found
}

fn fill(topic: &str, values: &[&str]) {
    let records: Vec<_> = values
        .iter()
        .map(|value| Record::text("k", value))
        .collect();
    Kafka::write(&Kafka::shared(), topic, &records, Ending::Plain).unwrap();
}

#[test]
fn records_come_only_once_they_are_fetched() {
    let (topic, group) = (topic(1, &[]), unique("group"));
    fill(&topic, &["a", "b", "c"]);
    let consumer = join(&group, &topic);
    assigned(&consumer, 1);
    let idle = poll_fn(|cx| {
        assert!(consumer.poll_records(cx).is_pending());
        Poll::Ready(())
    });
    block_on(idle);
    consumer.fetch([(&*topic, 0, 1)]).unwrap();
    let expected = [(0, 1, "b".to_owned()), (0, 2, "c".to_owned())];
    assert_eq!(read(&consumer, 2), expected);
    consumer.seek([(&*topic, 0, 0)]).unwrap();
    assert_eq!(read(&consumer, 3)[0], (0, 0, "a".to_owned()));
    let position = consumer.positions([(&*topic, 0)]).unwrap();
    assert_eq!(position[0].offset, Some(3));
}

#[test]
fn fetching_twice_is_an_error_and_changes_nothing() {
    let (topic, group) = (topic(1, &[]), unique("group"));
    let consumer = join(&group, &topic);
    assigned(&consumer, 1);
    consumer.fetch([(&*topic, 0, 0)]).unwrap();
    assert!(consumer.fetch([(&*topic, 0, 0)]).is_err());
    fill(&topic, &["a"]);
    assert_eq!(read(&consumer, 1).len(), 1);
}

#[test]
fn offsets_are_committed_whether_the_answer_is_awaited_or_not() {
    let (topic, group) = (topic(1, &[]), unique("group"));
    let consumer = join(&group, &topic);
    assigned(&consumer, 1);
    block_on(consumer.commit([(&*topic, 0, 5)])).unwrap();
    drop(consumer.commit([(&*topic, 0, 6)]));
    // Commits of one member are in order, so that this one comes after the last.
    block_on(consumer.commit([(&*topic, 0, 6)])).unwrap();
    let committed = block_on(admin_of(&group).group_offsets(BROKER, &group)).unwrap();
    assert_eq!(committed, [((topic, 0), 6)].into());
}

#[test]
fn others_wait_for_a_release() {
    let (topic, group) = (topic(2, &[]), unique("group"));
    let one = join(&group, &topic);
    assert_eq!(assigned(&one, 2).len(), 2);
    let two = join(&group, &topic);
    let revoked = loop {
        match news(&one) {
            Membership::Revoked(places) if !places.is_empty() => break places,
            Membership::Revoked(_) => one.release([]).unwrap(),
            Membership::Assigned(_) => one.accept().unwrap(),
            other => panic!("expected a revocation, found {other:?}"),
        }
    };
    // Nothing was fetched of them.
    one.release([]).unwrap();
    let (done, moved) = sync_channel(1);
    let other = thread::spawn(move || {
        done.send(assigned(&two, 1)).unwrap();
        two
    });
    // The group goes on only while its members answer.
    let owned = loop {
        if let Ok(owned) = moved.try_recv() {
            break owned;
        }
        let answered = poll_fn(|cx| {
            if let Poll::Ready(Membership::Assigned(_)) = one.poll(cx) {
                one.accept().unwrap();
            }
            Poll::Ready(())
        });
        block_on(answered);
        thread::yield_now();
    };
    assert_eq!(owned, BTreeSet::from([revoked[0].partition]));
    drop(other.join().unwrap());
}

#[test]
fn a_member_that_owns_nothing_leaves_at_once() {
    let (topic, group) = (topic(1, &[]), unique("group"));
    let owner = join(&group, &topic);
    assigned(&owner, 1);
    let idle = join(&group, &topic);
    members(&owner, &group, 2);
    let left = Instant::now();
    drop(idle);
    members(&owner, &group, 1);
    assert!(left.elapsed() < Duration::from_secs(60));
}

/// Answers until the group is stable and has so many members.
fn members(consumer: &Consumer, group: &str, count: usize) -> Group {
    let admin = admin_of(group);
    loop {
        let answered = poll_fn(|cx| {
            match consumer.poll(cx) {
                Poll::Ready(Membership::Assigned(_)) => consumer.accept().unwrap(),
                Poll::Ready(Membership::Revoked(_)) => consumer.release([]).unwrap(),
                _ => {}
            }
            Poll::Ready(())
        });
        block_on(answered);
        let found = block_on(admin.group_at(BROKER, group, PATIENCE)).unwrap();
        if found.state == GroupState::Stable && found.members.len() == count {
            return found;
        }
    }
}
