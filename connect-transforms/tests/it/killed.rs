//! `Explode` in a worker that dies at every milestone: all records of one input are there, or none, and a refused one costs
//! its input and nothing else.

use std::{path::Path, sync::Arc, time::Duration};

use connect_api::{Error, Record, Result, Value};
use connect_runtime::{
    Environment, System, Worker,
    broker::{Broker, Fetched, NewTopic, ReaderOptions, embedded::EmbeddedBroker},
};
use connect_testkit::{
    memory::{MemoryInput, MemorySource, TextConverter},
    program::{Errand, Outcome, Program},
};
use connect_transforms::{Explode, ExplodeConfig, ExplodeOutput};

const DIRECTORY: &str = "CONNECT_EXPLODE_DIRECTORY";

/// What is read: each text is an array, and `bad` is an element that a later transform refuses.
const INPUTS: [&str; 8] = ["a b c", "d bad e", "f", "", "bad", "g h", "i j bad", "k l"];

/// What comes of it, and which inputs are dead letters.
const OUTPUTS: [&str; 8] = ["a", "b", "c", "f", "g", "h", "k", "l"];
const LETTERS: [&str; 3] = ["d bad e", "bad", "i j bad"];

fn split(mut record: Record) -> Result<Option<Record>> {
    let text = record.value.value.as_str().unwrap_or_default().to_owned();
    let elements = Value::array(text.split_whitespace());
    record.value = Value::map([("elements", elements)]).into();
    Ok(Some(record))
}

fn refuse(record: Record) -> Result<Option<Record>> {
    match record.value.value.as_str() {
        Some("bad") => Err(Error::rejected("it is bad")),
        _ => Ok(Some(record)),
    }
}

async fn open(directory: &Path, environment: &Arc<dyn Environment>) -> EmbeddedBroker {
    let broker = EmbeddedBroker::open(directory.join("broker"), Arc::clone(environment)).await;
    let broker = broker.unwrap();
    for topic in ["out", "dead"] {
        broker.create_topic(&NewTopic::new(topic)).await.unwrap();
    }
    broker
}

async fn texts(broker: &EmbeddedBroker, topic: &str) -> Vec<String> {
    let mut reader = broker.reader(&ReaderOptions::new(topic)).await.unwrap();
    let mut texts = Vec::new();
    let mut each = |fetched: Fetched| {
        let values = fetched
            .records
            .into_iter()
            .map(|record| record.value.unwrap());
        texts.extend(values.map(|value| String::from_utf8(value.to_vec()).unwrap()));
    };
    reader.to_end(&mut each).await.unwrap();
    texts
}

/// The program: works until everything has come.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn program() {
    let Some(errand) = Errand::received() else {
        return; // Only the test below asks for it.
    };
    let environment = errand.environment(System::current());
    let broker = open(&errand.path(DIRECTORY), &environment).await;
    let text = TextConverter::new;
    let worker = Worker::builder("explode")
        .broker(broker.clone())
        .environment(Arc::clone(&environment))
        .converters(text(), text(), text());
    let worker = worker.start().await.unwrap();
    let input = MemoryInput::new(1);
    input.append_texts(0, INPUTS);
    let explode = ExplodeConfig {
        output: ExplodeOutput::Element,
        ..ExplodeConfig::of("elements")
    };
    let source = worker
        .source("source", MemorySource::new(&input, "out").batch(2))
        .setting("errors.tolerance", "all")
        .setting("errors.deadletterqueue.topic.name", "dead")
        .transform(split)
        .transform(Explode::new(explode).unwrap())
        .transform(refuse);
    source.start().await.unwrap();
    let all = errand.until(async |_| {
        let (out, dead) = (texts(&broker, "out").await, texts(&broker, "dead").await);
        out.len() >= OUTPUTS.len() && dead.len() >= LETTERS.len()
    });
    let all = tokio::time::timeout(Duration::from_secs(60), all);
    all.await.expect("everything comes");
    worker.shutdown(Duration::from_secs(60)).await;
    broker.close().await.unwrap();
    errand.done();
}

async fn check(directory: &Path, story: &str) {
    let environment: Arc<dyn Environment> = Arc::new(System::current());
    let broker = open(directory, &environment).await;
    assert_eq!(texts(&broker, "out").await, OUTPUTS, "{story}");
    let dead = texts(&broker, "dead").await;
    assert_eq!(dead.len(), LETTERS.len(), "{story}: {dead:?}");
    for (found, expected) in dead.iter().zip(LETTERS) {
        assert!(found.contains(expected), "{story}: {dead:?}");
    }
    broker.close().await.unwrap();
}

#[tokio::test]
async fn a_kill_at_any_milestone_writes_all_records_of_an_input_once_or_none() {
    let program = |directory: &Path| Program::new("killed::program").with(DIRECTORY, directory);
    let undisturbed = tempfile::tempdir().unwrap();
    let census = program(undisturbed.path()).run();
    check(undisturbed.path(), "undisturbed").await;
    let mut killed = 0;
    for milestone in census.milestones() {
        for nth in 1..=census.count(milestone).min(3) {
            let directory = tempfile::tempdir().unwrap();
            let outcome = program(directory.path()).kill_at(milestone, nth);
            if outcome == Outcome::Killed {
                killed += 1;
                let _ = program(directory.path()).run();
            }
            check(directory.path(), &format!("killed at {milestone} {nth}")).await;
        }
    }
    assert!(killed >= 10, "{killed} died");
}
