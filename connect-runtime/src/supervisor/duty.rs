//! [`Duty`] and [`Ending`]: what a connector's actor is there for, and for whom it ends.

use std::sync::Arc;

use connect_api::Result;

use super::{
    command::{ConnectorCommand, Reply, Share, ShutdownReport, answer},
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
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    Splits,
    HelpsOnly,
}

/// The connector goes away; what was deleted stays so, whatever comes after.
pub(super) struct Ending {
    pub(super) farewell: Farewell,
    pub(super) deletions: Deletions,
    pub(super) shutdown: Option<Reply<ShutdownReport>>,
}

/// Those who wait until a connector is deleted.
#[derive(Default)]
pub(super) struct Deletions {
    pub(super) replies: Vec<Reply<Result<()>>>,
    /// What a cluster gave meanwhile, for whoever comes after.
    share: Option<(Share, Arc<Outcomes>)>,
}

impl Deletions {
    pub(super) fn answer(self) {
        self.replies
            .into_iter()
            .for_each(|reply| answer(reply, Ok(())));
    }

    pub(super) fn keep(&mut self, command: ConnectorCommand, outcomes: &Arc<Outcomes>) {
        if let ConnectorCommand::Share(share) = command {
            self.share = Some((share, Arc::clone(outcomes)));
        }
    }

    pub(super) fn take_share(&mut self) -> Option<(Share, Arc<Outcomes>)> {
        self.share.take()
    }
}
