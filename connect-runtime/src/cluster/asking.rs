//! Asking the leader, through the log.

use std::time::Duration;

use connect_api::{Error, ErrorKind, Result};
use tokio::time::{sleep, timeout};
use uuid::Uuid;

use super::Cluster;
use crate::{
    backoff::Backoff,
    stores::{ClusterRecord, Reply, Request, Wish},
};

impl Cluster {
    /// How long a request waits for its reply, as in Java.
    const PATIENCE: Duration = Duration::from_secs(90);

    /// Asks the leader, and returns what it answered.
    ///
    /// # Errors
    ///
    /// - `Config`: what was asked for is not possible.
    /// - `Unavailable`: it is not possible now, or nobody answered: then it may have happened, or may still happen.
    pub(crate) async fn ask(&self, wish: Wish) -> Result<Reply> {
        let about = wish.connector().clone();
        let id = self.fresh();
        let asked = timeout(Self::PATIENCE, self.ask_as(id, wish)).await;
        let error = match asked {
            Ok(Ok(Reply::Refused(refusal))) => return Err(refusal.error()),
            Ok(Ok(reply)) => return Ok(reply),
            Ok(Err(error)) => error.context(format!("connector `{about}`: asking the leader")),
            Err(_) => Error::unavailable(format!(
                "connector `{about}`: no leader of the cluster answered within {} s",
                Self::PATIENCE.as_secs()
            )),
        };
        self.withdraw(id).await;
        Err(error)
    }

    async fn ask_as(&self, id: Uuid, wish: Wish) -> Result<Reply> {
        let mut news = self.store.news();
        let request = ClusterRecord::Request {
            id,
            request: Some(Request {
                from: self.worker(),
                wish,
            }),
        };
        self.say(std::slice::from_ref(&request)).await?;
        loop {
            let known = self.store.known(|state| state.replies.get(&id).cloned());
            // Errors are told by who follows the log.
            if let Ok(Some(reply)) = known.await {
                return Ok(reply);
            }
            news.changed().await;
        }
    }

    /// Takes a request back that nobody has answered, if that is still possible.
    async fn withdraw(&self, id: Uuid) {
        let request = ClusterRecord::Request { id, request: None };
        if let Err(error) = self.store.append(&[request]).await {
            tracing::warn!(error = %error.report(), "taking a request back");
        }
    }

    /// Appends what this worker says, however long that takes.
    ///
    /// # Errors
    ///
    /// It is refused, and would be again.
    pub(super) async fn say(&self, records: &[ClusterRecord]) -> Result<()> {
        let mut backoff = Backoff::short();
        while let Err(error) = self.store.append(records).await {
            if matches!(error.kind(), ErrorKind::Rejected | ErrorKind::Config) {
                return Err(error);
            }
            tracing::warn!(error = %error.report(), "cluster topic: trying again");
            sleep(backoff.after(&error, self.crew.environment.random())).await;
        }
        Ok(())
    }

    fn fresh(&self) -> Uuid {
        let environment = &self.crew.environment;
        Uuid::from_u64_pair(environment.random(), environment.random())
    }
}
