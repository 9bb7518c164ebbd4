//! Where members of a group start, go on and commit.

use std::pin::pin;

use connect_api::{ErrorKind, Offsets, TopicPartition};
use connect_runtime::broker::{Broker, ConsumerEvent, Isolation, OffsetReset, Want};

use tokio::time::timeout;

use super::fixture::{
    IMPATIENCE, Member, abort, deliver, eventually, expect_kind, joining, new_topic, not_yet,
    numbered, records, transactional, unique, within, write,
};

/// Nothing is fetched before it is started.
pub async fn nothing_is_fetched_before_its_start(broker: &dyn Broker) {
    let (topic, group) = (new_topic(broker, 2).await, unique("group"));
    write(broker, &topic, 0, &numbered("a", 3)).await;
    write(broker, &topic, 1, &numbered("b", 3)).await;
    let (mut member, assigned) = Member::assigned(broker, &joining(&group, &topic), 2).await;
    {
        let mut next = pin!(member.consumer.next(Want::Records));
        not_yet("something came before the start", &mut next).await;
    }
    let started = member.consumer.start(&assigned[1..], &Offsets::new()).await;
    started.expect("an assigned partition starts");
    assert_eq!(member.read(&assigned[1], 3).await, numbered("b", 3));
    assert!(
        member.read.is_empty(),
        "records of a partition that was not started"
    );
    let started = member.consumer.start(&assigned[..1], &Offsets::new()).await;
    started.expect("an assigned partition starts");
    assert_eq!(member.read(&assigned[0], 3).await, numbered("a", 3));
}

/// A partition starts at the offset that is given, whatever the group committed.
pub async fn a_partition_starts_where_it_is_told(broker: &dyn Broker) {
    let (topic, group) = (new_topic(broker, 1).await, unique("group"));
    let texts = numbered("a", 10);
    write(broker, &topic, 0, &texts).await;
    for offset in [0_usize, 4, 9] {
        let (mut member, assigned) = Member::assigned(broker, &joining(&group, &topic), 1).await;
        let at = i64::try_from(offset).expect("small");
        let offsets = Offsets::from([(assigned[0].clone(), at)]);
        let started = member.consumer.start(&assigned, &offsets).await;
        started.expect("an offset inside the log starts");
        let found = member.read(&assigned[0], 10 - offset).await;
        assert_eq!(found, texts[offset..]);
        let committed = member.consumer.commit(&member.next.clone()).await;
        committed.expect("a member commits");
        member.consumer.close().await.expect("a member leaves");
    }
}

/// A partition that is given no offset goes on where the group left off.
pub async fn a_partition_goes_on_where_the_group_left_off(broker: &dyn Broker) {
    let (topic, group) = (new_topic(broker, 1).await, unique("group"));
    let at = TopicPartition::new(&topic, 0);
    for round in 0..3 {
        let texts = numbered(&round.to_string(), 5);
        write(broker, &topic, 0, &texts).await;
        let mut member = Member::started(broker, &joining(&group, &topic), 1).await;
        assert_eq!(member.read(&at, 5).await, texts);
        let next = member.next.clone();
        member
            .consumer
            .commit(&next)
            .await
            .expect("a member commits");
        let durable = broker.group_offsets(&group).await;
        assert_eq!(durable.expect("a group is read"), next);
        member.consumer.close().await.expect("a member leaves");
    }
}

/// Without a committed offset a partition starts where `reset` says.
pub async fn a_new_group_starts_where_reset_says(broker: &dyn Broker) {
    let topic = new_topic(broker, 1).await;
    let at = TopicPartition::new(&topic, 0);
    write(broker, &topic, 0, &numbered("a", 3)).await;
    let mut options = joining(&unique("group"), &topic);
    let mut member = Member::started(broker, &options, 1).await;
    assert_eq!(member.read(&at, 3).await, numbered("a", 3));
    options = joining(&unique("group"), &topic);
    options.reset = OffsetReset::Latest;
    let mut member = Member::started(broker, &options, 1).await;
    {
        // Settles where "latest" is, for brokers that look it up with the first fetch.
        let mut next = pin!(member.consumer.next(Want::Records));
        not_yet("an old record was read", &mut next).await;
    }
    write(broker, &topic, 0, &numbered("b", 3)).await;
    assert_eq!(member.read(&at, 3).await, numbered("b", 3));
}

/// A position passes aborted records, also where nothing follows them.
///
/// Otherwise it falls out of the log once retention has removed them.
pub async fn a_position_passes_aborted_records(broker: &dyn Broker) {
    let (topic, group) = (new_topic(broker, 1).await, unique("group"));
    let at = TopicPartition::new(&topic, 0);
    let mut aborting = transactional(broker, &unique("id")).await;
    let mut member = Member::started(broker, &joining(&group, &topic), 1).await;
    deliver(&mut *aborting, records(&topic, 0, &numbered("aborted", 3))).await;
    abort(&mut *aborting).await;
    // The marker of an abort may be written a little later than the abort is answered.
    let end = async |isolation| {
        let marks = broker.watermarks(&topic, isolation).await;
        marks.expect("a log is described")[&0].end
    };
    eventually("the end of an aborted transaction", || async {
        end(Isolation::ReadCommitted).await > 3
    })
    .await;
    let end = end(Isolation::ReadUncommitted).await;
    member
        .until("a position behind aborted records", |member| {
            member.next.get(&at) == Some(&end)
        })
        .await;
    assert_eq!(member.read.remove(&at).unwrap_or_default(), [""; 0]);
}

/// Under `none` a missing offset is fatal, and the error names the partition.
pub async fn a_missing_offset_is_fatal_under_none(broker: &dyn Broker) {
    let (topic, group) = (new_topic(broker, 1).await, unique("group"));
    write(broker, &topic, 0, &numbered("a", 3)).await;
    let mut options = joining(&group, &topic);
    options.reset = OffsetReset::None;
    let (mut member, assigned) = Member::assigned(broker, &options, 1).await;
    let started = match member.consumer.start(&assigned, &Offsets::new()).await {
        Ok(()) => within("an error", member.consumer.next(Want::Records))
            .await
            .map(drop),
        error => error,
    };
    let error = expect_kind("start or next", started, ErrorKind::Fatal);
    assert!(
        error.report().to_string().contains(&*topic),
        "the message names no topic: {error}"
    );
}

/// An offset outside the log is fatal at the start.
///
/// It is named with the log's range, never reset.
pub async fn an_offset_outside_the_log_is_fatal(broker: &dyn Broker) {
    let (topic, group) = (new_topic(broker, 1).await, unique("group"));
    write(broker, &topic, 0, &numbered("a", 3)).await;
    for outside in [4, 1_000_000] {
        let (mut member, assigned) = Member::assigned(broker, &joining(&group, &topic), 1).await;
        let offsets = Offsets::from([(assigned[0].clone(), outside)]);
        let started = member.consumer.start(&assigned, &offsets).await;
        let error = expect_kind("start", started, ErrorKind::Fatal);
        let message = error.report().to_string();
        for part in [&*topic, &outside.to_string(), "0", "3"] {
            assert!(
                message.contains(part),
                "expected `{part}` in the message, found: {message}"
            );
        }
        member.consumer.close().await.expect("a member leaves");
    }
    let (mut member, assigned) = Member::assigned(broker, &joining(&group, &topic), 1).await;
    let end = Offsets::from([(assigned[0].clone(), 3)]);
    let started = member.consumer.start(&assigned, &end).await;
    started.expect("the end of the log is inside");
    write(broker, &topic, 0, &numbered("b", 1)).await;
    assert_eq!(member.read(&assigned[0], 1).await, numbered("b", 1));
}

/// A committed offset outside the log is fatal too.
pub async fn a_committed_offset_outside_the_log_is_fatal(broker: &dyn Broker) {
    let (topic, group) = (new_topic(broker, 1).await, unique("group"));
    write(broker, &topic, 0, &numbered("a", 3)).await;
    let set = [(TopicPartition::new(&topic, 0), Some(50))].into();
    broker
        .alter_group_offsets(&group, &set)
        .await
        .expect("offsets are set");
    let (mut member, assigned) = Member::assigned(broker, &joining(&group, &topic), 1).await;
    let started = match member.consumer.start(&assigned, &Offsets::new()).await {
        Ok(()) => within("an error", member.consumer.next(Want::Records))
            .await
            .map(drop),
        error => error,
    };
    expect_kind("start or next", started, ErrorKind::Fatal);
}

/// Starting and seeking ignore partitions that are not assigned.
pub async fn partitions_of_others_are_ignored(broker: &dyn Broker) {
    let (topic, group) = (new_topic(broker, 1).await, unique("group"));
    write(broker, &topic, 0, &numbered("a", 3)).await;
    let foreign = TopicPartition::new(&topic, 17);
    let (mut member, mut assigned) = Member::assigned(broker, &joining(&group, &topic), 1).await;
    let at = assigned[0].clone();
    assigned.push(foreign.clone());
    let offsets = Offsets::from([(foreign.clone(), 5)]);
    member
        .consumer
        .start(&assigned, &offsets)
        .await
        .expect("others are ignored");
    member
        .consumer
        .seek(&offsets)
        .await
        .expect("others are ignored");
    assert_eq!(member.read(&at, 3).await, numbered("a", 3));
}

/// After a seek reading goes on there, back or ahead.
///
/// What was fetched before is dropped.
pub async fn a_seek_moves_reading(broker: &dyn Broker) {
    let (topic, group) = (new_topic(broker, 1).await, unique("group"));
    let (at, texts) = (TopicPartition::new(&topic, 0), numbered("a", 100));
    write(broker, &topic, 0, &texts).await;
    let mut options = joining(&group, &topic);
    options.fetch_bytes = 64;
    let mut member = Member::started(broker, &options, 1).await;
    let first = member.read(&at, 1).await;
    assert_eq!(first[0], texts[0]);
    for offset in [90_usize, 20, 0] {
        let seek = Offsets::from([(at.clone(), i64::try_from(offset).expect("small"))]);
        member
            .consumer
            .seek(&seek)
            .await
            .expect("an offset inside the log is found");
        member.next.clear();
        let found = member.read(&at, 5).await;
        assert_eq!(found[..5], texts[offset..offset + 5]);
    }
    let outside = Offsets::from([(at, 5000)]);
    expect_kind(
        "seek",
        member.consumer.seek(&outside).await,
        ErrorKind::Fatal,
    );
}

/// Waiting can be given up at any time.
///
/// No record is lost, none comes twice, order is kept.
pub async fn next_can_be_dropped_at_any_time(broker: &dyn Broker) {
    let (topic, group) = (new_topic(broker, 1).await, unique("group"));
    let texts = numbered("a", 200);
    let at = TopicPartition::new(&topic, 0);
    let mut options = joining(&group, &topic);
    options.fetch_bytes = 256;
    let mut member = Member::join(broker, &options).await;
    let writing = async {
        for batch in texts.chunks(4) {
            write(broker, &topic, 0, batch).await;
        }
    };
    let reading = async {
        while member.read.get(&at).is_none_or(|read| read.len() < 200) {
            let next = member.consumer.next(Want::Records);
            // The future is dropped soon after it has to wait.
            if let Ok(event) = timeout(IMPATIENCE, next).await {
                let event = event.expect("a member lives");
                member.on(event).await;
            }
        }
    };
    within("200 records", futures::future::join(writing, reading)).await;
    assert_eq!(member.read[&at], texts);
}

/// A caller without room for records is given none, and gets them afterwards.
pub async fn no_records_come_while_only_membership_is_wanted(broker: &dyn Broker) {
    let (topic, group) = (new_topic(broker, 1).await, unique("group"));
    let at = TopicPartition::new(&topic, 0);
    write(broker, &topic, 0, &numbered("a", 3)).await;
    let mut member = Member::started(broker, &joining(&group, &topic), 1).await;
    {
        let mut next = pin!(member.consumer.next(Want::Membership));
        not_yet("records came that nobody had room for", &mut next).await;
    }
    assert_eq!(member.read(&at, 3).await, numbered("a", 3));
}

/// The fetched records of a partition follow each other, and so do the batches.
pub async fn records_come_in_order_with_their_offsets(broker: &dyn Broker) {
    let (topic, group) = (new_topic(broker, 1).await, unique("group"));
    write(broker, &topic, 0, &numbered("a", 300)).await;
    let mut options = joining(&group, &topic);
    options.fetch_bytes = 512;
    let mut member = Member::started(broker, &options, 1).await;
    let mut expected = 0;
    while expected < 300 {
        let ConsumerEvent::Records(fetched) = member.event().await else {
            continue;
        };
        for record in &fetched.records {
            assert_eq!(record.offset, expected);
            assert_eq!(
                record.value.as_deref(),
                Some(format!("a {expected}").as_bytes())
            );
            expected += 1;
        }
        assert!(
            fetched.next >= expected,
            "reading goes on before its records"
        );
    }
}
