//! [`Duty`] and [`Ending`]: what a connector's actor is there for, and for whom it ends.

use std::sync::Arc;

use connect_api::{Result, TaskConfig};

use super::{
    command::{Reply, Share, ShutdownReport, answer},
    outcomes::Outcomes,
    roster::Farewell,
};

/// What a worker does for a connector.
#[derive(Debug)]
pub(super) enum Duty {
    /// All of it.
    Alone,
    /// What a cluster gives to this worker, which hears what comes of it.
    Shared { role: Role, outcomes: Arc<Outcomes> },
}

/// Whether a worker of a cluster has the connector itself.
#[derive(Debug)]
pub(super) enum Role {
    /// It does, and this is how it is split, wherever its tasks run.
    Splits(Vec<TaskConfig>),
    HelpsOnly,
}

/// The connector goes away; what was deleted stays so, whatever comes after.
pub(super) struct Ending {
    pub(super) farewell: Farewell,
    pub(super) deletions: Deletions,
    pub(super) shutdown: Option<Reply<ShutdownReport>>,
}

/// Those who wait until a connector is deleted, and what it is to do after that.
#[derive(Default)]
pub(super) struct Deletions {
    pub(super) replies: Vec<Reply<Result<()>>>,
    /// What a cluster gave meanwhile, for whoever comes after.
    pub(super) share: Option<Share>,
}

impl Deletions {
    /// Tells those who wait.
    pub(super) fn answer(&mut self) {
        self.replies
            .drain(..)
            .for_each(|reply| answer(reply, Ok(())));
    }
}
