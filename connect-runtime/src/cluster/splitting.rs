//! [`Split`]: from the plugin that has split its work to the config topic.

use std::{collections::BTreeMap, sync::Arc};

use connect_api::{ConfigMap, Error, ErrorKind, Result, Str, TaskConfig};
use futures::{
    StreamExt,
    future::{AbortHandle, abortable},
    stream::FuturesUnordered,
};
use tokio::time::sleep;

use super::{Cluster, code::with_code, leader::fingerprint};
use crate::{
    backoff::Backoff,
    settings::{Connector, Plan},
    stores::{Tasks, Wish, Writers},
    task::Delivery,
};

/// The key under which a task's config has the fingerprint of the connector's configuration that was split.
///
/// So tasks start anew with every change of that configuration, and with none of another connector's.
pub(super) const BASIS: &str = "connector.config.fingerprint";

/// A connector's work, as its plugin has split it.
#[derive(Debug)]
pub(super) struct Split {
    pub(super) plan: Arc<Plan>,
    /// The version of the configuration that was split.
    pub(super) version: i64,
    pub(super) configs: Vec<TaskConfig>,
}

impl Cluster {
    /// Hands splits to the leader, for ever; a later one of a connector takes the place of an earlier one.
    pub(super) async fn hand_in_all(&self) {
        let mut splits = self.split.1.lock().await;
        let mut latest = BTreeMap::<Str, AbortHandle>::new();
        let mut asking = FuturesUnordered::new();
        loop {
            tokio::select! {
                biased;
                split = splits.recv() => {
                    let Some(split) = split else { return };
                    let name = split.plan.name.clone();
                    let (asked, abort) = abortable(self.hand_in(split));
                    asking.push(asked);
                    if let Some(former) = latest.insert(name, abort) {
                        former.abort();
                    }
                }
                Some(_) = asking.next() => {}
            }
        }
    }
}

impl Cluster {
    /// Asks the leader to write a set of tasks, unless it is there.
    async fn hand_in(&self, split: Split) {
        let Split {
            plan,
            version,
            configs,
        } = split;
        let name = &plan.name;
        let wish = Wish::Tasks {
            connector: name.clone(),
            version,
            configs: stored(&plan, configs),
            writers: writers(&plan),
        };
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
        let known = self.store.known(|state| with_code(known, state)).await?;
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
