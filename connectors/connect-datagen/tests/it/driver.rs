//! Source tasks, polled by hand.

use std::{collections::BTreeMap, num::NonZeroUsize};

use connect_api::{
    SourceConnector, SourceItem, SourceOffset, SourcePartition, SourceRecord, SourceTask,
};
use connect_datagen::DatagenSource;
use connect_testkit::TestHost;

/// Positions as they are stored.
pub(crate) type Stored = BTreeMap<SourcePartition, SourceOffset>;

/// Opens the tasks that `source` is split into.
pub(crate) async fn open(
    source: &DatagenSource,
    max: usize,
    stored: &Stored,
) -> Vec<Box<dyn SourceTask>> {
    let max = NonZeroUsize::new(max).unwrap();
    let host = TestHost::new();
    let mut tasks = Vec::new();
    for config in source.task_configs(max, &[]).await.unwrap() {
        let cx = host.source_context("datagen", config, stored.clone());
        tasks.push(source.open(cx).await.unwrap());
    }
    tasks
}

/// Polls once.
pub(crate) async fn poll(task: &mut Box<dyn SourceTask>) -> Vec<SourceRecord> {
    let (items, _) = task.poll().await.unwrap().into_parts();
    let record = |item| match item {
        SourceItem::Record(record) => record,
        other => panic!("expected a record, found {other:?}"),
    };
    items.into_iter().map(record).collect()
}

/// Polls a single task until `count` records came.
pub(crate) async fn read(source: &DatagenSource, count: usize) -> Vec<SourceRecord> {
    let mut tasks = open(source, 1, &Stored::new()).await;
    let mut records = Vec::new();
    while records.len() < count {
        records.extend(poll(&mut tasks[0]).await);
    }
    records.truncate(count);
    records
}
