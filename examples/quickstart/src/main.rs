//! Tails an access log into a topic and counts its lines in SQLite, exactly once.
//!
//! Kill it at any moment and run it again: it goes on where it was, and every line is counted once.

#![expect(
    clippy::disallowed_methods,
    reason = "an application owns its executor and its signals"
)]

mod access_log;
mod database;
mod directory;
mod options;
mod progress;
mod sink;

use std::{error::Error, process::ExitCode, time::Duration};

use connect_api::ConfigMap;
use connect_converters::{SimpleHeaderConverter, StringConverter};
use connect_runtime::{Plugins, Worker, WorkerHandle};

use crate::{
    directory::Directory,
    options::{Command, Options, USAGE},
    progress::Progress,
    sink::RequestSink,
};

/// Any error will do: it is printed.
type Result<T> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

#[tokio::main]
async fn main() -> ExitCode {
    let options = match Command::parse(std::env::args().skip(1)) {
        Ok(Command::Run(options)) => options,
        Ok(Command::Help) => {
            eprintln!("{USAGE}");
            return ExitCode::SUCCESS;
        }
        Err(error) => {
            eprintln!("{error}\n\n{USAGE}");
            return ExitCode::from(2);
        }
    };
    // The crates say what goes wrong; the application decides where that is written.
    tracing_subscriber::fmt()
        .with_max_level(tracing_subscriber::filter::LevelFilter::WARN)
        .with_writer(std::io::stderr)
        .init();
    match run(&options).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("\nquickstart: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run(options: &Options) -> Result<()> {
    let log = std::fs::read(&options.log)
        .map_err(|error| format!("--log {}: {error}", options.log.display()))?;
    let directory = Directory::of(options)?;
    let mut progress = Progress::new(&log, &directory.database(), options.end)?;
    let worker = start(options, &directory).await?;
    let done = tokio::select! {
        done = progress.show() => done,
        failed = failure(&worker) => Err(failed.into()),
        signal = tokio::signal::ctrl_c() => signal.map_err(Into::into),
    };
    // With the worker ends its embedded broker, so that the next start has nothing to repair.
    worker.shutdown(Duration::from_secs(10)).await;
    done?;
    progress.summarize()
}

/// Waits until a connector or task has failed for good, and says why.
async fn failure(worker: &WorkerHandle) -> String {
    let mut updates = worker.watch();
    let mut statuses = updates.latest();
    loop {
        let failed = statuses
            .iter()
            .find_map(|status| Some((&status.name, status.failure()?)));
        if let Some((name, trace)) = failed {
            return format!("connector `{name}` failed: {trace}");
        }
        match updates.next().await {
            Some(latest) => statuses = latest,
            None => return "the worker has ended".to_owned(),
        }
    }
}

/// Starts a worker: the log goes to a topic, the topic to the database.
async fn start(options: &Options, directory: &Directory) -> connect_api::Result<WorkerHandle> {
    let topic = directory.named("requests");
    let worker = Worker::builder(directory.named("quickstart"))
        .setting("bootstrap.servers", directory.servers())
        .plugins(Plugins::new().with(connect_file::plugins()))
        .converters(
            StringConverter::default(),
            StringConverter::default(),
            SimpleHeaderConverter::default(),
        )
        .start()
        .await?;
    let log = options.log.display().to_string();
    let source = [
        ("connector.class", "file-source"),
        ("file", &log),
        ("topic", &topic),
        // A cluster may make no topics by itself; -1 is its own default.
        ("topic.creation.default.partitions", "1"),
        ("topic.creation.default.replication.factor", "-1"),
    ];
    worker
        .put_connector("access-log", ConfigMap::from(source))
        .await?;
    let database = directory.database();
    worker
        .sink(directory.named("requests"), RequestSink { database })
        .topics([topic])
        .start()
        .await?;
    Ok(worker)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use connect_api::{
        Error, Result, SinkConnector, SinkContext, SinkGuarantees, SinkTask, async_trait,
    };

    use connect_runtime::{System, broker::embedded::EmbeddedBroker};

    use super::*;

    /// Never opens.
    struct Broken;

    #[async_trait]
    impl SinkConnector for Broken {
        async fn open(&self, _: SinkContext) -> Result<Box<dyn SinkTask>> {
            Err(Error::config("expected a database, found none"))
        }

        fn guarantees(&self) -> SinkGuarantees {
            SinkGuarantees::AtLeastOnce
        }
    }

    #[tokio::test]
    async fn a_task_that_failed_for_good_is_named_with_its_trace() {
        let worker = Worker::builder("test")
            .broker(EmbeddedBroker::memory(Arc::new(System::current())))
            .converters(
                StringConverter::default(),
                StringConverter::default(),
                SimpleHeaderConverter::default(),
            )
            .start()
            .await
            .unwrap();
        let sink = worker.sink("requests", Broken).topics(["requests"]);
        sink.start().await.unwrap();
        let said = failure(&worker).await;
        assert!(said.starts_with("connector `requests` failed: "), "{said}");
        assert!(said.contains("expected a database, found none"), "{said}");
    }
}
