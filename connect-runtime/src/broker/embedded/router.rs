//! [`Router`]: sorts the records of a batch by partition, and encodes them.

use std::{collections::BTreeMap, sync::Arc};

use connect_api::{Error, Result, Str};

use super::{
    super::{ProducerRecord, Refused},
    chunk::{Author, Chunk, Encoder, TARGET},
    log::Log,
    murmur2::partition_of,
    topic::Topic,
};

/// Sorts the records of a batch by partition, and encodes them.
#[derive(Debug)]
pub(super) struct Router<'a> {
    topics: &'a BTreeMap<Str, Arc<Topic>>,
    now: i64,
    /// Chooses the partition of records without a key, one per topic and batch.
    turn: usize,
    /// How many records are still to come.
    rest: usize,
    /// One per topic of the batch; few, so they are searched in order.
    lanes: Vec<Lane<'a>>,
    /// The one that was used last.
    last: usize,
    refused: Vec<Refused>,
}

/// A topic that the batch writes to.
#[derive(Debug)]
struct Lane<'a> {
    topic: &'a Arc<Topic>,
    partitions: Vec<Option<Encoder>>,
    full: Vec<(usize, Encoder)>,
    sticky: usize,
}

/// A batch that is ready to be written.
#[derive(Debug)]
pub(super) struct Routed {
    pub(super) chunks: Vec<(Arc<Log>, Chunk)>,
    pub(super) refused: Vec<Refused>,
}

impl<'a> Router<'a> {
    pub(super) fn new(
        topics: &'a BTreeMap<Str, Arc<Topic>>,
        (now, turn, rest): (i64, usize, usize),
    ) -> Self {
        Self {
            topics,
            now,
            turn,
            rest,
            lanes: Vec::new(),
            last: 0,
            refused: Vec::new(),
        }
    }

    /// Encodes `record`, or says why not.
    pub(super) fn route(&mut self, index: usize, record: &ProducerRecord) {
        let (now, rest) = (self.now, self.rest);
        self.rest = rest.saturating_sub(1);
        let routed = self
            .lane(&record.topic)
            .and_then(|lane| lane.push(record, (now, rest)));
        if let Err(error) = routed {
            self.refused.push(Refused { index, error });
        }
    }

    fn lane(&mut self, topic: &Str) -> Result<&mut Lane<'a>> {
        let is_it = |lane: &Lane<'_>| lane.topic.name == *topic;
        if !self.lanes.get(self.last).is_some_and(is_it) {
            self.last = match self.lanes.iter().position(is_it) {
                Some(found) => found,
                None => {
                    let found = self
                        .topics
                        .get(topic)
                        .ok_or_else(|| Error::config(format!("topic `{topic}` does not exist")))?;
                    self.lanes.push(Lane::new(found, self.turn));
                    self.lanes.len() - 1
                }
            };
        }
        Ok(&mut self.lanes[self.last])
    }

    /// Ends all chunks; those of a partition stay in order.
    pub(super) fn finish(self, author: Author) -> Routed {
        let mut chunks = Vec::new();
        for lane in self.lanes {
            let rest = lane.partitions.into_iter().enumerate();
            let rest = rest.filter_map(|(partition, encoder)| Some((partition, encoder?)));
            for (partition, encoder) in lane.full.into_iter().chain(rest) {
                let log = Arc::clone(&lane.topic.logs[partition]);
                chunks.push((log, encoder.finish(author, 0)));
            }
        }
        Routed {
            chunks,
            refused: self.refused,
        }
    }
}

impl<'a> Lane<'a> {
    fn new(topic: &'a Arc<Topic>, turn: usize) -> Self {
        let count = topic.logs.len();
        Self {
            topic,
            partitions: (0..count).map(|_| None).collect(),
            full: Vec::new(),
            sticky: turn % count,
        }
    }

    fn push(&mut self, record: &ProducerRecord, (now, rest): (i64, usize)) -> Result<()> {
        let partition = self.partition(record)?;
        let size = record.size();
        let settings = &self.topic.settings;
        if size > settings.largest {
            return Err(Error::rejected(format!(
                "topic `{}`: expected a record of at most {} bytes (`max.message.bytes`), found {size}",
                self.topic.name, settings.largest
            )));
        }
        if record.key.is_none() && settings.is_compacted() {
            return Err(Error::rejected(format!(
                "topic `{}` is compacted: expected a record with a key, found one without",
                self.topic.name
            )));
        }
        // Records without a key share one partition, others spread.
        let share = match record.key {
            None => rest,
            Some(_) => rest / self.partitions.len(),
        };
        let slot = &mut self.partitions[partition];
        if let Some(full) =
            slot.take_if(|encoder| !encoder.is_empty() && encoder.len() + size > TARGET)
        {
            self.full.push((partition, full));
        }
        let encoder = slot.get_or_insert_with(|| {
            Encoder::with_capacity((size * share).clamp(size, TARGET.max(size)))
        });
        encoder.push(record.timestamp.unwrap_or(now), record);
        Ok(())
    }

    fn partition(&self, record: &ProducerRecord) -> Result<usize> {
        let count = self.partitions.len();
        match (record.partition, &record.key) {
            (Some(partition), _) => usize::try_from(partition)
                .ok()
                .filter(|partition| *partition < count)
                .ok_or_else(|| {
                    Error::rejected(format!(
                        "topic `{}`: expected a partition below {count}, found {partition}",
                        self.topic.name
                    ))
                }),
            (None, Some(key)) => Ok(partition_of(key, count)),
            (None, None) => Ok(self.sticky),
        }
    }
}
