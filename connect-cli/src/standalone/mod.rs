//! `connect standalone`: a worker and its connectors, from files, until a signal comes.

mod progress;
mod states;
mod watched;

use std::{convert::Infallible, process::ExitCode};

use connect_runtime::{ShutdownReport, State, Worker, WorkerHandle};
use tracing::{instrument::WithSubscriber, subscriber::NoSubscriber};

use self::watched::Files;
use crate::{
    arguments::Standalone,
    failure::{Failure, Result},
    plugins::plugins,
    setup::Setup,
    signals::Signals,
    terminal::Terminal,
};

/// Runs connectors until a signal comes.
///
/// Progress is shown on `terminal`, if there is one.
pub(crate) async fn run(options: &Standalone, terminal: Option<&Terminal>) -> Result<ExitCode> {
    let mut signals = Signals::listen()?;
    let setup = read(options).await?;
    setup.warn();
    // Nothing is lost where it ends before it has begun.
    let worker = tokio::select! {
        biased;
        signal = signals.next() => return Ok(signal.code().into()),
        worker = start(&setup, options) => worker?,
    };
    let ended = tokio::select! {
        signal = signals.next() => {
            tracing::info!(
                "{signal}: stopping, for at most {} s; a second one ends at once, as a crash would",
                options.stop_timeout.as_secs()
            );
            Ok(())
        }
        failure = tend(&worker, setup, terminal) => Err(failure),
    };
    if let Some(terminal) = terminal {
        terminal.clear();
    }
    // The report may be dropped: the process ends then.
    tokio::select! {
        biased;
        signal = signals.again() => {
            tracing::warn!("{signal} again: ending at once");
            Ok(signal.code().into())
        }
        report = worker.shutdown(options.stop_timeout) => ended.and_then(|()| stopped(&report)),
    }
}

/// Reads the files; what is ignored is warned of when the connectors start, or here if they do not.
async fn read(options: &Standalone) -> Result<Setup> {
    let read = || Setup::read(&options.worker, &options.connectors);
    match read().with_subscriber(NoSubscriber::new()).await {
        Ok(setup) => Ok(setup),
        Err(_) => read().await,
    }
}

/// Starts the worker and all connectors, or nothing.
async fn start(setup: &Setup, options: &Standalone) -> Result<WorkerHandle> {
    let builder = Worker::builder("connect-standalone").settings(setup.settings());
    let worker = builder.plugins(plugins()).start().await?;
    if let Err(failure) = start_connectors(&worker, setup).await {
        worker.shutdown(options.stop_timeout).await;
        return Err(failure);
    }
    tracing::info!("all connectors are started");
    Ok(worker)
}

async fn start_connectors(worker: &WorkerHandle, setup: &Setup) -> Result<()> {
    for file in &setup.connectors {
        let (name, config) = (file.name(), file.options.clone());
        worker
            .create_connector_in(name, config, file.initial_state)
            .await?;
    }
    for file in &setup.connectors {
        let name = file.name();
        let begun = |status: &connect_runtime::ConnectorStatus| status.state != State::Unassigned;
        let status = worker.wait_for(name, begun).await?;
        if status.state == State::Failed {
            let trace = status.trace.unwrap_or_default();
            return Err(Failure::while_running(format!(
                "connector `{name}` failed at the start, so everything is stopped: {trace}"
            )));
        }
    }
    Ok(())
}

/// Does what is to be done while connectors run; it ends only with the worker.
async fn tend(worker: &WorkerHandle, setup: Setup, terminal: Option<&Terminal>) -> Failure {
    let mut files = Files::of(setup.connectors);
    // What is dropped with the worker's end are waits.
    let never: Infallible = tokio::select! {
        () = states::log(worker) => return Failure::while_running("the worker has ended"),
        never = files.follow(worker) => never,
        never = progress::show(worker, terminal) => never,
    };
    match never {}
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
    use crate::files::ConfigFile;

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
        let setup = Setup {
            worker: None,
            connectors: vec![ConfigFile::parse(Path::new("table.properties"), text).unwrap()],
        };
        let failure = start_connectors(&worker, &setup).await.unwrap_err();
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
