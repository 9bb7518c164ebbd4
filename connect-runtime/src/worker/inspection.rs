//! [`Inspection`]: what a worker would refuse, found without starting one.

use connect_api::{ConfigDef, ConfigMap, ConfigProblem, Converter, Error, HeaderConverter, Result};

use super::Worker;
use crate::{
    Direction, Plugins,
    settings::{Converters, Planner, WorkerSettings, definition},
};

/// What a worker would refuse, found without starting one.
///
/// Nothing outside the process is touched: accepting a configuration is building the plugins that it names.
///
/// ```
/// use connect_api::ConfigMap;
/// use connect_runtime::{Plugins, Worker};
///
/// let settings = ConfigMap::from([("bootstrap.servers", "embedded:memory"), ("ofset.flush.interval.ms", "10")]);
/// let inspection = Worker::inspect(settings, Plugins::new());
/// assert_eq!(
///     inspection.problems()[0].message(),
///     r#"Unknown configuration "ofset.flush.interval.ms": did you mean "offset.flush.interval.ms"?"#,
/// );
///
/// let connector = ConfigMap::from([("name", "orders"), ("connector.class", "orders-source")]);
/// let problems = inspection.connector_problems(&connector);
/// assert_eq!(problems[0].key(), "connector.class");
/// ```
#[derive(Debug)]
pub struct Inspection {
    /// `None` if not even the settings that are right make a worker.
    planner: Option<Planner>,
    problems: Vec<ConfigProblem>,
}

impl Worker {
    /// Finds what a worker with these settings and plugins would refuse.
    #[must_use]
    pub fn inspect(settings: ConfigMap, plugins: Plugins) -> Inspection {
        let mut problems = Vec::new();
        if let Err(error) = plugins.consistent() {
            problems.push(ConfigProblem::new("", error.report().to_string()));
        }
        let settings = read(settings, &mut problems);
        let planner = settings.map(|settings| Planner {
            settings,
            plugins,
            converters: None,
        });
        if let Some(planner) = &planner {
            problems.extend(bootstrap(&planner.settings));
            problems.extend(planner.converter_problems());
        }
        Inspection { planner, problems }
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
}

impl Inspection {
    /// Chooses the converters of connectors that do not choose their own.
    #[must_use]
    pub fn converters(
        mut self,
        key: impl Converter,
        value: impl Converter,
        header: impl HeaderConverter,
    ) -> Self {
        if let Some(planner) = &mut self.planner {
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
    #[must_use]
    pub fn connector_problems(&self, config: &ConfigMap) -> Vec<ConfigProblem> {
        let planner = self.planner.as_ref();
        planner.map_or_else(Vec::new, |planner| planner.problems(config))
    }
}

/// Reads settings; where some are wrong, the rest is read without them, so that more mistakes show.
fn read(settings: ConfigMap, problems: &mut Vec<ConfigProblem>) -> Option<WorkerSettings> {
    let error = match WorkerSettings::parse(settings.clone()) {
        Ok(read) => return Some(read),
        Err(error) => error,
    };
    let mut rest = settings;
    for problem in error.problems() {
        rest.remove(problem.key());
    }
    problems.extend(problems_of(&error));
    without_problems(rest).ok()
}

fn without_problems(rest: ConfigMap) -> Result<WorkerSettings> {
    WorkerSettings::parse(rest).or_else(|_still| WorkerSettings::parse(ConfigMap::new()))
}

fn problems_of(error: &Error) -> Vec<ConfigProblem> {
    match error.problems() {
        [] => vec![ConfigProblem::new("", error.report().to_string())],
        problems => problems.to_vec(),
    }
}

/// An application may hand over a broker, so that a missing one is no mistake here.
fn bootstrap(settings: &WorkerSettings) -> Option<ConfigProblem> {
    const EXPECTED: &str = "`embedded:<directory>` or `embedded:memory`";
    let servers = settings.bootstrap.as_deref()?;
    let place = servers.trim().strip_prefix("embedded:");
    let is_wrong = place.is_none_or(str::is_empty);
    is_wrong.then(|| {
        let reason = format!("Must be {EXPECTED}");
        ConfigProblem::invalid("bootstrap.servers", servers, reason).with_expected(EXPECTED)
    })
}
