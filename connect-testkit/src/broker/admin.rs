//! Topics, where their logs end, and offsets of groups without members.

use std::collections::BTreeMap;

use connect_api::{ErrorKind, Offsets, TopicPartition};
use connect_runtime::broker::{
    Broker, CleanupPolicy, Created, Isolation, NewTopic, ReaderOptions, Watermarks,
};

use super::fixture::{
    Member, create, eventually, expect_kind, joining, new_topic, numbered, read_committed, unique,
    write,
};

/// A topic can be used as soon as its creation is answered.
pub async fn a_created_topic_can_be_used_at_once(broker: &dyn Broker) {
    let topic = new_topic(broker, 3).await;
    let description = broker.topic(&topic).await.expect("a topic is described");
    assert_eq!(
        description.expect("a created topic exists").partitions,
        3,
        "partitions"
    );
    write(broker, &topic, 0, &numbered("a", 3)).await;
    assert_eq!(read_committed(broker, &topic).await, numbered("a", 3));
}

/// Creating a topic that exists answers so and leaves it as it is.
pub async fn creating_an_existing_topic_changes_nothing(broker: &dyn Broker) {
    let topic = new_topic(broker, 2).await;
    let again = NewTopic::new(&topic).partitions(5).compacted();
    let created = broker.create_topic(&again).await;
    assert_eq!(
        created.expect("an existing topic is no error"),
        Created::Existed
    );
    let found = broker
        .topic(&topic)
        .await
        .expect("a topic is described")
        .expect("it exists");
    assert_eq!(
        (found.partitions, found.cleanup),
        (2, CleanupPolicy::Delete)
    );
}

/// The settings given at creation are found again.
pub async fn a_topic_is_described_as_it_was_created(broker: &dyn Broker) {
    let topic = NewTopic::new(unique("compacted"))
        .partitions(1)
        .compacted()
        .config("max.message.bytes", "12345");
    create(broker, &topic).await;
    let found = broker
        .topic(&topic.name)
        .await
        .expect("a topic is described")
        .expect("it exists");
    assert_eq!(found.cleanup, CleanupPolicy::Compact);
    let limit = found.configs.get("max.message.bytes").map(String::as_str);
    assert_eq!(limit, Some("12345"), "`max.message.bytes`");
}

/// All topics are listed, sorted by name; a missing one is `None`.
pub async fn topics_are_listed_in_order(broker: &dyn Broker) {
    let (one, two) = (new_topic(broker, 1).await, new_topic(broker, 1).await);
    let listed = broker.topics().await.expect("topics are listed");
    assert!(
        listed.is_sorted(),
        "expected names in order, found {listed:?}"
    );
    assert!(
        listed.contains(&one) && listed.contains(&two),
        "found {listed:?}"
    );
    let missing = broker.topic(&unique("missing")).await;
    assert_eq!(missing.expect("a missing topic is no error"), None);
}

/// A deleted topic is gone, and deleting it again is no error.
pub async fn a_deleted_topic_is_gone(broker: &dyn Broker) {
    let topic = new_topic(broker, 1).await;
    write(broker, &topic, 0, &numbered("a", 3)).await;
    for _ in 0..2 {
        broker
            .delete_topic(&topic)
            .await
            .expect("a topic is deleted");
        eventually("the topic to be gone", || async {
            broker
                .topic(&topic)
                .await
                .expect("a topic is described")
                .is_none()
        })
        .await;
    }
}

/// Names and settings that Kafka does not allow are configuration errors.
pub async fn what_is_not_allowed_is_a_config_error(broker: &dyn Broker) {
    let long = "a".repeat(250);
    for name in ["", ".", "..", "with space", "slash/ed", long.as_str()] {
        let created = broker
            .create_topic(&NewTopic::new(name).partitions(1))
            .await;
        expect_kind(&format!("topic `{name}`"), created, ErrorKind::Config);
    }
    let none = NewTopic::new(unique("none")).partitions(0);
    expect_kind(
        "0 partitions",
        broker.create_topic(&none).await,
        ErrorKind::Config,
    );
    let wrong = NewTopic::new(unique("wrong"))
        .partitions(1)
        .config("cleanup.policy", "perhaps");
    expect_kind(
        "a wrong setting",
        broker.create_topic(&wrong).await,
        ErrorKind::Config,
    );
}

/// Reading a topic that does not exist is a configuration error that names it.
pub async fn a_missing_topic_is_a_config_error(broker: &dyn Broker) {
    let missing = unique("missing");
    for isolation in [Isolation::ReadCommitted, Isolation::ReadUncommitted] {
        let marks = broker.watermarks(&missing, isolation).await;
        let error = expect_kind("watermarks", marks, ErrorKind::Config);
        assert!(
            error.report().to_string().contains(&*missing),
            "the message names no topic: {error}"
        );
    }
    let reader = broker.reader(&ReaderOptions::new(&missing)).await;
    expect_kind("reader", reader, ErrorKind::Config);
}

/// A log starts at 0 and ends after its last record, partition by partition.
pub async fn watermarks_follow_the_log(broker: &dyn Broker) {
    let topic = new_topic(broker, 2).await;
    let marks = async |isolation| {
        broker
            .watermarks(&topic, isolation)
            .await
            .expect("a topic has watermarks")
    };
    let empty = Watermarks { start: 0, end: 0 };
    assert_eq!(
        marks(Isolation::ReadUncommitted).await,
        BTreeMap::from([(0, empty), (1, empty)])
    );
    write(broker, &topic, 1, &numbered("a", 7)).await;
    let seven = Watermarks { start: 0, end: 7 };
    for isolation in [Isolation::ReadUncommitted, Isolation::ReadCommitted] {
        assert_eq!(
            marks(isolation).await,
            BTreeMap::from([(0, empty), (1, seven)])
        );
    }
}

/// Offsets of a group without members are set and removed, and read back.
pub async fn offsets_of_a_group_without_members_are_set(broker: &dyn Broker) {
    let (topic, group) = (new_topic(broker, 2).await, unique("group"));
    write(broker, &topic, 0, &numbered("a", 5)).await;
    write(broker, &topic, 1, &numbered("b", 5)).await;
    let of = |partition| TopicPartition::new(&topic, partition);
    let offsets = async || broker.group_offsets(&group).await.expect("a group is read");
    assert_eq!(
        offsets().await,
        Offsets::new(),
        "a group that never committed"
    );
    let set = BTreeMap::from([(of(0), Some(3)), (of(1), Some(2))]);
    broker
        .alter_group_offsets(&group, &set)
        .await
        .expect("offsets are set");
    assert_eq!(offsets().await, Offsets::from([(of(0), 3), (of(1), 2)]));
    let removed = BTreeMap::from([(of(0), None), (of(1), Some(4))]);
    broker
        .alter_group_offsets(&group, &removed)
        .await
        .expect("offsets are changed");
    assert_eq!(offsets().await, Offsets::from([(of(1), 4)]));
}

/// A deleted group has no offsets, and deleting it again is no error.
pub async fn a_deleted_group_has_no_offsets(broker: &dyn Broker) {
    let (topic, group) = (new_topic(broker, 1).await, unique("group"));
    let set = BTreeMap::from([(TopicPartition::new(&topic, 0), Some(0))]);
    broker
        .alter_group_offsets(&group, &set)
        .await
        .expect("offsets are set");
    for _ in 0..2 {
        broker
            .delete_group(&group)
            .await
            .expect("a group is deleted");
        let left = broker.group_offsets(&group).await.expect("a group is read");
        assert_eq!(left, Offsets::new());
    }
}

/// Offsets of a group that has members are its own.
///
/// Changing them is `Fenced`, and changes nothing.
pub async fn a_group_with_members_is_left_alone(broker: &dyn Broker) {
    let (topic, group) = (new_topic(broker, 1).await, unique("group"));
    write(broker, &topic, 0, &numbered("a", 5)).await;
    let at = TopicPartition::new(&topic, 0);
    let mut member = Member::started(broker, &joining(&group, &topic), 1).await;
    let committed = Offsets::from([(at.clone(), 2)]);
    member
        .consumer
        .commit(&committed)
        .await
        .expect("a member commits");
    let set = BTreeMap::from([(at, Some(4))]);
    expect_kind(
        "alter_group_offsets",
        broker.alter_group_offsets(&group, &set).await,
        ErrorKind::Fenced,
    );
    expect_kind(
        "delete_group",
        broker.delete_group(&group).await,
        ErrorKind::Fenced,
    );
    let left = broker.group_offsets(&group).await.expect("a group is read");
    assert_eq!(left, committed);
    member.consumer.close().await.expect("a member leaves");
    broker
        .alter_group_offsets(&group, &set)
        .await
        .expect("a left group is changed");
}
