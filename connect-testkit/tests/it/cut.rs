//! A worker that is cut off, from its own side and from that of others.

use std::{sync::Arc, time::Duration};

use connect_api::{ErrorKind, Offsets, Result, TopicPartition};
use connect_runtime::broker::{
    Broker, Consumer, ConsumerEvent, ConsumerOptions, NewTopic, ProducerOptions, ProducerRecord,
    ReaderOptions, Subscription, Want, embedded::EmbeddedBroker,
};
use connect_testkit::{
    FaultyBroker, SimulatedEnvironment,
    faulty::{BrokerFaults, Cut},
    simulate,
};
use tokio::time::{Instant, sleep, timeout};

/// The default of consumers.
const SESSION: Duration = Duration::from_secs(6);

const SHORT: Duration = Duration::from_secs(1);

/// A broker with a topic of one partition, what one worker sees of it, and what cuts that off.
struct World {
    inner: EmbeddedBroker,
    broker: FaultyBroker,
    cut: Cut,
}

impl World {
    async fn new(environment: SimulatedEnvironment) -> Self {
        let inner = EmbeddedBroker::memory(Arc::new(environment));
        let topic = NewTopic::new("topic").partitions(1);
        inner.create_topic(&topic).await.unwrap();
        let broker = FaultyBroker::new(Arc::new(inner.clone()), BrokerFaults::none());
        let cut = broker.cut_handle();
        Self { inner, broker, cut }
    }

    /// Joins through the line that can be cut, and gets the partition.
    async fn owner(&self) -> Box<dyn Consumer> {
        let mut owner = self.broker.consumer(&options("owner")).await.unwrap();
        assigned(&mut *owner).await;
        owner
    }

    async fn members(&self) -> Vec<String> {
        let group = self.inner.group("group").await.unwrap();
        let names = group.members.iter();
        names.map(|member| member.client_id.to_string()).collect()
    }
}

fn options(client_id: &str) -> ConsumerOptions {
    let subscription = Subscription::Topics(vec!["topic".into()]);
    let mut options = ConsumerOptions::new("group", subscription);
    options.client_id = client_id.into();
    options
}

fn the_partition() -> Vec<TopicPartition> {
    vec![TopicPartition::new("topic", 0)]
}

/// Waits for the partition, and starts it.
async fn assigned(consumer: &mut dyn Consumer) {
    match consumer.next(Want::Records).await.unwrap() {
        ConsumerEvent::Assigned(partitions) => {
            assert_eq!(partitions, the_partition());
            let started = consumer.start(&partitions, &Offsets::new()).await;
            started.unwrap();
        }
        other => panic!("expected the partition, found {other:?}"),
    }
}

fn batch(text: &str) -> Vec<ProducerRecord> {
    vec![ProducerRecord::new("topic", text.to_owned()).with_partition(0)]
}

#[track_caller]
fn check_unavailable<T>(answer: Result<T>) {
    let error = answer.err().unwrap();
    assert_eq!(error.kind(), ErrorKind::Unavailable, "{}", error.report());
}

#[track_caller]
fn check_fenced<T>(answer: Result<T>) {
    let error = answer.err().unwrap();
    assert_eq!(error.kind(), ErrorKind::Fenced, "{}", error.report());
}

#[test]
fn while_cut_off_nothing_is_answered_and_afterwards_everything() {
    simulate(1, async |environment| {
        let World { broker, cut, .. } = World::new(environment).await;
        let options = ProducerOptions::new("test");
        let mut plain = broker.producer(&options).await.unwrap();
        let mut other = broker.producer(&options).await.unwrap();
        let mut transactions = broker.transactional_producer("id", &options).await.unwrap();
        let mut reader = broker.reader(&ReaderOptions::new("topic")).await.unwrap();
        let pending = transactions.send(batch("lost")).await.unwrap();
        cut.cut();
        cut.cut();
        check_unavailable(broker.topics().await);
        check_unavailable(broker.group("group").await);
        check_unavailable(broker.producer(&options).await);
        check_unavailable(broker.consumer(&self::options("x")).await);
        check_unavailable(plain.send(batch("lost")).await);
        check_unavailable(pending.await);
        check_unavailable(transactions.commit().await);
        check_unavailable(reader.next().await);
        check_unavailable(reader.to_end(&mut |_| ()).await);
        cut.heal();
        // A producer that could not be heard is finished; one that nobody used meanwhile is not.
        check_unavailable(plain.send(batch("lost")).await);
        check_unavailable(transactions.commit().await);
        let delivery = other.send(batch("a")).await.unwrap();
        assert!(delivery.await.unwrap().is_empty());
        let read = reader.next().await.unwrap();
        assert_eq!(read.records.len(), 1);
        assert!(broker.consumer(&self::options("x")).await.is_ok());
    });
}

#[test]
fn a_call_that_waits_is_answered_when_it_is_cut_off() {
    simulate(1, async |environment| {
        let world = World::new(environment).await;
        let mut reader = world
            .broker
            .reader(&ReaderOptions::new("topic"))
            .await
            .unwrap();
        let mut owner = world.owner().await;
        let cutting = async {
            sleep(SHORT).await;
            world.cut.cut();
        };
        let (read, event, ()) = tokio::join!(reader.next(), owner.next(Want::Records), cutting);
        check_unavailable(read);
        check_unavailable(event);
    });
}

#[test]
fn a_member_that_is_healed_in_time_keeps_its_partition() {
    simulate(1, async |environment| {
        let world = World::new(environment).await;
        let mut owner = world.owner().await;
        let mut other = world.inner.consumer(&options("other")).await.unwrap();
        for _ in 0..3 {
            world.cut.cut();
            sleep(SESSION - SHORT).await;
            check_unavailable(owner.next(Want::Records).await);
            world.cut.heal();
            sleep(SHORT * 2).await;
        }
        let waited = timeout(SESSION * 2, other.next(Want::Records)).await;
        assert!(waited.is_err(), "the partition moved: {waited:?}");
        let offsets = Offsets::from([(the_partition().remove(0), 0)]);
        owner.commit(&offsets).await.unwrap();
        assert_eq!(world.members().await, ["owner", "other"]);
    });
}

#[test]
fn a_member_that_stays_cut_off_is_expelled_and_joins_anew() {
    simulate(1, async |environment| {
        let world = World::new(environment).await;
        let mut owner = world.owner().await;
        let mut other = world.inner.consumer(&options("other")).await.unwrap();
        let since = Instant::now();
        world.cut.cut();
        assigned(&mut *other).await;
        assert_eq!(since.elapsed(), SESSION);
        assert_eq!(world.members().await, ["other"]);
        check_unavailable(owner.next(Want::Records).await);

        world.cut.heal();
        let offsets = Offsets::from([(the_partition().remove(0), 0)]);
        check_fenced(owner.commit(&offsets).await);
        let started = owner.start(&the_partition(), &Offsets::new()).await;
        started.expect("a partition that is lost is ignored");
        match owner.next(Want::Records).await.unwrap() {
            ConsumerEvent::Lost(lost) => assert_eq!(lost, the_partition()),
            event => panic!("expected a loss, found {event:?}"),
        }
        let waited = timeout(SESSION * 2, owner.next(Want::Records)).await;
        assert!(waited.is_err(), "the partition came back: {waited:?}");
        assert_eq!(world.members().await, ["other", "owner"]);

        other.close().await.unwrap();
        assigned(&mut *owner).await;
        owner.commit(&offsets).await.unwrap();
        owner.closer().close();
        check_fenced(owner.next(Want::Records).await);
        assert_eq!(world.members().await, [""; 0]);
    });
}

/// Tries a way to end a member: while it is cut off, the group hears of it at the end of the session.
#[track_caller]
fn check_unheard(end: impl AsyncFnOnce(Box<dyn Consumer>, &Cut)) {
    simulate(1, async |environment| {
        let world = World::new(environment).await;
        let owner = world.owner().await;
        let mut other = world.inner.consumer(&options("other")).await.unwrap();
        let since = Instant::now();
        world.cut.cut();
        sleep(SHORT).await;
        end(owner, &world.cut).await;
        assert_eq!(world.members().await, ["owner", "other"]);
        assigned(&mut *other).await;
        assert_eq!(since.elapsed(), SESSION);
        assert_eq!(world.members().await, ["other"]);
    });
}

#[test]
fn a_member_that_is_dropped_unheard_stays_for_its_session() {
    check_unheard(async |owner, _| drop(owner));
    check_unheard(async |owner, cut| {
        drop(owner);
        cut.heal();
    });
}

#[test]
fn a_member_that_closes_unheard_stays_for_its_session() {
    check_unheard(async |owner, _| check_unavailable(owner.close().await));
}

#[test]
fn a_member_that_is_closed_from_outside_unheard_stays_for_its_session() {
    check_unheard(async |mut owner, cut| {
        owner.closer().close();
        check_fenced(owner.next(Want::Records).await);
        cut.heal();
        check_fenced(owner.next(Want::Records).await);
        check_fenced(owner.commit(&Offsets::new()).await);
    });
}

#[test]
fn a_member_that_was_expelled_and_closed_does_not_join_anew() {
    simulate(1, async |environment| {
        let world = World::new(environment).await;
        let mut owner = world.owner().await;
        world.cut.cut();
        sleep(SESSION + SHORT).await;
        owner.closer().close();
        world.cut.heal();
        check_fenced(owner.next(Want::Records).await);
        drop(owner);
        assert_eq!(world.members().await, [""; 0]);
    });
}
