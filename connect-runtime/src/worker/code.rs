//! [`ConnectorBuilder`]: connectors that are values of the application.

use std::{
    fmt,
    sync::{Arc, Mutex, PoisonError},
};

use connect_api::{
    ConfigMap, Converter, HeaderConverter, Result, SinkConnector, SourceConnector, Str, Transform,
};

use super::{WorkerHandle, handle::wrong};
use crate::{
    settings::{Connector, Converters, FromCode, TransformFromCode, type_name},
    supervisor::Existing,
};

/// A source from code on its way to being started.
pub type SourceBuilder = ConnectorBuilder<Arc<dyn SourceConnector>>;

/// A sink from code on its way to being started.
pub type SinkBuilder = ConnectorBuilder<Arc<dyn SinkConnector>>;

/// A connector from code on its way to being started.
///
/// It needs no registry and no text: settings are there for what Connect has keys for.
///
/// ```no_run
/// # use connect_api::{Record, Result, SinkConnector};
/// # async fn example(worker: connect_runtime::WorkerHandle, my_sink: impl SinkConnector) -> Result<()> {
/// worker
///     .sink("orders", my_sink)
///     .topics(["orders"])
///     .transform(|record: Record| -> Result<Option<Record>> { Ok(Some(record)) })
///     .setting("errors.tolerance", "all")
///     .start()
///     .await?;
/// # Ok(())
/// # }
/// ```
#[must_use = "a connector runs once it is started"]
pub struct ConnectorBuilder<C> {
    worker: WorkerHandle,
    connector: C,
    plugin: Str,
    config: ConfigMap,
    converters: Option<Converters>,
    transforms: Vec<TransformFromCode>,
    version: Str,
}

impl SourceBuilder {
    pub(super) fn source<S: SourceConnector>(worker: WorkerHandle, name: Str, source: S) -> Self {
        Self::new(worker, &name, Arc::new(source), type_name::<S>())
    }

    /// Starts the source, and answers once its configuration was accepted.
    ///
    /// # Errors
    ///
    /// `Config`: there is a connector of that name, or a setting is wrong or missing; all of it is said at once.
    pub async fn start(self) -> Result<()> {
        self.start_as(Connector::Source).await
    }
}

impl SinkBuilder {
    pub(super) fn sink<S: SinkConnector>(worker: WorkerHandle, name: Str, sink: S) -> Self {
        Self::new(worker, &name, Arc::new(sink), type_name::<S>())
    }

    /// Reads these topics; one that does not exist yet is read once it does.
    pub fn topics<T: Into<String>>(self, topics: impl IntoIterator<Item = T>) -> Self {
        let topics: Vec<String> = topics.into_iter().map(Into::into).collect();
        self.setting("topics", topics.join(","))
    }

    /// Reads all topics whose whole name matches a regular expression, also later ones.
    pub fn topics_matching(self, pattern: impl Into<String>) -> Self {
        self.setting("topics.regex", pattern)
    }

    /// Starts the sink, and answers once its configuration was accepted.
    ///
    /// # Errors
    ///
    /// `Config`: there is a connector of that name, or a setting is wrong or missing; all of it is said at once.
    pub async fn start(self) -> Result<()> {
        self.start_as(Connector::Sink).await
    }
}

impl<C> ConnectorBuilder<C> {
    fn new(worker: WorkerHandle, name: &Str, connector: C, plugin: Str) -> Self {
        Self {
            worker,
            connector,
            plugin,
            config: ConfigMap::from([("name", name.as_str())]),
            converters: None,
            transforms: Vec::new(),
            version: Str::from_static("0"),
        }
    }

    /// Says which version of the code this is, such as `env!("CARGO_PKG_VERSION")`; `0` by default.
    ///
    /// The replicas of a cluster have the same code under the same version: what differs is refused where it comes later.
    /// Of several versions the highest one runs, on the replicas that have it, and the others wait. Alone it means nothing.
    pub fn version(mut self, version: impl Into<Str>) -> Self {
        self.version = version.into();
        self
    }

    /// Runs at most so many tasks; one by default.
    pub fn tasks_max(self, tasks: u32) -> Self {
        self.setting("tasks.max", tasks.to_string())
    }

    /// Chooses other converters than the worker's.
    pub fn converters(
        mut self,
        key: impl Converter,
        value: impl Converter,
        header: impl HeaderConverter,
    ) -> Self {
        self.converters = Some(Converters::new(key, value, header));
        self
    }

    /// Appends a transform to the chain; each task works on a clone of its own.
    ///
    /// Transforms that settings name come first.
    pub fn transform<T: Transform + Clone>(mut self, transform: T) -> Self {
        // Transforms need not be `Sync`: a clone is made under the lock.
        let original = Mutex::new(transform);
        self.transforms.push(TransformFromCode {
            name: type_name::<T>(),
            make: Arc::new(move || {
                let original = original.lock().unwrap_or_else(PoisonError::into_inner);
                Box::new(original.clone())
            }),
        });
        self
    }

    /// Sets one of Connect's connector settings, such as `errors.tolerance`.
    pub fn setting(mut self, key: impl Into<String>, value: impl Into<String>) -> Self {
        self.config.insert(key, value);
        self
    }

    async fn start_as(self, as_connector: impl FnOnce(C) -> Connector) -> Result<()> {
        let chosen = self.chosen();
        let code = FromCode {
            connector: as_connector(self.connector),
            plugin: self.plugin,
            converters: self.converters,
            transforms: self.transforms,
        };
        let name = self.config.get("name").unwrap_or_default().to_owned();
        let planned = self.worker.planner().plan(&self.config, Some(code));
        let plan = planned.await.map_err(|error| wrong(&name, error))?;
        match self.worker.cluster() {
            Some(cluster) => cluster.start_code(plan, (self.version, &chosen)).await,
            None => self.worker.put(plan, Existing::Refused).await.map(drop),
        }
    }

    /// Names the types that were chosen in code.
    fn chosen(&self) -> String {
        let mut chosen = self.plugin.to_string();
        if let Some(converters) = &self.converters {
            chosen.push_str(&format!(" {converters:?}"));
        }
        for transform in &self.transforms {
            chosen.push_str(&format!(" {}", transform.name));
        }
        chosen
    }
}

impl<C> fmt::Debug for ConnectorBuilder<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ConnectorBuilder")
            .field("plugin", &self.plugin)
            .field("config", &self.config)
            .finish_non_exhaustive()
    }
}
