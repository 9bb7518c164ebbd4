//! Reading and changing how far a connector has come.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Duration,
};

use connect_api::{
    Error, ErrorKind, Result, SinkConnector, SourceConnector, SourceOffset, SourcePartition,
    TopicPartition,
};
use tokio::time::{Instant, sleep};

use super::{
    command::{ConnectorOffsets, OffsetChange},
    crew::Crew,
};
use crate::{
    broker::{Broker, ChosenTopics, GroupDescription, GroupPhase},
    settings::{Connector, Plan},
    stores::OffsetHome,
    task::Delivery,
    watchdog::{Call, CallError, Calls, Subject},
};

/// How long it is waited until somebody can describe a group, and how long before asking again.
const PATIENCE: Duration = Duration::from_secs(30);
const PAUSE: Duration = Duration::from_millis(250);

/// Reads how far a connector has come.
pub(crate) async fn read(crew: &Crew, plan: &Plan) -> Result<ConnectorOffsets> {
    match &plan.connector {
        Connector::Source(_) => {
            let stored = home(crew, plan).read(&plan.name).await?;
            Ok(ConnectorOffsets::Source(stored.offsets().clone()))
        }
        Connector::Sink(_) => {
            let group = &plan.options.sink.group;
            let offsets = crew.site.broker.group_offsets(group).await?;
            Ok(ConnectorOffsets::Sink(offsets))
        }
    }
}

/// Changes how far a connector has come that has no supervisor here; it is stopped, and its tasks are gone.
pub(crate) async fn alter_apart(
    crew: &Crew,
    plan: &Plan,
    change: OffsetChange,
    tasks: u32,
) -> Result<()> {
    let subject = Subject::Connector(plan.name.clone());
    let calls = crew.watchdog.calls_hiding(&plan.secrets, subject);
    tokio::select! {
        biased;
        altered = alter(crew, plan, &calls, change, tasks) => altered,
        stuck = calls.stuck() => Err(Error::fatal(stuck.to_string())),
    }
}

/// Changes how far a connector has come; it is stopped, and its tasks are gone.
pub(super) async fn alter(
    crew: &Crew,
    plan: &Plan,
    calls: &Calls,
    change: OffsetChange,
    tasks: u32,
) -> Result<()> {
    let done = match &plan.connector {
        Connector::Source(source) => {
            if plan.options.source.delivery == Delivery::ExactlyOnce {
                crew.site.fence(&plan.name, 0..tasks).await?;
            }
            alter_source(crew, plan, calls, source, change).await
        }
        Connector::Sink(sink) => alter_sink(crew, plan, calls, sink, change).await,
    };
    done.map_err(|error| error.context(format!("connector `{}`: changing offsets", plan.name)))
}

/// Says that a connector that was to be deleted with its offsets is still there, and why.
pub(crate) fn not_deleted(error: Error) -> Error {
    error.context("it was stopped and is not deleted")
}

async fn alter_source(
    crew: &Crew,
    plan: &Plan,
    calls: &Calls,
    source: &Arc<dyn SourceConnector>,
    change: OffsetChange,
) -> Result<()> {
    let changes: BTreeMap<SourcePartition, Option<SourceOffset>> = match change {
        OffsetChange::Source(changes) => changes,
        OffsetChange::Reset => {
            let stored = home(crew, plan).read(&plan.name).await?;
            let partitions = stored.partitions().into_iter();
            partitions.map(|partition| (partition, None)).collect()
        }
        OffsetChange::Sink(_) => {
            return Err(Error::config(
                "expected source partitions, found topic partitions",
            ));
        }
    };
    let list: Vec<_> = changes.clone().into_iter().collect();
    ask(plan, calls, source.alter_offsets(&list)).await?;
    home(crew, plan).alter(&plan.name, &changes).await
}

/// Returns where the offsets of a source are.
fn home(crew: &Crew, plan: &Plan) -> OffsetHome {
    let own = plan.options.source.offsets_topic.as_ref();
    crew.site.offsets.of(own)
}

async fn alter_sink(
    crew: &Crew,
    plan: &Plan,
    calls: &Calls,
    sink: &Arc<dyn SinkConnector>,
    change: OffsetChange,
) -> Result<()> {
    let (broker, group) = (&crew.site.broker, &plan.options.sink.group);
    is_left(&**broker, group).await?;
    let changes: BTreeMap<TopicPartition, Option<i64>> = match change {
        OffsetChange::Sink(changes) => changes,
        OffsetChange::Reset => {
            let known = partitions(crew, plan).await?;
            let changes = known
                .into_iter()
                .map(|partition| (partition, None))
                .collect();
            ask(plan, calls, sink.alter_offsets(&changes)).await?;
            return broker.delete_group(group).await;
        }
        OffsetChange::Source(_) => {
            return Err(Error::config(
                "expected topic partitions, found source partitions",
            ));
        }
    };
    ask(plan, calls, sink.alter_offsets(&changes)).await?;
    broker.alter_group_offsets(group, &changes).await
}

/// Makes sure that no task, in whatever process, is in the group of a sink: its plugin is asked only then.
async fn is_left(broker: &dyn Broker, group: &str) -> Result<()> {
    let found = patiently(broker, group).await?;
    if found.phase == GroupPhase::Stable && found.members.is_empty() {
        return Ok(());
    }
    Err(Error::fenced(format!(
        "group `{group}`: expected none of its members to be left, found {}",
        found.members.len().max(1)
    )))
}

/// Describes a group, once somebody can.
async fn patiently(broker: &dyn Broker, group: &str) -> Result<GroupDescription> {
    let started = Instant::now();
    loop {
        match broker.group(group).await {
            Err(error) if error.kind() == ErrorKind::Unavailable => {
                if started.elapsed() >= PATIENCE {
                    return Err(error);
                }
                sleep(PAUSE).await;
            }
            answer => return answer,
        }
    }
}

/// Returns every partition that a sink may have read.
///
/// A sink with offsets of its own may have stored some that its group has never committed.
async fn partitions(crew: &Crew, plan: &Plan) -> Result<BTreeSet<TopicPartition>> {
    let (broker, sink) = (&crew.site.broker, &plan.options.sink);
    let committed = broker.group_offsets(&sink.group).await?;
    let mut partitions: BTreeSet<TopicPartition> = committed.into_keys().collect();
    let chosen = ChosenTopics::of(&sink.subscription)?;
    for topic in broker.topics().await? {
        if chosen.contains(&topic)
            && let Some(description) = broker.topic(&topic).await?
        {
            let all = 0..description.partitions;
            partitions.extend(all.map(|partition| TopicPartition::new(topic.clone(), partition)));
        }
    }
    Ok(partitions)
}

async fn ask(
    plan: &Plan,
    calls: &Calls,
    altered: impl Future<Output = Result<()>> + Send,
) -> Result<()> {
    let altered = calls.run(Call::AlterOffsets, plan.options.call_timeout, altered);
    altered.await.map_err(CallError::into_error)
}
