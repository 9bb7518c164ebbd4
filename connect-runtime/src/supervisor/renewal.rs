//! [`Renewals`]: when it is looked up what a connector's references stand for now.

use std::{pin::Pin, sync::Arc};

use connect_api::{Error, Result};
use futures::future::BoxFuture;
use tokio::time::{Instant, sleep_until};
use tracing::Instrument;

use super::crew::{Crew, name_of_connector, start};
use crate::settings::Plan;

/// When it is looked up what a connector's references stand for now.
#[derive(Default)]
pub(super) struct Renewals {
    due: Option<Instant>,
    running: Option<BoxFuture<'static, Result<Renewed, String>>>,
}

/// The plan with other values; `None` if they are the same.
type Renewed = Result<Option<Arc<Plan>>>;

impl Renewals {
    /// Begins to wait until the values of `plan` may be different; providers that say nothing are not asked.
    pub(super) fn schedule(&mut self, plan: &Plan) {
        self.due = plan.ttl().map(|ttl| Instant::now() + ttl);
    }

    /// Looks the values of `plan` up.
    pub(super) fn begin(&mut self, crew: &Crew, plan: &Arc<Plan>) {
        if plan.renewal.is_none() || self.running.is_some() {
            return;
        }
        let span = tracing::info_span!("connector", connector = %plan.name);
        let name = name_of_connector(&plan.name);
        let plan = Arc::clone(plan);
        let work = async move { Ok(plan.renewed().await?.map(Arc::new)) };
        self.running = Some(start(&*crew.site.environment, &name, work.instrument(span)));
    }

    /// Waits until the values of `plan` were looked up. Dropping the future loses nothing.
    pub(super) async fn next(&mut self, crew: &Crew, plan: &Arc<Plan>) -> Renewed {
        if self.running.is_none() {
            match self.due {
                Some(due) => sleep_until(due).await,
                None => std::future::pending().await,
            }
            self.due = None;
            self.begin(crew, plan);
        }
        let Some(running) = &mut self.running else {
            return std::future::pending().await;
        };
        let renewed = Pin::new(running).await;
        self.running = None;
        renewed.unwrap_or_else(|panic| Err(Error::fatal(panic)))
    }
}
