//! Asking the leader, through the log.

use std::time::Duration;

use connect_api::{Error, Result};
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
        let reply = match asked {
            Ok(reply) => reply,
            Err(_) => {
                self.withdraw(id).await;
                return Err(Error::unavailable(format!(
                    "connector `{about}`: no leader of the cluster answered within {} s",
                    Self::PATIENCE.as_secs()
                )));
            }
        };
        match reply {
            Reply::Refused(refusal) => Err(refusal.error()),
            reply => Ok(reply),
        }
    }

    async fn ask_as(&self, id: Uuid, wish: Wish) -> Reply {
        let mut news = self.store.news();
        let request = ClusterRecord::Request {
            id,
            request: Some(Request {
                from: self.worker(),
                wish,
            }),
        };
        self.say(std::slice::from_ref(&request)).await;
        loop {
            let known = self.store.known(|state| state.replies.get(&id).cloned());
            match known.await {
                Ok(Some(reply)) => return reply,
                // Its error is told by who follows the log.
                Ok(None) | Err(_) => {}
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
    pub(super) async fn say(&self, records: &[ClusterRecord]) {
        let mut backoff = Backoff::default();
        while let Err(error) = self.store.append(records).await {
            tracing::warn!(error = %error.report(), "cluster topic: trying again");
            sleep(backoff.after(&error, self.crew.environment.random())).await;
        }
    }

    fn fresh(&self) -> Uuid {
        let environment = &self.crew.environment;
        Uuid::from_u64_pair(environment.random(), environment.random())
    }
}
