//! Records that a stage cannot handle: tolerance, dead letters, tries that come again.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
    time::Duration,
};

use async_trait::async_trait;
use connect_api::{
    Bytes, Converter, Error, ErrorKind, Headers, Missing, Outcome, Record, Result, SchemaAndValue,
};
use connect_runtime::{
    Environment, WorkerHandle,
    broker::{Broker, NewTopic, ProducerRecord, embedded::EmbeddedBroker},
};
use connect_testkit::{
    memory::{Entry, MemoryInput, MemorySource},
    simulate,
};

use super::fixture::{Memory, Text, memory, numbers, worker};
use crate::fixture::{read, text, write};

/// The settings of a connector that survives bad records.
const TOLERANT: [(&str, &str); 3] = [
    ("errors.tolerance", "all"),
    ("errors.deadletterqueue.topic.name", "dlq"),
    ("errors.deadletterqueue.context.headers.enable", "true"),
];

/// Returns value and headers of the dead letters.
async fn letters(broker: &EmbeddedBroker) -> Vec<(Bytes, BTreeMap<String, String>)> {
    let read = read(broker, "dlq").await.into_iter();
    let header = |(name, value): &(connect_api::Str, Option<Bytes>)| {
        (name.to_string(), text(value.as_ref()).to_string())
    };
    read.map(|letter| {
        let headers = letter.headers.iter().map(header).collect();
        (letter.value.unwrap(), headers)
    })
    .collect()
}

/// Compares Connect's headers; the stack trace starts with the message.
#[track_caller]
fn check_headers(mut found: BTreeMap<String, String>, expected: &[(&str, &str)]) {
    let trace = found.remove("__connect.errors.exception.stacktrace");
    let message = &found["__connect.errors.exception.message"];
    assert!(trace.unwrap().starts_with(message.as_str()));
    let found = found.iter();
    let found: Vec<_> = found
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    assert_eq!(found, expected);
}

#[test]
fn a_dead_letter_of_a_sink_says_what_failed_where_and_why_in_connects_headers() {
    simulate(31, async |environment| {
        let environment: Arc<dyn Environment> = Arc::new(environment);
        let broker = memory(&environment);
        let topic = NewTopic::new("t").partitions(2);
        broker.create_topic(&topic).await.unwrap();
        let bad = Bytes::from_static(b"\xFFbad");
        let mut bad = ProducerRecord::new("t", bad).with_partition(1);
        bad.key = Some("k".into());
        bad.headers.push(("h".into(), Some("own".into())));
        let good = |value: &'static str| ProducerRecord::new("t", value).with_partition(1);
        write(&broker, vec![good("0"), bad, good("1")]).await;
        let worker = worker(&environment, broker.clone()).start().await.unwrap();
        let sunk = Memory::default();
        let sink = worker.sink("sunk", sunk.clone()).topics(["t"]);
        let sink = TOLERANT
            .iter()
            .fold(sink, |sink, (key, value)| sink.setting(*key, *value));
        sink.start().await.unwrap();
        assert_eq!(sunk.reaches(2).await, numbers(2));

        let [(value, headers)] = letters(&broker).await.try_into().unwrap();
        assert_eq!(value, &b"\xFFbad"[..]);
        check_headers(
            headers,
            &[
                ("__connect.errors.class.name", "Text"),
                ("__connect.errors.connector.name", "sunk"),
                ("__connect.errors.exception.class.name", "rejected"),
                ("__connect.errors.exception.message", "expected UTF-8"),
                ("__connect.errors.offset", "1"),
                ("__connect.errors.partition", "1"),
                ("__connect.errors.stage", "VALUE_CONVERTER"),
                ("__connect.errors.task.id", "0"),
                ("__connect.errors.topic", "t"),
                ("h", "own"),
            ],
        );
        let letter = &read(&broker, "dlq").await[0];
        assert_eq!(text(letter.key.as_ref()), "k");
    });
}

#[test]
fn a_dead_letter_of_a_source_says_where_it_was_read() {
    simulate(32, async |environment| {
        let environment: Arc<dyn Environment> = Arc::new(environment);
        let broker = memory(&environment);
        let worker = worker(&environment, broker.clone()).start().await.unwrap();
        let (input, sunk) = (MemoryInput::new(1), Memory::default());
        // Bytes are a value that the converter refuses; the other does not even become a record.
        input.append(0, [Entry::Record(Bytes::from_static(b"\xFFbad"))]);
        input.append(0, [Entry::Unreadable(Bytes::from_static(b"\xFEraw"))]);
        input.append_texts(0, ["0"]);
        let source = worker.source("memory", MemorySource::new(&input, "t"));
        let source = TOLERANT
            .iter()
            .fold(source, |source, (key, value)| source.setting(*key, *value));
        source.start().await.unwrap();
        let sink = worker.sink("sunk", sunk.clone()).topics(["t"]);
        sink.start().await.unwrap();
        assert_eq!(sunk.reaches(1).await, numbers(1));

        let [(value, converted), (raw, unreadable)] = letters(&broker).await.try_into().unwrap();
        // Key and value as schemaless JSON, where bytes are base64.
        assert_eq!(value, &b"\"/2JhZA==\""[..]);
        check_headers(
            converted,
            &[
                ("__connect.errors.class.name", "Text"),
                ("__connect.errors.connector.name", "memory"),
                ("__connect.errors.exception.class.name", "rejected"),
                (
                    "__connect.errors.exception.message",
                    "expected a string, found Bytes(b\"\\xffbad\")",
                ),
                ("__connect.errors.source.offset", "{\"position\":1}"),
                ("__connect.errors.source.partition", "{\"memory\":0}"),
                ("__connect.errors.stage", "VALUE_CONVERTER"),
                ("__connect.errors.task.id", "0"),
                ("__connect.errors.topic", "t"),
            ],
        );
        assert_eq!(raw, &b"\xFEraw"[..]);
        check_headers(
            unreadable,
            &[
                ("__connect.errors.class.name", "MemorySource"),
                ("__connect.errors.connector.name", "memory"),
                ("__connect.errors.exception.class.name", "rejected"),
                (
                    "__connect.errors.exception.message",
                    "entry 1 is unreadable",
                ),
                ("__connect.errors.source.offset", "{\"position\":2}"),
                ("__connect.errors.source.partition", "{\"memory\":0}"),
                ("__connect.errors.stage", "TASK_POLL"),
                ("__connect.errors.task.id", "0"),
            ],
        );
    });
}

/// Fails each record with `kind` the first times, and says when it was called.
#[derive(Clone)]
struct Stumbling {
    environment: Arc<dyn Environment>,
    failures: u32,
    kind: ErrorKind,
    called: Arc<Mutex<Vec<Duration>>>,
}

impl Stumbling {
    fn new(environment: &Arc<dyn Environment>, failures: u32, kind: ErrorKind) -> Self {
        Self {
            environment: Arc::clone(environment),
            failures,
            kind,
            called: Arc::default(),
        }
    }

    /// Returns the pauses between calls, in milliseconds.
    fn pauses(&self) -> Vec<u128> {
        let called = self.called.lock().unwrap();
        let pairs = called.iter().zip(called.iter().skip(1));
        pairs
            .map(|(one, next)| (*next - *one).as_millis())
            .collect()
    }
}

impl connect_api::Transform for Stumbling {
    fn apply(&mut self, _: &mut Record, _: &mut Vec<Record>) -> Result<Outcome> {
        let mut called = self.called.lock().unwrap();
        called.push(self.environment.elapsed());
        if called.len() <= self.failures as usize {
            return Err(Error::new(self.kind, "not yet"));
        }
        Ok(Outcome::Kept)
    }
}

/// Which side of the topic the transform stands on.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Side {
    Source,
    Sink,
}

const SIDES: [Side; 2] = [Side::Source, Side::Sink];

/// Carries one record past a transform, and returns the transform, what arrived in the sink and the dead letters.
fn carried(
    side: Side,
    failures: u32,
    kind: ErrorKind,
    timeout: &str,
) -> (Vec<u128>, Vec<String>, usize) {
    simulate(33, async |environment| {
        let environment: Arc<dyn Environment> = Arc::new(environment);
        let broker = memory(&environment);
        let worker = worker(&environment, broker.clone()).start().await.unwrap();
        let (input, sunk) = (MemoryInput::new(1), Memory::default());
        let stumbling = Stumbling::new(&environment, failures, kind);
        let retry = [
            ("errors.retry.timeout", timeout),
            ("errors.retry.delay.max.ms", "1000"),
        ];
        let settings = TOLERANT.into_iter().chain(retry);
        let mut source = worker.source("memory", MemorySource::new(&input, "t"));
        let mut sink = worker.sink("sunk", sunk.clone()).topics(["t"]);
        for (key, value) in settings {
            match side {
                Side::Source => source = source.setting(key, value),
                Side::Sink => sink = sink.setting(key, value),
            }
        }
        match side {
            Side::Source => source = source.transform(stumbling.clone()),
            Side::Sink => sink = sink.transform(stumbling.clone()),
        }
        source.start().await.unwrap();
        sink.start().await.unwrap();
        input.append_texts(0, ["0", "1"]);
        let arrived = loop {
            let values = sunk.reaches(1).await;
            if values.last().is_some_and(|last| last == "1") {
                break values;
            }
            tokio::time::sleep(Duration::from_millis(1)).await;
        };
        let pauses = stumbling.pauses();
        let letters = match broker.topic("dlq").await.unwrap() {
            Some(_) => letters(&broker).await.len(),
            None => 0,
        };
        (pauses[..pauses.len() - 1].to_vec(), arrived, letters)
    })
}

#[test]
fn a_transform_that_may_succeed_later_is_tried_again_with_growing_pauses() {
    for side in SIDES {
        let (pauses, arrived, letters) = carried(side, 4, ErrorKind::Unavailable, "60000");
        assert_eq!(pauses, [300, 600, 1000, 1000]);
        assert_eq!((arrived, letters), (numbers(2), 0));
    }
}

#[test]
fn a_record_that_fails_for_longer_than_the_retry_timeout_is_a_dead_letter() {
    for side in SIDES {
        let (pauses, arrived, letters) = carried(side, 4, ErrorKind::Unavailable, "2000");
        // The next pause would end after 2.9 s; the second record meets the last failure, and waits once.
        assert_eq!(pauses[..3], [300, 600, 1000], "at most 2 s");
        assert_eq!(arrived, ["1"]);
        assert_eq!(letters, 1);
    }
}

#[test]
fn what_cannot_succeed_later_is_not_tried_again() {
    for side in SIDES {
        let (pauses, arrived, letters) = carried(side, 1, ErrorKind::Rejected, "-1");
        assert_eq!(pauses, [0; 0]);
        assert_eq!((arrived, letters), (vec!["1".to_owned()], 1));
        let (_, arrived, letters) = carried(side, 1, ErrorKind::Unavailable, "0");
        assert_eq!(
            (arrived, letters),
            (vec!["1".to_owned()], 1),
            "the default is no retries"
        );
    }
}

/// Lacks the schema of every text until it was fetched; fetching answers what the test says.
#[derive(Clone, Default)]
struct Lacking {
    /// What `prepare` answers, the last first; then it has it.
    answers: Arc<Mutex<Vec<Error>>>,
    fetched: Arc<Mutex<Vec<String>>>,
    /// Texts of which there is no schema.
    unknown: &'static [&'static str],
}

impl Lacking {
    fn known(&self, wanted: &str) -> Result<()> {
        let fetched = self.fetched.lock().unwrap();
        match fetched.iter().any(|known| known == wanted) {
            true => Ok(()),
            false => Err(Error::not_prepared(format!("no schema of {wanted}"))),
        }
    }
}

#[async_trait]
impl Converter for Lacking {
    fn encode(
        &self,
        topic: &str,
        headers: &mut Headers,
        data: &SchemaAndValue,
    ) -> Result<Option<Bytes>> {
        self.known(data.value.as_str().unwrap_or_default())?;
        Converter::encode(&Text, topic, headers, data)
    }

    fn decode(
        &self,
        topic: &str,
        headers: &Headers,
        bytes: Option<&Bytes>,
    ) -> Result<SchemaAndValue> {
        self.known(&text(bytes))?;
        Converter::decode(&Text, topic, headers, bytes)
    }

    async fn prepare(&self, missing: Missing<'_>) -> Result<()> {
        let wanted = match missing {
            Missing::Write { data, .. } => data.value.as_str().unwrap_or_default().to_owned(),
            Missing::Read { bytes, .. } => text(Some(bytes)).to_string(),
            _ => panic!("something else is missing"),
        };
        if let Some(error) = self.answers.lock().unwrap().pop() {
            return Err(error);
        }
        if self.unknown.contains(&wanted.as_str()) {
            return Err(Error::rejected(format!("there is no schema of {wanted}")));
        }
        self.fetched.lock().unwrap().push(wanted);
        Ok(())
    }
}

/// Carries the numbers below `until` through a converter that lacks something on one side.
async fn carry(worker: &WorkerHandle, side: Side, lacking: Lacking, until: i64) -> Memory {
    let (input, sunk) = (MemoryInput::new(1), Memory::default());
    let mut source = worker.source("memory", MemorySource::new(&input, "t"));
    let mut sink = worker.sink("sunk", sunk.clone()).topics(["t"]);
    for (key, value) in TOLERANT {
        source = source.setting(key, value);
        sink = sink.setting(key, value);
    }
    match side {
        Side::Source => source = source.converters(Text, lacking, Text),
        Side::Sink => sink = sink.converters(Text, lacking, Text),
    }
    source.start().await.unwrap();
    sink.start().await.unwrap();
    input.append_texts(0, numbers(until));
    sunk
}

#[test]
fn what_a_converter_lacks_is_fetched_and_the_record_converted_again() {
    for side in SIDES {
        simulate(34, async |environment| {
            let environment: Arc<dyn Environment> = Arc::new(environment);
            let worker = worker(&environment, memory(&environment))
                .start()
                .await
                .unwrap();
            let lacking = Lacking::default();
            let sunk = carry(&worker, side, lacking.clone(), 20).await;
            assert_eq!(sunk.reaches(20).await, numbers(20));
            assert_eq!(*lacking.fetched.lock().unwrap(), numbers(20), "once each");
        });
    }
}

#[test]
fn what_cannot_be_fetched_condemns_its_record_alone() {
    for side in SIDES {
        simulate(35, async |environment| {
            let environment: Arc<dyn Environment> = Arc::new(environment);
            let broker = memory(&environment);
            let worker = worker(&environment, broker.clone()).start().await.unwrap();
            let lacking = Lacking {
                unknown: &["1"],
                ..Lacking::default()
            };
            let sunk = carry(&worker, side, lacking, 3).await;
            assert_eq!(sunk.reaches(2).await, ["0", "2"]);
            let [(_, headers)] = letters(&broker).await.try_into().unwrap();
            assert_eq!(headers["__connect.errors.class.name"], "Lacking");
            assert_eq!(
                headers["__connect.errors.exception.message"],
                "there is no schema of 1"
            );
        });
    }
}

#[test]
fn a_batch_waits_for_what_is_unavailable_however_long_and_never_becomes_dead_letters() {
    for side in SIDES {
        simulate(36, async |environment| {
            let environment: Arc<dyn Environment> = Arc::new(environment);
            let broker = memory(&environment);
            let worker = worker(&environment, broker.clone())
                .setting("plugin.call.timeout.ms", "5000")
                .start()
                .await
                .unwrap();
            let lacking = Lacking::default();
            // With pauses of up to a minute that is about an hour.
            let down = || Error::unavailable("the registry is down");
            *lacking.answers.lock().unwrap() = (0..60).map(|_| down()).collect();
            let sunk = carry(&worker, side, lacking.clone(), 20).await;
            assert_eq!(sunk.reaches(20).await, numbers(20));
            assert!(environment.elapsed() > Duration::from_secs(1800));
            assert!(letters(&broker).await.is_empty());
            for status in worker.statuses() {
                assert!(status.is_running(), "{status:?}");
            }
        });
    }
}

#[test]
fn what_was_written_before_a_record_that_waits_can_be_read_meanwhile() {
    simulate(37, async |environment| {
        let environment: Arc<dyn Environment> = Arc::new(environment);
        let broker = memory(&environment);
        let worker = worker(&environment, broker).start().await.unwrap();
        let lacking = Lacking::default();
        lacking.fetched.lock().unwrap().push("0".to_owned());
        let down = || Error::unavailable("the registry is down");
        *lacking.answers.lock().unwrap() = (0..60).map(|_| down()).collect();
        let (input, sunk) = (MemoryInput::new(1), Memory::default());
        input.append_texts(0, numbers(2));
        // The second poll returns while the transaction of the first one is ending.
        let source = worker.source("memory", MemorySource::new(&input, "t").batch(1));
        let source = source.converters(Text, lacking, Text);
        source.start().await.unwrap();
        let sink = worker.sink("sunk", sunk.clone()).topics(["t"]);
        sink.start().await.unwrap();
        assert_eq!(sunk.reaches(1).await, ["0"]);
        assert!(environment.elapsed() < Duration::from_secs(30));
        assert_eq!(sunk.reaches(2).await, numbers(2));
        assert!(environment.elapsed() > Duration::from_secs(1800));
    });
}
