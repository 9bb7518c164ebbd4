//! [`Application`]: what runs in a simulated process.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use connect_api::Result;
use connect_runtime::{Environment, WorkerHandle};
use tokio::time::sleep;

use crate::SimulatedEnvironment;

/// What runs in a simulated process.
pub(super) trait Application: Send + Sync + 'static {
    /// Starts the worker and what is to run in it.
    fn try_start(&self) -> impl Future<Output = Result<WorkerHandle>> + Send;
}

/// The worker of an application, once it has started.
pub(super) struct Hosted(Arc<Mutex<Option<WorkerHandle>>>);

impl Hosted {
    /// Starts an application in a process, as often as it takes.
    pub(super) fn start(process: &SimulatedEnvironment, application: impl Application) -> Self {
        let slot = Arc::default();
        let (started, here) = (Self(Arc::clone(&slot)), process.clone());
        let work = async move {
            let handle = loop {
                match application.try_start().await {
                    Ok(handle) => break handle,
                    Err(error) => {
                        here.record(format_args!("not started: {}", error.report()));
                        sleep(Duration::from_secs(1)).await;
                    }
                }
            };
            *slot.lock().unwrap_or_else(PoisonError::into_inner) = Some(handle);
        };
        drop(process.spawn("application", Box::pin(work)));
        started
    }

    pub(super) fn handle(&self) -> Option<WorkerHandle> {
        let handle = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        handle.clone()
    }
}

/// Writes a time span as settings want it.
pub(super) fn millis(duration: Duration) -> String {
    duration.as_millis().to_string()
}
