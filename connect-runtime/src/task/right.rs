//! [`Right`]: what gives a worker the right to run a task.

use std::sync::Arc;

use connect_api::{Error, ErrorKind, Result};
use uuid::Uuid;

use crate::{
    stores::{ClusterStore, Ticket},
    task_id::TaskId,
    unit::Unit,
};

/// What gives a worker the right to run a task.
#[derive(Clone, Debug)]
pub(crate) enum Right {
    /// The latest claim that was written under the task's transactional id.
    Claim,
    /// That the cluster has given the task to the worker.
    Assignment(Arc<ClusterStore>),
}

impl Right {
    /// Makes sure that a task is still this worker's, after it has fenced all others.
    ///
    /// # Errors
    ///
    /// `Fenced`: it is not. `Unavailable`: the end of the log was not reached.
    pub(crate) async fn check(
        &self,
        id: &TaskId,
        (worker, ticket): (Uuid, Option<Ticket>),
    ) -> Result<()> {
        let message = match self.owner(id).await? {
            Some((owner, given)) if owner == worker && Some(given) == ticket => return Ok(()),
            Some((owner, _)) if owner == worker => {
                format!("{id}: the cluster has given it to this worker anew")
            }
            Some((other, _)) => format!("{id}: the cluster has given it to the worker {other}"),
            None => format!("{id}: the cluster has given it to nobody"),
        };
        Err(Error::new(ErrorKind::Fenced, message))
    }

    /// Returns whom the cluster has given a task to, and by which decision.
    ///
    /// # Errors
    ///
    /// `Unavailable`: the end of the log was not reached.
    pub(crate) async fn owner(&self, id: &TaskId) -> Result<Option<(Uuid, Ticket)>> {
        match self {
            Self::Claim => Ok(None),
            Self::Assignment(store) => {
                let unit = Unit::Task(id.clone());
                store.at_end(|state| state.owner(&unit)).await
            }
        }
    }
}
