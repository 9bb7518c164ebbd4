use std::sync::Arc;

use tokio::sync::Notify;

use super::{
    super::{
        super::{ConsumerOptions, Subscription},
        log::{Extent, Log},
        settings::Settings,
        topic::Topic,
    },
    *,
};

const PATIENCE: Duration = Duration::from_secs(10);

/// Topic ids by name, each with four partitions.
fn catalog(topics: &[(&str, u32)]) -> Arc<Catalog> {
    let catalog = topics
        .iter()
        .map(|(name, id)| {
            let log = |number| {
                let at = at(name, number);
                let id = LogId::new(*id, number.cast_unsigned());
                Arc::new(Log::new(id, at, Extent::default()))
            };
            let settings = Settings::of(name, &BTreeMap::new()).unwrap();
            let logs = (0..4).map(log).collect();
            let topic = Topic::new((*name).into(), *id, (settings, BTreeMap::new()), logs);
            ((*name).into(), Arc::new(topic))
        })
        .collect();
    Arc::new(catalog)
}

fn at(topic: &str, partition: i32) -> TopicPartition {
    TopicPartition::new(topic, partition)
}

fn some(partitions: &[i32]) -> Vec<TopicPartition> {
    partitions.iter().map(|number| at("t", *number)).collect()
}

/// Groups with the topic `t`, at a time that the test moves.
struct World {
    groups: Groups,
    now: Duration,
}

impl World {
    fn new() -> Self {
        let mut world = Self {
            groups: Groups::default(),
            now: Duration::ZERO,
        };
        world.topics(&[("t", 1)]);
        world
    }

    fn topics(&mut self, topics: &[(&str, u32)]) {
        self.groups.topics_changed(&catalog(topics), self.now);
    }

    fn join(&mut self) -> u64 {
        let subscription = Subscription::Topics(vec!["t".into(), "u".into()]);
        let mut options = ConsumerOptions::new("g", subscription);
        options.rebalance_timeout = PATIENCE;
        let member = Subscriber::new(&options, Arc::new(Notify::new())).unwrap();
        self.groups.join(&"g".into(), member, self.now)
    }

    fn leave(&mut self, member: u64) {
        self.groups.leave(&"g".into(), member, self.now);
    }

    fn release(&mut self, member: u64, partitions: &[i32]) {
        let partitions = some(partitions);
        self.groups
            .release(&"g".into(), (member, &partitions), self.now);
    }

    /// Everything that the member has not heard yet.
    fn events(&mut self, member: u64) -> Vec<Event> {
        std::iter::from_fn(|| self.groups.event(&"g".into(), member).unwrap()).collect()
    }

    fn may_commit(&self, member: u64, partition: i32) -> bool {
        let at = at("t", partition);
        let checked = self
            .groups
            .check_owner(&"g".into(), member, [&at].into_iter());
        checked.is_ok()
    }
}

#[test]
fn a_partition_moves_when_its_owner_lets_it_go() {
    let mut world = World::new();
    let one = world.join();
    assert_eq!(world.events(one), [Event::Assigned(some(&[0, 1, 2, 3]))]);
    let two = world.join();
    let Event::Revoked(moving) = world.events(one).remove(0) else {
        panic!("expected a revocation");
    };
    assert_eq!(moving.len(), 2);
    assert!(world.events(two).is_empty());
    let moving: Vec<i32> = moving.iter().map(|at| at.partition).collect();
    assert!(world.may_commit(one, moving[0]));
    world.release(one, &moving);
    assert!(!world.may_commit(one, moving[0]));
    assert_eq!(world.events(two), [Event::Assigned(some(&moving))]);
    assert!(
        world.events(one).is_empty(),
        "other partitions are not touched"
    );
}

#[test]
fn a_partition_that_is_not_released_in_time_is_lost() {
    let mut world = World::new();
    let one = world.join();
    let two = world.join();
    world.events(one);
    assert_eq!(world.groups.deadline(), Some(PATIENCE));
    world.now = PATIENCE - Duration::from_millis(1);
    world.groups.expire(world.now);
    assert!(world.events(one).is_empty());
    world.now = PATIENCE;
    world.groups.expire(world.now);
    let Event::Lost(lost) = world.events(one).remove(0) else {
        panic!("expected a loss");
    };
    assert_eq!(world.events(two), [Event::Assigned(lost.clone())]);
    assert!(!world.may_commit(one, lost[0].partition));
    assert_eq!(world.groups.deadline(), None);
}

#[test]
fn partitions_of_a_member_that_leaves_move_at_once() {
    let mut world = World::new();
    let one = world.join();
    let two = world.join();
    world.leave(one);
    assert_eq!(world.events(two), [Event::Assigned(some(&[0, 1, 2, 3]))]);
    let error = world.groups.event(&"g".into(), one).unwrap_err();
    assert_eq!(error.kind(), connect_api::ErrorKind::Fenced);
    world.leave(two);
    assert!(world.groups.check_empty(&"g".into()).is_ok());
}

#[test]
fn a_revoked_partition_comes_back_if_nobody_else_wants_it_any_more() {
    let mut world = World::new();
    let one = world.join();
    let two = world.join();
    let events = world.events(one);
    let Some(Event::Revoked(moving)) = events.last() else {
        panic!("expected a revocation: {events:?}");
    };
    let moving: Vec<i32> = moving.iter().map(|at| at.partition).collect();
    world.leave(two);
    assert!(world.events(one).is_empty(), "it has to let go first");
    world.release(one, &moving);
    assert_eq!(world.events(one), [Event::Assigned(some(&moving))]);
}

#[test]
fn what_is_not_revoked_cannot_be_released() {
    let mut world = World::new();
    let one = world.join();
    world.events(one);
    world.release(one, &[0]);
    assert!(world.events(one).is_empty());
    assert!(world.may_commit(one, 0));
}

#[test]
fn a_topic_that_is_created_anew_is_another_one() {
    let mut world = World::new();
    let one = world.join();
    world.events(one);
    // Deleted and created between two looks.
    world.topics(&[("t", 2)]);
    let everything = some(&[0, 1, 2, 3]);
    let expected = [Event::Lost(everything.clone()), Event::Assigned(everything)];
    assert_eq!(world.events(one), expected);
}

#[test]
fn a_later_topic_is_assigned_without_touching_the_others() {
    let mut world = World::new();
    let one = world.join();
    let two = world.join();
    world.events(one);
    world.events(two);
    world.topics(&[("t", 1), ("u", 2), ("x", 3)]);
    let mut assigned = Vec::new();
    for event in [world.events(one), world.events(two)].concat() {
        match event {
            Event::Assigned(partitions) => assigned.extend(partitions),
            other => panic!("expected an assignment, found {other:?}"),
        }
    }
    assigned.sort();
    assert_eq!(assigned, [0, 1, 2, 3].map(|number| at("u", number)));
}

/// Of a topic that appears while somebody joins, the group hears before or after it, and never of an older state.
#[test]
fn who_joins_reads_the_topics_that_were_told_last() {
    let mut world = World::new();
    world.topics(&[("u", 2)]);
    let one = world.join();
    let all = [0, 1, 2, 3].map(|number| at("u", number)).to_vec();
    assert_eq!(world.events(one), [Event::Assigned(all.clone())]);
    let two = world.join();
    world.leave(two);
    world.topics(&[("t", 3), ("u", 2)]);
    let lost = |event: &Event| matches!(event, Event::Lost(_));
    assert!(!world.events(one).iter().any(lost));
}
