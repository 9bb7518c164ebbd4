//! What actors are asked, and how they answer.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use connect_api::{
    ConfigMap, Error, Offsets, Result, SourceOffset, SourcePartition, Str, TaskConfig,
    TopicPartition,
};
use tokio::sync::oneshot;

use super::{
    life::Target,
    outcomes::{Outcomes, Split},
    roster::Part,
};
use crate::{settings::Plan, task_id::TaskId};

/// Where an answer goes.
pub(crate) type Reply<T> = oneshot::Sender<T>;

/// What a worker is asked.
pub(crate) enum WorkerCommand {
    /// Starts a connector, or gives it another plan.
    Put {
        plan: Arc<Plan>,
        existing: Existing,
        target: Target,
        reply: Reply<Result<Put>>,
    },
    /// Gives this worker its share of a connector, which starts it if it is new.
    Share(Share),
    /// Passes a command on to a connector.
    Connector {
        name: Str,
        command: ConnectorCommand,
    },
    /// Ends everything within this time.
    Shutdown {
        within: Duration,
        reply: Reply<ShutdownReport>,
    },
}

/// What a cluster gives to a worker of a connector.
#[derive(Debug)]
pub(crate) struct Share {
    pub(crate) plan: Arc<Plan>,
    pub(crate) target: Target,
    /// If the connector itself is this worker's, which splits its work: what all its tasks do now, wherever they run.
    pub(crate) splits: Option<Vec<TaskConfig>>,
    /// Its tasks.
    pub(crate) parts: BTreeMap<u32, Part>,
    /// Who hears what comes of it.
    pub(crate) outcomes: Arc<Outcomes>,
}

/// What happens if there is a connector of that name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Existing {
    Refused,
    Replaced,
}

/// What [`WorkerHandle::put_connector`](crate::WorkerHandle::put_connector) did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "nothing else can happen")]
pub enum Put {
    /// There was no connector of that name.
    Created,
    /// It has another configuration now, and is being restarted.
    Updated,
    /// It had this configuration already, and goes on as it is.
    Unchanged,
}

/// What a connector is asked.
pub(crate) enum ConnectorCommand {
    /// Takes another share of its work.
    Share(Share),
    /// Its tasks, as its plugin has split its work, cannot be stored.
    NotStored {
        split: Split,
        error: Error,
        reply: Reply<Result<()>>,
    },
    Put {
        plan: Arc<Plan>,
        existing: Existing,
        reply: Reply<Result<Put>>,
    },
    Config {
        reply: Reply<Result<ConfigMap>>,
    },
    Want {
        target: Target,
        reply: Reply<Result<()>>,
    },
    Restart {
        scope: Restart,
        reply: Reply<Result<()>>,
    },
    Offsets {
        reply: Reply<Result<ConnectorOffsets>>,
    },
    Alter {
        change: OffsetChange,
        reply: Reply<Result<()>>,
    },
    Delete {
        reply: Reply<Result<()>>,
    },
    /// Stops it, deletes its offsets, and then itself.
    Erase {
        reply: Reply<Result<()>>,
    },
    Shutdown {
        within: Duration,
        reply: Reply<ShutdownReport>,
    },
}

impl ConnectorCommand {
    /// Answers with an error, because nobody can take the command.
    pub(crate) fn refuse(self, error: Error) {
        // Whoever asked may have gone.
        match self {
            // The worker's actor keeps it.
            Self::Share(_) => {}
            Self::Put { reply, .. } => drop(reply.send(Err(error))),
            Self::Config { reply } => drop(reply.send(Err(error))),
            Self::Offsets { reply } => drop(reply.send(Err(error))),
            Self::NotStored { reply, .. }
            | Self::Want { reply, .. }
            | Self::Restart { reply, .. }
            | Self::Alter { reply, .. }
            | Self::Delete { reply }
            | Self::Erase { reply } => drop(reply.send(Err(error))),
            Self::Shutdown { reply, .. } => drop(reply.send(ShutdownReport::default())),
        }
    }
}

/// What is restarted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Restart {
    /// The connector: it splits its work anew, and tasks whose part is the same go on.
    Connector,
    /// The connector and all its tasks.
    All,
    /// Whatever of them failed.
    Failed,
    /// This task.
    Task(u32),
}

/// How far a connector has come, as it is stored.
#[derive(Clone, Debug, PartialEq)]
#[expect(clippy::exhaustive_enums, reason = "a connector is a source or a sink")]
pub enum ConnectorOffsets {
    /// Where a source goes on.
    Source(BTreeMap<SourcePartition, SourceOffset>),
    /// What the consumer group of a sink reads next.
    Sink(Offsets),
}

/// How stored offsets are to change; `None` removes one.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum OffsetChange {
    /// Some offsets of a source.
    Source(BTreeMap<SourcePartition, Option<SourceOffset>>),
    /// Some offsets of a sink.
    Sink(BTreeMap<TopicPartition, Option<i64>>),
    /// All offsets of the connector are removed: it starts from the beginning.
    Reset,
}

/// How a shutdown went.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ShutdownReport {
    /// The tasks that settled what they could and ended.
    pub ended: Vec<TaskId>,
    /// The tasks that did not end in time: what was in flight comes again at the next start.
    pub abandoned: Vec<TaskId>,
}

impl ShutdownReport {
    /// Returns whether no task had to be given up.
    #[must_use]
    pub fn is_orderly(&self) -> bool {
        self.abandoned.is_empty()
    }

    pub(crate) fn append(&mut self, mut other: Self) {
        self.ended.append(&mut other.ended);
        self.abandoned.append(&mut other.abandoned);
    }
}

/// Answers; whoever asked may have gone.
pub(super) fn answer<T>(reply: Reply<T>, value: T) {
    drop(reply.send(value));
}
