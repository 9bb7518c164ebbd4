//! Offsets: the ends of logs, and what groups have committed.

use std::collections::BTreeMap;

use rdkafka_sys::{
    rd_kafka_IsolationLevel_t, rd_kafka_OffsetSpec_t, rd_kafka_admin_op_t, rd_kafka_group_result_t,
};

use super::{Admin, Limits, array, borrowed};
use crate::{
    config::c_text,
    error::{Code, Error},
    native,
    partitions::{self, Answer, List, Place},
};

/// An end of a log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// Where its oldest record is.
    Start,
    /// Where the next record will be; with [`IsolationLevel::ReadCommitted`] the last stable offset.
    End,
}

/// Whether open transactions count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IsolationLevel {
    /// They do not.
    ReadCommitted,
    /// They do.
    ReadUncommitted,
}

impl IsolationLevel {
    pub(super) fn native(self) -> rd_kafka_IsolationLevel_t {
        match self {
            Self::ReadCommitted => {
                rd_kafka_IsolationLevel_t::RD_KAFKA_ISOLATION_LEVEL_READ_COMMITTED
            }
            Self::ReadUncommitted => {
                rd_kafka_IsolationLevel_t::RD_KAFKA_ISOLATION_LEVEL_READ_UNCOMMITTED
            }
        }
    }
}

impl Admin {
    /// Returns where logs start or end.
    ///
    /// # Errors
    ///
    /// The request failed; what is wrong with single partitions is in their answers.
    pub async fn ends<'a>(
        &self,
        partitions: impl IntoIterator<Item = (&'a str, i32)> + Send,
        end: End,
        isolation: IsolationLevel,
    ) -> Result<Vec<Answer>, Error> {
        let spec = match end {
            End::Start => rd_kafka_OffsetSpec_t::RD_KAFKA_OFFSET_SPEC_EARLIEST,
            End::End => rd_kafka_OffsetSpec_t::RD_KAFKA_OFFSET_SPEC_LATEST,
        };
        let wanted = partitions
            .into_iter()
            .map(|(topic, partition)| (topic, partition, None));
        let list = List::of(wanted, spec as i64)?;
        let limits = Limits {
            isolation: Some(isolation),
            ..Limits::default()
        };
        let operation = rd_kafka_admin_op_t::RD_KAFKA_ADMIN_OP_LISTOFFSETS;
        let asked = self.call(operation, &limits, move |client, options, queue| {
            // SAFETY: all live, and the request is copied.
            unsafe { rdkafka_sys::rd_kafka_ListOffsets(client, list.as_ptr(), options, queue) }
        });
        let event = asked.await?;
        // SAFETY: the event is of this kind, and its parts live as long.
        unsafe {
            let result = rdkafka_sys::rd_kafka_event_ListOffsets_result(event.as_ptr());
            let infos =
                array(|count| rdkafka_sys::rd_kafka_ListOffsets_result_infos(result, count));
            let answers = infos.into_iter().map(|info| {
                let at = rdkafka_sys::rd_kafka_ListOffsetsResultInfo_topic_partition(info);
                let place = Place {
                    topic: native::text((*at).topic),
                    partition: (*at).partition,
                    offset: ((*at).offset >= 0).then_some((*at).offset),
                };
                (place, Error::check(native::code_of_partition(at)))
            });
            Ok(answers.collect())
        }
    }

    /// Returns what a group has committed; nothing for one that never did.
    ///
    /// Only a consumer with a `group.id` may ask, of any group: if `coordinator` is none, librdkafka 2.12 tells the group of
    /// the client, and ends the process if there is none.
    ///
    /// # Errors
    ///
    /// [`Code::STATE`]: the client has no group. [`Code::NOT_COORDINATOR`], and whatever else the broker answers.
    pub async fn group_offsets(
        &self,
        coordinator: i32,
        group: &str,
    ) -> Result<BTreeMap<(String, i32), i64>, Error> {
        if !self.client.has_group() {
            let text = "expected a consumer with a `group.id`, found a client without one";
            return Err(Error::new(Code::STATE, text));
        }
        let group = c_text(group)?;
        let limits = Limits {
            is_stable: true,
            ..Limits::at(coordinator)
        };
        let operation = rd_kafka_admin_op_t::RD_KAFKA_ADMIN_OP_LISTCONSUMERGROUPOFFSETS;
        let asked = self.call(operation, &limits, |client, options, queue| {
            // SAFETY: all live, and the request is copied; no list means every partition.
            unsafe {
                let mut wanted = [rdkafka_sys::rd_kafka_ListConsumerGroupOffsets_new(
                    group.as_ptr(),
                    std::ptr::null(),
                )];
                rdkafka_sys::rd_kafka_ListConsumerGroupOffsets(
                    client,
                    wanted.as_mut_ptr(),
                    1,
                    options,
                    queue,
                );
                rdkafka_sys::rd_kafka_ListConsumerGroupOffsets_destroy(wanted[0]);
            }
        });
        let event = asked.await?;
        // SAFETY: the event is of this kind, and its parts live as long.
        let answers = unsafe {
            let result =
                rdkafka_sys::rd_kafka_event_ListConsumerGroupOffsets_result(event.as_ptr());
            partitions_of(array(|count| {
                rdkafka_sys::rd_kafka_ListConsumerGroupOffsets_result_groups(result, count)
            }))?
        };
        let places = partitions::all(answers)?;
        Ok(places
            .into_iter()
            .filter_map(|place| Some(((place.topic, place.partition), place.offset?)))
            .collect())
    }

    /// Sets what a group without members has committed.
    ///
    /// # Errors
    ///
    /// [`Code::NOT_COORDINATOR`], [`Code::UNKNOWN_MEMBER_ID`] if it has members, and whatever else the broker answers.
    pub async fn set_group_offsets<'a>(
        &self,
        coordinator: i32,
        group: &str,
        offsets: impl IntoIterator<Item = (&'a str, i32, i64)> + Send,
    ) -> Result<(), Error> {
        let places = offsets
            .into_iter()
            .map(|(topic, partition, offset)| (topic, partition, Some(offset)));
        let (group, list) = (c_text(group)?, List::of(places, partitions::NONE)?);
        let limits = Limits::at(coordinator);
        let operation = rd_kafka_admin_op_t::RD_KAFKA_ADMIN_OP_ALTERCONSUMERGROUPOFFSETS;
        let asked = self.call(operation, &limits, move |client, options, queue| {
            // SAFETY: all live, and the request is copied.
            unsafe {
                let mut wanted = [rdkafka_sys::rd_kafka_AlterConsumerGroupOffsets_new(
                    group.as_ptr(),
                    list.as_ptr(),
                )];
                rdkafka_sys::rd_kafka_AlterConsumerGroupOffsets(
                    client,
                    wanted.as_mut_ptr(),
                    1,
                    options,
                    queue,
                );
                rdkafka_sys::rd_kafka_AlterConsumerGroupOffsets_destroy(wanted[0]);
            }
        });
        let event = asked.await?;
        // SAFETY: the event is of this kind, and its parts live as long.
        let answers = unsafe {
            let result =
                rdkafka_sys::rd_kafka_event_AlterConsumerGroupOffsets_result(event.as_ptr());
            partitions_of(array(|count| {
                rdkafka_sys::rd_kafka_AlterConsumerGroupOffsets_result_groups(result, count)
            }))?
        };
        partitions::all(answers).map(drop)
    }

    /// Removes what a group without members has committed.
    ///
    /// # Errors
    ///
    /// [`Code::NOT_COORDINATOR`], and whatever else the broker answers.
    pub async fn delete_group_offsets<'a>(
        &self,
        coordinator: i32,
        group: &str,
        partitions: impl IntoIterator<Item = (&'a str, i32)> + Send,
    ) -> Result<(), Error> {
        let places = partitions
            .into_iter()
            .map(|(topic, partition)| (topic, partition, None));
        let (group, list) = (c_text(group)?, List::of(places, partitions::NONE)?);
        let limits = Limits::at(coordinator);
        let operation = rd_kafka_admin_op_t::RD_KAFKA_ADMIN_OP_DELETECONSUMERGROUPOFFSETS;
        let asked = self.call(operation, &limits, move |client, options, queue| {
            // SAFETY: all live, and the request is copied.
            unsafe {
                let mut wanted = [rdkafka_sys::rd_kafka_DeleteConsumerGroupOffsets_new(
                    group.as_ptr(),
                    list.as_ptr(),
                )];
                rdkafka_sys::rd_kafka_DeleteConsumerGroupOffsets(
                    client,
                    wanted.as_mut_ptr(),
                    1,
                    options,
                    queue,
                );
                rdkafka_sys::rd_kafka_DeleteConsumerGroupOffsets_destroy(wanted[0]);
            }
        });
        let event = asked.await?;
        // SAFETY: the event is of this kind, and its parts live as long.
        let answers = unsafe {
            let result =
                rdkafka_sys::rd_kafka_event_DeleteConsumerGroupOffsets_result(event.as_ptr());
            partitions_of(array(|count| {
                rdkafka_sys::rd_kafka_DeleteConsumerGroupOffsets_result_groups(result, count)
            }))?
        };
        partitions::all(answers).map(drop)
    }
}

/// Reads what was answered for the partitions of groups.
///
/// # Safety
///
/// The results are those of an answer that lives.
unsafe fn partitions_of(groups: Vec<*const rd_kafka_group_result_t>) -> Result<Vec<Answer>, Error> {
    let mut all = Vec::new();
    for group in groups {
        // SAFETY: as is said.
        unsafe {
            borrowed(native::rd_kafka_group_result_error(group))?;
            all.extend(partitions::answers(
                rdkafka_sys::rd_kafka_group_result_partitions(group),
            ));
        }
    }
    Ok(all)
}
