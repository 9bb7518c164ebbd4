//! [`Counter`]: a source that counts as far as a file says.

use std::{fs, num::NonZeroUsize, path::PathBuf, time::Duration};

use async_trait::async_trait;
use connect_api::{
    Error, Record, Result, SourceBatch, SourceConnector, SourceContext, SourceGuarantees,
    SourceOffset, SourcePartition, SourceRecord, SourceTask, TaskConfig, Value,
};
use schemars::JsonSchema;
use serde::Deserialize;

/// A source that counts in several lanes, as far as a file says.
///
/// The key of a record is its lane, the value its number: 0 and on.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Counter {
    /// Where it counts to.
    topic: String,
    /// How many lanes there are; they are spread over the tasks.
    lanes: usize,
    /// The file that says how far each lane goes.
    fed: PathBuf,
}

const LANES: &str = "lanes";
const LANE: &str = "lane";
const NEXT: &str = "next";

/// How many records a poll returns of each lane.
const PORTION: i64 = 20;

/// How soon it looks again when it has come as far as it may.
const PAUSE: Duration = Duration::from_millis(50);

#[async_trait]
impl SourceConnector for Counter {
    async fn task_configs(
        &self,
        max: NonZeroUsize,
        current: &[TaskConfig],
    ) -> Result<Vec<TaskConfig>> {
        let units: Vec<String> = (0..self.lanes).map(|lane| lane.to_string()).collect();
        Ok(TaskConfig::spread(LANES, &units, max, current))
    }

    async fn open(&self, cx: SourceContext) -> Result<Box<dyn SourceTask>> {
        let mut lanes = Vec::new();
        for name in cx.config().units(LANES) {
            let partition = SourcePartition::from([(LANE, Value::from(name.as_str()))]);
            let next = match cx.offsets().get(&partition) {
                Some(offset) => position(offset)?,
                None => 0,
            };
            lanes.push(Lane {
                name,
                partition,
                next,
            });
        }
        let source = self.clone();
        Ok(Box::new(CounterTask { source, lanes }))
    }

    fn guarantees(&self) -> SourceGuarantees {
        SourceGuarantees::ExactlyOnce
    }
}

/// The lanes of one task.
struct CounterTask {
    source: Counter,
    lanes: Vec<Lane>,
}

/// One lane, and how far it has come.
struct Lane {
    name: String,
    partition: SourcePartition,
    next: i64,
}

#[async_trait]
impl SourceTask for CounterTask {
    async fn poll(&mut self) -> Result<SourceBatch> {
        let fed = fs::read_to_string(&self.source.fed).unwrap_or_default();
        let fed: i64 = fed.trim().parse().unwrap_or_default();
        let mut batch = SourceBatch::new();
        for lane in &mut self.lanes {
            for number in lane.next..fed.min(lane.next + PORTION) {
                let record = Record::new(self.source.topic.as_str(), number.to_string());
                let record = record.with_key(lane.name.as_str());
                lane.next = number + 1;
                let offset = SourceOffset::at(NEXT, lane.next);
                batch.push(SourceRecord::new(record, &lane.partition, offset));
            }
        }
        Ok(match batch.is_empty() {
            true => SourceBatch::idle(PAUSE),
            false => batch,
        })
    }

    async fn stop(self: Box<Self>) -> Result<()> {
        Ok(())
    }
}

fn position(offset: &SourceOffset) -> Result<i64> {
    let stored = offset.to_value()?;
    let next = stored.get(NEXT).and_then(Value::as_i64);
    next.ok_or_else(|| Error::config(format!("expected a position, found {stored:?}")))
}
