//! The sink loop: consume, convert, transform, put, flush, commit.
//!
//! Commits never go beyond what the plugin said is durable. What the runtime itself rejected is durable in the dead
//! letter queue before the batch that follows it is put. While a `put` runs, the next records are fetched and
//! converted, up to a bound.

mod driver;
mod inbox;
mod ledger;
mod membership;
mod pipeline;
mod queue;
mod rejection;

use std::sync::Arc;

use connect_api::{Result, SinkConnector, SinkContext};

use self::{driver::Driver, inbox::Inbox, ledger::Ledger};
use super::{Ended, EndsWithTask, Setup, TaskHost};
use crate::{
    Milestone,
    broker::{Consumer, ConsumerOptions},
    watchdog::Call,
};

/// Runs a sink task until it is stopped or fails.
pub(crate) async fn run(setup: &Setup, connector: &Arc<dyn SinkConnector>) -> Ended {
    match incarnation(setup, connector).await {
        Ok(()) => Ended::Stopped,
        Err(error) => Ended::Failed(error),
    }
}

async fn incarnation(setup: &Setup, connector: &Arc<dyn SinkConnector>) -> Result<()> {
    let host = TaskHost::new(setup);
    let _ends = EndsWithTask(Arc::clone(&host.background));
    let limit = setup.options.call_timeout;
    let cx = SinkContext::new(host.context());
    let task = setup
        .calls
        .run(Call::Open, limit, connector.open(cx))
        .await?;
    let mut task = setup.calls.hold(task, limit);
    let inbox = Inbox::new(setup, connect(setup).await?)?;
    setup.reached(Milestone::SinkOpened);
    setup.opened.notify_one();
    // Whoever waits for this must not be held up by the first call, should it block this thread.
    crate::turn::pass().await;
    Driver::new(setup, Arc::clone(&host), inbox)
        .drive(&mut **task)
        .await?;
    setup.reached(Milestone::SinkStopping);
    host.signals.unwant();
    let stop = task.into_inner().stop();
    setup.calls.run(Call::Stop, limit, stop).await?;
    host.background.end().await
}

/// Joins the consumer group.
async fn connect(setup: &Setup) -> Result<Box<dyn Consumer>> {
    let sink = &setup.options.sink;
    let mut options = ConsumerOptions::new(sink.group.clone(), sink.subscription.clone());
    options.client_id = format!("connector-consumer-{}", setup.id).into();
    options.isolation = sink.isolation;
    options.reset = sink.reset;
    options.rebalance_timeout = sink.rebalance_timeout;
    options.heartbeat = sink.heartbeat;
    options.session = sink.session;
    options.overrides = sink.consumer.clone();
    let consumer = setup.site.broker.consumer(&options).await?;
    setup.calls.adopt(consumer.closer());
    Ok(consumer)
}
