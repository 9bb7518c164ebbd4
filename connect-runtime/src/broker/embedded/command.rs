//! [`Command`]: what the writer is asked to do.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use connect_api::{Offsets, Result, Str, TopicPartition};
use tokio::sync::{OwnedSemaphorePermit, oneshot};

use super::{super::Created, chunk::Chunk, log::Log, session::Session, settings::Settings};

/// Where an answer goes; nobody may be waiting for it any more.
pub(super) type Reply<T> = oneshot::Sender<Result<T>>;

/// What the writer is asked to do; it does one after the other.
#[derive(Debug)]
pub(super) enum Command {
    Append(Append),
    /// Ends the open transaction of a session.
    End {
        session: Arc<Session>,
        outcome: Outcome,
        reply: Reply<()>,
    },
    /// Takes a transactional id from whoever has it.
    Claim {
        id: Str,
        timeout: Duration,
        reply: Reply<Arc<Session>>,
    },
    /// The owner of a session is gone: its transaction is aborted.
    Abandon(Arc<Session>),
    CreateTopic(TopicPlan),
    DeleteTopic {
        name: Str,
        reply: Reply<()>,
    },
    /// Commits offsets of partitions that a member owns.
    Commit {
        group: Str,
        member: u64,
        offsets: Offsets,
        reply: Reply<()>,
    },
    /// Returns what a group has committed.
    Committed {
        group: Str,
        reply: Reply<Offsets>,
    },
    /// Sets offsets of a group without members.
    Alter {
        group: Str,
        offsets: BTreeMap<TopicPartition, Option<i64>>,
        reply: Reply<()>,
    },
    DeleteGroup {
        group: Str,
        reply: Reply<()>,
    },
    /// Makes durable what was taken and not yet committed.
    Settle {
        reply: Reply<()>,
    },
    /// Removes everything that may go by now.
    Maintain {
        reply: Reply<()>,
    },
    /// Opens the database anew if it has failed, which a reader has met.
    Heal,
    /// Finishes everything and ends the writer.
    Close {
        reply: Reply<()>,
    },
}

/// Chunks of one batch, for different logs.
#[derive(Debug)]
pub(super) struct Append {
    pub(super) session: Arc<Session>,
    pub(super) chunks: Vec<(Arc<Log>, Chunk)>,
    pub(super) reply: Reply<()>,
    /// The place that the batch takes in the queue.
    pub(super) _place: OwnedSemaphorePermit,
}

/// How a transaction ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    Committed,
    Aborted,
}

/// A topic to create; its settings are checked.
#[derive(Debug)]
pub(super) struct TopicPlan {
    pub(super) name: Str,
    pub(super) partitions: u32,
    pub(super) settings: (Settings, BTreeMap<String, String>),
    pub(super) reply: Reply<Created>,
}

impl Command {
    /// Answers with `error`, as nothing was done.
    pub(super) fn refuse(self, error: connect_api::Error) {
        match self {
            Self::Append(append) => drop(append.reply.send(Err(error))),
            Self::CreateTopic(plan) => drop(plan.reply.send(Err(error))),
            Self::Claim { reply, .. } => drop(reply.send(Err(error))),
            Self::Committed { reply, .. } => drop(reply.send(Err(error))),
            Self::End { reply, .. }
            | Self::DeleteTopic { reply, .. }
            | Self::Commit { reply, .. }
            | Self::Alter { reply, .. }
            | Self::DeleteGroup { reply, .. }
            | Self::Settle { reply }
            | Self::Maintain { reply }
            | Self::Close { reply } => drop(reply.send(Err(error))),
            Self::Abandon(_) | Self::Heal => {}
        }
    }
}
