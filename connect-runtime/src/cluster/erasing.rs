//! Deleting a connector of a cluster together with its offsets.

use std::time::Duration;

use connect_api::{Error, ErrorKind, Result};
use tokio::time::{Instant, sleep};

use super::{Cluster, managing::Rest};
use crate::supervisor::{OffsetChange, Target, not_deleted};

impl Cluster {
    /// How long tasks may take to end everywhere, the sessions of workers that died with some included.
    const REST: Duration = Duration::from_secs(90);

    /// Stops a connector, deletes its offsets once its tasks have ended, and then the connector.
    ///
    /// Every step may be repeated, by anybody: what is between two of them is a stopped connector.
    pub(crate) async fn delete_with_offsets(&self, name: &str) -> Result<()> {
        // Who cannot ask its plugin stops nothing.
        self.planned(name).await?;
        self.want(name, Target::Stopped).await?;
        let as_of = self.reset_at_rest(name).await?;
        self.delete_as_of(name, Some(as_of)).await
    }

    /// Waits until the tasks of a connector have ended, deletes its offsets, and returns as of when it was at rest.
    async fn reset_at_rest(&self, name: &str) -> Result<i64> {
        let until = Instant::now() + Self::REST;
        loop {
            let mut news = self.store.news();
            let found = match self.rest(name).await? {
                Rest::Stopped { .. } => match self.altered(name, OffsetChange::Reset).await {
                    // A consumer of a worker that died counts as long as its session.
                    Err(error) if error.kind() == ErrorKind::Fenced => error,
                    altered => {
                        return altered.map_err(not_deleted);
                    }
                },
                Rest::Stopping => {
                    Error::unavailable(format!("connector `{name}`: its tasks have not ended yet"))
                }
                Rest::Wanted => {
                    return Err(Error::unavailable(format!(
                        "connector `{name}` was started while it was to be deleted with its offsets"
                    )));
                }
            };
            if Instant::now() >= until {
                return Err(not_deleted(found));
            }
            // Nothing tells when a session has ended.
            tokio::select! {
                biased;
                () = news.changed() => {}
                () = sleep(Self::LOOKS) => {}
            }
        }
    }
}
