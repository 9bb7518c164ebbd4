//! Groups: who owns which partitions, and what becomes of those that move.

use std::{collections::BTreeSet, pin::pin, time::Duration};

use connect_api::{ErrorKind, Offsets, Str, TopicPartition};
use connect_runtime::broker::{
    Broker, ConsumerEvent, ConsumerOptions, NewTopic, Subscription, Want,
};

use super::fixture::{
    Member, create, expect_kind, joining, new_topic, not_yet, numbered, unique, within, write,
};

/// How long revoked partitions wait in these claims; real brokers allow little less.
const REBALANCE: Duration = Duration::from_secs(8);

/// The first member of a group gets every partition.
pub async fn a_lone_member_gets_everything(broker: &dyn Broker) {
    let (topic, group) = (new_topic(broker, 4).await, unique("group"));
    let (_member, assigned) = Member::assigned(broker, &joining(&group, &topic), 4).await;
    assert_eq!(assigned, partitions_of(&topic, 4));
}

/// Two members share the partitions of a topic; each is read by one of them.
pub async fn two_members_balance(broker: &dyn Broker) {
    let (topic, group) = (new_topic(broker, 4).await, unique("group"));
    let options = joining(&group, &topic);
    let mut one = Member::started(broker, &options, 4).await;
    let mut two = Member::join(broker, &options).await;
    one.until_with(&mut two, "two members to share", |one, two| {
        one.owned.len() == 2 && two.owned.len() == 2
    })
    .await;
    let all: BTreeSet<_> = one.owned.union(&two.owned).cloned().collect();
    assert_eq!(
        all.into_iter().collect::<Vec<_>>(),
        partitions_of(&topic, 4)
    );
    for partition in 0..4 {
        write(broker, &topic, partition, &numbered("a", 2)).await;
    }
    let complete = |member: &Member| {
        let read = |at| member.read.get(at).is_some_and(|read| read.len() == 2);
        member.owned.iter().all(read)
    };
    one.until_with(&mut two, "each record to be read", |one, two| {
        complete(one) && complete(two)
    })
    .await;
    assert!(one.lost.is_empty() && two.lost.is_empty());
}

/// A partition goes to its new owner only when the old one released it.
///
/// Until then it can be committed.
pub async fn a_revoked_partition_is_its_owners_until_released(broker: &dyn Broker) {
    let (topic, group) = (new_topic(broker, 2).await, unique("group"));
    for partition in [0, 1] {
        write(broker, &topic, partition, &numbered("a", 5)).await;
    }
    let options = joining(&group, &topic);
    let mut old = Member::started(broker, &options, 2).await;
    let mut new = Member::join(broker, &options).await;
    let revoked = revoked(&mut old, &mut new).await;
    {
        let mut next = pin!(new.consumer.next(Want::Membership));
        let mut waiting = pin!(async {
            while let Ok(ConsumerEvent::Assigned(partitions)) = next.as_mut().await {
                if !partitions.is_empty() {
                    break;
                }
            }
        });
        not_yet("a partition moved before it was released", &mut waiting).await;
    }
    let settled: Offsets = revoked.iter().map(|at| (at.clone(), 3)).collect();
    let committed = within("commit", old.consumer.commit(&settled)).await;
    committed.expect("a revoked partition can be committed until it is released");
    let released = old.consumer.release(&revoked).await;
    released.expect("revoked partitions are released");
    expect_kind(
        "commit after release",
        within("commit", old.consumer.commit(&settled)).await,
        ErrorKind::Fenced,
    );
    old.until_with(&mut new, "the partitions to move", |_, new| {
        revoked.iter().all(|at| {
            new.read
                .get(at)
                .is_some_and(|read| read[..] == numbered("a", 5)[3..])
        })
    })
    .await;
}

/// A revoked partition that is not released in time is lost.
///
/// Its old owner can't commit it any more.
pub async fn a_partition_that_is_not_released_is_lost(broker: &dyn Broker) {
    let (topic, group) = (new_topic(broker, 2).await, unique("group"));
    for partition in [0, 1] {
        write(broker, &topic, partition, &numbered("a", 2)).await;
    }
    let mut options = joining(&group, &topic);
    options.rebalance_timeout = REBALANCE;
    let mut slow = Member::started(broker, &options, 2).await;
    let mut other = Member::join(broker, &options).await;
    let revoked = revoked(&mut slow, &mut other).await;
    // Nobody releases, and the loser is told.
    slow.until_with(&mut other, "the partitions to be lost", |slow, other| {
        revoked
            .iter()
            .all(|at| slow.lost.contains(at) && other.owned.contains(at))
    })
    .await;
    let late: Offsets = revoked.iter().map(|at| (at.clone(), 1)).collect();
    expect_kind(
        "commit of a lost partition",
        within("commit", slow.consumer.commit(&late)).await,
        ErrorKind::Fenced,
    );
}

/// A rebalance goes on while a member does not ask for events.
///
/// Its partitions move after the time-out.
pub async fn a_member_that_does_not_ask_loses_its_partitions(broker: &dyn Broker) {
    let (topic, group) = (new_topic(broker, 2).await, unique("group"));
    write(broker, &topic, 0, &numbered("a", 2)).await;
    let mut options = joining(&group, &topic);
    options.rebalance_timeout = REBALANCE;
    let mut silent = Member::started(broker, &options, 2).await;
    let mut other = Member::join(broker, &options).await;
    other
        .until("a partition of a silent member", |other| {
            !other.owned.is_empty()
        })
        .await;
    let moved: Offsets = other.owned.iter().map(|at| (at.clone(), 0)).collect();
    expect_kind(
        "commit of a partition that moved",
        within("commit", silent.consumer.commit(&moved)).await,
        ErrorKind::Fenced,
    );
}

/// Nothing of a revoked partition comes after it was told.
///
/// That holds also for what had been fetched before.
pub async fn nothing_comes_of_a_revoked_partition(broker: &dyn Broker) {
    let (topic, group) = (new_topic(broker, 2).await, unique("group"));
    for partition in [0, 1] {
        write(broker, &topic, partition, &numbered("a", 200)).await;
    }
    let mut options = joining(&group, &topic);
    options.fetch_bytes = 128;
    let mut old = Member::started(broker, &options, 2).await;
    // Some is read, and more of it prefetched.
    old.until("a first record", |old| !old.read.is_empty())
        .await;
    let mut new = Member::join(broker, &options).await;
    let revoked = revoked(&mut old, &mut new).await;
    let kept: Vec<_> = partitions_of(&topic, 2)
        .into_iter()
        .filter(|at| !revoked.contains(at))
        .collect();
    // `keep` fails on records of a partition that is not owned.
    old.until("the rest of what was kept", |old| {
        kept.iter()
            .all(|at| old.read.get(at).is_some_and(|read| read.len() == 200))
    })
    .await;
}

/// A commit that names a foreign partition commits nothing at all.
pub async fn a_fenced_commit_commits_nothing(broker: &dyn Broker) {
    let (topic, group) = (new_topic(broker, 2).await, unique("group"));
    let options = joining(&group, &topic);
    for partition in [0, 1] {
        write(broker, &topic, partition, &numbered("a", 5)).await;
    }
    let mut one = Member::started(broker, &options, 2).await;
    let mut two = Member::join(broker, &options).await;
    one.until_with(&mut two, "two members to share", |one, two| {
        one.owned.len() == 1 && two.owned.len() == 1
    })
    .await;
    let both: Offsets = partitions_of(&topic, 2)
        .into_iter()
        .map(|at| (at, 2))
        .collect();
    expect_kind(
        "commit of both partitions",
        within("commit", one.consumer.commit(&both)).await,
        ErrorKind::Fenced,
    );
    let left = broker.group_offsets(&group).await.expect("a group is read");
    assert_eq!(left, Offsets::new());
}

/// The partitions of a member that closes go to the others.
///
/// They go on where it committed.
pub async fn a_closed_members_partitions_move(broker: &dyn Broker) {
    let (topic, group) = (new_topic(broker, 2).await, unique("group"));
    let options = joining(&group, &topic);
    let mut leaving = Member::started(broker, &options, 2).await;
    let mut staying = Member::join(broker, &options).await;
    leaving
        .until_with(&mut staying, "two members to share", |one, two| {
            one.owned.len() == 1 && two.owned.len() == 1
        })
        .await;
    let at = leaving.owned.first().cloned().expect("one is owned");
    write(broker, &topic, at.partition, &numbered("a", 4)).await;
    assert_eq!(leaving.read(&at, 4).await, numbered("a", 4));
    let settled = Offsets::from([(at.clone(), 3)]);
    let committed = leaving.consumer.commit(&settled).await;
    committed.expect("a member commits");
    within("close", leaving.consumer.close())
        .await
        .expect("a member leaves");
    assert_eq!(staying.read(&at, 1).await, numbered("a", 4)[3..]);
    assert_eq!(staying.owned.len(), 2);
}

/// A member that is dropped without `close` leaves its group too.
pub async fn a_dropped_members_partitions_move(broker: &dyn Broker) {
    let (topic, group) = (new_topic(broker, 2).await, unique("group"));
    let options = joining(&group, &topic);
    let dropped = Member::started(broker, &options, 2).await;
    drop(dropped);
    let mut next = Member::join(broker, &options).await;
    next.until("the partitions of a dropped member", |next| {
        next.owned.len() == 2
    })
    .await;
}

/// The closer of a consumer ends it from outside.
///
/// It is told `Fenced`, and its partitions go to others.
pub async fn a_closer_ends_a_member(broker: &dyn Broker) {
    let (topic, group) = (new_topic(broker, 2).await, unique("group"));
    write(broker, &topic, 0, &numbered("a", 3)).await;
    let options = joining(&group, &topic);
    let mut closed = Member::started(broker, &options, 2).await;
    let closer = closed.consumer.closer();
    closer.close();
    closer.close();
    let at = TopicPartition::new(&topic, 0);
    let offsets = Offsets::from([(at.clone(), 1)]);
    let consumer = &mut closed.consumer;
    for offsets in [&offsets, &Offsets::new()] {
        let committed = within("commit", consumer.commit(offsets)).await;
        expect_kind("commit", committed, ErrorKind::Fenced);
    }
    let partitions = partitions_of(&topic, 2);
    let started = within("start", consumer.start(&partitions, &Offsets::new())).await;
    expect_kind("start", started, ErrorKind::Fenced);
    let moved = within("seek", consumer.seek(&offsets)).await;
    expect_kind("seek", moved, ErrorKind::Fenced);
    let ended = within("next", async {
        // What happened to the membership may be told first.
        loop {
            match consumer.next(Want::Membership).await {
                Ok(ConsumerEvent::Records(_)) => panic!("records of a closed consumer"),
                Ok(_) => {}
                Err(error) => break error,
            }
        }
    });
    assert_eq!(ended.await.kind(), ErrorKind::Fenced);
    let mut next = Member::join(broker, &options).await;
    assert_eq!(next.read(&at, 3).await, numbered("a", 3));
    next.until("both partitions", |next| next.owned.len() == 2)
        .await;
}

/// Closing wakes a member that waits.
pub async fn a_closer_wakes_a_member_that_waits(broker: &dyn Broker) {
    let (topic, group) = (new_topic(broker, 1).await, unique("group"));
    let mut member = Member::started(broker, &joining(&group, &topic), 1).await;
    let closer = member.consumer.closer();
    let mut waiting = pin!(async {
        loop {
            match member.consumer.next(Want::Records).await {
                Ok(_) => {}
                Err(error) => break error,
            }
        }
    });
    not_yet("something happened in an empty topic", &mut waiting).await;
    closer.close();
    let error = within("the end of a closed member", waiting).await;
    assert_eq!(error.kind(), ErrorKind::Fenced);
}

/// A group reads several topics, and one that is created later.
pub async fn a_topic_that_does_not_exist_yet_is_read_once_it_does(broker: &dyn Broker) {
    let (topic, later, group) = (new_topic(broker, 1).await, unique("later"), unique("group"));
    write(broker, &topic, 0, &numbered("a", 1)).await;
    let subscription = Subscription::Topics(vec![topic.clone(), later.clone()]);
    let mut member = Member::join(broker, &ConsumerOptions::new(&group, subscription)).await;
    let at = TopicPartition::new(&topic, 0);
    assert_eq!(member.read(&at, 1).await, numbered("a", 1));
    create(broker, &NewTopic::new(&later).partitions(1)).await;
    write(broker, &later, 0, &numbered("b", 1)).await;
    let at = TopicPartition::new(&later, 0);
    assert_eq!(member.read(&at, 1).await, numbered("b", 1));
}

/// Partitions of a deleted topic go, others stay; committing them is fenced.
pub async fn partitions_of_a_deleted_topic_go(broker: &dyn Broker) {
    let (kept, deleted) = (new_topic(broker, 1).await, new_topic(broker, 1).await);
    let subscription = Subscription::Topics(vec![kept.clone(), deleted.clone()]);
    let options = ConsumerOptions::new(unique("group"), subscription);
    let mut member = Member::started(broker, &options, 2).await;
    let done = within("delete_topic", broker.delete_topic(&deleted)).await;
    done.expect("a topic is deleted");
    let gone = TopicPartition::new(&deleted, 0);
    member
        .until("a partition of a deleted topic to go", |member| {
            !member.owned.contains(&gone)
        })
        .await;
    let late = Offsets::from([(gone, 0)]);
    expect_kind(
        "commit of a deleted partition",
        within("commit", member.consumer.commit(&late)).await,
        ErrorKind::Fenced,
    );
    write(broker, &kept, 0, &numbered("a", 2)).await;
    let at = TopicPartition::new(&kept, 0);
    assert_eq!(member.read(&at, 2).await, numbered("a", 2));
}

/// A pattern selects topics whose whole name matches, also later ones, and no others.
pub async fn a_pattern_selects_whole_names(broker: &dyn Broker) {
    let (prefix, group) = (unique("pattern"), unique("group"));
    let names = ["-1", "-2", "-2x", "x-1"].map(|end| format!("{prefix}{end}"));
    for name in [&names[0], &names[2]] {
        create(broker, &NewTopic::new(name).partitions(1)).await;
        write(broker, &name.into(), 0, &numbered(name, 1)).await;
    }
    let subscription = Subscription::Pattern(format!("{prefix}-[0-9]"));
    let mut member = Member::join(broker, &ConsumerOptions::new(&group, subscription)).await;
    let first = TopicPartition::new(&names[0], 0);
    assert_eq!(member.read(&first, 1).await, numbered(&names[0], 1));
    for name in [&names[3], &names[1]] {
        create(broker, &NewTopic::new(name).partitions(1)).await;
        write(broker, &name.into(), 0, &numbered(name, 1)).await;
    }
    let second = TopicPartition::new(&names[1], 0);
    assert_eq!(member.read(&second, 1).await, numbered(&names[1], 1));
    assert_eq!(member.owned, [first, second].into());
}

/// Groups read independently of each other.
pub async fn groups_do_not_disturb_each_other(broker: &dyn Broker) {
    let topic = new_topic(broker, 1).await;
    let at = TopicPartition::new(&topic, 0);
    write(broker, &topic, 0, &numbered("a", 5)).await;
    let mut one = Member::started(broker, &joining(&unique("group"), &topic), 1).await;
    let mut two = Member::started(broker, &joining(&unique("group"), &topic), 1).await;
    assert_eq!(one.read(&at, 5).await, numbered("a", 5));
    assert_eq!(two.read(&at, 5).await, numbered("a", 5));
}

/// A membership event is told before records that are there too.
pub async fn membership_comes_before_records(broker: &dyn Broker) {
    let (topic, group) = (new_topic(broker, 2).await, unique("group"));
    let options = joining(&group, &topic);
    for partition in [0, 1] {
        write(broker, &topic, partition, &numbered("a", 100)).await;
    }
    let mut member = Member::started(broker, &options, 2).await;
    let mut other = Member::join(broker, &options).await;
    // While only membership is asked for, records pile up; the revocation is there before them.
    let revoked = revoked_by_membership(&mut member, &mut other).await;
    assert!(!revoked.is_empty());
    member.consumer.closer().close();
    let event = within("an event", member.consumer.next(Want::Records)).await;
    assert!(
        !matches!(event, Ok(ConsumerEvent::Records(_))),
        "records came before the end of the membership"
    );
}

fn partitions_of(topic: &Str, count: i32) -> Vec<TopicPartition> {
    (0..count)
        .map(|partition| TopicPartition::new(topic, partition))
        .collect()
}

/// Runs both until the first is asked for partitions, and answers which; they are not released.
async fn revoked(old: &mut Member, new: &mut Member) -> Vec<TopicPartition> {
    revoked_while(old, new, Want::Records).await
}

async fn revoked_by_membership(old: &mut Member, new: &mut Member) -> Vec<TopicPartition> {
    revoked_while(old, new, Want::Membership).await
}

async fn revoked_while(old: &mut Member, new: &mut Member, want: Want) -> Vec<TopicPartition> {
    let revoking = async {
        loop {
            // Both may be dropped while they wait.
            let (member, event) = tokio::select! {
                event = old.consumer.next(want) => (&mut *old, event),
                event = new.consumer.next(Want::Membership) => (&mut *new, event),
            };
            match event.expect("a member lives") {
                ConsumerEvent::Revoked(partitions) => {
                    for partition in &partitions {
                        member.owned.remove(partition);
                    }
                    return partitions;
                }
                other => member.on(other).await,
            }
        }
    };
    within("a revocation", revoking).await
}
