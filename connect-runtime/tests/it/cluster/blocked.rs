//! A worker whose executor is blocked keeps nothing from the others.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use connect_api::Bytes;
use connect_runtime::{
    Environment, System,
    broker::{Broker, Fetched, Isolation, ReaderOptions, embedded::EmbeddedBroker},
};
use connect_testkit::memory::Gate;
use tokio::runtime::{Builder, Runtime};

use super::fixture::{Known, counting, runs, to_memory};
use crate::worker::fixture::memory;

/// The shortest in which a worker still looks at its group a few times, in milliseconds.
const SESSION: &str = "4000";

/// What blocks.
#[derive(Clone, Copy, Debug)]
enum Blocks {
    Worker,
    Plugins,
}

/// Opens a gate when the test ends, however it ends: executors wait for their threads.
struct Opens(Gate);

impl Drop for Opens {
    fn drop(&mut self) {
        self.0.open();
    }
}

fn executor() -> Runtime {
    let mut builder = Builder::new_multi_thread();
    builder.worker_threads(1).enable_all().build().unwrap()
}

/// Returns how often each number is in the topic, committed.
async fn written(broker: &EmbeddedBroker) -> BTreeMap<Option<Bytes>, usize> {
    let mut options = ReaderOptions::new("numbers");
    options.isolation = Isolation::ReadCommitted;
    let mut reader = broker.reader(&options).await.unwrap();
    let mut written = BTreeMap::new();
    let mut each = |fetched: Fetched| {
        for record in fetched.records {
            *written.entry(record.value).or_default() += 1;
        }
    };
    reader.to_end(&mut each).await.unwrap();
    written
}

fn check(blocks: Blocks) {
    let (sound, own, plugins) = (executor(), executor(), executor());
    let gate = Opens(Gate::new());
    sound.block_on(async {
        let environment = |executor: &Runtime| -> Arc<dyn Environment> {
            Arc::new(System::on(executor.handle().clone()))
        };
        let (broker, known) = (memory(&environment(&sound)), Known::new());
        let begun = |executor| {
            let worker = known.begun(&environment(executor), &broker);
            worker.setting("session.timeout.ms", SESSION)
        };
        let one = begun(&own).plugin_executor(plugins.handle().clone());
        let one = one.start().await.unwrap();
        let two = begun(&sound).start().await.unwrap();
        two.create_connector("n", counting(100, 4)).await.unwrap();
        runs(&two, "n", 4, 2).await;

        let blocked = match blocks {
            Blocks::Worker => &own,
            Blocks::Plugins => &plugins,
        };
        let closed = gate.0.clone();
        blocked.spawn(async move { closed.pass() });
        runs(&two, "n", 4, 1).await;
        two.put_connector("n", counting(200, 4)).await.unwrap();
        two.create_connector("sunk", to_memory()).await.unwrap();
        known.sink.reaches(800).await;

        gate.0.open();
        runs(&two, "n", 4, 2).await;
        one.put_connector("n", counting(300, 4)).await.unwrap();
        known.sink.reaches(1200).await;
        for worker in [one, two] {
            worker.shutdown(Duration::from_secs(30)).await;
        }
        let written = written(&broker).await;
        assert_eq!(written.len(), 300);
        assert!(written.values().all(|times| *times == 4), "{written:?}");
    });
}

#[test]
fn others_run_what_a_worker_had_whose_executor_is_blocked_and_it_comes_back() {
    check(Blocks::Worker);
}

#[test]
fn others_run_what_a_worker_had_whose_plugins_are_blocked_and_it_comes_back() {
    check(Blocks::Plugins);
}
