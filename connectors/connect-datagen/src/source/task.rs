//! [`DatagenTask`]: makes the records of some streams.

use std::{future::pending, sync::Arc, time::Duration};

use async_trait::async_trait;
use connect_api::{Result, SourceBatch, SourceRecord, SourceTask, Str, TaskContext};

use super::{
    pace::Pace,
    recipe::Recipe,
    stream::{Stream, Supply},
};
use crate::size::size_of;

/// How soon a supply that ran out is looked at again.
const RESTOCKED: Duration = Duration::from_millis(10);

/// How many bytes of data end a batch: all of it is in memory at once, and is made without a pause.
const MOST_BYTES: u64 = 1024 * 1024;

/// Makes the records of some streams, in turn.
#[derive(Debug)]
pub(super) struct DatagenTask {
    pub(super) cx: TaskContext,
    pub(super) topic: Str,
    pub(super) recipe: Arc<Recipe>,
    pub(super) seed: u64,
    pub(super) supply: Supply,
    pub(super) pace: Option<Pace>,
    pub(super) batch_size: usize,
    pub(super) streams: Vec<Stream>,
    /// Which stream is next.
    pub(super) turn: usize,
}

impl DatagenTask {
    /// Makes up to `room` records, fewer if they are large.
    fn records(&mut self, room: usize) -> SourceBatch {
        let timestamp = self.cx.now_millis();
        let mut batch = SourceBatch::with_capacity(room);
        let (mut ended, mut bytes) = (0, 0);
        let streams = self.streams.len();
        while batch.len() < room && bytes < MOST_BYTES && ended < streams {
            let stream = &mut self.streams[self.turn];
            self.turn = (self.turn + 1) % streams;
            let Some((index, offset)) = stream.advance(&self.supply) else {
                ended += 1;
                continue;
            };
            ended = 0;
            let record = self.recipe.record(&self.topic, self.seed, index, timestamp);
            bytes += size_of(&record);
            batch.push(SourceRecord::new(record, stream.partition(), offset));
        }
        batch
    }
}

#[async_trait]
impl SourceTask for DatagenTask {
    async fn poll(&mut self) -> Result<SourceBatch> {
        let now = self.cx.now();
        let room = match &mut self.pace {
            None => self.batch_size,
            Some(pace) => match pace.due(now, self.batch_size) {
                0 => return Ok(SourceBatch::idle(pace.pause())),
                due => due,
            },
        };
        let batch = self.records(room);
        if batch.is_empty() {
            return Ok(match self.supply {
                Supply::Growing(_) => SourceBatch::idle(RESTOCKED),
                Supply::Endless | Supply::Count(_) => {
                    // Nothing will ever come: the task rests until it is wanted.
                    self.cx.wait(pending::<()>()).await;
                    SourceBatch::new()
                }
            });
        }
        Ok(match &mut self.pace {
            None => batch,
            Some(pace) => {
                pace.take(batch.len());
                let pause = pace.pause();
                batch.again_after(pause)
            }
        })
    }
}
