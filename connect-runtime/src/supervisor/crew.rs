//! [`Crew`]: what all actors of a worker share.

use std::{
    collections::BTreeMap,
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use connect_api::Str;
use futures::{FutureExt, future::BoxFuture};
use tokio::sync::oneshot;

use crate::{
    Environment,
    status::Board,
    task::{Pulse, Site},
    task_id::TaskId,
    watchdog::Watchdog,
};

/// What all actors of a worker share.
pub(crate) struct Crew {
    /// Where actors run; plugins run where [`Site::environment`] says.
    pub(crate) environment: Arc<dyn Environment>,
    pub(crate) site: Arc<Site>,
    pub(crate) watchdog: Watchdog,
    pub(crate) board: Board,
    /// How long a task may take to end.
    pub(crate) grace: Duration,
    pulses: Mutex<BTreeMap<TaskId, Arc<Pulse>>>,
}

impl Crew {
    pub(crate) fn new(
        environment: Arc<dyn Environment>,
        site: Arc<Site>,
        watchdog: Watchdog,
        grace: Duration,
    ) -> Self {
        Self {
            board: Board::new(site.worker.to_string().into()),
            environment,
            site,
            watchdog,
            grace,
            pulses: Mutex::default(),
        }
    }

    /// Returns what is seen of a task's progress; it outlives incarnations.
    pub(crate) fn pulse(&self, id: &TaskId) -> Arc<Pulse> {
        Arc::clone(self.lock().entry(id.clone()).or_default())
    }

    /// Forgets the progress of a task that has left.
    pub(crate) fn forget(&self, id: &TaskId) {
        self.lock().remove(id);
    }

    /// Returns the progress of all tasks of `connector`, or of all tasks.
    pub(crate) fn pulses(&self, connector: Option<&str>) -> Vec<(TaskId, Arc<Pulse>)> {
        let of = |id: &TaskId| connector.is_none_or(|name| id.connector == *name);
        let pulses = self.lock();
        let chosen = pulses.iter().filter(|(id, _)| of(id));
        chosen
            .map(|(id, pulse)| (id.clone(), Arc::clone(pulse)))
            .collect()
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<TaskId, Arc<Pulse>>> {
        self.pulses.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Crew {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Crew({})", self.site.group)
    }
}

/// Starts `work` as a task of its own, and returns what waits for its answer.
///
/// Dropping the returned future stops nothing. A panic of `work` is the answer `Err` with its message.
pub(super) fn start<T: Send + 'static>(
    environment: &dyn Environment,
    name: &str,
    work: impl Future<Output = T> + Send + 'static,
) -> BoxFuture<'static, Result<T, String>> {
    let (answer, answered) = oneshot::channel();
    let ended = environment.spawn(
        name,
        async move {
            // Nobody may be waiting any more.
            drop(answer.send(work.await));
        }
        .boxed(),
    );
    async move {
        ended.await?;
        let gone = |_| "the executor dropped it".to_owned();
        answered.await.map_err(gone)
    }
    .boxed()
}

/// Shows a task in the name of what is spawned for it.
pub(super) fn name_of(id: &TaskId) -> String {
    format!("connect-{id}")
}

/// Shows a connector in the name of what is spawned for it.
pub(super) fn name_of_connector(name: &Str) -> String {
    format!("connect-{name}")
}
