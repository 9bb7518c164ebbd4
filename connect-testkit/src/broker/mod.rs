//! The conformance suite for brokers: [`broker`](crate::broker()).
//!
//! Each claim is a function of its own, so that it can be run alone while a broker is being written. They assume
//! nothing about timing, use topics and groups of their own, and leave them behind: they run as well on a real
//! Kafka cluster. What has to happen is waited for with patience; what must not happen is looked at for a moment.

#![expect(
    clippy::missing_panics_doc,
    reason = "a claim panics if it does not hold"
)]

pub mod admin;
pub mod fencing;
mod fixture;
pub mod group;
pub mod isolation;
pub mod membership;
pub mod positions;
pub mod producing;
pub mod reading;
pub mod refusals;
pub mod transactions;

use std::sync::Arc;

use connect_runtime::broker::Broker;

use crate::claim::{Claim, Report};

macro_rules! claims {
    ($connect:expr; $($area:ident: $($claim:ident),+;)*) => {
        vec![$($(Claim::new(
            concat!(stringify!($area), "::", stringify!($claim)),
            Box::pin(async { $area::$claim(&*$connect().await).await }),
        )),+),*]
    };
}

/// Tries every claim of [`broker`](mod@crate::broker) on brokers made by `connect`.
///
/// `connect` is called once per claim. It may answer the same broker each time: names are unique.
///
/// # Panics
///
/// A claim fails; the message names it and all the others.
pub async fn broker<F: Future<Output = Arc<dyn Broker>> + Send>(connect: impl Fn() -> F + Sync) {
    report(connect).await.check();
}

/// Tries every claim and says which of them hold, without failing.
pub async fn report<F: Future<Output = Arc<dyn Broker>> + Send>(
    connect: impl Fn() -> F + Sync,
) -> Report {
    Report::of("broker", claims(&connect)).await
}

/// All claims, in the order in which a broker is best written.
#[expect(clippy::too_many_lines, reason = "a list")]
fn claims<'a, F: Future<Output = Arc<dyn Broker>> + Send>(
    connect: &'a (impl Fn() -> F + Sync),
) -> Vec<Claim<'a>> {
    claims! { connect;
        admin:
            a_created_topic_can_be_used_at_once,
            creating_an_existing_topic_changes_nothing,
            a_topic_is_described_as_it_was_created,
            topics_are_listed_in_order,
            a_deleted_topic_is_gone,
            what_is_not_allowed_is_a_config_error,
            a_missing_topic_is_a_config_error,
            watermarks_follow_the_log,
            offsets_of_a_group_without_members_are_set,
            a_deleted_group_has_no_offsets,
            a_group_with_members_is_left_alone;
        producing:
            order_is_kept_per_partition,
            delivered_records_are_there_once,
            records_keep_everything_they_carry,
            records_without_a_timestamp_are_stamped,
            keys_choose_partitions_as_in_java,
            records_without_a_key_go_to_any_partition,
            a_delivery_need_not_be_polled,
            producers_do_not_disturb_each_other,
            a_closed_producer_is_fenced,
            an_empty_batch_is_delivered;
        refusals:
            a_record_that_is_too_large_is_refused_alone,
            a_record_for_a_missing_topic_is_not_lost_in_silence,
            a_record_for_a_missing_partition_is_refused,
            a_refused_record_holds_its_transaction_up,
            a_refusal_counts_without_being_looked_at,
            a_refused_record_takes_no_other_with_it,
            topics_of_one_batch_may_differ;
        transactions:
            nothing_is_readable_before_its_commit,
            a_commit_is_atomic_across_partitions_and_topics,
            a_commit_waits_for_its_deliveries,
            an_empty_transaction_is_nothing,
            an_abort_is_invisible,
            an_abort_discards_what_is_on_its_way,
            transactions_side_by_side_end_independently,
            a_commit_wakes_readers;
        fencing:
            a_newer_producer_fences_the_older,
            a_zombies_writes_are_never_readable,
            an_idle_producer_is_fenced,
            the_latest_producer_wins,
            other_ids_are_not_fenced,
            positions_are_final_once_the_newer_producer_is_there,
            a_transaction_times_out,
            a_dropped_producer_leaves_nothing_behind,
            a_closed_producer_aborts,
            the_id_of_a_closed_producer_is_free;
        isolation:
            committed_reading_stops_at_an_open_transaction,
            committed_reading_skips_aborted_records,
            uncommitted_reading_sees_everything,
            the_last_stable_offset_lies_below_open_transactions,
            reading_passes_transaction_markers;
        reading:
            to_end_passes_each_record_once,
            to_end_waits_behind_a_foreign_open_transaction,
            to_end_ends_while_records_keep_coming,
            to_end_gives_up_and_goes_on_later,
            to_end_passes_trailing_markers,
            next_can_be_dropped_at_any_time,
            next_and_to_end_share_one_position,
            next_waits_for_the_commit,
            a_deleted_topic_is_told,
            a_compacted_topic_keeps_the_last_record_of_each_key;
        positions:
            nothing_is_fetched_before_its_start,
            a_partition_starts_where_it_is_told,
            a_partition_goes_on_where_the_group_left_off,
            a_new_group_starts_where_reset_says,
            a_position_passes_aborted_records,
            a_missing_offset_is_fatal_under_none,
            an_offset_outside_the_log_is_fatal,
            a_committed_offset_outside_the_log_is_fatal,
            partitions_of_others_are_ignored,
            a_seek_moves_reading,
            next_can_be_dropped_at_any_time,
            no_records_come_while_only_membership_is_wanted,
            records_come_in_order_with_their_offsets;
        membership:
            a_lone_member_gets_everything,
            two_members_balance,
            a_revoked_partition_is_its_owners_until_released,
            a_partition_that_is_not_released_is_lost,
            a_member_that_does_not_ask_loses_its_partitions,
            nothing_comes_of_a_revoked_partition,
            a_fenced_commit_commits_nothing,
            a_closed_members_partitions_move,
            a_dropped_members_partitions_move,
            a_closer_ends_a_member,
            a_closer_wakes_a_member_that_waits,
            a_topic_that_does_not_exist_yet_is_read_once_it_does,
            partitions_of_a_deleted_topic_go,
            a_pattern_selects_whole_names,
            groups_do_not_disturb_each_other,
            membership_comes_before_records;
        group:
            an_unknown_group_has_no_members,
            members_are_listed_by_their_client_ids,
            members_of_other_groups_are_not_listed,
            an_owner_stays_while_others_come_and_go,
            a_closed_owner_has_an_heir,
            an_owner_that_is_closed_from_outside_has_an_heir,
            a_member_leaves_while_its_executor_stands_still,
            a_closed_member_is_not_listed,
            a_dropped_member_is_not_listed_for_long;
    }
}
