//! [`check`]: whether what a program left behind is what was promised.

use std::{collections::BTreeSet, sync::Arc};

use connect_runtime::{
    System,
    broker::{ConsumedRecord, embedded::EmbeddedBroker},
};

use super::scene::{DEAD_AT_SINK, DEAD_AT_SOURCE, Fate, Scene, TOPIC, lines, number, read};

/// How often each line may be found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Promise {
    ExactlyOnce,
    /// In order, but for what comes again.
    AtLeastOnce,
    /// At least once, in any order.
    Somewhere,
}

/// Checks output, topic and dead letter queues of a program that has done its work.
pub(super) async fn check(scene: &Scene, (promise, partitions): (Promise, i32), story: &str) {
    let broker = EmbeddedBroker::open(scene.broker(), Arc::new(System::current()));
    let broker = broker.await.unwrap();
    let at_source = match promise {
        Promise::ExactlyOnce => Promise::ExactlyOnce,
        // What the broker refuses is known when later lines were sent already.
        Promise::AtLeastOnce | Promise::Somewhere => Promise::Somewhere,
    };
    // Letters of a sink are durable before its offsets are, and so come again.
    let rows = [
        ("output", scene.written(), promise, [Fate::Line].as_slice()),
        (
            TOPIC,
            values(&broker, TOPIC).await,
            promise,
            &[Fate::Line, Fate::Poison],
        ),
        (
            DEAD_AT_SOURCE,
            values(&broker, DEAD_AT_SOURCE).await,
            at_source,
            &[Fate::Unreadable, Fate::Nowhere],
        ),
        (
            DEAD_AT_SINK,
            values(&broker, DEAD_AT_SINK).await,
            Promise::AtLeastOnce,
            &[Fate::Poison],
        ),
    ];
    broker.close().await.unwrap();
    for (place, found, promise, fates) in rows {
        for partition in 0..partitions {
            let here = |line: &String| number(line) % partitions == partition;
            let found: Vec<_> = found.iter().filter(|line| here(line)).cloned().collect();
            let expected: Vec<_> = lines(fates).into_iter().filter(here).collect();
            assert_eq!(
                settled(found, promise),
                expected,
                "{story}: {place}, partition {partition} of {partitions}, {promise:?}"
            );
        }
    }
}

/// Returns what was found without what the promise allows to come again.
fn settled(mut found: Vec<String>, promise: Promise) -> Vec<String> {
    if promise == Promise::Somewhere {
        found.sort_by_key(|line| number(line));
    }
    let mut known = BTreeSet::new();
    found.retain(|line| known.insert(line.clone()) || promise == Promise::ExactlyOnce);
    found
}

/// Reads the committed values of a topic.
async fn values(broker: &EmbeddedBroker, topic: &str) -> Vec<String> {
    let value = |record: ConsumedRecord| {
        let value = record.value.unwrap_or_default();
        // What a source could not send is JSON text.
        String::from_utf8_lossy(&value).trim_matches('"').to_owned()
    };
    let records = read(broker, topic).await.into_iter();
    records.map(|(_, record)| value(record)).collect()
}
