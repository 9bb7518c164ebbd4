//! What every home of offsets promises, tried on each of them.

use std::{collections::BTreeMap, fs, path::PathBuf, sync::Arc};

use connect_api::{ErrorKind, SourceOffset, SourcePartition, Value};
use tempfile::TempDir;

use super::{OffsetHome, OffsetStores};
use crate::{
    System,
    broker::{Broker, NewTopic, ProducerOptions, embedded::EmbeddedBroker},
    stores::{InternalTopic, Purpose},
};

/// Where homes of one kind are; a home that is opened later finds what earlier ones stored.
struct Place {
    kind: Kind,
    broker: EmbeddedBroker,
    folder: TempDir,
}

#[derive(Clone, Copy, Debug)]
enum Kind {
    Topic,
    Own,
    File,
}

impl Place {
    async fn each() -> Vec<Self> {
        let mut places = Vec::new();
        for kind in [Kind::Topic, Kind::Own, Kind::File] {
            let broker = EmbeddedBroker::memory(Arc::new(System::current()));
            let topic = NewTopic::new("worker").partitions(3).compacted();
            broker.create_topic(&topic).await.unwrap();
            places.push(Self {
                kind,
                broker,
                folder: tempfile::tempdir().unwrap(),
            });
        }
        places
    }

    fn file(&self) -> PathBuf {
        self.folder.path().join("connect.offsets")
    }

    async fn open(&self) -> (OffsetStores, OffsetHome) {
        let broker: Arc<dyn Broker> = Arc::new(self.broker.clone());
        let (stores, own) = match self.kind {
            Kind::Topic => (OffsetStores::in_topic(broker, "worker"), None),
            Kind::Own => {
                let own = InternalTopic::named(Purpose::ConnectorOffsets, "own");
                (OffsetStores::in_topic(broker, "worker"), Some(own))
            }
            Kind::File => {
                let system = Arc::new(System::current());
                let stores = OffsetStores::in_file(&self.file(), system).await;
                (stores.unwrap(), None)
            }
        };
        let home = stores.of(own.as_ref());
        (stores, home)
    }
}

fn table(number: i64) -> SourcePartition {
    SourcePartition::from([("table", number)])
}

fn at(position: i64) -> SourceOffset {
    SourceOffset::at("position", position)
}

fn changes<const N: usize>(
    changes: [(i64, Option<i64>); N],
) -> BTreeMap<SourcePartition, Option<SourceOffset>> {
    let change = |(number, position): (i64, Option<i64>)| (table(number), position.map(at));
    changes.into_iter().map(change).collect()
}

async fn positions(home: &OffsetHome, connector: &str) -> BTreeMap<SourcePartition, SourceOffset> {
    home.read(connector).await.unwrap().offsets().clone()
}

fn known<const N: usize>(known: [(i64, i64); N]) -> BTreeMap<SourcePartition, SourceOffset> {
    let each = |(number, position)| (table(number), at(position));
    known.into_iter().map(each).collect()
}

/// Stores positions as a task does that is at least once.
async fn store(place: &Place, home: &OffsetHome, connector: &str, moved: [(i64, i64); 1]) {
    let stored = home.read(connector).await.unwrap();
    let options = ProducerOptions::new("task");
    let mut producer = place.broker.producer(&options).await.unwrap();
    let positions = stored.positions(&known(moved)).unwrap();
    positions
        .store(&mut *producer)
        .await
        .unwrap()
        .await
        .unwrap();
}

#[tokio::test]
async fn what_is_stored_is_read_by_everybody_and_after_a_restart() {
    for place in Place::each().await {
        let (stores, home) = place.open().await;
        home.alter("orders", &changes([(1, Some(1)), (2, Some(1))]))
            .await
            .unwrap();
        store(&place, &home, "orders", [(2, 7)]).await;
        home.alter("orders", &BTreeMap::new()).await.unwrap();
        let expected = known([(1, 1), (2, 7)]);
        assert_eq!(
            positions(&home, "orders").await,
            expected,
            "{:?}",
            place.kind
        );
        stores.close().await;
        let (_stores, home) = place.open().await;
        assert_eq!(
            positions(&home, "orders").await,
            expected,
            "{:?}",
            place.kind
        );
    }
}

#[tokio::test]
async fn what_is_removed_stays_removed() {
    for place in Place::each().await {
        let (stores, home) = place.open().await;
        home.alter("orders", &changes([(1, Some(1)), (2, Some(2))]))
            .await
            .unwrap();
        home.alter("orders", &changes([(1, None), (3, None)]))
            .await
            .unwrap();
        let expected = known([(2, 2)]);
        assert_eq!(
            positions(&home, "orders").await,
            expected,
            "{:?}",
            place.kind
        );
        stores.close().await;
        let (_stores, home) = place.open().await;
        assert_eq!(
            positions(&home, "orders").await,
            expected,
            "{:?}",
            place.kind
        );
    }
}

#[tokio::test]
async fn connectors_do_not_see_each_other() {
    for place in Place::each().await {
        let (_stores, home) = place.open().await;
        store(&place, &home, "a", [(1, 1)]).await;
        store(&place, &home, "b", [(1, 2)]).await;
        home.alter("c", &changes([(1, None)])).await.unwrap();
        assert_eq!(positions(&home, "a").await, known([(1, 1)]));
        assert_eq!(positions(&home, "b").await, known([(1, 2)]));
        assert!(positions(&home, "c").await.is_empty(), "{:?}", place.kind);
    }
}

#[tokio::test]
async fn a_source_partition_is_the_same_in_any_order_of_its_fields() {
    for place in Place::each().await {
        let (_stores, home) = place.open().await;
        for (fields, position) in [([("x", 1), ("y", 2)], 1), ([("y", 2), ("x", 1)], 2)] {
            let change = (SourcePartition::from(fields), Some(at(position)));
            home.alter("a", &BTreeMap::from([change])).await.unwrap();
        }
        let found = positions(&home, "a").await;
        assert_eq!(found.len(), 1, "{:?}", place.kind);
        assert_eq!(found.into_values().next(), Some(at(2)));
    }
}

#[tokio::test]
async fn an_offset_that_is_no_flat_map_is_refused_naming_its_partition() {
    for place in Place::each().await {
        let (_stores, home) = place.open().await;
        home.alter("orders", &changes([(1, Some(1))]))
            .await
            .unwrap();
        let offset = SourceOffset::Stored(Value::from(1));
        let wrong = BTreeMap::from([(table(1), Some(offset)), (table(2), Some(at(1)))]);
        let error = home.alter("orders", &wrong).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Fatal);
        let message = error.to_string();
        let expected = r#"connector `orders`: source partition {"table":1}: "#;
        assert!(message.starts_with(expected), "{message}");
        assert_eq!(positions(&home, "orders").await, known([(1, 1)]));
    }
}

#[tokio::test]
async fn many_who_store_at_once_lose_nothing() {
    for place in Place::each().await {
        let (_stores, home) = place.open().await;
        let all = (0..20).map(|number| {
            let (place, home) = (&place, &home);
            async move { store(place, home, "orders", [(number, number)]).await }
        });
        futures::future::join_all(all).await;
        let found = positions(&home, "orders").await;
        assert_eq!(found.len(), 20, "{:?}", place.kind);
    }
}

#[tokio::test]
async fn a_file_is_used_by_one_worker_until_it_ends() {
    let places = Place::each().await;
    let place = places.last().unwrap();
    let (stores, home) = place.open().await;
    let system = Arc::new(System::current());
    let error = OffsetStores::in_file(&place.file(), system)
        .await
        .unwrap_err();
    let expected = format!(
        "offset.storage.file.filename: {} is in use by this process (pid {})",
        place.file().display(),
        std::process::id()
    );
    assert_eq!(error.to_string(), expected);
    stores.close().await;
    let (_stores, next) = place.open().await;
    next.alter("a", &changes([(1, Some(2))])).await.unwrap();
    // A task that was given up by the worker that ended.
    let error = home.alter("a", &changes([(1, Some(1))])).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Fatal);
    assert_eq!(positions(&next, "a").await, known([(1, 2)]));
}

/// Files that are no offsets files, and what is said about each.
fn no_offsets() -> Vec<(String, &'static str)> {
    const HEAD: &str = r#"{"format":"connect-offsets","version":1}"#;
    const ENTRY: &str = r#"{"key":"[\"a\",{\"f\":1}]","value":"{}"}"#;
    let twice = format!("{HEAD}\n{ENTRY}\n{ENTRY}\n{{\"entries\":2}}\n");
    vec![
        (
            "no offsets".to_owned(),
            "expected an offsets file of this worker's or of Java's, found something else",
        ),
        ("\u{ac}\u{ed}".to_owned(), "found something else"),
        (
            r#"{"format":"connect-offsets","version":2}"#.to_owned(),
            "line 1: expected \"version\":1, found ",
        ),
        (
            r#"{"name":"orders"}"#.to_owned(),
            "line 1: expected \"format\":\"connect-offsets\", found ",
        ),
        (
            HEAD.to_owned(),
            "expected a last line with the number of entries, found none",
        ),
        (
            format!("{HEAD}\n{ENTRY}"),
            "expected a last line with the number of entries, found none",
        ),
        (
            format!("{HEAD}\n{{\"entries\":1}}\n"),
            "expected 1 entries, as the last line says, found 0",
        ),
        (
            format!("{HEAD}\n{{\"entries\":0}}\n{ENTRY}\n"),
            "line 3: expected the end, found more",
        ),
        (
            twice,
            "line 3: expected a key of its own, found that of another line",
        ),
        (
            format!("{HEAD}\n{{\"key\":\"x\",\"value\":\"{{}}\"}}\n"),
            "line 2: expected [\"<connector>\",{<partition>}] as \"key\", found x",
        ),
        (
            format!("{HEAD}\n{{\"key\":1}}\n"),
            "line 2: expected a text as \"key\", found ",
        ),
    ]
}

#[tokio::test]
async fn a_file_that_holds_something_else_is_refused_and_stays_as_it_is() {
    let places = Place::each().await;
    let file = places.last().unwrap().file();
    for (text, expected) in no_offsets() {
        fs::write(&file, &text).unwrap();
        let system = Arc::new(System::current());
        let error = OffsetStores::in_file(&file, system).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Config);
        let message = error.to_string();
        let place = format!("offset.storage.file.filename: {}: ", file.display());
        assert!(
            message.starts_with(&place) && message.contains(expected),
            "{message}"
        );
        assert_eq!(fs::read_to_string(&file).unwrap(), text);
    }
}
