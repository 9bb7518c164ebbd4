//! [`Clients`]: starts clients of one cluster, and runs what blocks.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
    time::UNIX_EPOCH,
};

use connect_api::{ConfigMap, Error, Result};
use connect_librdkafka::Config;
use futures::channel::oneshot;

use super::{
    super::Isolation,
    errors::{classified, joined},
    settings::{self, ClientKind},
};
use crate::Environment;

/// The name that brokers log, and settings that nobody may change.
pub(super) type Named<'a> = (&'a str, &'a [(&'a str, &'a str)]);

/// Returns the setting that says whether records of open and aborted transactions are seen.
pub(super) fn isolation_setting(isolation: Isolation) -> (&'static str, &'static str) {
    let level = match isolation {
        Isolation::ReadCommitted => "read_committed",
        Isolation::ReadUncommitted => "read_uncommitted",
    };
    ("isolation.level", level)
}

/// Starts clients of one cluster, and runs what blocks.
#[derive(Debug)]
pub(super) struct Clients {
    servers: String,
    /// What was written for the worker.
    worker: ConfigMap,
    environment: Arc<dyn Environment>,
    batches: Mutex<usize>,
}

impl Clients {
    /// What librdkafka sends at most with one request for one partition.
    pub(super) const BATCH: usize = 1_000_000;

    pub(super) fn new(
        servers: String,
        worker: ConfigMap,
        environment: Arc<dyn Environment>,
    ) -> Self {
        Self {
            servers,
            worker,
            environment,
            batches: Mutex::new(Self::BATCH),
        }
    }

    /// Returns where the cluster is, for people.
    pub(super) fn servers(&self) -> &str {
        &self.servers
    }

    /// Returns the milliseconds since the epoch.
    pub(super) fn now(&self) -> i64 {
        let now = self.environment.wall().duration_since(UNIX_EPOCH);
        now.map_or(0, |now| i64::try_from(now.as_millis()).unwrap_or(i64::MAX))
    }

    /// Returns how large batches may be that every topic seen so far takes.
    pub(super) fn batch_size(&self) -> usize {
        *self.batches.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Remembers that a topic takes batches up to `size` only.
    pub(super) fn limit_batches(&self, size: usize) {
        let mut batches = self.batches.lock().unwrap_or_else(PoisonError::into_inner);
        *batches = size.min(*batches);
    }

    /// Returns the settings of a client of the worker's own.
    pub(super) fn own(&self, kind: ClientKind, named: Named<'_>) -> Result<Config> {
        let inherited = settings::inherited(kind, &self.worker);
        self.config(kind, &inherited, named)
    }

    /// Returns the settings of a client: the runtime's, overridden by `user`, overridden by those that are fixed.
    ///
    /// # Errors
    ///
    /// `Config`, with all problems.
    pub(super) fn config(
        &self,
        kind: ClientKind,
        user: &ConfigMap,
        (client_id, fixed): Named<'_>,
    ) -> Result<Config> {
        let translated = settings::client(kind, client_id, user);
        if !translated.problems.is_empty() {
            return Err(Error::invalid_config(translated.problems));
        }
        for warning in &translated.warnings {
            tracing::warn!(client = client_id, "{warning}");
        }
        let mut settings: BTreeMap<&str, &str> = translated
            .properties
            .iter()
            .map(|(key, value)| (key.as_str(), value.as_str()))
            .collect();
        settings.entry("bootstrap.servers").or_insert(&self.servers);
        settings.extend(fixed.iter().copied());
        Config::new(settings)
            .map_err(|error| classified(error, format!("settings of the client `{client_id}`")))
    }

    /// Runs the end of a client on a thread of its own, which needs nothing of an executor.
    ///
    /// Without a thread the cluster learns it by time-out.
    pub(super) fn end(&self, name: &str, work: impl FnOnce() + Send + 'static) {
        let ended = self.environment.drive(name, Box::pin(async { work() }));
        if let Err(error) = ended {
            tracing::warn!(error = %error.report(), "closing a client: the cluster learns it by time-out");
        }
    }

    /// Runs what may block for long on a thread of its own called `name`; dropping the future does not stop it.
    ///
    /// # Errors
    ///
    /// `Unavailable`: there is no thread, or `work` panicked.
    pub(super) fn apart<T, W>(
        &self,
        name: &str,
        work: W,
    ) -> Result<impl Future<Output = Result<T>> + Send + use<T, W>>
    where
        T: Send + 'static,
        W: FnOnce() -> T + Send + 'static,
    {
        let (answer, answered) = oneshot::channel();
        let work = async move {
            // Nobody need wait for it.
            let _unheard = answer.send(work());
        };
        self.environment.drive(name, Box::pin(work))?;
        let lost = format!("the thread `{name}` ended without an answer");
        Ok(async move { answered.await.map_err(|_canceled| Error::unavailable(lost)) })
    }

    /// Runs what blocks its thread where that is allowed; dropping the future does not stop it.
    pub(super) fn blocking<T, W>(
        &self,
        work: W,
    ) -> impl Future<Output = Result<T>> + Send + use<T, W>
    where
        T: Send + 'static,
        W: FnOnce() -> T + Send + 'static,
    {
        let (answer, answered) = oneshot::channel();
        let ended = self.environment.blocking(Box::new(move || {
            // Nobody need wait for it.
            let _unheard = answer.send(work());
        }));
        async move {
            let ended = ended.await;
            joined(ended, answered.await.ok())
        }
    }
}
