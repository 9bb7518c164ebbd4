//! Readers of whole topics.

use std::{pin::pin, time::Duration};

use connect_api::ErrorKind;
use connect_runtime::broker::{
    Broker, Fetched, Isolation, NewTopic, ProducerRecord, ReaderOptions,
};
use futures::future::join;
use tokio::time::timeout;

use super::fixture::{
    IMPATIENCE, abort, commit, create, deliver, expect_kind, new_topic, not_yet, numbered,
    producer, read_committed, reader, records, text, to_end, transactional, unique, within, write,
};

/// Each call passes what came since the last one, each record once and in order.
pub async fn to_end_passes_each_record_once(broker: &dyn Broker) {
    let topic = new_topic(broker, 2).await;
    let mut reader = reader(broker, &topic, Isolation::ReadCommitted).await;
    assert!(to_end(&mut *reader).await.is_empty());
    for round in 0..3 {
        let (zero, one) = (
            numbered(&format!("a {round}"), 50),
            numbered(&format!("b {round}"), 20),
        );
        write(broker, &topic, 0, &zero).await;
        write(broker, &topic, 1, &one).await;
        let found = to_end(&mut *reader).await;
        assert_eq!(found, [(0, zero), (1, one)].into());
        assert!(to_end(&mut *reader).await.is_empty());
    }
}

/// The committed record behind a foreign open transaction is found.
///
/// The reader waits for that transaction.
pub async fn to_end_waits_behind_a_foreign_open_transaction(broker: &dyn Broker) {
    for end in [Ending::Commit, Ending::Abort] {
        let topic = new_topic(broker, 1).await;
        let mut foreign = transactional(broker, &unique("id")).await;
        deliver(&mut *foreign, records(&topic, 0, &numbered("foreign", 2))).await;
        let mut own = transactional(broker, &unique("id")).await;
        deliver(&mut *own, records(&topic, 0, &numbered("own", 2))).await;
        commit(&mut *own).await;
        let mut reader = reader(broker, &topic, Isolation::ReadCommitted).await;
        let mut reading = pin!(to_end(&mut *reader));
        not_yet(
            "the end was reached before a foreign transaction below it ended",
            &mut reading,
        )
        .await;
        let (found, ()) = join(reading, async {
            match end {
                Ending::Commit => commit(&mut *foreign).await,
                Ending::Abort => abort(&mut *foreign).await,
            }
        })
        .await;
        let expected = match end {
            Ending::Commit => [numbered("foreign", 2), numbered("own", 2)].concat(),
            Ending::Abort => numbered("own", 2),
        };
        assert_eq!(found, [(0, expected)].into(), "{end:?}");
    }
}

#[derive(Clone, Copy, Debug)]
enum Ending {
    Commit,
    Abort,
}

/// The end is where the log ended at the call.
///
/// Records that keep coming don't hold the reader.
pub async fn to_end_ends_while_records_keep_coming(broker: &dyn Broker) {
    let topic = new_topic(broker, 1).await;
    write(broker, &topic, 0, &numbered("before", 10)).await;
    let mut reader = reader(broker, &topic, Isolation::ReadCommitted).await;
    let mut producer = producer(broker).await;
    let writing = async {
        loop {
            deliver(&mut *producer, records(&topic, 0, &numbered("more", 2))).await;
        }
    };
    let found = tokio::select! {
        found = to_end(&mut *reader) => found,
        () = writing => unreachable!("it writes for ever"),
    };
    assert_eq!(found[&0][..10], numbered("before", 10));
}

/// Out of patience, the reader names topic and partition.
///
/// The next call goes on without repeating.
pub async fn to_end_gives_up_and_goes_on_later(broker: &dyn Broker) {
    let topic = new_topic(broker, 2).await;
    write(broker, &topic, 0, &numbered("a", 2)).await;
    write(broker, &topic, 1, &numbered("b", 2)).await;
    let mut open = transactional(broker, &unique("id")).await;
    deliver(&mut *open, records(&topic, 1, &numbered("open", 2))).await;
    let mut options = ReaderOptions::new(&topic);
    options.patience = Duration::from_secs(2);
    let mut reader = broker.reader(&options).await.expect("a reader opens");
    let mut found = Vec::new();
    let mut each = |fetched: Fetched| found.extend(fetched.records.iter().map(text));
    let gave_up = within("to_end", reader.to_end(&mut each)).await;
    let error = expect_kind("to_end", gave_up, ErrorKind::Unavailable);
    let message = error.report().to_string();
    assert!(
        message.contains(&*topic) && message.contains('1'),
        "the message names no partition: {message}"
    );
    commit(&mut *open).await;
    let mut each = |fetched: Fetched| found.extend(fetched.records.iter().map(text));
    within("to_end", reader.to_end(&mut each))
        .await
        .expect("the end is reached");
    found.sort();
    let expected = [numbered("a", 2), numbered("b", 2), numbered("open", 2)].concat();
    assert_eq!(found, expected);
}

/// A log that ends with markers, or holds nothing else, has an end too.
pub async fn to_end_passes_trailing_markers(broker: &dyn Broker) {
    let topic = new_topic(broker, 2).await;
    let mut producer = transactional(broker, &unique("id")).await;
    deliver(&mut *producer, records(&topic, 0, &numbered("a", 2))).await;
    commit(&mut *producer).await;
    for partition in [0, 1] {
        deliver(
            &mut *producer,
            records(&topic, partition, &numbered("aborted", 2)),
        )
        .await;
        abort(&mut *producer).await;
    }
    assert_eq!(read_committed(broker, &topic).await, numbered("a", 2));
}

/// Waiting for the next records can be given up at any time.
///
/// None is lost, none comes twice.
pub async fn next_can_be_dropped_at_any_time(broker: &dyn Broker) {
    let topic = new_topic(broker, 2).await;
    let mut reader = reader(broker, &topic, Isolation::ReadCommitted).await;
    assert!(to_end(&mut *reader).await.is_empty());
    let mut producer = producer(broker).await;
    let writing = async {
        for batch in 0..50 {
            let texts = numbered(&batch.to_string(), 3);
            deliver(&mut *producer, records(&topic, batch % 2, &texts)).await;
        }
    };
    let mut found = [Vec::new(), Vec::new()];
    let reading = async {
        while found[0].len() + found[1].len() < 150 {
            // The future is dropped soon after it has to wait.
            let Ok(fetched) = timeout(IMPATIENCE, reader.next()).await else {
                continue;
            };
            let fetched = fetched.expect("a reader lives");
            let partition = usize::try_from(fetched.partition.partition).expect("0 or 1");
            found[partition].extend(fetched.records.iter().map(text));
        }
    };
    within("150 records", join(writing, reading)).await;
    for (start, found) in found.into_iter().enumerate() {
        let expected: Vec<_> = (start..50)
            .step_by(2)
            .flat_map(|batch| numbered(&batch.to_string(), 3))
            .collect();
        assert_eq!(found, expected);
    }
}

/// `next` goes on where `to_end` stopped, and `to_end` where `next` stopped.
pub async fn next_and_to_end_share_one_position(broker: &dyn Broker) {
    let topic = new_topic(broker, 1).await;
    write(broker, &topic, 0, &numbered("a", 2)).await;
    let mut reader = reader(broker, &topic, Isolation::ReadCommitted).await;
    assert_eq!(to_end(&mut *reader).await, [(0, numbered("a", 2))].into());
    write(broker, &topic, 0, &numbered("b", 2)).await;
    let mut found = Vec::new();
    while found.len() < 2 {
        let fetched = within("a record", reader.next())
            .await
            .expect("a reader lives");
        found.extend(fetched.records.iter().map(text));
    }
    assert_eq!(found, numbered("b", 2));
    write(broker, &topic, 0, &numbered("c", 2)).await;
    assert_eq!(to_end(&mut *reader).await, [(0, numbered("c", 2))].into());
}

/// Waiting for committed records does not show those of open transactions.
pub async fn next_waits_for_the_commit(broker: &dyn Broker) {
    let topic = new_topic(broker, 1).await;
    let mut reader = reader(broker, &topic, Isolation::ReadCommitted).await;
    let mut open = transactional(broker, &unique("id")).await;
    deliver(&mut *open, records(&topic, 0, &numbered("aborted", 2))).await;
    {
        let mut next = pin!(reader.next());
        not_yet("a record of an open transaction was read", &mut next).await;
    }
    abort(&mut *open).await;
    write(broker, &topic, 0, &numbered("a", 1)).await;
    assert_eq!(to_end(&mut *reader).await, [(0, numbered("a", 1))].into());
}

/// A reader is told when its topic is deleted, by both of its methods.
pub async fn a_deleted_topic_is_told(broker: &dyn Broker) {
    let topic = new_topic(broker, 1).await;
    write(broker, &topic, 0, &numbered("a", 2)).await;
    let mut reader = reader(broker, &topic, Isolation::ReadCommitted).await;
    assert_eq!(to_end(&mut *reader).await[&0], numbered("a", 2));
    let deleted = within("delete_topic", broker.delete_topic(&topic)).await;
    deleted.expect("a topic is deleted");
    expect_kind(
        "next",
        within("the end of a topic", reader.next()).await,
        ErrorKind::Config,
    );
    let mut each = |_: Fetched| {};
    expect_kind(
        "to_end",
        within("to_end", reader.to_end(&mut each)).await,
        ErrorKind::Config,
    );
}

/// A compacted topic keeps the last record of each key, tombstones included, in order.
pub async fn a_compacted_topic_keeps_the_last_record_of_each_key(broker: &dyn Broker) {
    let topic = NewTopic::new(unique("compacted")).partitions(1).compacted();
    create(broker, &topic).await;
    let of = |key: &str, value: Option<&str>| {
        let mut record = ProducerRecord::new(&topic.name, "")
            .with_key(key.to_owned())
            .with_partition(0);
        record.value = value.map(|value| value.to_owned().into());
        record
    };
    let mut producer = producer(broker).await;
    for round in 0..20 {
        let value = round.to_string();
        let batch = vec![of("a", Some(&value)), of(&format!("b {round}"), Some("x"))];
        deliver(&mut *producer, batch).await;
    }
    deliver(&mut *producer, vec![of("b 3", None)]).await;
    let mut reader = reader(broker, &topic.name, Isolation::ReadCommitted).await;
    let mut last = std::collections::BTreeMap::new();
    let mut offsets = Vec::new();
    let mut each = |fetched: Fetched| {
        for record in fetched.records {
            offsets.push(record.offset);
            last.insert(record.key.clone(), text(&record));
        }
    };
    within("to_end", reader.to_end(&mut each))
        .await
        .expect("the end is reached");
    assert!(
        offsets.is_sorted(),
        "expected offsets in order, found {offsets:?}"
    );
    assert_eq!(last[&Some("a".into())], "19");
    assert_eq!(last[&Some("b 3".into())], "tombstone");
    assert_eq!(last.len(), 21);
}
