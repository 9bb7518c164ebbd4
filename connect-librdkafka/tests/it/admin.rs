//! What a cluster is asked beside records.

use connect_kafka_lab::{Ending, Kafka, Record};
use connect_librdkafka::{
    Code,
    admin::{End, GroupState, IsolationLevel, Topic},
};
use futures::{executor::block_on, future::join_all};

use super::fixture::{BROKER, PATIENCE, admin, admin_of, topic, unique};

#[test]
fn a_topic_is_made_described_listed_and_deleted() {
    let (admin, name) = (admin(), unique("topic"));
    let settings = [("cleanup.policy", "compact")];
    block_on(admin.create_topic(&name, (3, -1), settings)).unwrap();
    let again = block_on(admin.create_topic(&name, (3, -1), settings));
    assert_eq!(again.unwrap_err().code(), Code::TOPIC_ALREADY_EXISTS);
    assert_eq!(
        block_on(admin.topic(&name)),
        Ok(Some(Topic { partitions: 3 }))
    );
    let settings = block_on(admin.topic_settings(&name)).unwrap();
    assert_eq!(settings["cleanup.policy"].value.as_deref(), Some("compact"));
    assert!(settings["cleanup.policy"].is_given);
    assert!(!settings["retention.ms"].is_given);
    assert!(admin.topics(PATIENCE).unwrap().contains(&name));
    block_on(admin.delete_topic(&name)).unwrap();
    assert_eq!(
        block_on(admin.delete_topic(&name)).unwrap_err().code(),
        Code::UNKNOWN_TOPIC_OR_PART
    );
}

#[test]
fn what_a_cluster_refuses_is_said_in_its_words() {
    let error = block_on(admin().create_topic(&unique("topic"), (1, 99), []));
    let error = error.unwrap_err();
    assert_eq!(error.code(), Code::INVALID_REPLICATION_FACTOR);
    assert!(error.to_string().contains("99"), "{error}");
    assert_eq!(
        block_on(admin().topic("no\0name")).unwrap_err().code(),
        Code::INVALID_ARG
    );
}

#[test]
fn ends_differ_by_what_is_open() {
    let topic = topic(1, &[]);
    let servers = Kafka::shared();
    Kafka::write(&servers, &topic, &[Record::text("k", "a")], Ending::Plain).unwrap();
    Kafka::write(&servers, &topic, &[Record::text("k", "b")], Ending::Open).unwrap();
    let ends = |end, level| {
        let answers = block_on(admin().ends([(&*topic, 0)], end, level)).unwrap();
        let (place, answer) = answers.into_iter().next().unwrap();
        answer.map(|()| place.offset.unwrap())
    };
    assert_eq!(ends(End::Start, IsolationLevel::ReadUncommitted), Ok(0));
    assert_eq!(ends(End::End, IsolationLevel::ReadUncommitted), Ok(2));
    assert_eq!(ends(End::End, IsolationLevel::ReadCommitted), Ok(1));
}

#[test]
fn a_client_without_a_group_asks_for_no_offsets() {
    let refused = block_on(admin().group_offsets(BROKER, "group")).unwrap_err();
    assert_eq!(refused.code(), Code::STATE, "{refused}");
}

#[test]
fn offsets_of_a_group_without_members_are_set_and_removed() {
    let (group, topic) = (unique("group"), topic(2, &[]));
    let admin = admin_of(&group);
    let offsets = [(&*topic, 0, 4), (&*topic, 1, 5)];
    block_on(admin.set_group_offsets(BROKER, &group, offsets)).unwrap();
    let found = block_on(admin.group_offsets(BROKER, &group)).unwrap();
    assert_eq!(
        found,
        [((topic.clone(), 0), 4), ((topic.clone(), 1), 5)].into()
    );
    block_on(admin.delete_group_offsets(BROKER, &group, [(&*topic, 0)])).unwrap();
    let found = block_on(admin.group_offsets(BROKER, &group)).unwrap();
    assert_eq!(found, [((topic, 1), 5)].into());
    assert_eq!(
        block_on(admin.group_at(BROKER, &group, PATIENCE))
            .unwrap()
            .state,
        GroupState::Empty
    );
    block_on(admin.delete_group(BROKER, &group)).unwrap();
    let again = block_on(admin.delete_group(BROKER, &group)).unwrap_err();
    assert_eq!(again.code(), Code::GROUP_ID_NOT_FOUND);
}

#[test]
fn calls_run_side_by_side_and_may_be_dropped() {
    let (admin, topic) = (admin(), topic(1, &[]));
    for _ in 0..20 {
        // Asked for, and never looked at.
        let dropped = admin.topic(&topic);
        let mut dropped = Box::pin(dropped);
        block_on(std::future::poll_fn(|cx| {
            let _pending = dropped.as_mut().poll(cx);
            std::task::Poll::Ready(())
        }));
    }
    let asked = (0..20).map(|_| admin.topic(&topic));
    for answer in block_on(join_all(asked)) {
        assert_eq!(answer, Ok(Some(Topic { partitions: 1 })));
    }
}
