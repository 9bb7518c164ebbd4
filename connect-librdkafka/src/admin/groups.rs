//! Consumer groups: described and deleted.

use std::time::Duration;

use rdkafka_sys::{
    rd_kafka_ConsumerGroupDescription_t, rd_kafka_MemberDescription_t, rd_kafka_admin_op_t,
};

use super::{Admin, Limits, array, borrowed};
use crate::{
    config::c_text,
    error::Error,
    native,
    partitions::{self, Place},
};

/// A consumer group as its coordinator knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// What it is doing.
    pub state: GroupState,
    /// Its members; complete only if it is [`GroupState::Stable`].
    pub members: Vec<Member>,
}

/// What a consumer group is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum GroupState {
    /// The coordinator waits for members.
    PreparingRebalance,
    /// The members wait for what they get.
    CompletingRebalance,
    /// All have what they get.
    Stable,
    /// It has no members.
    Empty,
    /// There is no such group.
    Dead,
    /// Something that librdkafka has no name for.
    Unknown,
}

/// A member of a consumer group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// The id that the coordinator gave it.
    pub id: String,
    /// Its `client.id`.
    pub client_id: String,
    /// Where it is.
    pub host: String,
    /// The partitions that it has, without offsets.
    pub partitions: Vec<Place>,
}

impl Admin {
    /// Describes a consumer group as one of the [`brokers`](Self::brokers) knows it.
    ///
    /// # Errors
    ///
    /// [`Code::NOT_COORDINATOR`](crate::Code::NOT_COORDINATOR) if it does not coordinate the group,
    /// [`Code::TIMED_OUT`](crate::Code::TIMED_OUT) if it does not answer within `patience`, and whatever else it answers.
    pub async fn group_at(
        &self,
        broker: i32,
        group: &str,
        patience: Duration,
    ) -> Result<Group, Error> {
        let name = c_text(group)?;
        let limits = Limits {
            patience: Some(patience),
            ..Limits::at(broker)
        };
        let operation = rd_kafka_admin_op_t::RD_KAFKA_ADMIN_OP_DESCRIBECONSUMERGROUPS;
        let asked = self.call(operation, &limits, |client, options, queue| {
            let mut wanted = [name.as_ptr()];
            // SAFETY: all live, and the request is copied.
            unsafe {
                rdkafka_sys::rd_kafka_DescribeConsumerGroups(
                    client,
                    wanted.as_mut_ptr(),
                    1,
                    options,
                    queue,
                );
            }
        });
        let event = asked.await?;
        // SAFETY: the event is of this kind, and its parts live as long.
        let described = unsafe {
            let result = rdkafka_sys::rd_kafka_event_DescribeConsumerGroups_result(event.as_ptr());
            array(|count| rdkafka_sys::rd_kafka_DescribeConsumerGroups_result_groups(result, count))
                .into_iter()
                .map(|group| described(group))
                .next()
        };
        described.unwrap_or_else(|| {
            Ok(Group {
                state: GroupState::Dead,
                members: Vec::new(),
            })
        })
    }

    /// Deletes a group without members, of which `coordinator` is the broker.
    ///
    /// # Errors
    ///
    /// [`Code::NOT_COORDINATOR`](crate::Code::NOT_COORDINATOR), [`Code::NON_EMPTY_GROUP`](crate::Code::NON_EMPTY_GROUP),
    /// [`Code::GROUP_ID_NOT_FOUND`](crate::Code::GROUP_ID_NOT_FOUND), and whatever else the cluster answers.
    pub async fn delete_group(&self, coordinator: i32, group: &str) -> Result<(), Error> {
        let name = c_text(group)?;
        let limits = Limits::at(coordinator);
        let operation = rd_kafka_admin_op_t::RD_KAFKA_ADMIN_OP_DELETEGROUPS;
        let asked = self.call(operation, &limits, |client, options, queue| {
            // SAFETY: all live, and the request is copied.
            unsafe {
                let mut wanted = [rdkafka_sys::rd_kafka_DeleteGroup_new(name.as_ptr())];
                rdkafka_sys::rd_kafka_DeleteGroups(client, wanted.as_mut_ptr(), 1, options, queue);
                rdkafka_sys::rd_kafka_DeleteGroup_destroy(wanted[0]);
            }
        });
        let event = asked.await?;
        // SAFETY: the event is of this kind, and its parts live as long.
        unsafe {
            let result = rdkafka_sys::rd_kafka_event_DeleteGroups_result(event.as_ptr());
            array(|count| rdkafka_sys::rd_kafka_DeleteGroups_result_groups(result, count))
                .into_iter()
                .try_for_each(|group| borrowed(native::rd_kafka_group_result_error(group)))
        }
    }
}

/// # Safety
///
/// `group` is one of an answer that lives.
unsafe fn described(group: *const rd_kafka_ConsumerGroupDescription_t) -> Result<Group, Error> {
    // SAFETY: as is said.
    unsafe {
        borrowed(rdkafka_sys::rd_kafka_ConsumerGroupDescription_error(group))?;
        let state = match native::rd_kafka_ConsumerGroupDescription_state(group) {
            1 => GroupState::PreparingRebalance,
            2 => GroupState::CompletingRebalance,
            3 => GroupState::Stable,
            4 => GroupState::Dead,
            5 => GroupState::Empty,
            _ => GroupState::Unknown,
        };
        let count = rdkafka_sys::rd_kafka_ConsumerGroupDescription_member_count(group);
        let members = (0..count)
            .map(|at| rdkafka_sys::rd_kafka_ConsumerGroupDescription_member(group, at))
            .map(|described| member(described));
        Ok(Group {
            state,
            members: members.collect(),
        })
    }
}

/// # Safety
///
/// `member` is one of an answer that lives.
unsafe fn member(member: *const rd_kafka_MemberDescription_t) -> Member {
    // SAFETY: as is said; a member without partitions has no assignment.
    unsafe {
        let assignment = rdkafka_sys::rd_kafka_MemberDescription_assignment(member);
        let partitions = match assignment.is_null() {
            true => std::ptr::null(),
            false => rdkafka_sys::rd_kafka_MemberAssignment_partitions(assignment),
        };
        Member {
            id: native::text(rdkafka_sys::rd_kafka_MemberDescription_consumer_id(member)),
            client_id: native::text(rdkafka_sys::rd_kafka_MemberDescription_client_id(member)),
            host: native::text(rdkafka_sys::rd_kafka_MemberDescription_host(member)),
            partitions: partitions::places(partitions),
        }
    }
}
