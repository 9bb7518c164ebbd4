//! `connect standalone`: a worker and its connectors, from files, until a signal comes.

mod progress;
mod states;
mod watched;

use std::{pin::pin, process::ExitCode};

use connect_api::Str;
use connect_runtime::{ConnectorStatus, ShutdownReport, State, Worker, WorkerHandle};
use futures::future::try_join_all;

pub(crate) use self::progress::Progress;
use self::watched::Files;
use crate::{
    arguments::Standalone,
    failure::{Failure, Result},
    files::ConfigFile,
    plugins::plugins,
    setup::Setup,
    signals::{Caught, Signals},
    terminal::Terminal,
};

/// Runs connectors until a signal comes.
pub(crate) async fn run(
    options: &Standalone,
    terminal: &Terminal,
    progress: Progress,
) -> Result<ExitCode> {
    let mut signals = Signals::listen()?;
    let setup = tokio::select! {
        biased;
        signal = signals.next() => return Err(Failure::of_signal(signal)),
        setup = read(options, terminal) => setup?,
    };
    setup.warn();
    let (worker, early) = start(&setup, &mut signals).await?;
    let first = async {
        match early {
            Some(signal) => signal,
            None => signals.next().await,
        }
    };
    let ended = tokio::select! {
        biased;
        signal = first => {
            tracing::info!(
                "{signal}: stopping, for at most {} s; a second one ends at once, as a crash would",
                options.stop_timeout.as_secs()
            );
            Ok(())
        }
        failure = work(&worker, setup.connectors, terminal, progress) => Err(failure),
    };
    terminal.clear();
    // The report may be dropped: the process ends then.
    tokio::select! {
        biased;
        signal = signals.again() => {
            tracing::warn!("{signal}: ending at once");
            Ok(signal.code().into())
        }
        report = worker.shutdown(options.stop_timeout) => ended.and_then(|()| stopped(&report)),
    }
}

/// Reads the files; what is ignored is told when the connectors start, or here if they do not.
async fn read(options: &Standalone, terminal: &Terminal) -> Result<Setup> {
    let held = terminal.hold();
    let setup = Setup::read(&options.worker, &options.connectors).await?;
    held.forget();
    Ok(setup)
}

/// Starts the worker, and returns the signal that came meanwhile.
///
/// What makes an embedded broker is not cut off in the middle, unless by a second signal: then something hangs.
async fn start(setup: &Setup, signals: &mut Signals) -> Result<(WorkerHandle, Option<Caught>)> {
    let worker = Worker::builder("connect-standalone").settings(setup.settings());
    let mut start = pin!(worker.plugins(plugins()).start());
    let signal = tokio::select! {
        biased;
        worker = &mut start => return Ok((worker?, None)),
        signal = signals.next() => signal,
    };
    if setup.is_on_kafka() {
        // Perhaps nobody answers, and nothing is left half made.
        return Err(Failure::of_signal(signal));
    }
    tokio::select! {
        biased;
        worker = start => Ok((worker?, Some(signal))),
        signal = signals.again() => Err(Failure::of_signal(signal)),
    }
}

/// Runs the connectors and tells how they are; it ends only with a failure.
async fn work(
    worker: &WorkerHandle,
    connectors: Vec<ConfigFile>,
    terminal: &Terminal,
    progress: Progress,
) -> Failure {
    // What is dropped with the worker's end are waits. The log comes first, so that it has what everything else ends with.
    tokio::select! {
        biased;
        () = states::log(worker) => Failure::while_running("the worker has ended"),
        failure = run_connectors(worker, connectors) => failure,
        never = progress::show(worker, terminal, progress) => match never {},
    }
}

/// Starts all connectors and follows their files; one that fails at the start is a failure.
async fn run_connectors(worker: &WorkerHandle, connectors: Vec<ConfigFile>) -> Failure {
    if let Err(failure) = create(worker, &connectors).await {
        return failure;
    }
    let names: Vec<Str> = connectors.iter().map(|file| file.name().into()).collect();
    // A connector that takes its time to begin may be given another configuration meanwhile.
    tokio::select! {
        biased;
        Err(failure) = begun(worker, &names) => failure,
        never = Files::of(connectors).follow(worker) => match never {},
    }
}

async fn create(worker: &WorkerHandle, connectors: &[ConfigFile]) -> Result<()> {
    for file in connectors {
        let (name, config) = (file.name(), file.options.clone());
        worker
            .create_connector_in(name, config, file.initial_state)
            .await?;
    }
    Ok(())
}

/// Waits until all connectors have begun, or one has failed.
async fn begun(worker: &WorkerHandle, names: &[Str]) -> Result<()> {
    let begun = async |name: &Str| {
        let begun = |status: &ConnectorStatus| status.state != State::Unassigned;
        let status = worker.wait_for(name, begun).await?;
        if status.state != State::Failed {
            return Ok(());
        }
        let trace = status.trace.unwrap_or_default();
        Err(Failure::while_running(format!(
            "connector `{name}` failed at the start, so everything is stopped: {trace}"
        )))
    };
    try_join_all(names.iter().map(begun)).await?;
    tracing::info!("all connectors are started");
    Ok(())
}

fn stopped(report: &ShutdownReport) -> Result<ExitCode> {
    if report.is_orderly() {
        tracing::info!("stopped: {} tasks ended in order", report.ended.len());
        return Ok(ExitCode::SUCCESS);
    }
    let tasks: Vec<_> = report.abandoned.iter().map(ToString::to_string).collect();
    Err(Failure::while_running(format!(
        "tasks that did not stop in time: {}; what they had not finished comes again at the next start",
        tasks.join(", ")
    )))
}

#[cfg(test)]
mod tests {
    use std::{num::NonZeroUsize, path::Path};

    use connect_api::{
        Error, Plugin, SourceConnector, SourceContext, SourceGuarantees, SourceOffset,
        SourcePartition, SourceTask, TaskConfig, async_trait,
    };
    use connect_runtime::Plugins;

    use super::*;

    /// Cannot split its work.
    struct Broken;

    #[async_trait]
    impl SourceConnector for Broken {
        async fn task_configs(
            &self,
            _: NonZeroUsize,
            _: &[TaskConfig],
        ) -> connect_api::Result<Vec<TaskConfig>> {
            Err(Error::config("expected a table, found none"))
        }

        async fn open(&self, _: SourceContext) -> connect_api::Result<Box<dyn SourceTask>> {
            Err(Error::fatal("it is never opened"))
        }

        fn guarantees(&self) -> SourceGuarantees {
            SourceGuarantees::AtLeastOnce
        }

        async fn alter_offsets(
            &self,
            _: &[(SourcePartition, Option<SourceOffset>)],
        ) -> connect_api::Result<()> {
            Ok(())
        }
    }

    #[tokio::test]
    async fn a_connector_that_fails_at_the_start_ends_the_start() {
        let plugins = plugins().with([Plugin::source("broken", "1", |(): ()| Ok(Broken))]);
        let worker = worker(plugins).await;
        let text = b"name=table\nconnector.class=broken\n";
        let file = ConfigFile::parse(Path::new("table.properties"), text).unwrap();
        let failure = run_connectors(&worker, vec![file]).await;
        let told = failure.to_string();
        assert!(
            told.starts_with("connector `table` failed at the start, so everything is stopped: "),
            "{told}"
        );
        assert!(told.contains("expected a table, found none"), "{told}");
    }

    async fn worker(plugins: Plugins) -> WorkerHandle {
        let worker = Worker::builder("test")
            .setting("bootstrap.servers", "embedded:memory")
            .setting("key.converter", "json")
            .setting("value.converter", "json");
        worker.plugins(plugins).start().await.unwrap()
    }
}
