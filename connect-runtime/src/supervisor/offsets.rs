//! Reading and changing how far a connector has come.

use std::{collections::BTreeMap, sync::Arc};

use connect_api::{
    Error, Result, SinkConnector, SourceConnector, SourceOffset, SourcePartition, Str,
    TopicPartition,
};

use super::{
    command::{ConnectorOffsets, OffsetChange},
    crew::Crew,
};
use crate::{
    broker::ProducerOptions,
    settings::{Connector, Plan},
    task::Delivery,
    watchdog::{Call, CallError, Subject},
};

/// Reads how far a connector has come.
pub(super) async fn read(crew: &Crew, plan: &Plan) -> Result<ConnectorOffsets> {
    match &plan.connector {
        Connector::Source(_) => {
            let committed = crew.site.offsets.read(&plan.name).await?;
            Ok(ConnectorOffsets::Source(committed.offsets().clone()))
        }
        Connector::Sink(_) => {
            let group = &plan.options.sink.group;
            let offsets = crew.site.broker.group_offsets(group).await?;
            Ok(ConnectorOffsets::Sink(offsets))
        }
    }
}

/// Changes how far a connector has come; it is stopped, and its tasks are gone.
pub(super) async fn alter(
    crew: &Crew,
    plan: &Plan,
    change: OffsetChange,
    tasks: u32,
) -> Result<()> {
    let done = match &plan.connector {
        Connector::Source(source) => alter_source(crew, plan, source, change, tasks).await,
        Connector::Sink(sink) => alter_sink(crew, plan, sink, change).await,
    };
    done.map_err(|error| error.context(format!("connector `{}`: changing offsets", plan.name)))
}

async fn alter_source(
    crew: &Crew,
    plan: &Plan,
    source: &Arc<dyn SourceConnector>,
    change: OffsetChange,
    tasks: u32,
) -> Result<()> {
    if plan.options.source.delivery == Delivery::ExactlyOnce {
        fence(crew, &plan.name, tasks).await?;
    }
    let changes: BTreeMap<SourcePartition, Option<SourceOffset>> = match change {
        OffsetChange::Source(changes) => changes,
        OffsetChange::Reset => {
            let committed = crew.site.offsets.read(&plan.name).await?;
            committed
                .offsets()
                .keys()
                .map(|partition| (partition.clone(), None))
                .collect()
        }
        OffsetChange::Sink(_) => {
            return Err(Error::config(
                "expected source partitions, found topic partitions",
            ));
        }
    };
    let list: Vec<_> = changes.clone().into_iter().collect();
    ask(crew, plan, source.alter_offsets(&list)).await?;
    crew.site.offsets.write(&plan.name, &changes).await
}

async fn alter_sink(
    crew: &Crew,
    plan: &Plan,
    sink: &Arc<dyn SinkConnector>,
    change: OffsetChange,
) -> Result<()> {
    let (broker, group) = (&crew.site.broker, &plan.options.sink.group);
    let changes: BTreeMap<TopicPartition, Option<i64>> = match change {
        OffsetChange::Sink(changes) => changes,
        OffsetChange::Reset => {
            let committed = broker.group_offsets(group).await?;
            let changes = committed
                .into_keys()
                .map(|partition| (partition, None))
                .collect();
            ask(crew, plan, sink.alter_offsets(&changes)).await?;
            return broker.delete_group(group).await;
        }
        OffsetChange::Source(_) => {
            return Err(Error::config(
                "expected topic partitions, found source partitions",
            ));
        }
    };
    ask(crew, plan, sink.alter_offsets(&changes)).await?;
    broker.alter_group_offsets(group, &changes).await
}

async fn ask(
    crew: &Crew,
    plan: &Plan,
    altered: impl Future<Output = Result<()>> + Send,
) -> Result<()> {
    let calls = crew.watchdog.calls(Subject::Connector(plan.name.clone()));
    let altered = calls.run(Call::AlterOffsets, plan.options.call_timeout, altered);
    altered.await.map_err(CallError::into_error)
}

/// Takes the right to write from every task that there may have been, here or in another process.
async fn fence(crew: &Crew, connector: &Str, tasks: u32) -> Result<()> {
    for task in 0..tasks {
        let id = format!("{}-{connector}-{task}", crew.site.group);
        let options = ProducerOptions::new(id.as_str());
        drop(
            crew.site
                .broker
                .transactional_producer(&id, &options)
                .await?,
        );
    }
    Ok(())
}
