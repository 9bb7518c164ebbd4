//! From the plugin that has split its work to the config topic.

use std::collections::BTreeMap;

use connect_api::{ConfigMap, Error, ErrorKind, Result, Str, TaskConfig};
use futures::{
    StreamExt,
    future::{AbortHandle, abortable},
    stream::FuturesUnordered,
};
use tokio::{sync::oneshot, time::sleep};

use super::{Cluster, code::with_code, fingerprint::fingerprint, shares::Shown};
use crate::{
    backoff::Backoff,
    settings::{Connector, Plan, Provenance},
    stores::{ConnectorConfig, Tasks, Wish, Writers},
    supervisor::{ConnectorCommand, Split, WorkerCommand},
    task::Delivery,
    unit::Unit,
};

/// The key under which a task's config has the fingerprint of the connector's configuration that was split.
///
/// So tasks start anew with every change of that configuration, and with none of another connector's.
pub(super) const BASIS: &str = "connector.config.fingerprint";

impl Cluster {
    /// Returns how a connector's work is split, if this worker is to split it.
    ///
    /// # Errors
    ///
    /// What it refers to could not be looked up. Whoever splits already knows; who does not begins when it can be.
    pub(super) async fn splits(
        &self,
        connector: &ConnectorConfig,
        shown: &mut Shown,
    ) -> Result<Option<Vec<TaskConfig>>, (Option<Vec<TaskConfig>>, Error)> {
        let itself = Unit::Connector(shown.plan.name.clone());
        if !shown.units.contains_key(&itself) {
            return Ok(None);
        }
        let error = match self.current(connector).await {
            Ok(current) => return Ok(Some(current)),
            Err(error) => error,
        };
        if self.held.lock().await.has_unit(&itself) {
            return Err((Some(Vec::new()), error));
        }
        shown.units.remove(&itself);
        Err((None, error))
    }

    /// Returns how a connector's work is split, wherever its tasks run; of what refers to nothing any more, nothing.
    ///
    /// # Errors
    ///
    /// `Unavailable`: what it refers to could not be looked up.
    async fn current(&self, connector: &ConnectorConfig) -> Result<Vec<TaskConfig>> {
        let Tasks::Committed { configs, .. } = &connector.tasks else {
            return Ok(Vec::new());
        };
        let mut current = Vec::with_capacity(configs.len());
        for stored in configs {
            match self.task_config(stored).await {
                Ok(config) => current.push(config),
                Err(error) if error.kind() == ErrorKind::Unavailable => return Err(error),
                Err(_) => return Ok(Vec::new()),
            }
        }
        Ok(current)
    }

    /// Hands splits to the leader, for ever; a later one of a connector takes the place of an earlier one.
    pub(super) async fn hand_in_all(&self) {
        let mut latest = BTreeMap::<Str, AbortHandle>::new();
        let mut asking = FuturesUnordered::new();
        loop {
            tokio::select! {
                biased;
                splits = self.outcomes.splits() => for (name, split) in splits {
                    let (asked, abort) = abortable(self.hand_in(split));
                    asking.push(asked);
                    if let Some(former) = latest.insert(name, abort) {
                        former.abort();
                    }
                },
                Some(_) = asking.next() => {}
            }
        }
    }

    /// Asks the leader to write a set of tasks, unless it is there.
    async fn hand_in(&self, split: Split) {
        let name = &split.plan.name;
        let (stored, writers) = (stored(&split), writers(&split.plan));
        let mut backoff = Backoff::short();
        loop {
            let handed = self.try_hand_in(&split.plan, (&stored, writers)).await;
            let Err(error) = handed else { return };
            // It is too large, or the connector does not exist any more.
            let error = match error.kind() {
                ErrorKind::Config | ErrorKind::Rejected => {
                    match self.tell_not_stored(&split, error).await {
                        Err(error) if error.kind() == ErrorKind::Unavailable => error,
                        _ => return,
                    }
                }
                _ => error,
            };
            tracing::warn!(connector = %name, error = %error.report(), "its tasks are not stored yet");
            sleep(backoff.after(&error, self.crew.environment.random())).await;
        }
    }

    /// Lets the connector fail whose tasks cannot be stored.
    async fn tell_not_stored(&self, split: &Split, error: Error) -> Result<()> {
        let (reply, told) = oneshot::channel();
        let command = ConnectorCommand::NotStored {
            split: split.clone(),
            error,
            reply,
        };
        let name = split.plan.name.clone();
        self.command(WorkerCommand::Connector { name, command })
            .await;
        // Otherwise the worker ends.
        told.await.unwrap_or(Ok(()))
    }

    async fn try_hand_in(
        &self,
        plan: &Plan,
        (stored, writers): (&[ConfigMap], Writers),
    ) -> Result<()> {
        let known = self.configs.known().await?;
        let known = self.store.known(|state| with_code(known, state)).await?;
        let Some(connector) = known.connectors.get(&plan.name) else {
            return Ok(());
        };
        // What is configured now is split as well.
        let unit = Unit::Connector(plan.name.clone());
        let known_writers = self.store.known(|state| {
            let placement = state.placements.get(&unit);
            placement.map(|placement| placement.writers)
        });
        let is_stored = known_writers.await? == Some(writers)
            && matches!(&connector.tasks, Tasks::Committed { configs, .. } if configs == stored);
        if is_stored || !is_of(connector, plan) {
            return Ok(());
        }
        let wish = Wish::Tasks {
            connector: plan.name.clone(),
            version: connector.version,
            configs: stored.to_vec(),
            writers,
        };
        self.ask(wish).await.map(drop)
    }
}

/// Returns whether `plan` is of this configuration.
fn is_of(connector: &ConnectorConfig, plan: &Plan) -> bool {
    let mut config = connector.config.clone();
    config.insert("name", plan.name.as_str());
    if plan.provenance == Provenance::Code {
        config.remove("connector.class");
    }
    config == plan.config
}

/// Returns the fingerprint of the configuration that a plan is of.
pub(super) fn basis(plan: &Plan) -> String {
    format!("{:016x}", fingerprint(&plan.config))
}

/// Returns what is stored of task configs: references instead of what they stand for.
fn stored(Split { plan, configs }: &Split) -> Vec<ConfigMap> {
    let basis = basis(plan);
    let configs = configs.iter().map(|config| {
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
