//! [`Splits`]: from the plugin that has split its work to the config topic.

use std::{collections::BTreeMap, sync::Arc};

use connect_api::{ConfigMap, Error, ErrorKind, Result, Str, TaskConfig};
use futures::{FutureExt, StreamExt, future::BoxFuture, stream::FuturesUnordered};
use tokio::time::sleep;

use super::{Cluster, leader::fingerprint};
use crate::{
    backoff::Backoff,
    settings::{Connector, Plan},
    stores::{ConfigState, Tasks, Wish, Writers},
    task::Delivery,
};

/// The key under which a task's config has the fingerprint of the connector's configuration that was split.
///
/// So tasks start anew with every change of that configuration, and with none of another connector's.
pub(super) const BASIS: &str = "connector.config.fingerprint";

/// What plugins have split, on its way to the leader.
pub(super) struct Splits<'a> {
    cluster: &'a Cluster,
    /// The latest split of each connector; older ones do not count.
    latest: BTreeMap<Str, u64>,
    count: u64,
    asked: FuturesUnordered<BoxFuture<'a, (Str, u64)>>,
}

impl<'a> Splits<'a> {
    pub(super) fn new(cluster: &'a Cluster) -> Self {
        Self {
            cluster,
            latest: BTreeMap::new(),
            count: 0,
            asked: FuturesUnordered::new(),
        }
    }

    /// Hands a split to the leader, until that answers or there is a later one.
    pub(super) fn begin(&mut self, plan: &Arc<Plan>, version: i64, configs: Vec<TaskConfig>) {
        self.count += 1;
        let (cluster, name, count) = (self.cluster, plan.name.clone(), self.count);
        self.latest.insert(name.clone(), count);
        let stored = stored(plan, configs);
        let wish = Wish::Tasks {
            connector: name.clone(),
            version,
            configs: stored,
            writers: writers(plan),
        };
        let asking = async move {
            cluster.hand_in(&name, wish).await;
            (name, count)
        };
        self.asked.push(asking.boxed());
    }

    /// Waits until something was handed in. Dropping the future loses nothing.
    pub(super) async fn next(&mut self) {
        match self.asked.next().await {
            Some((name, count)) => {
                if self.latest.get(&name) == Some(&count) {
                    self.latest.remove(&name);
                }
            }
            None => std::future::pending().await,
        }
    }

    /// Forgets connectors that are gone.
    pub(super) fn forget_all_but(&mut self, configs: &ConfigState) {
        self.latest
            .retain(|name, _| configs.connectors.contains_key(name));
    }
}

impl Cluster {
    /// Asks the leader to write a set of tasks, unless it is there.
    async fn hand_in(&self, name: &Str, wish: Wish) {
        let mut backoff = Backoff::default();
        loop {
            let error = match self.try_hand_in(name, &wish).await {
                Ok(()) => return,
                Err(error) => error,
            };
            match error.kind() {
                // It does not exist any more, or is too large: the plugin is asked again when it changes.
                ErrorKind::Config => {
                    tracing::error!(connector = %name, error = %error.report(), "its tasks are not stored");
                    return;
                }
                _ => {
                    tracing::warn!(connector = %name, error = %error.report(), "its tasks are not stored yet");
                    sleep(backoff.after(&error, self.crew.environment.random())).await;
                }
            }
        }
    }

    async fn try_hand_in(&self, name: &Str, wish: &Wish) -> Result<()> {
        let Wish::Tasks {
            version, configs, ..
        } = wish
        else {
            return Err(Error::fatal("expected tasks"));
        };
        let known = self.configs.known().await?;
        let Some(connector) = known.connectors.get(name) else {
            return Ok(());
        };
        if connector.version != *version {
            // What is configured now is split as well.
            return Ok(());
        }
        if matches!(&connector.tasks, Tasks::Committed { configs: stored, .. } if stored == configs)
        {
            return Ok(());
        }
        self.ask(wish.clone()).await.map(drop)
    }
}

/// Returns what is stored of task configs: references instead of what they stand for.
fn stored(plan: &Plan, configs: Vec<TaskConfig>) -> Vec<ConfigMap> {
    let basis = format!("{:016x}", fingerprint(&plan.config));
    let configs = configs.into_iter().map(|config| {
        let entries = config.map().iter();
        let hidden = entries.map(|(key, value)| (key.to_owned(), plan.secrets.hide(value)));
        let mut stored: ConfigMap = hidden.collect();
        stored.insert(BASIS, basis.as_str());
        stored
    });
    configs.collect()
}

fn writers(plan: &Plan) -> Writers {
    match (&plan.connector, plan.options.source.delivery) {
        (Connector::Source(_), Delivery::ExactlyOnce) => Writers::Transactional,
        _ => Writers::Plain,
    }
}
