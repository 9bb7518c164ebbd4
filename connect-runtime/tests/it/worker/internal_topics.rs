//! What a worker leaves in its internal topics, as a Java cluster would read it.

use std::{
    collections::BTreeMap,
    fs,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use connect_runtime::{
    Environment,
    broker::{
        Broker, NewTopic, ProducerOptions, ProducerRecord, ReaderOptions, embedded::EmbeddedBroker,
    },
};
use connect_testkit::{
    faulty::{BrokerFault, BrokerFaults, FaultyBroker, Operation},
    simulate,
};
use tokio::time::{sleep, timeout};

use super::fixture::{Memory, Numbers, memory, worker};

/// The last value of each key, with the partition that it is in; both as text.
pub(crate) async fn latest(
    broker: &dyn Broker,
    topic: &str,
) -> BTreeMap<String, (i32, Option<String>)> {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    let mut latest = BTreeMap::new();
    let mut reader = broker.reader(&ReaderOptions::new(topic)).await.unwrap();
    reader
        .to_end(&mut |fetched| {
            let partition = fetched.partition.partition;
            for record in fetched.records {
                let value = record.value.as_deref().map(text);
                let key = text(&record.key.unwrap_or_default());
                let before = latest.insert(key, (partition, value));
                // One key, one partition: else compaction would keep two values.
                assert!(before.is_none_or(|(before, _)| before == partition));
            }
        })
        .await
        .unwrap();
    latest
}

/// Writes what a Java cluster could have left: its offsets topic has 25 partitions.
async fn leave_offset(broker: &dyn Broker, key: &'static str, value: &'static str) {
    let topic = NewTopic::new("connect-test-offsets")
        .partitions(25)
        .compacted();
    broker.create_topic(&topic).await.unwrap();
    let options = ProducerOptions::new("java");
    let mut producer = broker.producer(&options).await.unwrap();
    let record = ProducerRecord::new(topic.name, value).with_key(key);
    let refused = producer.send(vec![record]).await.unwrap().await.unwrap();
    assert!(refused.is_empty());
}

#[test]
fn a_source_goes_on_where_java_stopped_under_the_same_key() {
    simulate(1, async |environment| {
        let environment: Arc<dyn Environment> = Arc::new(environment);
        let broker = memory(&environment);
        // The space shows that the stored bytes are used again, and not written anew.
        let key = r#"["numbers", {"part":"0"}]"#;
        leave_offset(&broker, key, r#"{"next":40}"#).await;

        let worker = worker(&environment, broker.clone()).start().await.unwrap();
        let sunk = Memory::default();
        let numbers = Numbers::new("numbers", 50);
        worker.source("numbers", numbers).start().await.unwrap();
        let sink = worker.sink("memory", sunk.clone());
        sink.topics(["numbers"]).start().await.unwrap();
        let expected: Vec<String> = (40..50).map(|number| number.to_string()).collect();
        assert_eq!(sunk.reaches(10).await, expected);
        worker.shutdown(Duration::from_secs(10)).await;

        let mut offsets = latest(&broker, "connect-test-offsets").await;
        let (_, offset) = offsets.remove(key).unwrap();
        assert_eq!(offset.unwrap(), r#"{"next":50}"#);
        let claim = r#"{"claim":{"connector":"numbers","task":0}}"#;
        let (_, worker) = offsets.remove(claim).unwrap();
        assert!(worker.unwrap().starts_with(r#"{"worker":""#));
        assert!(offsets.is_empty(), "{offsets:?}");
    });
}

#[test]
fn statuses_are_in_their_topic_in_javas_words() {
    simulate(2, async |environment| {
        let environment: Arc<dyn Environment> = Arc::new(environment);
        let broker = memory(&environment);
        let worker = worker(&environment, broker.clone()).start().await.unwrap();
        let numbers = Numbers::new("numbers", 1);
        worker.source("numbers", numbers).start().await.unwrap();
        worker
            .wait_for("numbers", |status| status.is_running())
            .await
            .unwrap();
        worker.pause("numbers").await.unwrap();
        worker
            .wait_for("numbers", |status| status.is_paused())
            .await
            .unwrap();
        worker.shutdown(Duration::from_secs(10)).await;

        let statuses = latest(&broker, "connect-test-status").await;
        let (_, connector) = &statuses["status-connector-numbers"];
        let connector = connector.as_deref().unwrap();
        assert!(
            connector.starts_with(r#"{"state":"UNASSIGNED","trace":null,"worker_id":""#),
            "{connector}"
        );
        assert!(connector.ends_with(r#"","generation":0}"#), "{connector}");
    });
}

#[test]
fn statuses_whose_writes_fail_are_written_again() {
    simulate(4, async |environment| {
        let environment: Arc<dyn Environment> = Arc::new(environment);
        let broker = memory(&environment);
        let cut = Arc::new(AtomicBool::new(false));
        let is_cut = Arc::clone(&cut);
        let faults = BrokerFaults::drawn(move |call| {
            let is_lost = call == Operation::Send && is_cut.load(Ordering::SeqCst);
            is_lost.then_some(BrokerFault::LoseRequest)
        });
        let faulty = FaultyBroker::new(Arc::new(broker.clone()), faults);
        let worker = worker(&environment, faulty).start().await.unwrap();
        let numbers = Numbers::new("numbers", 1);
        worker.source("numbers", numbers).start().await.unwrap();
        worker
            .wait_for("numbers", |status| status.is_running())
            .await
            .unwrap();
        cut.store(true, Ordering::SeqCst);
        worker.pause("numbers").await.unwrap();
        worker
            .wait_for("numbers", |status| status.is_paused())
            .await
            .unwrap();
        // By then it was tried to write them.
        sleep(Duration::from_secs(10)).await;
        cut.store(false, Ordering::SeqCst);
        let written = async {
            let is_there = async || {
                let mut statuses = latest(&broker, "connect-test-status").await;
                let (_, task) = statuses.remove("status-task-numbers-0").unwrap();
                task.unwrap().contains("PAUSED")
            };
            while !is_there().await {
                sleep(Duration::from_secs(1)).await;
            }
        };
        // Nothing changes any more: what is there was tried again.
        timeout(Duration::from_secs(120), written).await.unwrap();
        worker.shutdown(Duration::from_secs(10)).await;
    });
}

#[test]
fn a_topic_that_would_lose_offsets_is_refused() {
    simulate(3, async |environment| {
        let environment: Arc<dyn Environment> = Arc::new(environment);
        let broker = memory(&environment);
        let topic = NewTopic::new("connect-test-offsets");
        broker.create_topic(&topic).await.unwrap();
        let error = worker(&environment, broker).start().await.unwrap_err();
        assert_eq!(
            error.message(),
            "topic `connect-test-offsets` (offset.storage.topic): expected cleanup.policy=compact, \
             found cleanup.policy=delete"
        );
    });
}

/// Starts and ends a worker whose settings name Java's offsets file, and returns the offsets it has then.
async fn import(
    environment: &Arc<dyn Environment>,
    broker: &EmbeddedBroker,
    file: &Path,
) -> connect_api::Result<BTreeMap<String, Option<String>>> {
    let file = file.to_str().unwrap();
    let worker = worker(environment, broker.clone()).setting("offset.storage.file.filename", file);
    let worker = worker.start().await?;
    worker.shutdown(Duration::from_secs(10)).await;
    let latest = latest(broker, "connect-test-offsets").await.into_iter();
    Ok(latest.map(|(key, (_, value))| (key, value)).collect())
}

#[test]
fn an_offsets_file_of_java_is_imported_once() {
    const JAVA: &[u8] = include_bytes!("../../../src/stores/offsets/java/four.offsets");
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("connect.offsets");
    simulate(5, async |environment| {
        let environment: Arc<dyn Environment> = Arc::new(environment);
        let broker = memory(&environment);
        // Java has not stored anything yet.
        assert!(
            import(&environment, &broker, &file)
                .await
                .unwrap()
                .is_empty()
        );
        fs::write(&file, "").unwrap();
        assert!(
            import(&environment, &broker, &file)
                .await
                .unwrap()
                .is_empty()
        );
        fs::write(&file, "no offsets").unwrap();
        let error = import(&environment, &broker, &file).await.unwrap_err();
        let expected =
            "expected an offsets file of this worker's or of Java's, found something else";
        assert!(
            error.report().to_string().contains(expected),
            "{}",
            error.report()
        );

        let other = r#"["other",{"filename":"é.txt"}]"#;
        leave_offset(&broker, other, r#"{"position":8}"#).await;
        fs::write(&file, JAVA).unwrap();
        let offsets = import(&environment, &broker, &file).await.unwrap();
        let local = r#"["local-file-source",{"filename":"test.txt"}]"#;
        let known: Vec<_> = offsets.keys().filter(|key| key.starts_with('[')).collect();
        assert_eq!(known, [local, other]);
        assert_eq!(offsets[local].as_deref(), Some(r#"{"position":42}"#));
        // What the topic knew is newer.
        assert_eq!(offsets[other].as_deref(), Some(r#"{"position":8}"#));

        // What was changed since does not come back, and the file is as it was.
        leave_offset(&broker, local, r#"{"position":99}"#).await;
        let offsets = import(&environment, &broker, &file).await.unwrap();
        assert_eq!(offsets[local].as_deref(), Some(r#"{"position":99}"#));
        assert_eq!(fs::read(&file).unwrap(), JAVA);
    });
}

#[test]
fn workers_that_start_together_import_the_file_once() {
    const JAVA: &[u8] = include_bytes!("../../../src/stores/offsets/java/four.offsets");
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("connect.offsets");
    fs::write(&file, JAVA).unwrap();
    for seed in 0..20 {
        simulate(seed, async |environment| {
            let environment: Arc<dyn Environment> = Arc::new(environment);
            let broker = memory(&environment);
            let start = async || {
                let name = file.to_str().unwrap();
                let worker = worker(&environment, broker.clone());
                let worker = worker.setting("offset.storage.file.filename", name);
                worker.start().await.unwrap()
            };
            let workers = futures::future::join_all((0..3).map(|_| start())).await;
            let options = ReaderOptions::new("connect-test-offsets");
            let mut keys = Vec::new();
            let mut reader = broker.reader(&options).await.unwrap();
            reader
                .to_end(&mut |fetched| keys.extend(fetched.records.into_iter().map(|r| r.key)))
                .await
                .unwrap();
            // Two offsets and the mark, and nothing a second time that could overrule what was stored meanwhile.
            assert_eq!(keys.len(), 3);
            for worker in workers {
                worker.shutdown(Duration::from_secs(10)).await;
            }
        });
    }
}
