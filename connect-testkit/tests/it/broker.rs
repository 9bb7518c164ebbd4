//! Claims of the broker suite fail on brokers that break them.

use std::{
    collections::BTreeMap,
    panic::AssertUnwindSafe,
    sync::{Arc, Mutex},
};

use async_trait::async_trait;
use connect_api::{ErrorKind, Offsets, Result, Str, TopicPartition};
use connect_runtime::broker::{
    Broker, Closer, Consumer, ConsumerEvent, ConsumerOptions, Created, Delivery, Fetched,
    GroupDescription, GroupMember, Isolation, LogReader, NewTopic, Producer, ProducerOptions,
    ProducerRecord, ReaderOptions, TopicDescription, TransactionalProducer, Want, Watermarks,
    embedded::EmbeddedBroker,
};
use connect_testkit::{
    broker::{fencing, group, isolation, membership, positions, producing, reading, transactions},
    simulate,
};
use futures::{FutureExt, future::BoxFuture};
use tokio::runtime::Handle;

/// How a broker breaks its contract.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Twist {
    /// Shows what is not committed.
    IgnoresIsolation,
    /// Reads to the last stable offset and calls it the end.
    EndsAtOpenTransactions,
    /// Writes batches backwards.
    Unordered,
    /// Commits what was aborted.
    CommitsAborts,
    /// Calls every commit of a zombie good.
    HidesFencing,
    /// Moves an offset outside the log to its beginning.
    ResetsSilently,
    /// Drops an event when its caller gives up.
    LosesEvents,
    /// Commits partitions one by one, as far as it gets.
    CommitsInPart,
    /// Does not close what is closed from outside.
    KeepsClosedClients,
    /// Closes from outside with the help of the executor.
    ClosesOnTheExecutor,
    /// Answers a commit before it happens.
    CommitsLater,
    /// Lists members that have left.
    RemembersMembers,
    /// Lists only members that have partitions.
    OverlooksIdleMembers,
}

#[derive(Debug)]
struct Twisted {
    inner: EmbeddedBroker,
    twist: Twist,
    /// The members that groups had.
    seen: Mutex<BTreeMap<Str, Vec<GroupMember>>>,
}

#[derive(Debug)]
struct TwistedClient<C: ?Sized> {
    twist: Twist,
    inner: Box<C>,
}

#[async_trait]
impl Broker for Twisted {
    fn internal_partitions(&self, usual: i32) -> i32 {
        self.inner.internal_partitions(usual)
    }

    async fn create_topic(&self, topic: &NewTopic) -> Result<Created> {
        self.inner.create_topic(topic).await
    }

    async fn topic(&self, name: &str) -> Result<Option<TopicDescription>> {
        self.inner.topic(name).await
    }

    async fn topics(&self) -> Result<Vec<Str>> {
        self.inner.topics().await
    }

    async fn delete_topic(&self, name: &str) -> Result<()> {
        self.inner.delete_topic(name).await
    }

    async fn watermarks(
        &self,
        topic: &str,
        isolation: Isolation,
    ) -> Result<BTreeMap<i32, Watermarks>> {
        self.inner.watermarks(topic, isolation).await
    }

    async fn group(&self, group: &str) -> Result<GroupDescription> {
        let mut found = self.inner.group(group).await?;
        match self.twist {
            Twist::RemembersMembers => {
                let mut seen = self.seen.lock().unwrap();
                let known = seen.entry(group.into()).or_default();
                for member in found.members.drain(..) {
                    if !known.contains(&member) {
                        known.push(member);
                    }
                }
                found.members.clone_from(known);
            }
            Twist::OverlooksIdleMembers => found.members.truncate(1),
            _ => {}
        }
        Ok(found)
    }

    async fn group_offsets(&self, group: &str) -> Result<Offsets> {
        self.inner.group_offsets(group).await
    }

    async fn alter_group_offsets(
        &self,
        group: &str,
        offsets: &BTreeMap<TopicPartition, Option<i64>>,
    ) -> Result<()> {
        self.inner.alter_group_offsets(group, offsets).await
    }

    async fn delete_group(&self, group: &str) -> Result<()> {
        self.inner.delete_group(group).await
    }

    async fn producer(&self, options: &ProducerOptions) -> Result<Box<dyn Producer>> {
        Ok(self.twist(self.inner.producer(options).await?))
    }

    async fn transactional_producer(
        &self,
        id: &str,
        options: &ProducerOptions,
    ) -> Result<Box<dyn TransactionalProducer>> {
        Ok(self.twist(self.inner.transactional_producer(id, options).await?))
    }

    async fn consumer(&self, options: &ConsumerOptions) -> Result<Box<dyn Consumer>> {
        let mut options = options.clone();
        if self.twist == Twist::IgnoresIsolation {
            options.isolation = Isolation::ReadUncommitted;
        }
        Ok(self.twist(self.inner.consumer(&options).await?))
    }

    async fn reader(&self, options: &ReaderOptions) -> Result<Box<dyn LogReader>> {
        let mut options = options.clone();
        match self.twist {
            Twist::IgnoresIsolation => options.isolation = Isolation::ReadUncommitted,
            Twist::EndsAtOpenTransactions => options.patience = std::time::Duration::ZERO,
            _ => {}
        }
        Ok(self.twist(self.inner.reader(&options).await?))
    }
}

impl Twisted {
    fn twist<C: ?Sized>(&self, inner: Box<C>) -> Box<TwistedClient<C>> {
        let twist = self.twist;
        Box::new(TwistedClient { twist, inner })
    }
}

#[async_trait]
impl<P: Producer + ?Sized> Producer for TwistedClient<P> {
    async fn send(&mut self, mut batch: Vec<ProducerRecord>) -> Result<Delivery> {
        if self.twist == Twist::Unordered {
            batch.reverse();
        }
        match self.inner.send(batch).await {
            Err(error) if self.twist == Twist::HidesFencing => {
                assert_eq!(error.kind(), ErrorKind::Fenced);
                Ok(Box::pin(std::future::ready(Ok(Vec::new()))))
            }
            answer => answer,
        }
    }

    fn closer(&self) -> Closer {
        match self.twist {
            Twist::KeepsClosedClients => Closer::new(|| {}),
            _ => self.inner.closer(),
        }
    }
}

#[async_trait]
impl TransactionalProducer for TwistedClient<dyn TransactionalProducer> {
    async fn commit(&mut self) -> Result<()> {
        match self.twist {
            Twist::HidesFencing => self.inner.commit().await.or(Ok(())),
            Twist::CommitsLater => Ok(()),
            _ => self.inner.commit().await,
        }
    }

    async fn abort(&mut self) -> Result<()> {
        match self.twist {
            Twist::CommitsAborts => self.inner.commit().await,
            _ => self.inner.abort().await,
        }
    }
}

#[async_trait]
impl Consumer for TwistedClient<dyn Consumer> {
    async fn next(&mut self, want: Want) -> Result<ConsumerEvent> {
        let event = self.inner.next(want).await;
        if self.twist == Twist::LosesEvents {
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        }
        event
    }

    async fn start(&mut self, partitions: &[TopicPartition], offsets: &Offsets) -> Result<()> {
        match self.inner.start(partitions, offsets).await {
            Err(_) if self.twist == Twist::ResetsSilently => {
                self.inner.start(partitions, &Offsets::new()).await
            }
            answer => answer,
        }
    }

    async fn seek(&mut self, offsets: &Offsets) -> Result<()> {
        self.inner.seek(offsets).await
    }

    async fn commit(&mut self, offsets: &Offsets) -> Result<()> {
        if self.twist == Twist::CommitsInPart {
            let mut ended = Ok(());
            for (partition, offset) in offsets {
                let one = Offsets::from([(partition.clone(), *offset)]);
                ended = self.inner.commit(&one).await.and(ended);
            }
            return ended;
        }
        self.inner.commit(offsets).await
    }

    async fn release(&mut self, partitions: &[TopicPartition]) -> Result<()> {
        self.inner.release(partitions).await
    }

    async fn close(self: Box<Self>) -> Result<()> {
        self.inner.close().await
    }

    fn closer(&self) -> Closer {
        match self.twist {
            Twist::KeepsClosedClients => Closer::new(|| {}),
            Twist::ClosesOnTheExecutor => {
                let (executor, closer) = (Handle::current(), self.inner.closer());
                Closer::new(move || {
                    let closer = closer.clone();
                    executor.spawn(async move { closer.close() });
                })
            }
            _ => self.inner.closer(),
        }
    }
}

#[async_trait]
impl LogReader for TwistedClient<dyn LogReader> {
    async fn to_end(&mut self, each: &mut (dyn FnMut(Fetched) + Send)) -> Result<()> {
        match self.inner.to_end(each).await {
            Err(_) if self.twist == Twist::EndsAtOpenTransactions => Ok(()),
            answer => answer,
        }
    }

    async fn next(&mut self) -> Result<Fetched> {
        self.inner.next().await
    }
}

type Tried = for<'a> fn(&'a dyn Broker) -> BoxFuture<'a, ()>;

/// Fails if the claim holds on the broken broker.
fn check_found(twist: Twist, claim: Tried) {
    let outcome = simulate(1, async |environment| {
        let inner = EmbeddedBroker::memory(Arc::new(environment));
        let broker = Twisted {
            inner,
            twist,
            seen: Mutex::default(),
        };
        AssertUnwindSafe(claim(&broker)).catch_unwind().await
    });
    assert!(outcome.is_err(), "the claim holds under {twist:?}");
}

macro_rules! found {
    ($($name:ident: $twist:ident by $($claim:path),+;)*) => {$(
        #[test]
        fn $name() {
            $(check_found(Twist::$twist, |broker| Box::pin($claim(broker)));)+
        }
    )*};
}

found! {
    a_broker_that_ignores_isolation_is_found: IgnoresIsolation by
        isolation::committed_reading_stops_at_an_open_transaction,
        isolation::committed_reading_skips_aborted_records,
        reading::next_waits_for_the_commit;
    a_broker_that_ends_at_open_transactions_is_found: EndsAtOpenTransactions by
        reading::to_end_waits_behind_a_foreign_open_transaction;
    a_broker_without_order_is_found: Unordered by producing::order_is_kept_per_partition;
    a_broker_that_commits_aborts_is_found: CommitsAborts by
        transactions::an_abort_is_invisible,
        transactions::a_commit_is_atomic_across_partitions_and_topics;
    a_broker_that_hides_fencing_is_found: HidesFencing by
        fencing::a_newer_producer_fences_the_older,
        fencing::a_transaction_times_out;
    a_broker_that_resets_silently_is_found: ResetsSilently by
        positions::an_offset_outside_the_log_is_fatal;
    a_broker_that_loses_events_is_found: LosesEvents by positions::next_can_be_dropped_at_any_time;
    a_broker_that_commits_in_part_is_found: CommitsInPart by
        membership::a_fenced_commit_commits_nothing;
    a_broker_that_keeps_closed_clients_is_found: KeepsClosedClients by
        membership::a_closer_ends_a_member,
        fencing::a_closed_producer_aborts,
        producing::a_closed_producer_is_fenced;
    a_broker_that_closes_on_the_executor_is_found: ClosesOnTheExecutor by
        group::a_member_leaves_while_its_executor_stands_still;
    a_broker_that_commits_later_is_found: CommitsLater by
        transactions::nothing_is_readable_before_its_commit,
        transactions::a_commit_waits_for_its_deliveries;
    a_broker_that_remembers_members_is_found: RemembersMembers by
        group::a_closed_member_is_not_listed,
        group::a_dropped_member_is_not_listed_for_long,
        group::a_closed_owner_has_an_heir;
    a_broker_that_overlooks_idle_members_is_found: OverlooksIdleMembers by
        group::members_are_listed_by_their_client_ids;
}
