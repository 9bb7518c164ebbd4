//! Tails an access log into a topic and counts its lines in SQLite, exactly once.
//!
//! Kill it at any moment and run it again: it goes on where it was, and every line is counted once.

#![expect(
    clippy::disallowed_methods,
    reason = "an application owns its executor and its signals"
)]

mod access_log;
mod options;
mod progress;
mod sink;

use std::{error::Error, process::ExitCode, sync::Arc, time::Duration};

use connect_api::ConfigMap;
use connect_converters::{SimpleHeaderConverter, StringConverter};
use connect_runtime::{Plugins, System, Worker, WorkerHandle, broker::embedded::EmbeddedBroker};

use crate::{
    options::{Options, USAGE},
    progress::Progress,
    sink::RequestSink,
};

const TOPIC: &str = "requests";

#[tokio::main]
async fn main() -> ExitCode {
    let options = match Options::parse(std::env::args().skip(1)) {
        Ok(options) => options,
        Err(error) => {
            eprintln!("{error}\n\n{USAGE}");
            return ExitCode::from(2);
        }
    };
    match run(&options).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("quickstart: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run(options: &Options) -> Result<(), Box<dyn Error>> {
    std::fs::create_dir_all(&options.data)?;
    let database = options.data.join("requests.sqlite");
    let broker =
        EmbeddedBroker::open(options.data.join("broker"), Arc::new(System::current())).await?;
    let sink = RequestSink {
        database: database.clone(),
    };
    let worker = start(broker.clone(), options, sink).await?;
    let progress = Progress::new(&options.log, &database)?;
    let done = progress.show_until(options.end);
    tokio::select! {
        done = done => done?,
        signal = tokio::signal::ctrl_c() => signal?,
    }
    worker.shutdown(Duration::from_secs(10)).await;
    // The next start need not repair what the end of the process would interrupt.
    broker.close().await?;
    progress.summarize()?;
    Ok(())
}

/// Starts a worker: the log goes to a topic, the topic to the database.
async fn start(
    broker: EmbeddedBroker,
    options: &Options,
    sink: RequestSink,
) -> Result<WorkerHandle, connect_api::Error> {
    let worker = Worker::builder("quickstart")
        .broker(broker)
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
        ("topic", TOPIC),
    ];
    worker
        .put_connector("access-log", ConfigMap::from(source))
        .await?;
    worker
        .sink("requests", sink)
        .topics([TOPIC])
        .start()
        .await?;
    Ok(worker)
}
