//! Connectors that are values of the application, which each replica has.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use connect_api::{Error, Result, Str};

use super::{Cluster, fingerprint::fingerprint};
use crate::{
    settings::Plan,
    stores::{
        Basis, ClusterState, Code, ConfigState, ConnectorConfig, Reply, TargetState, Tasks, Wish,
    },
};

/// The connectors from code that this worker has, each with what stands for the name of its plugin.
pub(super) type Codes = BTreeMap<Str, (Str, Arc<Plan>)>;

impl Cluster {
    /// Lets the cluster run a connector that is a value of the application.
    ///
    /// # Errors
    ///
    /// `Config`: this worker has one of that name already, it is configured as text, or a replica has other code
    /// under this version.
    pub(crate) async fn start_code(
        &self,
        plan: Plan,
        (version, chosen): (Str, &str),
    ) -> Result<()> {
        let name = plan.name.clone();
        let code = Code {
            version,
            fingerprint: format!("{chosen} {:016x}", fingerprint(&plan.config)).into(),
            config: plan.config.clone(),
            direction: plan.connector.direction(),
            guarantee: plan.guarantee,
            state: Str::from_static(TargetState::Started.name()),
            tasks: None,
        };
        let entry = (code.class(), Arc::new(plan));
        let is_new = self.codes.send_if_modified(|codes| {
            let is_new = !codes.contains_key(&name);
            codes.entry(name.clone()).or_insert(entry);
            is_new
        });
        if !is_new {
            return Err(Error::config(format!("connector `{name}` exists already")));
        }
        let version = code.version.clone();
        let wish = Wish::Code {
            connector: name.clone(),
            code,
        };
        match self.ask(wish).await {
            Ok(Reply::Waits) => {
                tracing::warn!(
                    connector = %name,
                    "version {version} is lower than that of another replica: it runs there, and here only with that version"
                );
                Ok(())
            }
            Ok(_) => {
                self.until_known(&name).await;
                Ok(())
            }
            Err(error) => {
                self.codes.send_modify(|codes| drop(codes.remove(&name)));
                Err(error)
            }
        }
    }

    /// Returns the connector from code of that name, if this worker has it as the cluster wants it.
    pub(super) fn code(&self, name: &Str, class: &Str) -> Option<Arc<Plan>> {
        let codes = self.codes.borrow();
        let (known, plan) = codes.get(name)?;
        (known == class).then(|| Arc::clone(plan))
    }

    /// Returns the names of what this worker can run.
    pub(super) fn plugins(&self) -> BTreeSet<Str> {
        let mut plugins = self.planner.plugins.connector_names();
        plugins.extend(self.codes.borrow().values().map(|(class, _)| class.clone()));
        plugins
    }
}

/// Adds the connectors from code to those that are configured as text.
pub(super) fn with_code(configs: Arc<ConfigState>, cluster: &ClusterState) -> Arc<ConfigState> {
    if cluster.code.is_empty() {
        return configs;
    }
    let mut configs = Arc::unwrap_or_clone(configs);
    for (name, (offset, code)) in &cluster.code {
        let mut config = code.config.clone();
        config.insert("connector.class", code.class().as_str());
        let tasks = match &code.tasks {
            Some(configs) => Tasks::Committed {
                configs: configs.clone(),
                basis: Basis::Latest,
            },
            None => Tasks::Unknown,
        };
        let connector = ConnectorConfig {
            version: fingerprint(&config).cast_signed(),
            changed: *offset,
            config,
            target: TargetState::parse(&code.state).unwrap_or_default(),
            tasks,
        };
        configs.connectors.insert(name.clone(), connector);
    }
    Arc::new(configs)
}
