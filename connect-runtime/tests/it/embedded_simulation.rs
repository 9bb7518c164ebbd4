//! In a simulation the embedded broker is a function of the seed.

use std::sync::Arc;

use connect_api::Offsets;
use connect_runtime::broker::{
    Broker, Consumer, ConsumerEvent, ConsumerOptions, NewTopic, Subscription, Want,
    embedded::EmbeddedBroker,
};
use connect_testkit::{SimulatedEnvironment, simulate};
use futures::FutureExt;

use crate::fixture::{record, send, transactional};

/// Two members and a producer that do what the seed says; returns what they saw.
async fn life(environment: SimulatedEnvironment) -> Vec<String> {
    let broker = EmbeddedBroker::memory(Arc::new(environment.clone()));
    broker
        .create_topic(&NewTopic::new("orders").partitions(5))
        .await
        .unwrap();
    let mut producer = transactional(&broker).await;
    let subscription = Subscription::Pattern("or.*".to_owned());
    let options = ConsumerOptions::new("group", subscription);
    let mut members = vec![broker.consumer(&options).await.unwrap()];
    let mut seen = Vec::new();
    for step in 0..200 {
        match environment.below(6) {
            0 if members.len() < 4 => members.push(broker.consumer(&options).await.unwrap()),
            1 if members.len() > 1 => drop(members.swap_remove(0)),
            2 => producer.commit().await.unwrap(),
            3 => {
                let record =
                    record("orders", step.to_string()).with_key(environment.below(100).to_string());
                send(&mut *producer, vec![record]).await.unwrap();
            }
            _ => {
                let at = usize::try_from(environment.below(members.len() as u64)).unwrap();
                // What is there at once; waiting would be for ever.
                while let Some(event) = members[at].next(Want::Records).now_or_never() {
                    let event = event.unwrap();
                    seen.push(format!("{step} {at} {event:?}"));
                    on(&mut *members[at], event).await;
                }
            }
        }
        tokio::task::yield_now().await;
    }
    seen
}

async fn on(consumer: &mut dyn Consumer, event: ConsumerEvent) {
    match event {
        ConsumerEvent::Assigned(partitions) => {
            consumer.start(&partitions, &Offsets::new()).await.unwrap();
        }
        ConsumerEvent::Revoked(partitions) => consumer.release(&partitions).await.unwrap(),
        ConsumerEvent::Records(fetched) => {
            let next = [(fetched.partition, fetched.next)].into();
            consumer.commit(&next).await.unwrap();
        }
        _ => {}
    }
}

#[test]
fn the_same_seed_gives_the_same_events() {
    for seed in 0..20 {
        let first = simulate(seed, life);
        assert!(first.len() > 10, "seed {seed} shows nothing: {first:?}");
        assert_eq!(first, simulate(seed, life), "seed {seed}");
    }
}
