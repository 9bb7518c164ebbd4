//! [`Setup`]: what an incarnation of a task needs.

use std::{fmt, sync::Arc};

use connect_api::{
    Converter, HeaderConverter, Predicate, Result, SinkConnector, SourceConnector, Str, TaskConfig,
    Transform,
};
use futures::{StreamExt, TryStreamExt, stream};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::{Budget, Pulse, Right, TaskOptions};
use crate::{
    Environment, Milestone, TaskId,
    broker::{Broker, ProducerOptions},
    status::ActiveTopics,
    stores::{OffsetHome, OffsetStores, Ticket},
    watchdog::{Call, Calls, Held},
};

/// What all tasks of a worker share.
#[derive(Clone, Debug)]
pub(crate) struct Site {
    /// The `group.id`: the first part of every transactional id.
    pub(crate) group: Str,
    /// Which worker this is, for claims and error messages.
    pub(crate) worker: Uuid,
    pub(crate) broker: Arc<dyn Broker>,
    pub(crate) environment: Arc<dyn Environment>,
    pub(crate) offsets: Arc<OffsetStores>,
    /// How many bytes of records all tasks hold together.
    pub(crate) budget: Arc<Budget>,
    /// What gives this worker the right to run a task.
    pub(crate) right: Right,
    /// Who is told which topics are in use; `None` if nobody wants to know.
    pub(crate) topics: Option<Arc<ActiveTopics>>,
}

impl Site {
    /// How many tasks are fenced at once.
    const AT_ONCE: usize = 8;

    /// Returns the id under which a task's transactions are written.
    pub(crate) fn transactional_id(&self, id: &TaskId) -> String {
        format!("{}-{id}", self.group)
    }

    /// Takes the right to write from everybody who has it for these tasks of a connector, here or in another process.
    ///
    /// # Errors
    ///
    /// What the broker answers; some may have been fenced.
    pub(crate) async fn fence(
        &self,
        connector: &Str,
        tasks: impl IntoIterator<Item = u32>,
    ) -> Result<()> {
        let fences: Vec<_> = tasks
            .into_iter()
            .map(|task| {
                let connector = connector.clone();
                self.fence_one(TaskId { connector, task })
            })
            .collect();
        stream::iter(fences)
            .buffer_unordered(Self::AT_ONCE)
            .try_collect()
            .await
    }

    async fn fence_one(&self, id: TaskId) -> Result<()> {
        let id = self.transactional_id(&id);
        let options = ProducerOptions::new(id.as_str());
        let fencing = self.broker.transactional_producer(&id, &options);
        fencing.await.map(drop)
    }
}

/// What an incarnation of a task needs; the supervisor makes it.
#[derive(Clone)]
pub(crate) struct Setup {
    pub(crate) id: TaskId,
    pub(crate) site: Arc<Site>,
    pub(crate) options: Arc<TaskOptions>,
    pub(crate) work: Work,
    /// By which decision of a cluster the task runs here.
    pub(crate) ticket: Option<Ticket>,
    /// The name of the connector's plugin, for error messages and headers.
    pub(crate) plugin: Str,
    pub(crate) codec: Codec,
    pub(crate) stages: Stages,
    /// Where calls into the plugin are watched.
    pub(crate) calls: Arc<Calls>,
    /// What the supervisor sees of the task's progress.
    pub(crate) pulse: Arc<Pulse>,
    /// Asks for an orderly end.
    pub(crate) stop: CancellationToken,
    /// Is told once that the plugin's task is open.
    pub(crate) opened: Arc<Notify>,
}

impl Setup {
    /// Builds the transforms of an incarnation.
    ///
    /// # Errors
    ///
    /// One cannot be built, panics or takes too long.
    pub(crate) fn build_stages(&self) -> Result<Held<Vec<Stage>>> {
        let limit = self.options.call_timeout;
        let build = || self.stages.build();
        let stages = self.calls.run_now(Call::BuildTransforms, limit, build)?;
        Ok(self.calls.hold(stages, limit))
    }

    /// Returns where a source's offsets are.
    pub(crate) fn offsets(&self) -> OffsetHome {
        self.site
            .offsets
            .of(self.options.source.offsets_topic.as_ref())
    }

    /// Says where the task has come.
    pub(crate) fn reached(&self, milestone: Milestone) {
        self.site.environment.reached(milestone);
    }
}

/// What a task does.
#[derive(Clone)]
pub(crate) enum Work {
    Source {
        connector: Arc<dyn SourceConnector>,
        config: TaskConfig,
    },
    Sink {
        connector: Arc<dyn SinkConnector>,
    },
}

/// Bytes to values and back, shared by all tasks of a connector.
#[derive(Clone)]
pub(crate) struct Codec {
    pub(crate) key: Arc<dyn Converter>,
    pub(crate) value: Arc<dyn Converter>,
    pub(crate) header: Arc<dyn HeaderConverter>,
    /// The plugin names of key, value and header converter, for error messages and headers.
    pub(crate) names: [Str; 3],
}

/// Builds the transforms of a task: each incarnation has its own, since they may hold state.
#[derive(Clone)]
pub(crate) struct Stages(Arc<dyn Fn() -> Result<Vec<Stage>> + Send + Sync>);

impl Stages {
    pub(crate) fn new(build: impl Fn() -> Result<Vec<Stage>> + Send + Sync + 'static) -> Self {
        Self(Arc::new(build))
    }

    pub(crate) fn build(&self) -> Result<Vec<Stage>> {
        (self.0)()
    }
}

/// One transform of the chain, and when it applies.
pub(crate) struct Stage {
    /// The alias in `transforms`, or the plugin's name for connectors from code.
    pub(crate) alias: Str,
    /// The plugin's name, for error messages and headers.
    pub(crate) plugin: Str,
    pub(crate) transform: Box<dyn Transform>,
    pub(crate) condition: Option<Condition>,
}

/// When a transform applies.
pub(crate) struct Condition {
    pub(crate) predicate: Box<dyn Predicate>,
    pub(crate) applies: Applies,
}

/// Which answer of the predicate lets the transform run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Applies {
    IfTrue,
    /// `negate=true`.
    IfFalse,
}

impl fmt::Debug for Setup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Setup({})", self.id)
    }
}
