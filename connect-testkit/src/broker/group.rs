//! Descriptions of groups: who is a member, and who keeps a single partition.

use std::{thread, time::Duration};

use connect_api::Str;
use connect_runtime::broker::{
    Broker, ConsumerOptions, GroupDescription, GroupPhase, NewTopic, Want,
};
use futures::{executor::block_on, future::select_all};
use tokio::time::{Instant, timeout};

use super::fixture::{Member, PATIENCE, create, joining, new_topic, unique, within};

/// How long members live before they are looked at again.
const STEP: Duration = Duration::from_millis(20);

/// How long an executor stands still at most. Only a broken broker takes that long.
const STANDSTILL: Duration = Duration::from_secs(10);

/// Longer than a claim waits: whoever is listed no more has left, and was not found silent.
const SESSION: Duration = Duration::from_secs(PATIENCE.as_secs() * 2);

/// A group that nobody ever joined is stable, and has no members.
pub async fn an_unknown_group_has_no_members(broker: &dyn Broker) {
    let found = described(broker, &unique("group")).await;
    assert_eq!(found.phase, GroupPhase::Stable);
    assert_eq!(names(&found), [""; 0]);
}

/// Members are listed by their client ids, also those that have no partition.
pub async fn members_are_listed_by_their_client_ids(broker: &dyn Broker) {
    let (topic, group) = (new_topic(broker, 1).await, unique("group"));
    let mut first = Member::join(broker, &named(&group, &topic, "first")).await;
    listed(broker, &group, &mut [&mut first], &["first"]).await;
    let mut second = Member::join(broker, &named(&group, &topic, "second")).await;
    let mut third = Member::join(broker, &named(&group, &topic, "third")).await;
    listed(
        broker,
        &group,
        &mut [&mut first, &mut second, &mut third],
        &["first", "second", "third"],
    )
    .await;
}

/// Groups are described each for itself.
pub async fn members_of_other_groups_are_not_listed(broker: &dyn Broker) {
    let topic = new_topic(broker, 1).await;
    let (one, other) = (unique("group"), unique("group"));
    let mut here = Member::join(broker, &named(&one, &topic, "here")).await;
    let mut there = Member::join(broker, &named(&other, &topic, "there")).await;
    let members = &mut [&mut here, &mut there];
    listed(broker, &one, members, &["here"]).await;
    listed(broker, &other, members, &["there"]).await;
}

/// An owner keeps its partition while others join and leave.
pub async fn an_owner_stays_while_others_come_and_go(broker: &dyn Broker) {
    let (topic, group) = (one_partition(broker).await, unique("group"));
    let mut owner = Member::started(broker, &named(&group, &topic, "owner"), 1).await;
    let mut second = Member::join(broker, &named(&group, &topic, "second")).await;
    let mut third = Member::join(broker, &named(&group, &topic, "third")).await;
    listed(
        broker,
        &group,
        &mut [&mut owner, &mut second, &mut third],
        &["owner", "second", "third"],
    )
    .await;
    close(third).await;
    listed(
        broker,
        &group,
        &mut [&mut owner, &mut second],
        &["owner", "second"],
    )
    .await;
    assert_eq!((owner.owned.len(), second.owned.len()), (1, 0));
    assert_eq!(owner.assigned, 1, "the partition went and came back");
}

/// When the owner closes, one of the others gets its partition.
pub async fn a_closed_owner_has_an_heir(broker: &dyn Broker) {
    let (topic, group) = (one_partition(broker).await, unique("group"));
    let mut owner = Member::started(broker, &named(&group, &topic, "owner"), 1).await;
    let (mut second, mut third) = heirs(broker, (&group, &topic), &mut owner).await;
    close(owner).await;
    inherited(broker, &group, [&mut second, &mut third]).await;
}

/// When the owner is closed from outside, one of the others gets its partition.
pub async fn an_owner_that_is_closed_from_outside_has_an_heir(broker: &dyn Broker) {
    let (topic, group) = (one_partition(broker).await, unique("group"));
    let mut owner = Member::started(broker, &named(&group, &topic, "owner"), 1).await;
    let (mut second, mut third) = heirs(broker, (&group, &topic), &mut owner).await;
    owner.consumer.closer().close();
    inherited(broker, &group, [&mut second, &mut third]).await;
}

/// A member that is closed from a plain thread leaves.
///
/// Its own thread does nothing meanwhile. It says the most on an executor of one thread, which stands still then. [`Broker::group`] has to answer meanwhile.
pub async fn a_member_leaves_while_its_executor_stands_still(broker: &dyn Broker) {
    let (topic, group) = (one_partition(broker).await, unique("group"));
    let owner = Member::started(broker, &named(&group, &topic, "owner"), 1).await;
    let closer = owner.consumer.closer();
    let watched = thread::scope(|scope| {
        let plain = scope.spawn(|| {
            closer.close();
            let started = std::time::Instant::now();
            loop {
                let found = block_on(broker.group(&group));
                let found = found.expect("a group is described");
                if names(&found).is_empty() || started.elapsed() > STANDSTILL {
                    return found;
                }
                thread::park_timeout(STEP);
            }
        });
        plain.join()
    });
    let found = watched.expect("a group is described on any thread");
    assert_eq!(names(&found), [""; 0], "waited {STANDSTILL:?}: {found:?}");
}

/// A member that closed is listed no more, long before its session ends.
///
/// Also one that had no partition.
pub async fn a_closed_member_is_not_listed(broker: &dyn Broker) {
    let (topic, group) = (one_partition(broker).await, unique("group"));
    let mut owner = Member::started(broker, &named(&group, &topic, "owner"), 1).await;
    let mut idle = Member::join(broker, &named(&group, &topic, "idle")).await;
    listed(
        broker,
        &group,
        &mut [&mut owner, &mut idle],
        &["idle", "owner"],
    )
    .await;
    close(idle).await;
    let found = described(broker, &group).await;
    assert!(
        found.phase == GroupPhase::Rebalancing || names(&found) == ["owner"],
        "a member that closed is listed: {found:?}"
    );
    listed(broker, &group, &mut [&mut owner], &["owner"]).await;
    close(owner).await;
    listed(broker, &group, &mut [], &[]).await;
}

/// A member that was dropped is listed no more, long before its session ends.
///
/// Also one that had no partition.
pub async fn a_dropped_member_is_not_listed_for_long(broker: &dyn Broker) {
    let (topic, group) = (one_partition(broker).await, unique("group"));
    let mut owner = Member::started(broker, &named(&group, &topic, "owner"), 1).await;
    let mut idle = Member::join(broker, &named(&group, &topic, "idle")).await;
    listed(
        broker,
        &group,
        &mut [&mut owner, &mut idle],
        &["idle", "owner"],
    )
    .await;
    drop(idle);
    listed(broker, &group, &mut [&mut owner], &["owner"]).await;
    drop(owner);
    listed(broker, &group, &mut [], &[]).await;
}

/// Makes a topic as clusters of workers have.
async fn one_partition(broker: &dyn Broker) -> Str {
    let topic = NewTopic::new(unique("cluster")).partitions(1).compacted();
    create(broker, &topic).await;
    topic.name
}

fn named(group: &Str, topic: &Str, client_id: &str) -> ConsumerOptions {
    let mut options = joining(group, topic);
    options.client_id = client_id.into();
    options.session = SESSION;
    options
}

async fn described(broker: &dyn Broker, group: &Str) -> GroupDescription {
    let found = within("a description", broker.group(group)).await;
    found.expect("a group is described")
}

/// Returns the names of members in order.
fn names(found: &GroupDescription) -> Vec<&str> {
    let mut names: Vec<&str> = found.members.iter().map(|m| &*m.client_id).collect();
    names.sort_unstable();
    names
}

/// Lets members live until the group is stable and has these; their names are in order.
async fn listed(broker: &dyn Broker, group: &Str, members: &mut [&mut Member], expected: &[&str]) {
    let started = Instant::now();
    loop {
        let found = described(broker, group).await;
        if found.phase == GroupPhase::Stable && names(&found) == expected {
            return;
        }
        assert!(
            started.elapsed() < PATIENCE,
            "waited {PATIENCE:?} for the members {expected:?}, found {found:?}"
        );
        live(members).await;
    }
}

/// Lets members live for a moment, or until something happened to one of them.
async fn live(members: &mut [&mut Member]) {
    if members.is_empty() {
        return tokio::time::sleep(STEP).await;
    }
    let happened = {
        let events = members.iter_mut();
        let events = events.map(|member| member.consumer.next(Want::Membership));
        let first = timeout(STEP, select_all(events)).await;
        first.ok().map(|(event, number, _)| (event, number))
    };
    if let Some((event, number)) = happened {
        members[number].on(event.expect("a member lives")).await;
    }
}

/// Lets two more join, and waits until all three are listed.
async fn heirs(
    broker: &dyn Broker,
    (group, topic): (&Str, &Str),
    owner: &mut Member,
) -> (Member, Member) {
    let mut second = Member::join(broker, &named(group, topic, "second")).await;
    let mut third = Member::join(broker, &named(group, topic, "third")).await;
    listed(
        broker,
        group,
        &mut [owner, &mut second, &mut third],
        &["owner", "second", "third"],
    )
    .await;
    (second, third)
}

/// Waits until one of two has the partition, and nobody else is listed.
async fn inherited(broker: &dyn Broker, group: &Str, heirs: [&mut Member; 2]) {
    let [second, third] = heirs;
    let has_one = |second: &Member, third: &Member| second.owned.len() + third.owned.len() == 1;
    second
        .until_with(third, "a partition of an owner that left", has_one)
        .await;
    listed(broker, group, &mut [second, third], &["second", "third"]).await;
    assert!(has_one(second, third), "the partition moved again");
}

async fn close(member: Member) {
    within("close", member.consumer.close())
        .await
        .expect("a member leaves");
}
