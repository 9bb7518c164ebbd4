//! [`Background`]: work that a plugin runs beside its calls.

use std::sync::{Arc, Mutex, PoisonError};

use connect_api::{Error, Result};
use futures::future::{BoxFuture, join_all};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use crate::Environment;

/// Work that a plugin runs beside its calls; its failure is the task's.
#[derive(Debug)]
pub(crate) struct Background {
    environment: Arc<dyn Environment>,
    stop: CancellationToken,
    running: Mutex<Running>,
    failed: Notify,
}

#[derive(Default)]
struct Running {
    ends: Vec<BoxFuture<'static, Result<(), String>>>,
    failure: Option<Error>,
}

impl std::fmt::Debug for Running {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Running({})", self.ends.len())
    }
}

impl Background {
    pub(crate) fn new(environment: Arc<dyn Environment>) -> Arc<Self> {
        let stop = CancellationToken::new();
        Arc::new(Self {
            environment,
            stop,
            running: Mutex::default(),
            failed: Notify::new(),
        })
    }

    /// Starts `work`; it is dropped when the task ends.
    pub(crate) fn spawn(
        self: &Arc<Self>,
        name: &'static str,
        work: BoxFuture<'static, Result<()>>,
    ) {
        let background = Arc::clone(self);
        let guarded = Box::pin(async move {
            let ended = background.stop.run_until_cancelled(work).await;
            if let Some(Err(error)) = ended {
                background.fail(error.context(format_args!("background work `{name}`")));
            }
        });
        let end = self.environment.spawn(name, guarded);
        self.running
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .ends
            .push(self.watch(name, end));
    }

    /// Resolves with the first failure.
    pub(crate) async fn failure(&self) -> Error {
        loop {
            let failed = self.failed.notified();
            if let Some(error) = self
                .running
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .failure
                .take()
            {
                return error;
            }
            failed.await;
        }
    }

    /// Ends all work and waits for it.
    pub(crate) async fn end(&self) -> Result<()> {
        self.stop.cancel();
        let ends = std::mem::take(
            &mut self
                .running
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .ends,
        );
        join_all(ends).await;
        match self
            .running
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .failure
            .take()
        {
            Some(error) => Err(error),
            None => Ok(()),
        }
    }

    fn fail(&self, error: Error) {
        self.running
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .failure
            .get_or_insert(error);
        self.failed.notify_one();
    }

    /// Spawns what turns a panic of the work into a failure, so that nobody has to poll its end.
    fn watch(
        self: &Arc<Self>,
        name: &'static str,
        end: BoxFuture<'static, Result<(), String>>,
    ) -> BoxFuture<'static, Result<(), String>> {
        let background = Arc::clone(self);
        self.environment.spawn(
            name,
            Box::pin(async move {
                if let Err(panic) = end.await {
                    background.fail(Error::fatal(format!(
                        "background work `{name}` panicked: {panic}"
                    )));
                }
            }),
        )
    }
}

/// Ends the background work of a task value however its life ends.
///
/// The work itself holds the [`Background`], so that one's own drop would come too late.
#[derive(Debug)]
pub(crate) struct EndsWithTask(pub(crate) Arc<Background>);

impl Drop for EndsWithTask {
    fn drop(&mut self) {
        self.0.stop.cancel();
    }
}
