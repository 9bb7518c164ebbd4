//! The source loop: poll, transform, convert, produce, store positions, tell the task.
//!
//! Positions follow data, never the other way round: what is stored was acknowledged before, or becomes readable in
//! the same transaction. After anything was discarded that the connector did not discard itself, the task value is
//! dropped and opened anew from the stored positions.

mod at_least_once;
mod driver;
mod exactly_once;
mod outgoing;
mod output;
mod pause;
mod positions;
mod settlement;

use std::sync::Arc;

use connect_api::{Error, ErrorKind, Result, SourceConnector, SourceContext, TaskConfig};

use self::{
    at_least_once::Acknowledged,
    driver::Driver,
    exactly_once::Transaction,
    outgoing::{Condemned, Follows, Outbox, Outgoing, RefusedRecord},
    output::{Output, Progress, Refusal},
    positions::{Moved, Prefixes},
    settlement::Settlement,
};
use super::{Ended, EndsWithTask, Setup, TaskHost, Tolerance};
use crate::{Milestone, watchdog::Call};

/// Runs a source task until it is stopped or fails.
///
/// A record that the broker refuses ends the task value too; the next one recognises it and hands it to the dead
/// letter queue.
pub(crate) async fn run(
    setup: &Setup,
    connector: &Arc<dyn SourceConnector>,
    config: &TaskConfig,
) -> Ended {
    let mut condemned = Vec::new();
    let (mut fruitless, mut stored) = (0, setup.pulse.commits.get());
    while !setup.stop.is_cancelled() {
        let refused = match incarnation(setup, connector, config, &condemned).await {
            Ok(()) => return Ended::Stopped,
            Err(Refusal::Error(error)) => return Ended::Failed(error),
            Err(Refusal::Records(refused)) => refused,
        };
        match tolerated(setup, refused) {
            Ok(more) => condemned.extend(more),
            Err(error) => return Ended::Failed(error),
        }
        let now = setup.pulse.commits.get();
        fruitless = if now == stored { fruitless + 1 } else { 0 };
        stored = now;
        if fruitless == MOST_FRUITLESS {
            return Ended::Failed(Error::fatal(format!(
                "the broker refused records {fruitless} times, and none of them was recognised when it came again"
            )));
        }
    }
    Ended::Stopped
}

/// After so many refusals in a row without a stored position the task fails: its records do not come again as they were.
const MOST_FRUITLESS: u32 = 10;

/// Decides about records that the broker refused.
///
/// # Errors
///
/// They are not to blame, or not tolerated.
fn tolerated(setup: &Setup, refused: Vec<RefusedRecord>) -> Result<Vec<Condemned>> {
    let mut condemned = Vec::new();
    for record in refused {
        let is_tolerated =
            setup.options.tolerance == Tolerance::All && record.source.output.is_some();
        if record.error.kind() != ErrorKind::Rejected || !is_tolerated {
            let of = format!("record of {} was refused", record.source.partition);
            return Err(record.error.context(of));
        }
        condemned.push(Condemned::new(&record)?);
    }
    Ok(condemned)
}

async fn incarnation(
    setup: &Setup,
    connector: &Arc<dyn SourceConnector>,
    config: &TaskConfig,
    condemned: &[Condemned],
) -> Result<(), Refusal> {
    let host = TaskHost::new(setup);
    let _ends = EndsWithTask(Arc::clone(&host.background));
    let (output, offsets) = Output::connect(setup).await?;
    let cx = SourceContext::new(host.context(), config.clone(), offsets);
    let limit = setup.options.call_timeout;
    let task = setup
        .calls
        .run(Call::Open, limit, connector.open(cx))
        .await?;
    let mut task = setup.calls.hold(task, limit);
    setup.reached(Milestone::SourceOpened);
    setup.opened.notify_one();
    // Whoever waits for this must not be held up by the first call, should it block this thread.
    crate::turn::pass().await;
    let outbox = Outbox::new(setup, host.policy.clone(), condemned.to_vec())?;
    let mut driver = Driver::new(setup, Arc::clone(&host), outbox, output);
    driver.drive(&mut **task).await?;
    setup.reached(Milestone::SourceStopping);
    host.signals.unwant();
    let stop = task.into_inner().stop();
    setup.calls.run(Call::Stop, limit, stop).await?;
    Ok(host.background.end().await?)
}
