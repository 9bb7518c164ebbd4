//! [`Setup`]: a worker and its connectors, as their files describe them.

use std::{
    collections::BTreeMap,
    fmt::Write,
    path::{Path, PathBuf},
};

use connect_api::{ConfigMap, ConfigProblem};
use connect_converters::{JsonConverter, SimpleHeaderConverter};
use connect_runtime::{Inspection, Worker, broker::Bootstrap};

use crate::{
    failure::{Failure, Result},
    files::{Complaint, ConfigFile, Subject},
    plugins::plugins,
};

/// A worker and its connectors, as their files describe them.
#[derive(Debug)]
pub(crate) struct Setup {
    pub(crate) mode: Mode,
    /// `None` where only connectors are looked at.
    pub(crate) worker: Option<ConfigFile>,
    pub(crate) connectors: Vec<ConfigFile>,
}

/// What kind of worker a file describes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    Alone,
    Cluster,
}

impl Mode {
    /// Returns the kind that a worker's file was written for: Java's workers of a cluster need this key.
    fn of(worker: &ConfigFile) -> Self {
        match worker.options.contains_key("config.storage.topic") {
            true => Self::Cluster,
            false => Self::Alone,
        }
    }
}

impl Setup {
    /// Reads the files of a worker and of its connectors, and fails with everything that is wrong.
    pub(crate) async fn read(worker: &Path, connectors: &[PathBuf]) -> Result<Self> {
        Self::read_for(Mode::Alone, worker, connectors).await
    }

    /// Reads the file of a worker of a cluster, and fails with everything that is wrong.
    pub(crate) async fn read_distributed(worker: &Path) -> Result<Self> {
        Self::read_for(Mode::Cluster, worker, &[]).await
    }

    async fn read_for(mode: Mode, worker: &Path, connectors: &[PathBuf]) -> Result<Self> {
        let (mut workers, mut complaints) = read(&[worker.to_owned()]).await;
        let (connectors, more) = read(connectors).await;
        complaints.extend(more);
        let is_connector = |file: &ConfigFile| file.subject() == Subject::Connector;
        if workers.iter().any(is_connector) {
            workers.clear();
            complaints.push(Complaint::about(
                worker,
                "expected the worker's file first, found a connector's: it has `name` or `connector.class`",
            ));
        }
        let (connectors, others): (Vec<_>, Vec<_>) = connectors.into_iter().partition(is_connector);
        let others = others.iter();
        complaints.extend(others.map(|file| Complaint::not_of_connector(&file.path)));
        let setup = Self {
            mode,
            worker: workers.pop(),
            connectors,
        };
        setup.accept(complaints).await
    }

    /// Reads files and tells worker from connectors by their content; fails with everything that is wrong.
    pub(crate) async fn sort(files: &[PathBuf]) -> Result<Self> {
        let (files, mut complaints) = read(files).await;
        let is_connector = |file: &ConfigFile| file.subject() == Subject::Connector;
        let (connectors, workers): (Vec<_>, Vec<_>) = files.into_iter().partition(is_connector);
        let mut workers = workers.into_iter();
        let worker = workers.next();
        if let Some(first) = &worker {
            let more = workers.map(|file| {
                let first = first.path.display();
                let found = format!(
                    "expected one worker's file, found a second one beside {first}; \
                     a connector's has `name` and `connector.class`"
                );
                Complaint::about(&file.path, found)
            });
            complaints.extend(more);
        }
        let setup = Self {
            mode: worker.as_ref().map_or(Mode::Alone, Mode::of),
            worker,
            connectors,
        };
        setup.accept(complaints).await
    }

    async fn accept(self, mut complaints: Vec<Complaint>) -> Result<Self> {
        complaints.extend(self.complaints().await);
        if complaints.is_empty() {
            return Ok(self);
        }
        self.warn();
        Err(told(&complaints))
    }

    /// Looks at the worker; without a file, at one that names JSON converters.
    pub(crate) async fn inspection(&self) -> Inspection {
        let (settings, plugins) = (self.settings(), plugins());
        let inspection = match self.mode {
            Mode::Alone => Worker::inspect(settings, plugins).await,
            Mode::Cluster => Worker::inspect_distributed(settings, plugins).await,
        };
        match &self.worker {
            Some(_) => inspection,
            None => inspection.converters(
                JsonConverter::schemaless(),
                JsonConverter::schemaless(),
                SimpleHeaderConverter::default(),
            ),
        }
    }

    async fn complaints(&self) -> Vec<Complaint> {
        let inspection = self.inspection().await;
        let mut complaints = Vec::new();
        if let Some(worker) = &self.worker {
            let problems = inspection.problems().iter().cloned();
            let problems = problems.chain(missing_broker(worker));
            let problems = problems.chain(missing_group(worker, self.mode));
            complaints.extend(problems.map(|problem| worker.complaint(problem)));
        }
        for connector in &self.connectors {
            let of_worker = |problem: &ConfigProblem| {
                !connector.options.contains_key(problem.key())
                    && inspection.problems().contains(problem)
            };
            let problems = inspection.connector_problems(&connector.options).await;
            let own = problems.into_iter().filter(|problem| !of_worker(problem));
            complaints.extend(own.map(|problem| connector.complaint(problem)));
        }
        complaints.extend(repeated_names(&self.connectors));
        complaints
    }

    /// Logs what is read, but probably not meant.
    pub(crate) fn warn(&self) {
        self.worker
            .iter()
            .chain(&self.connectors)
            .for_each(ConfigFile::warn);
    }

    /// Returns the worker's settings.
    ///
    /// On Kafka, one that is alone has to be asked for exactly-once, as in Java.
    pub(crate) fn settings(&self) -> ConfigMap {
        const EXACTLY_ONCE: &str = "exactly.once.source.support";
        let worker = self.worker.as_ref();
        let mut settings = worker.map_or_else(ConfigMap::new, |worker| worker.options.clone());
        let has_file = self.mode == Mode::Alone && self.is_on_kafka();
        if has_file && !settings.contains_key(EXACTLY_ONCE) {
            settings.insert(EXACTLY_ONCE, "disabled");
        }
        settings
    }

    /// Whether the worker's file names Kafka as the broker.
    pub(crate) fn is_on_kafka(&self) -> bool {
        let worker = self.worker.as_ref();
        let servers = worker.and_then(|worker| worker.options.get(Bootstrap::KEY));
        matches!(servers.map(Bootstrap::parse), Some(Ok(Bootstrap::Kafka(_))))
    }
}

async fn read(paths: &[PathBuf]) -> (Vec<ConfigFile>, Vec<Complaint>) {
    let (mut files, mut complaints) = (Vec::new(), Vec::new());
    for path in paths {
        match ConfigFile::read(path).await {
            Ok(file) => files.push(file),
            Err(wrong) => complaints.extend(wrong),
        }
    }
    (files, complaints)
}

/// Nobody hands a broker to this program's worker.
fn missing_broker(worker: &ConfigFile) -> Option<ConfigProblem> {
    let is_missing = !worker.options.contains_key(Bootstrap::KEY);
    is_missing.then(|| ConfigProblem::missing(Bootstrap::KEY).with_expected(Bootstrap::EXPECTED))
}

/// Workers find each other by the name of their group.
fn missing_group(worker: &ConfigFile, mode: Mode) -> Option<ConfigProblem> {
    const GROUP: &str = "group.id";
    let is_missing = mode == Mode::Cluster && !worker.options.contains_key(GROUP);
    is_missing.then(|| {
        ConfigProblem::missing(GROUP).with_expected("the name that all workers of the group have")
    })
}

fn repeated_names(connectors: &[ConfigFile]) -> Vec<Complaint> {
    let mut known = BTreeMap::new();
    let mut complaints = Vec::new();
    for connector in connectors.iter().filter(|file| !file.name().is_empty()) {
        if let Some(first) = known.insert(connector.name(), &*connector.path) {
            complaints.push(connector.repeats_name_of(first));
        }
    }
    complaints
}

/// Tells everything at once.
pub(crate) fn told(complaints: &[Complaint]) -> Failure {
    let mut message = match complaints.len() {
        1 => "1 problem, nothing was started".to_owned(),
        count => format!("{count} problems, nothing was started"),
    };
    for complaint in complaints {
        // A string takes everything.
        let _ = write!(message, "\n{complaint}");
    }
    Failure::of_configuration(message)
}
