//! What configurations refer to: resolved in tasks, hidden elsewhere, and followed when it changes.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use async_trait::async_trait;
use connect_api::{
    ConfigData, ConfigMap, ConfigProvider, Error, ErrorKind, Plugin, Result, Secret,
};
use connect_runtime::{Environment, Plugins, Restart, WorkerHandle};
use connect_testkit::simulate;
use tokio::sync::watch;

use super::fixture::{Memory, Numbers, memory, numbers, worker};

/// Knows one number, which can be changed.
#[derive(Clone, Debug)]
struct Safe {
    number: Arc<watch::Sender<Option<i64>>>,
    ttl: Option<Duration>,
    /// How long it takes to answer.
    delay: Duration,
}

impl Safe {
    fn new(number: i64, ttl: Option<Duration>) -> Self {
        Self {
            number: Arc::new(watch::Sender::new(Some(number))),
            ttl,
            delay: Duration::ZERO,
        }
    }
}

#[async_trait]
impl ConfigProvider for Safe {
    async fn get(&self, _: &str, _: &[&str]) -> Result<ConfigData> {
        let number = *self.number.borrow();
        tokio::time::sleep(self.delay).await;
        let number = number.ok_or_else(|| Error::unavailable("the safe is closed"))?;
        Ok(ConfigData {
            values: BTreeMap::from([("number".to_owned(), Secret::new(number.to_string()))]),
            ttl: self.ttl,
        })
    }
}

#[derive(serde::Deserialize, schemars::JsonSchema)]
struct Until {
    /// How many numbers there are.
    until: i64,
}

/// Starts a worker with a source that counts to what `until` says, and returns what was sunk.
async fn start(
    environment: &Arc<dyn Environment>,
    safe: &Safe,
    source: &Numbers,
) -> (WorkerHandle, Memory) {
    let (safe, source) = (safe.clone(), source.clone());
    let plugins = Plugins::new().with([
        Plugin::config_provider("safe", "1.0", move |(): ()| Ok(safe.clone())),
        Plugin::source("numbers", "1.0", move |options: Until| {
            Ok(Numbers {
                until: options.until,
                ..source.clone()
            })
        }),
    ]);
    let worker = worker(environment, memory(environment))
        .plugins(plugins)
        .setting("config.providers", "safe")
        .start()
        .await
        .unwrap();
    let sunk = Memory::default();
    worker
        .sink("out", sunk.clone())
        .topics(["numbers"])
        .start()
        .await
        .unwrap();
    (worker, sunk)
}

fn counting(until: &str) -> ConfigMap {
    ConfigMap::from([("connector.class", "numbers"), ("until", until)])
}

#[test]
fn a_connector_goes_on_with_a_changed_value_by_itself() {
    simulate(81, async |environment| {
        let environment: Arc<dyn Environment> = Arc::new(environment);
        let safe = Safe::new(5, Some(Duration::from_secs(30)));
        let source = Numbers::new("numbers", 0);
        let (worker, sunk) = start(&environment, &safe, &source).await;
        worker
            .put_connector("in", counting("${safe:number}"))
            .await
            .unwrap();
        assert_eq!(sunk.reaches(5).await, numbers(5));
        assert_eq!(
            worker.config("in").await.unwrap().get("until"),
            Some("${safe:number}")
        );

        // While the provider is away it goes on with what it has.
        safe.number.send_replace(None);
        tokio::time::sleep(Duration::from_secs(100)).await;
        assert!(worker.status("in").unwrap().is_running());
        assert_eq!(*source.opened.borrow(), 1);
        safe.number.send_replace(Some(9));
        assert_eq!(sunk.reaches(9).await, numbers(9));
        assert_eq!(*source.opened.borrow(), 2);
    });
}

#[test]
fn a_restart_looks_values_up_again() {
    simulate(82, async |environment| {
        let environment: Arc<dyn Environment> = Arc::new(environment);
        let safe = Safe::new(5, None);
        let source = Numbers::new("numbers", 0);
        let (worker, sunk) = start(&environment, &safe, &source).await;
        worker
            .put_connector("in", counting("${safe:number}"))
            .await
            .unwrap();
        assert_eq!(sunk.reaches(5).await, numbers(5));
        safe.number.send_replace(Some(8));
        worker.restart("in", Restart::All).await.unwrap();
        assert_eq!(sunk.reaches(8).await, numbers(8));
    });
}

#[test]
fn nothing_starts_while_a_provider_is_away() {
    simulate(83, async |environment| {
        let environment: Arc<dyn Environment> = Arc::new(environment);
        let safe = Safe::new(5, None);
        safe.number.send_replace(None);
        let source = Numbers::new("numbers", 0);
        let (worker, _) = start(&environment, &safe, &source).await;
        let error = worker
            .put_connector("in", counting("${safe:number}"))
            .await
            .unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unavailable);
        assert!(
            error
                .report()
                .to_string()
                .contains("config provider `safe`"),
            "{}",
            error.report()
        );
        assert!(worker.status("in").is_none());
        let error = worker
            .validate(&counting("${safe:number}"))
            .await
            .unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unavailable);
    });
}

#[test]
fn an_answer_that_was_asked_for_before_a_new_configuration_is_forgotten() {
    simulate(84, async |environment| {
        let environment: Arc<dyn Environment> = Arc::new(environment);
        let mut safe = Safe::new(5, Some(Duration::from_secs(30)));
        safe.delay = Duration::from_secs(1);
        let source = Numbers::new("numbers", 0);
        let (worker, sunk) = start(&environment, &safe, &source).await;
        worker
            .put_connector("in", counting("${safe:number}"))
            .await
            .unwrap();
        assert_eq!(sunk.reaches(5).await, numbers(5));
        // The restart has the value looked up; the configuration that comes with it has none.
        safe.number.send_replace(Some(7));
        worker.restart("in", Restart::All).await.unwrap();
        worker.put_connector("in", counting("6")).await.unwrap();
        assert_eq!(sunk.reaches(6).await, numbers(6));
        tokio::time::sleep(Duration::from_secs(100)).await;
        assert_eq!(sunk.values(), numbers(6));
    });
}

/// Fails with what it was given.
struct Talkative(Until);

#[async_trait]
impl connect_api::SourceConnector for Talkative {
    async fn open(
        &self,
        _: connect_api::SourceContext,
    ) -> Result<Box<dyn connect_api::SourceTask>> {
        Err(Error::config(format!("no server at db-{}", self.0.until)))
    }

    fn guarantees(&self) -> connect_api::SourceGuarantees {
        connect_api::SourceGuarantees::AtLeastOnce
    }
}

#[test]
fn a_trace_shows_no_value_that_a_plugin_put_into_its_error() {
    simulate(85, async |environment| {
        let environment: Arc<dyn Environment> = Arc::new(environment);
        let safe = Safe::new(987_654, None);
        let plugins = Plugins::new().with([
            Plugin::config_provider("safe", "1.0", move |(): ()| Ok(safe.clone())),
            Plugin::source("talkative", "1.0", |options: Until| Ok(Talkative(options))),
        ]);
        let worker = worker(&environment, memory(&environment))
            .plugins(plugins)
            .setting("config.providers", "safe");
        let worker = worker.start().await.unwrap();
        let config = ConfigMap::from([
            ("connector.class", "talkative"),
            ("until", "${safe:number}"),
        ]);
        worker.put_connector("in", config).await.unwrap();
        let failed = worker.wait_for("in", |status| status.has_failed()).await;
        let trace = failed.unwrap().tasks[0].trace.clone().unwrap();
        assert!(trace.ends_with("no server at db-${safe:number}"), "{trace}");
    });
}
