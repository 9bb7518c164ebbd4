//! [`Inspection`]: what a worker would refuse, found without starting one.

use std::sync::Arc;

use connect_api::{ConfigDef, ConfigMap, ConfigProblem, Converter, Error, HeaderConverter, Result};

use super::Worker;
use crate::{
    Direction, Plugins,
    settings::{
        Converters, Mode, Plan, Planner, Resolved, Resolver, UNUSED, WorkerSettings, definition,
    },
};

/// What a worker would refuse, found without starting one.
///
/// Nothing outside the process is touched: accepting a configuration is building the plugins that it names, with what
/// config providers know.
///
/// ```
/// use connect_api::ConfigMap;
/// use connect_runtime::{Plugins, Worker};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// let settings = ConfigMap::from([("bootstrap.servers", "embedded:memory"), ("ofset.flush.interval.ms", "10")]);
/// let inspection = Worker::inspect(settings, Plugins::new()).await;
/// assert_eq!(
///     inspection.problems()[0].message(),
///     r#"Unknown configuration "ofset.flush.interval.ms": did you mean "offset.flush.interval.ms"?"#,
/// );
///
/// let connector = ConfigMap::from([("name", "orders"), ("connector.class", "orders-source")]);
/// let problems = inspection.connector_problems(&connector).await;
/// assert_eq!(problems[0].key(), "connector.class");
/// # }
/// ```
#[derive(Debug)]
pub struct Inspection {
    /// `None` if not even the settings that are right make a worker.
    planner: Option<Arc<Planner>>,
    problems: Vec<ConfigProblem>,
}

impl Worker {
    /// Finds what a worker with these settings and plugins would refuse.
    ///
    /// What they refer to is looked up.
    pub async fn inspect(settings: ConfigMap, plugins: Plugins) -> Inspection {
        Inspection::of(Mode::Alone, settings, plugins).await
    }

    /// Finds what a worker of a cluster would refuse.
    ///
    /// For one that is alone there is [`inspect`](Self::inspect).
    pub async fn inspect_distributed(settings: ConfigMap, plugins: Plugins) -> Inspection {
        Inspection::of(Mode::Cluster, settings, plugins).await
    }

    /// Returns what a worker may be told.
    #[must_use]
    pub fn definition() -> ConfigDef {
        WorkerSettings::definition()
    }

    /// Returns what the runtime itself reads of a connector's configuration.
    ///
    /// The keys of its plugin come on top.
    #[must_use]
    pub fn connector_definition(direction: Direction) -> ConfigDef {
        definition(direction)
    }

    /// Iterates over the worker settings of Java's that have no effect, each with the reason.
    ///
    /// One that ends with a dot stands for all below it. They are accepted, and logged when a worker starts.
    pub fn settings_without_effect() -> impl Iterator<Item = (&'static str, &'static str)> {
        let groups = UNUSED.iter();
        groups.flat_map(|group| group.keys.iter().map(|key| (*key, group.reason)))
    }
}

impl Inspection {
    async fn of(mode: Mode, settings: ConfigMap, plugins: Plugins) -> Self {
        let mut problems = Vec::new();
        if let Err(error) = plugins.consistent() {
            problems.extend(problems_of(&error));
        }
        let resolver = Resolver::new(&settings, &plugins).unwrap_or_else(|error| {
            problems.extend(problems_of(&error));
            Resolver::default()
        });
        let resolved = resolve(&resolver, settings, &mut problems).await;
        let planner = read(&resolved, mode, &mut problems).map(|settings| Planner {
            settings,
            plugins,
            converters: None,
            resolver,
            secrets: resolved.secrets.clone(),
        });
        if let Some(planner) = &planner {
            let found = Error::invalid_config(planner.converter_problems());
            problems.extend(resolved.hide(found).problems().iter().cloned());
        }
        Self {
            planner: planner.map(Arc::new),
            problems,
        }
    }

    /// Chooses the converters of connectors that do not choose their own.
    #[must_use]
    pub fn converters(
        mut self,
        key: impl Converter,
        value: impl Converter,
        header: impl HeaderConverter,
    ) -> Self {
        if let Some(planner) = self.planner.as_mut().and_then(Arc::get_mut) {
            planner.converters = Some(Converters::new(key, value, header));
        }
        self
    }

    /// Returns everything that is wrong with the worker itself.
    #[must_use]
    pub fn problems(&self) -> &[ConfigProblem] {
        &self.problems
    }

    /// Returns everything that is wrong with a connector's configuration.
    ///
    /// Settings of the worker that are wrong count as absent. One that the connector takes over, such as a converter, is
    /// a problem of the connector too.
    pub async fn connector_problems(&self, config: &ConfigMap) -> Vec<ConfigProblem> {
        match (&self.planner, self.plan(config).await) {
            (Some(_), Err(error)) => problems_of(&error),
            _ => Vec::new(),
        }
    }

    /// Plans a connector that nothing will run.
    pub(crate) async fn plan(&self, config: &ConfigMap) -> Result<Plan> {
        match &self.planner {
            Some(planner) => planner.plan(config, None).await,
            None => Err(Error::invalid_config(self.problems.iter().cloned())),
        }
    }
}

/// Looks up what settings refer to; where something is wrong, the rest is looked up without it.
async fn resolve(
    resolver: &Resolver,
    settings: ConfigMap,
    problems: &mut Vec<ConfigProblem>,
) -> Resolved {
    let error = match resolver.resolve(&settings).await {
        Ok(resolved) => return resolved,
        Err(error) => error,
    };
    problems.extend(problems_of(&error));
    let rest = without(settings, &error);
    resolver.resolve(&rest).await.unwrap_or_default()
}

/// Reads settings; where some are wrong, the rest is read without them, so that more mistakes show.
fn read(
    resolved: &Resolved,
    mode: Mode,
    problems: &mut Vec<ConfigProblem>,
) -> Option<WorkerSettings> {
    let settings = resolved.config.clone();
    let error = match WorkerSettings::parse(settings.clone(), mode) {
        Ok(read) => return Some(read),
        Err(error) => resolved.hide(error),
    };
    problems.extend(problems_of(&error));
    let rest = WorkerSettings::parse(without(settings, &error), mode);
    rest.or_else(|_still| WorkerSettings::parse(ConfigMap::new(), mode))
        .ok()
}

fn without(mut settings: ConfigMap, error: &Error) -> ConfigMap {
    for problem in error.problems() {
        settings.remove(problem.key());
    }
    settings
}

fn problems_of(error: &Error) -> Vec<ConfigProblem> {
    match error.problems() {
        [] => vec![ConfigProblem::new("", error.report().to_string())],
        problems => problems.to_vec(),
    }
}
