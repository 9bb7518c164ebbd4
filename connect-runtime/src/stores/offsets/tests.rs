//! The offsets topic, to the byte.

use std::collections::BTreeSet;

use connect_api::{Bytes, ErrorKind, SourceOffset, SourcePartition, Value};
use proptest::prelude::*;
use uuid::Uuid;

use super::{
    key::{self, Key, claim_key, claim_value},
    view::Offsets,
    *,
};
use crate::{
    System, TaskId,
    broker::{ConsumedRecord, NewTopic, ProducerOptions, ReaderOptions, embedded::EmbeddedBroker},
    stores::log::View,
};

const TOPIC: &str = "connect-offsets";

/// A store whose records are applied by hand, as `(key, value, timestamp)`; an empty value is a tombstone.
fn committed(connector: &str, records: &[(&str, &str, i64)]) -> Result<Committed> {
    let mut offsets = Offsets::default();
    for (offset, (key, value, timestamp)) in (0..).zip(records) {
        let record = ConsumedRecord {
            offset,
            timestamp: *timestamp,
            key: Some((*key).to_owned().into()),
            value: (!value.is_empty()).then(|| (*value).to_owned().into()),
            ..ConsumedRecord::default()
        };
        offsets.apply(3, record);
    }
    Committed::new(
        connector,
        "offsets topic `connect-offsets`",
        offsets.of(connector),
    )
}

fn text(bytes: Option<Bytes>) -> Option<String> {
    bytes.map(|bytes| String::from_utf8(bytes.to_vec()).unwrap())
}

/// Returns keys and values of `entries`, in order.
fn texts(entries: Vec<Entry>) -> Vec<(String, Option<String>)> {
    let each = |entry: Entry| (text(Some(entry.key)).unwrap(), text(entry.value));
    entries.into_iter().map(each).collect()
}

#[test]
fn keys_and_values_have_the_bytes_of_java() {
    let partition =
        SourcePartition::from([("server", "srv"), ("database", "db1"), ("filename", "f")]);
    let offset = SourceOffset::Stored(Value::map([
        ("ts_sec", Value::from(1)),
        ("b", Value::from(Bytes::from_static(&[1, 2]))),
        ("d", Value::from(1.5)),
        ("f", Value::from(1.1f32)),
        ("position", Value::from(30i64)),
        ("snapshot", Value::from(true)),
        ("n", Value::Null),
    ]));
    let none = committed("orders", &[]).unwrap();
    let records = none
        .entries(&BTreeMap::from([(partition, offset)]))
        .unwrap();
    assert_eq!(
        texts(records),
        [(
            r#"["orders",{"server":"srv","database":"db1","filename":"f"}]"#.to_owned(),
            Some(
                r#"{"ts_sec":1,"b":"AQI=","d":1.5,"f":1.1,"position":30,"snapshot":true,"n":null}"#
                    .to_owned()
            ),
        )]
    );
}

#[test]
fn what_java_wrote_is_read_as_java_reads_it() {
    let value = r#"{"ts_sec":1,"b":"AQI=","d":1.0E10,"snapshot":true,"n":null}"#;
    let key = r#"["orders",{"filename":"f"}]"#;
    let read = committed("orders", &[(key, value, 0)]).unwrap();
    let offset = &read.offsets()[&SourcePartition::from([("filename", "f")])];
    let expected = Value::map([
        ("ts_sec", Value::Int64(1)),
        ("b", Value::from("AQI=")),
        ("d", Value::Float64(1e10)),
        ("snapshot", Value::Boolean(true)),
        ("n", Value::Null),
    ]);
    assert_eq!(offset.to_value().unwrap(), expected);
}

#[test]
fn connectors_do_not_see_each_other() {
    let records = [
        (r#"["a",{"f":1}]"#, r#"{"p":1}"#, 0),
        (r#"["b",{"f":1}]"#, r#"{"p":2}"#, 0),
    ];
    let position = |connector: &str| {
        let read = committed(connector, &records).unwrap();
        read.offsets()[&SourcePartition::from([("f", 1)])].clone()
    };
    assert_eq!(position("a"), SourceOffset::at("p", 1));
    assert_eq!(position("b"), SourceOffset::at("p", 2));
    assert!(committed("c", &records).unwrap().offsets().is_empty());
}

#[test]
fn the_last_record_counts_and_a_tombstone_removes() {
    let key = r#"["a",{"f":1}]"#;
    let partition = SourcePartition::from([("f", 1)]);
    let read = committed("a", &[(key, r#"{"p":1}"#, 9), (key, r#"{"p":2}"#, 3)]).unwrap();
    assert_eq!(read.offsets()[&partition], SourceOffset::at("p", 2));
    for tombstone in ["", "null"] {
        let read = committed("a", &[(key, r#"{"p":1}"#, 0), (key, tombstone, 1)]).unwrap();
        assert!(read.offsets().is_empty());
    }
}

#[test]
fn a_partition_keeps_the_bytes_of_its_stored_key() {
    // Java's HashMap has another order than the plugin, and nobody promised the absence of spaces.
    let key = r#"["a",{"table":"t", "database":"d"}]"#;
    let read = committed("a", &[(key, r#"{"p":1}"#, 0)]).unwrap();
    let partition = SourcePartition::from([("database", "d"), ("table", "t")]);
    assert_eq!(read.offsets()[&partition], SourceOffset::at("p", 1));
    let moved = BTreeMap::from([(partition, SourceOffset::at("p", 2))]);
    let records = texts(read.entries(&moved).unwrap());
    assert_eq!(records, [(key.to_owned(), Some(r#"{"p":2}"#.to_owned()))]);
}

#[test]
fn a_new_partition_keeps_the_bytes_of_its_first_record() {
    let read = committed("a", &[]).unwrap();
    let store = |fields: [(&'static str, &'static str); 2]| {
        let moved = BTreeMap::from([(SourcePartition::from(fields), SourceOffset::at("p", 1))]);
        texts(read.entries(&moved).unwrap()).remove(0).0
    };
    let first = store([("x", "1"), ("a", "2")]);
    assert_eq!(first, r#"["a",{"x":"1","a":"2"}]"#);
    assert_eq!(store([("a", "2"), ("x", "1")]), first);
}

#[test]
fn of_two_forms_of_a_key_the_newer_one_counts_and_a_removal_takes_both() {
    let (one, two) = (r#"["a",{"x":1,"y":2}]"#, r#"["a",{"y":2,"x":1}]"#);
    let partition = SourcePartition::from([("x", 1), ("y", 2)]);
    for (records, newer, older) in [
        ([(one, r#"{"p":1}"#, 5), (two, r#"{"p":2}"#, 6)], two, one),
        ([(two, r#"{"p":2}"#, 6), (one, r#"{"p":1}"#, 5)], two, one),
        ([(two, r#"{"p":1}"#, 6), (one, r#"{"p":2}"#, 7)], one, two),
    ] {
        let read = committed("a", &records).unwrap();
        assert_eq!(read.offsets()[&partition], SourceOffset::at("p", 2));
        let moved = BTreeMap::from([(partition.clone(), None)]);
        let removal = texts(read.alterations(&moved).unwrap());
        assert_eq!(
            removal,
            [(newer.to_owned(), None), (older.to_owned(), None)]
        );
    }
}

#[test]
fn an_offset_that_is_no_map_stops_its_connector_and_names_its_place() {
    let records = [
        (r#"["a",{"f":1}]"#, "7", 0),
        (r#"["b",{"f":1}]"#, r#"{"p":1}"#, 0),
        (r#"["c",{"f":1}]"#, r#"{"p":[1]}"#, 0),
        (r#"["d",{"f":1}]"#, "{", 0),
    ];
    let error = committed("a", &records).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Fatal);
    assert_eq!(
        error.to_string(),
        "offsets topic `connect-offsets`: connector `a`: partition 3 offset 0: \
         expected an offset as a JSON object, found 7"
    );
    assert!(committed("b", &records).is_ok(), "others go on");
    assert!(committed("c", &records).is_err());
    assert!(committed("d", &records).is_err());
}

#[test]
fn keys_that_are_no_offsets_are_ignored() {
    let partition = SourcePartition::from([("f", 1)]);
    let records = [
        ("", r#"{"p":9}"#, 0),
        ("no json", r#"{"p":9}"#, 0),
        (r#"{"f":1}"#, r#"{"p":9}"#, 0),
        (r#"["a",null]"#, r#"{"p":9}"#, 0),
        (r#"["a"]"#, r#"{"p":9}"#, 0),
        (r#"[7,{"f":1}]"#, r#"{"p":9}"#, 0),
        (r#"["a",{"f":1}]"#, r#"{"p":1}"#, 0),
        (r#"["a",{"f":1},1]"#, r#"{"p":9}"#, 0),
    ];
    let read = committed("a", &records).unwrap();
    let all: Vec<_> = read.offsets().iter().collect();
    assert_eq!(all, [(&partition, &SourceOffset::at("p", 1))]);
}

fn task() -> TaskId {
    TaskId {
        connector: "my-orders".into(),
        task: 3,
    }
}

#[test]
fn a_claim_is_json_and_no_array() {
    let worker = Uuid::from_u128(7);
    assert_eq!(
        claim_key(&task()),
        r#"{"claim":{"connector":"my-orders","task":3}}"#
    );
    assert_eq!(
        claim_value(worker),
        r#"{"worker":"00000000-0000-0000-0000-000000000007"}"#
    );
    assert_eq!(Key::parse(&claim_key(&task())), Ok(Key::Claim(task())));
    assert_eq!(key::claimant(&claim_value(worker)), Some(worker));
}

async fn store() -> (Arc<dyn Broker>, OffsetHome) {
    let broker: Arc<dyn Broker> = Arc::new(EmbeddedBroker::memory(Arc::new(System::current())));
    let topic = NewTopic::new(TOPIC).partitions(3).compacted();
    broker.create_topic(&topic).await.unwrap();
    let home = OffsetStores::in_topic(Arc::clone(&broker), TOPIC).of(None);
    (broker, home)
}

#[tokio::test]
async fn the_last_claim_that_was_committed_counts() {
    let (broker, store) = store().await;
    let (one, two) = (Uuid::from_u128(1), Uuid::from_u128(2));
    assert_eq!(store.claimant(&task()).await.unwrap(), None);
    let claim = async |worker: Uuid| {
        let options = ProducerOptions::new("test");
        let mut producer = broker
            .transactional_producer("g-my-orders-3", &options)
            .await
            .unwrap();
        drop(
            producer
                .send(vec![store.claim(&task(), worker).unwrap()])
                .await
                .unwrap(),
        );
        producer
    };
    claim(one).await.commit().await.unwrap();
    assert_eq!(store.claimant(&task()).await.unwrap(), Some(one));
    claim(two).await.commit().await.unwrap();
    claim(one).await.abort().await.unwrap();
    assert_eq!(store.claimant(&task()).await.unwrap(), Some(two));
    let other = TaskId { task: 2, ..task() };
    assert_eq!(store.claimant(&other).await.unwrap(), None);
    assert!(store.read("my-orders").await.unwrap().offsets().is_empty());
}

#[tokio::test]
async fn a_key_decides_its_partition_as_javas_client_does() {
    let (broker, store) = store().await;
    let offset = Some(SourceOffset::at("p", 1));
    let partition = SourcePartition::from([("filename", "f")]);
    store
        .alter("orders", &BTreeMap::from([(partition, offset)]))
        .await
        .unwrap();
    let mut reader = broker.reader(&ReaderOptions::new(TOPIC)).await.unwrap();
    let mut seen = Vec::new();
    let mut each = |fetched: crate::broker::Fetched| {
        if !fetched.records.is_empty() {
            seen.push(fetched.partition.partition);
        }
    };
    reader.to_end(&mut each).await.unwrap();
    // org.apache.kafka.common.utils.Utils.toPositive(murmur2(key)) % 3
    assert_eq!(seen, [0]);
}

fn plain() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>()
            .prop_filter("JSON has no others", |n| n.is_finite())
            .prop_map(Value::from),
        any::<String>().prop_map(Value::from),
    ]
}

fn fields() -> impl Strategy<Value = Value> {
    let fields = proptest::collection::vec((any::<String>(), plain()), 0..6);
    fields.prop_map(|fields| {
        let mut seen = BTreeSet::new();
        let unique = fields
            .into_iter()
            .filter(|(name, _)| seen.insert(name.clone()));
        Value::map(unique)
    })
}

proptest! {
    #[test]
    fn offsets_come_back_as_they_were(
        connector in any::<String>(),
        partition in fields(),
        offset in fields(),
    ) {
        let partition = SourcePartition::from_value(partition).unwrap();
        let offset = SourceOffset::Stored(offset);
        let none = committed(&connector, &[]).unwrap();
        let moved = BTreeMap::from([(partition.clone(), offset.clone())]);
        let (key, value) = texts(none.entries(&moved).unwrap()).remove(0);
        let read = committed(&connector, &[(&key, &value.unwrap(), 0)]).unwrap();
        prop_assert_eq!(read.offsets().get(&partition), Some(&offset));
        // And once more, to the byte.
        let (again, _) = texts(read.entries(&moved).unwrap()).remove(0);
        prop_assert_eq!(again, key);
    }

    #[test]
    fn no_bytes_make_the_reader_panic(
        key in any::<Vec<u8>>(),
        json in "\\[\"a\",\\PC*\\]",
        value in proptest::option::of(any::<Vec<u8>>()),
    ) {
        for key in [key, json.into_bytes()] {
            let record = ConsumedRecord {
                key: Some(key.into()),
                value: value.clone().map(Bytes::from),
                ..ConsumedRecord::default()
            };
            Offsets::default().apply(0, record);
        }
    }
}
