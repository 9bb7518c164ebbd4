//! `connect standalone`: connectors from files, in a worker that is alone.

use std::{convert::Infallible, future::pending, process::ExitCode, sync::Arc};

use connect_api::Str;
use connect_runtime::{ConnectorStatus, State, WorkerHandle};
use futures::future::{join_all, try_join_all};

use crate::{
    arguments::Standalone,
    failure::{Failure, Result},
    files::ConfigFile,
    running::{self, Names, View, Watched},
    setup::Setup,
};

/// Runs connectors until a signal comes.
pub(crate) async fn run(options: &Standalone, view: &View<'_>) -> Result<ExitCode> {
    let setup = Setup::read(&options.worker, &options.connectors);
    running::run(view, setup, run_connectors).await
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
        never = follow(worker, connectors) => match never {},
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

/// Applies changes of the files for ever, each to its own connector; a read that hangs holds up no other file.
async fn follow(worker: &WorkerHandle, files: Vec<ConfigFile>) -> Infallible {
    let names = Arc::new(Names::default());
    let watched = files
        .into_iter()
        .map(|file| Watched::started(file, Arc::clone(&names)).follow(worker));
    join_all(watched).await;
    // Without a file there is nothing to do, for ever too.
    pending().await
}

#[cfg(test)]
mod tests {
    use std::{num::NonZeroUsize, path::Path};

    use connect_api::{
        Error, Plugin, SourceConnector, SourceContext, SourceGuarantees, SourceOffset,
        SourcePartition, SourceTask, TaskConfig, async_trait,
    };
    use connect_runtime::{Plugins, Worker};

    use super::*;
    use crate::plugins::plugins;

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
