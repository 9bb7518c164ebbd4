//! [`WorkerHandle`]: what an application does with a running worker.

use std::{fmt, sync::Arc, time::Duration};

use connect_api::{
    ConfigMap, ConfigProblem, Error, ErrorKind, Result, SinkConnector, SourceConnector, Str,
};
use futures::{
    FutureExt,
    future::{BoxFuture, Shared},
};
use tokio::sync::{mpsc, oneshot};

use super::{InitialState, Progress, SinkBuilder, SourceBuilder};
use crate::{
    cluster::Cluster,
    settings::{Plan, Planner},
    status::{ConnectorStatus, Reached, StatusUpdates},
    supervisor::{
        ConnectorCommand, ConnectorOffsets, Crew, Existing, OffsetChange, Put, Reply, Restart,
        ShutdownReport, Target, WorkerCommand,
    },
    task_id::TaskId,
};

/// What an application does with a running worker; clones are the same worker.
///
/// Dropping it stops nothing: [`shutdown`](Self::shutdown) does. Reads answer from what is known here, and wait
/// neither for a connector nor for a broker; only offsets are looked up.
#[derive(Clone)]
pub struct WorkerHandle(Arc<Inside>);

struct Inside {
    crew: Arc<Crew>,
    planner: Arc<Planner>,
    commands: mpsc::Sender<WorkerCommand>,
    /// The cluster that it belongs to, if it does.
    cluster: Option<Arc<Cluster>>,
    ended: Shared<BoxFuture<'static, ()>>,
}

impl WorkerHandle {
    pub(super) fn new(
        crew: Arc<Crew>,
        planner: Arc<Planner>,
        (commands, cluster): (mpsc::Sender<WorkerCommand>, Option<Arc<Cluster>>),
        ended: BoxFuture<'static, Result<(), String>>,
    ) -> Self {
        let ended = ended.map(|ended| {
            if let Err(panic) = ended {
                tracing::error!("the worker failed: {panic}");
            }
        });
        Self(Arc::new(Inside {
            crew,
            planner,
            commands,
            cluster,
            ended: ended.boxed().shared(),
        }))
    }

    /// Returns the name of the worker's group.
    #[must_use]
    pub fn group(&self) -> &str {
        &self.0.crew.site.group
    }

    /// Returns how statuses name this worker.
    ///
    /// No other worker has that name, and none gets it again.
    #[must_use]
    pub fn id(&self) -> Str {
        self.0.crew.site.worker.to_string().into()
    }

    /// Begins a source that is a value of the application.
    ///
    /// It runs once it is started.
    pub fn source(&self, name: impl Into<Str>, source: impl SourceConnector) -> SourceBuilder {
        SourceBuilder::source(self.clone(), name.into(), source)
    }

    /// Begins a sink that is a value of the application.
    ///
    /// It runs once it is started.
    pub fn sink(&self, name: impl Into<Str>, sink: impl SinkConnector) -> SinkBuilder {
        SinkBuilder::sink(self.clone(), name.into(), sink)
    }

    /// Starts a connector that `config` describes, with Connect's keys.
    ///
    /// `config` needs no `name`: it is `name`.
    ///
    /// # Errors
    ///
    /// `Config`: there is a connector of that name, or `config` is wrong; everything that is wrong is said at once.
    pub async fn create_connector(&self, name: &str, config: ConfigMap) -> Result<()> {
        self.create_connector_in(name, config, InitialState::Running)
            .await
    }

    /// Takes a connector that `config` describes, and starts it only if `state` says so.
    ///
    /// One that is paused or stopped from the beginning has done nothing before it is resumed.
    ///
    /// # Errors
    ///
    /// As [`create_connector`](Self::create_connector).
    pub async fn create_connector_in(
        &self,
        name: &str,
        config: ConfigMap,
        state: InitialState,
    ) -> Result<()> {
        let plan = self.plan(name, config).await?;
        match &self.0.cluster {
            Some(cluster) => cluster.create(&plan, state.target()).await,
            None => {
                let put = self.put_in(state.target(), plan, Existing::Refused);
                put.await.map(drop)
            }
        }
    }

    /// Starts a connector that `config` describes, or gives it that configuration.
    ///
    /// One that has exactly this configuration goes on undisturbed. Another configuration restarts it; whether it is
    /// started, paused or stopped stays as it is.
    ///
    /// # Errors
    ///
    /// `Config`: `config` is wrong; everything that is wrong is said at once, and nothing has changed.
    pub async fn put_connector(&self, name: &str, config: ConfigMap) -> Result<Put> {
        let plan = self.plan(name, config).await?;
        match &self.0.cluster {
            Some(cluster) => cluster.put(&plan).await,
            None => self.put(plan, Existing::Replaced).await,
        }
    }

    /// Returns everything that is wrong with a configuration, without starting anything.
    ///
    /// # Errors
    ///
    /// `Unavailable`: what it refers to cannot be looked up.
    pub async fn validate(&self, config: &ConfigMap) -> Result<Vec<ConfigProblem>> {
        match self.0.planner.plan(config, None).await {
            Ok(_) => Ok(Vec::new()),
            Err(error) if error.kind() == ErrorKind::Config => Ok(error.problems().to_vec()),
            Err(error) => Err(error),
        }
    }

    /// Returns the configuration of a connector as it was written, references unresolved.
    ///
    /// # Errors
    ///
    /// `Config`: there is no such connector.
    pub async fn config(&self, name: &str) -> Result<ConfigMap> {
        match &self.0.cluster {
            Some(cluster) => cluster.config(name).await,
            None => {
                self.ask(name, |reply| ConnectorCommand::Config { reply })
                    .await
            }
        }
    }

    /// Ends a connector and forgets it.
    ///
    /// Its offsets stay, and one of the same name goes on from there;
    /// [`delete_connector_with_offsets`](Self::delete_connector_with_offsets) leaves none.
    ///
    /// Answers when its tasks have ended or were given up; in a cluster when that is decided, and they end soon after.
    ///
    /// # Errors
    ///
    /// `Config`: there is no such connector.
    pub async fn delete_connector(&self, name: &str) -> Result<()> {
        match &self.0.cluster {
            Some(cluster) => cluster.delete(name).await,
            None => {
                self.ask(name, |reply| ConnectorCommand::Delete { reply })
                    .await
            }
        }
    }

    /// Ends a connector, deletes its offsets, and then forgets it.
    ///
    /// One of the same name starts from the beginning. It is stopped; once its tasks have ended, its offsets are reset
    /// as by [`reset_offsets`](Self::reset_offsets), of which its plugin is asked first, and only then is it deleted. Of
    /// a source these are the offsets in the worker's topic or file, and in its own topic if its configuration names one;
    /// a topic that only an earlier configuration named keeps what it has. Of a sink it is the consumer group.
    ///
    /// After an error it is still there, stopped, with all of its offsets, some or none; asking again goes on from
    /// there. So it is in a cluster when a process dies before this answers, and any worker may be asked again; a worker
    /// alone forgets its connectors with its process. Nobody else should change its offsets meanwhile.
    ///
    /// # Errors
    ///
    /// - `Config`: there is no such connector, or its plugin does not accept that its offsets are reset. Also where it
    ///   cannot be built here, so that nobody can ask it: then it is not even stopped.
    /// - `Fenced`: tasks of the sink still run, in a process that does not belong here.
    /// - `Unavailable`: the broker does not answer, its tasks have not ended in time, or somebody has changed or started
    ///   it meanwhile.
    ///
    /// Also what its plugin answers. Where it was stopped already, the message says so.
    pub async fn delete_connector_with_offsets(&self, name: &str) -> Result<()> {
        match &self.0.cluster {
            Some(cluster) => cluster.delete_with_offsets(name).await,
            None => {
                self.ask(name, |reply| ConnectorCommand::Erase { reply })
                    .await
            }
        }
    }

    /// Closes the tasks of a connector, to be opened again by [`resume`](Self::resume).
    ///
    /// Answers when that has begun; [`wait_for`](Self::wait_for) tells when it is done.
    ///
    /// # Errors
    ///
    /// `Config`: there is no such connector.
    pub async fn pause(&self, name: &str) -> Result<()> {
        self.want(name, Target::Paused).await
    }

    /// Runs a connector that was paused or stopped.
    ///
    /// # Errors
    ///
    /// `Config`: there is no such connector.
    pub async fn resume(&self, name: &str) -> Result<()> {
        self.want(name, Target::Started).await
    }

    /// Ends the tasks of a connector, which stays known; its offsets can be changed then.
    ///
    /// # Errors
    ///
    /// `Config`: there is no such connector.
    pub async fn stop(&self, name: &str) -> Result<()> {
        self.want(name, Target::Stopped).await
    }

    /// Restarts a connector, its tasks, one of them, or what failed.
    ///
    /// # Errors
    ///
    /// `Config`: there is no such connector or task, or it is paused or stopped.
    pub async fn restart(&self, name: &str, scope: Restart) -> Result<()> {
        match &self.0.cluster {
            Some(cluster) => cluster.restart(name, scope).await,
            None => {
                self.ask(name, |reply| ConnectorCommand::Restart { scope, reply })
                    .await
            }
        }
    }

    /// Reads how far a connector has come, as it is stored.
    ///
    /// # Errors
    ///
    /// `Config`: there is no such connector. `Unavailable`: the broker does not answer.
    pub async fn offsets(&self, name: &str) -> Result<ConnectorOffsets> {
        match &self.0.cluster {
            Some(cluster) => cluster.offsets(name).await,
            None => {
                self.ask(name, |reply| ConnectorCommand::Offsets { reply })
                    .await
            }
        }
    }

    /// Changes how far a connector has come; it has to be stopped.
    ///
    /// Whatever still writes under the name of a source that delivers exactly once, in another process too, cannot any
    /// more when this answers. A source that delivers at least once has no right that could be taken away: a task that
    /// still runs in another process may store its own offsets afterwards.
    ///
    /// # Errors
    ///
    /// - `Config`: there is no such connector, it is not stopped, or its plugin does not accept the offsets. Then
    ///   nothing has changed.
    /// - `Fenced`: tasks of the sink still run in another process. The offsets of its group have not changed; if such a
    ///   task has only just come, a sink that stores offsets of its own may have changed these.
    pub async fn alter_offsets(&self, name: &str, change: OffsetChange) -> Result<()> {
        match &self.0.cluster {
            Some(cluster) => cluster.alter_offsets(name, change).await,
            None => {
                self.ask(name, |reply| ConnectorCommand::Alter { change, reply })
                    .await
            }
        }
    }

    /// Makes a connector start from the beginning; it has to be stopped.
    ///
    /// A sink is asked to reset every partition of its topics, also those of which only it has stored an offset.
    ///
    /// # Errors
    ///
    /// As [`alter_offsets`](Self::alter_offsets).
    pub async fn reset_offsets(&self, name: &str) -> Result<()> {
        self.alter_offsets(name, OffsetChange::Reset).await
    }

    /// Returns the status of a connector.
    #[must_use]
    pub fn status(&self, name: &str) -> Option<ConnectorStatus> {
        self.0.crew.board.get(name)
    }

    /// Returns the statuses of all connectors, by name.
    #[must_use]
    pub fn statuses(&self) -> Vec<ConnectorStatus> {
        self.0.crew.board.all()
    }

    /// Returns what the tasks of a connector have done so far, by task.
    #[must_use]
    pub fn progress(&self, name: &str) -> Vec<(TaskId, Progress)> {
        let pulses = self.0.crew.pulses(Some(name));
        pulses
            .into_iter()
            .map(|(id, pulse)| (id, Progress::of(&pulse)))
            .collect()
    }

    /// Subscribes to changes of statuses.
    #[must_use]
    pub fn watch(&self) -> StatusUpdates {
        self.0.crew.board.updates()
    }

    /// Waits until `reached` holds for the status of a connector, and returns it.
    ///
    /// ```no_run
    /// # async fn example(worker: connect_runtime::WorkerHandle) -> connect_api::Result<()> {
    /// worker.wait_for("orders", |status| status.is_running() || status.has_failed()).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// - `Config`: there is no such connector, or none any more.
    /// - `Fatal`: the worker has ended, and it does not hold.
    pub async fn wait_for(
        &self,
        name: &str,
        reached: impl FnMut(&ConnectorStatus) -> bool,
    ) -> Result<ConnectorStatus> {
        match self.watch().reach(name, reached).await {
            Reached::Status(status) => Ok(status),
            Reached::Gone => Err(Error::config(format!("there is no connector `{name}`"))),
            Reached::Ended => Err(self.gone()),
        }
    }

    /// Ends all connectors in an orderly way, and then the worker.
    ///
    /// Tasks settle what they can. Those that have not ended within `deadline` or
    /// `task.shutdown.graceful.timeout.ms`, whichever is shorter, are given up: as after a crash, what was in flight
    /// comes again at the next start. A second call waits for the first.
    pub async fn shutdown(&self, deadline: Duration) -> ShutdownReport {
        let began = self.0.crew.environment.elapsed();
        if let Some(cluster) = &self.0.cluster {
            cluster.hand_over(deadline).await;
        }
        let spent = self.0.crew.environment.elapsed() - began;
        let (reply, report) = oneshot::channel();
        let command = WorkerCommand::Shutdown {
            within: deadline.saturating_sub(spent),
            reply,
        };
        // It has ended already if nobody takes the command.
        drop(self.0.commands.send(command).await);
        let report = report.await.unwrap_or_default();
        self.0.ended.clone().await;
        report
    }

    pub(super) fn cluster(&self) -> Option<&Arc<Cluster>> {
        self.0.cluster.as_ref()
    }

    pub(super) fn planner(&self) -> &Arc<Planner> {
        &self.0.planner
    }

    pub(super) async fn put(&self, plan: Plan, existing: Existing) -> Result<Put> {
        self.put_in(Target::Started, plan, existing).await
    }

    async fn put_in(&self, target: Target, plan: Plan, existing: Existing) -> Result<Put> {
        let (reply, put) = oneshot::channel();
        let command = WorkerCommand::Put {
            plan: Arc::new(plan),
            existing,
            target,
            reply,
        };
        self.send(command, put).await
    }

    async fn plan(&self, name: &str, mut config: ConfigMap) -> Result<Plan> {
        if let Some(other) = config.insert("name", name)
            && other.trim() != name
        {
            return Err(Error::config(format!(
                "connector `{name}`: expected its own name under `name`, found `{other}`"
            )));
        }
        self.0
            .planner
            .plan(&config, None)
            .await
            .map_err(|error| wrong(name, error))
    }

    async fn want(&self, name: &str, target: Target) -> Result<()> {
        match &self.0.cluster {
            Some(cluster) => cluster.want(name, target).await,
            None => {
                self.ask(name, |reply| ConnectorCommand::Want { target, reply })
                    .await
            }
        }
    }

    async fn ask<T>(
        &self,
        name: &str,
        command: impl FnOnce(Reply<Result<T>>) -> ConnectorCommand,
    ) -> Result<T> {
        let (reply, answer) = oneshot::channel();
        let command = WorkerCommand::Connector {
            name: name.into(),
            command: command(reply),
        };
        self.send(command, answer).await
    }

    async fn send<T>(
        &self,
        command: WorkerCommand,
        answer: oneshot::Receiver<Result<T>>,
    ) -> Result<T> {
        let sent = self.0.commands.send(command).await;
        if sent.is_err() {
            return Err(self.gone());
        }
        answer.await.unwrap_or_else(|_| Err(self.gone()))
    }

    fn gone(&self) -> Error {
        Error::fatal(format!("the worker of group `{}` has ended", self.group()))
    }
}

/// Says that a configuration is wrong as Connect does, and keeps each problem.
pub(super) fn wrong(name: &str, error: Error) -> Error {
    let problems = error.problems();
    if problems.is_empty() {
        return error.context(format!("connector `{name}`"));
    }
    let count = problems.len();
    Error::invalid_config(problems.to_vec()).context(format!(
        "connector `{name}`: the configuration is invalid and contains the following {count} error(s)"
    ))
}

impl fmt::Debug for WorkerHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "WorkerHandle({})", self.group())
    }
}
