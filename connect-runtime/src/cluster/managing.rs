//! What people do with the connectors of a cluster, at any of its workers.

use std::{sync::Arc, time::Duration};

use connect_api::{ConfigMap, Error, Result, Str};
use tokio::time::timeout;

use super::{Cluster, code::with_code};
use crate::{
    settings::Plan,
    stores::{ConnectorConfig, Reply, Scope, TargetState, Wish},
    supervisor::{self, ConnectorOffsets, OffsetChange, Put, Restart, Target},
    unit::Unit,
};

impl Cluster {
    /// Creates a connector whose configuration was accepted here.
    pub(crate) async fn create(&self, plan: &Plan, target: Target) -> Result<()> {
        let wish = Wish::Create {
            connector: plan.name.clone(),
            config: plan.config.clone(),
            state: Str::from_static(state(target)?.name()),
        };
        self.ask(wish).await?;
        self.until_known(&plan.name).await;
        Ok(())
    }

    /// Creates a connector whose configuration was accepted here, or gives it that configuration.
    pub(crate) async fn put(&self, plan: &Plan) -> Result<Put> {
        let wish = Wish::Put {
            connector: plan.name.clone(),
            config: plan.config.clone(),
        };
        let reply = self.ask(wish).await?;
        self.until_known(&plan.name).await;
        Ok(match reply {
            Reply::Created => Put::Created,
            Reply::Unchanged => Put::Unchanged,
            Reply::Updated | Reply::Done | Reply::Waits | Reply::Refused(_) => Put::Updated,
        })
    }

    /// Waits until this worker shows a connector too that was created.
    pub(super) async fn until_known(&self, name: &str) {
        const PATIENCE: Duration = Duration::from_secs(5);

        let mut updates = self.crew.board.updates();
        let known = async {
            while self.crew.board.get(name).is_none() && updates.next().await.is_some() {}
        };
        // It may have been deleted meanwhile.
        let _: Result<(), _> = timeout(PATIENCE, known).await;
    }

    /// Returns the configuration of a connector, references unresolved.
    pub(crate) async fn config(&self, name: &str) -> Result<ConfigMap> {
        self.connector(name).await.map(|connector| connector.config)
    }

    /// Deletes a connector; its tasks end soon.
    pub(crate) async fn delete(&self, name: &str) -> Result<()> {
        self.delete_as_of(name, None).await
    }

    /// Deletes a connector, if nothing has changed it since when it was at rest.
    pub(super) async fn delete_as_of(&self, name: &str, as_of: Option<i64>) -> Result<()> {
        let connector = Str::from(name);
        self.ask(Wish::Delete {
            connector: connector.clone(),
            as_of,
        })
        .await?;
        // It may be started again.
        self.codes
            .send_modify(|codes| drop(codes.remove(&connector)));
        Ok(())
    }

    /// Starts, pauses or stops a connector.
    pub(crate) async fn want(&self, name: &str, target: Target) -> Result<()> {
        let wish = Wish::Target {
            connector: name.into(),
            state: Str::from_static(state(target)?.name()),
        };
        self.ask(wish).await.map(drop)
    }

    /// Restarts what runs of a connector, wherever it does.
    pub(crate) async fn restart(&self, name: &str, scope: Restart) -> Result<()> {
        let wish = Wish::Restart {
            connector: name.into(),
            scope: match scope {
                Restart::Connector => Scope::Connector,
                Restart::All => Scope::All,
                Restart::Failed => Scope::Failed,
                Restart::Task(task) => Scope::Task(task),
            },
        };
        self.ask(wish).await.map(drop)
    }

    /// Reads how far a connector has come.
    pub(crate) async fn offsets(&self, name: &str) -> Result<ConnectorOffsets> {
        let (plan, _) = self.planned(name).await?;
        supervisor::read_offsets(&self.crew, &plan).await
    }

    /// Changes how far a connector has come, which is stopped and has no tasks any more.
    pub(crate) async fn alter_offsets(&self, name: &str, change: OffsetChange) -> Result<()> {
        self.altered(name, change).await.map(drop)
    }

    /// Changes offsets, and returns as of when the connector was at rest while that happened.
    pub(super) async fn altered(&self, name: &str, change: OffsetChange) -> Result<i64> {
        let as_of = self.is_at_rest(name).await?;
        let (plan, connector) = self.planned(name).await?;
        let most = u32::try_from(plan.tasks_max.get()).unwrap_or(u32::MAX);
        let tasks = connector.tasks.written().max(most);
        supervisor::alter_offsets(&self.crew, &plan, change, tasks).await?;
        // Somebody may have started it meanwhile, at another worker.
        let found = self.is_at_rest(name).await;
        if found.as_ref().is_ok_and(|now| *now == as_of) {
            return Ok(as_of);
        }
        let error = Error::unavailable(format!(
            "connector `{name}`: it was started or changed while its offsets were changed, and may have stored its own since"
        ));
        Err(match found {
            Ok(_) => error,
            Err(found) => error.with_source(found),
        })
    }

    /// Makes sure that a connector is stopped, and that its tasks have ended everywhere; returns as of when.
    async fn is_at_rest(&self, name: &str) -> Result<i64> {
        let why = match self.rest(name).await? {
            Rest::Stopped { as_of } => return Ok(as_of),
            Rest::Stopping => "its tasks have not ended yet",
            Rest::Wanted => "offsets can be changed only while it is stopped",
        };
        Err(Error::config(format!("connector `{name}`: {why}")))
    }

    /// Returns whether a connector is stopped, and its tasks have ended everywhere.
    pub(super) async fn rest(&self, name: &str) -> Result<Rest> {
        let connector = self.connector(name).await?;
        if connector.target != TargetState::Stopped {
            return Ok(Rest::Wanted);
        }
        let has_tasks = self.store.at_end(|state| {
            let mut units = state.placements.iter();
            units.any(|(unit, placement)| {
                unit.connector() == name
                    && matches!(unit, Unit::Task(_))
                    && placement.worker().is_some()
            })
        });
        Ok(match has_tasks.await? {
            true => Rest::Stopping,
            false => Rest::Stopped {
                as_of: connector.changed,
            },
        })
    }

    pub(super) async fn planned(&self, name: &str) -> Result<(Arc<Plan>, ConnectorConfig)> {
        let connector = self.connector(name).await?;
        let of = Str::from(name);
        let code = self
            .store
            .known(|state| state.code.get(&of).map(|(_, code)| code.class()));
        if let Some(class) = code.await? {
            let plan = self.code(&of, &class).ok_or_else(|| {
                let message =
                    format!("connector `{name}`: this worker has another version of its code");
                Error::config(message)
            })?;
            return Ok((plan, connector));
        }
        let plan = self.plan(&of, &connector).await?;
        Ok((plan, connector))
    }

    async fn connector(&self, name: &str) -> Result<ConnectorConfig> {
        let configured = self.configs.read().await?;
        let with_code = self.store.at_end(|state| with_code(configured, state));
        let configured = with_code.await?;
        let connector = configured.connectors.get(name).cloned();
        connector.ok_or_else(|| Error::config(format!("there is no connector `{name}`")))
    }
}

/// Whether somebody may add to the offsets of a connector.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Rest {
    /// It is not to be stopped.
    Wanted,
    /// Some of its tasks have not ended.
    Stopping,
    /// Nobody may, until it is changed after this; see [`ConnectorConfig::changed`].
    Stopped { as_of: i64 },
}

fn state(target: Target) -> Result<TargetState> {
    match target {
        Target::Started => Ok(TargetState::Started),
        Target::Paused => Ok(TargetState::Paused),
        Target::Stopped => Ok(TargetState::Stopped),
        Target::Gone => Err(Error::fatal("expected a target state, found none")),
    }
}
