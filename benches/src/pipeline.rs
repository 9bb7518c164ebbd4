//! [`Pipeline`]: a worker that reads or writes a file.

use std::{path::Path, sync::Arc, time::Duration};

use connect_api::ConfigMap;
use connect_converters::{SimpleHeaderConverter, StringConverter};
use connect_runtime::{
    Environment, Plugins, System, Worker, WorkerHandle,
    broker::{Broker, embedded::EmbeddedBroker},
};
use tokio::time::sleep;

/// A worker with text converters and file connectors.
#[derive(Clone, Debug)]
pub struct Pipeline {
    /// The worker.
    worker: WorkerHandle,
}

/// Keys of a connector's configuration and their values.
pub type Options<'a> = &'a [(&'a str, &'a str)];

/// What sources promise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Mode {
    /// Records and positions in one transaction, as by default.
    ExactlyOnce,
    /// Positions after records.
    AtLeastOnce,
}

/// Opens the embedded broker in `directory`.
pub async fn open(directory: &Path) -> EmbeddedBroker {
    EmbeddedBroker::open(directory, Arc::new(System::current()))
        .await
        .unwrap()
}

impl Pipeline {
    /// Starts the worker.
    pub async fn start(broker: &EmbeddedBroker, mode: Mode) -> Self {
        Self::start_in(Arc::new(System::current()), broker, mode).await
    }

    /// Starts the worker in a simulation, say.
    pub async fn start_in(
        environment: Arc<dyn Environment>,
        broker: &EmbeddedBroker,
        mode: Mode,
    ) -> Self {
        Self::build(environment, broker.clone(), ("bench", mode)).await
    }

    /// Starts the worker of a group, on any broker.
    pub async fn on(broker: impl Broker, group: &str, mode: Mode) -> Self {
        Self::build(Arc::new(System::current()), broker, (group, mode)).await
    }

    async fn build(
        environment: Arc<dyn Environment>,
        broker: impl Broker,
        (group, mode): (&str, Mode),
    ) -> Self {
        let support = match mode {
            Mode::ExactlyOnce => "enabled",
            Mode::AtLeastOnce => "disabled",
        };
        let worker = Worker::builder(group)
            .environment(environment)
            .broker(broker)
            .plugins(
                Plugins::new()
                    .with(connect_file::plugins())
                    .with(connect_converters::plugins())
                    .with(connect_transforms::plugins()),
            )
            .converters(
                StringConverter::default(),
                StringConverter::default(),
                SimpleHeaderConverter::default(),
            )
            .setting("exactly.once.source.support", support)
            .start()
            .await
            .unwrap();
        Self { worker }
    }

    /// Reads the lines of `file` into `topic`.
    pub async fn read(&self, name: &str, file: &Path, topic: &str) {
        self.read_with(name, (file, topic), &[]).await;
    }

    /// Reads the lines of a file into a topic, with options besides.
    pub async fn read_with(&self, name: &str, (file, topic): (&Path, &str), options: Options<'_>) {
        let connector = [
            ("connector.class", "file-source"),
            ("file", file.to_str().unwrap()),
            ("topic", topic),
        ];
        self.create(name, &connector, options).await;
    }

    /// Writes the records of `topic` to `file`.
    pub async fn write(&self, name: &str, topic: &str, file: &Path) {
        self.write_with(name, (topic, file), &[]).await;
    }

    /// Writes the records of a topic to a file, with options besides.
    pub async fn write_with(&self, name: &str, (topic, file): (&str, &Path), options: Options<'_>) {
        let connector = [
            ("connector.class", "file-sink"),
            ("file", file.to_str().unwrap()),
            ("topics", topic),
        ];
        self.create(name, &connector, options).await;
    }

    async fn create(&self, name: &str, connector: Options<'_>, options: Options<'_>) {
        let config: ConfigMap = connector.iter().chain(options).copied().collect();
        self.worker.create_connector(name, config).await.unwrap();
    }

    /// Waits until the connector has handed on `count` records.
    pub async fn handed_on(&self, name: &str, count: usize) {
        let done = || {
            let tasks = self.worker.progress(name);
            tasks
                .iter()
                .map(|(_, progress)| progress.written)
                .sum::<u64>()
                >= count as u64
        };
        while !done() {
            sleep(Duration::from_millis(5)).await;
        }
    }

    /// Waits until the connector runs.
    pub async fn is_running(&self, name: &str) {
        let running = self.worker.wait_for(name, |status| status.is_running());
        running.await.unwrap();
    }

    /// Ends the worker; everything that was handed on is durable, and so are positions.
    pub async fn end(self) {
        let report = self.worker.shutdown(Duration::from_secs(60)).await;
        assert!(report.abandoned.is_empty(), "{report:?}");
    }
}
