//! [`OffsetStore`]: how far source connectors have come.

mod committed;
mod import;
mod java;
mod key;
#[cfg(test)]
mod tests;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use bytes::Bytes;
use connect_api::{Error, Result, SourceOffset, SourcePartition, Str, Value, json::to_string};
use uuid::Uuid;

pub(crate) use self::committed::Committed;
use self::{
    committed::Form,
    key::{Key, claim_key, claim_value},
};
use super::{
    json,
    log::{Log, View},
};
use crate::{
    TaskId,
    broker::{Broker, ConsumedRecord, ProducerOptions, ProducerRecord},
};

/// How far source connectors have come: the offsets topic, as a Java cluster writes it.
///
/// A key is `["<connector>",{<partition>}]`, a value the offset as a JSON object. Java finds an offset by the bytes of
/// its key, and so does compaction; a partition that is there already keeps its bytes, whatever the order of its
/// fields is today.
#[derive(Debug)]
pub(crate) struct OffsetStore {
    log: Log<Offsets>,
}

impl OffsetStore {
    /// Uses the offsets topic `topic`, which must exist once it is read.
    pub(crate) fn new(broker: Arc<dyn Broker>, topic: impl Into<Str>) -> Self {
        Self {
            log: Log::new(broker, topic.into()),
        }
    }

    /// Returns the name of the topic.
    pub(crate) fn topic(&self) -> &Str {
        self.log.topic()
    }

    /// Reads to the end, then what is committed for `connector`.
    ///
    /// # Errors
    ///
    /// `Unavailable`: the end was not reached. `Fatal`: a stored offset is no map; the message names its place.
    pub(crate) async fn read(&self, connector: &str) -> Result<Committed> {
        let forms = self
            .log
            .at_end(|offsets| {
                offsets
                    .connectors
                    .get(connector)
                    .cloned()
                    .unwrap_or_default()
            })
            .await?;
        Committed::new(connector, self.topic(), forms)
    }

    /// Stores offsets outside of a task, durably; `None` removes one.
    ///
    /// # Errors
    ///
    /// As [`read`](Self::read), and what the broker answers.
    pub(crate) async fn write(
        &self,
        connector: &str,
        offsets: &BTreeMap<SourcePartition, Option<SourceOffset>>,
    ) -> Result<()> {
        let records = self.read(connector).await?.alterations(offsets)?;
        if records.is_empty() {
            return Ok(());
        }
        let options = ProducerOptions::new(format!("{}-writer", self.topic()));
        let mut producer = self.log.broker().producer(&options).await?;
        let refused = producer.send(records).await?.await?;
        match refused.into_iter().next() {
            None => Ok(()),
            Some(refused) => Err(refused
                .error
                .context(format!("offsets of connector `{connector}`"))),
        }
    }

    /// Builds the record by which `worker` claims the right to run `task`.
    ///
    /// The task's transactional producer writes it right after it was initialized; see [`claimant`](Self::claimant).
    pub(crate) fn claim(&self, task: &TaskId, worker: Uuid) -> ProducerRecord {
        ProducerRecord::new(self.topic(), claim_value(worker)).with_key(claim_key(task))
    }

    /// Reads to the end, then the worker that claimed `task` last.
    ///
    /// # Errors
    ///
    /// `Unavailable`: the end was not reached.
    pub(crate) async fn claimant(&self, task: &TaskId) -> Result<Option<Uuid>> {
        self.log
            .at_end(|offsets| offsets.claims.get(task).copied())
            .await
    }
}

/// Applies one record.
#[cfg(any(test, fuzzing))]
pub(crate) fn fuzz(record: ConsumedRecord) {
    Offsets::default().apply(0, record);
}

/// Parses an offsets file of Java's.
#[cfg(any(test, fuzzing))]
pub(crate) fn fuzz_java(bytes: &[u8]) {
    drop(java::parse(&Bytes::copy_from_slice(bytes)));
}

/// What the records of the offsets topic add up to.
#[derive(Debug, Default)]
struct Offsets {
    connectors: BTreeMap<Str, BTreeMap<SourcePartition, Vec<Form>>>,
    claims: BTreeMap<TaskId, Uuid>,
    /// The keys of the files that were imported.
    imported: BTreeSet<Bytes>,
}

impl View for Offsets {
    fn apply(&mut self, partition: i32, record: ConsumedRecord) {
        let ConsumedRecord {
            offset,
            timestamp,
            key,
            value,
            ..
        } = record;
        let place = || format!("partition {partition} offset {offset}");
        // Copied: it stays long after the block that it was fetched in.
        let bytes = Bytes::copy_from_slice(&key.unwrap_or_default());
        match Key::parse(&bytes) {
            Ok(Key::Offset {
                connector,
                partition,
            }) => {
                let place = place();
                let stored = value.map(|value| {
                    stored_offset(&value).map_err(|found| {
                        format!("{place}: expected an offset as a JSON object, found {found}")
                    })
                });
                let offset = stored.transpose().map(Option::flatten);
                let forms = self
                    .connectors
                    .entry(connector)
                    .or_default()
                    .entry(partition)
                    .or_default();
                Form {
                    key: bytes,
                    timestamp,
                    offset,
                }
                .join(forms);
            }
            Ok(Key::Claim(task)) => match value.as_deref().and_then(key::claimant) {
                Some(worker) => {
                    self.claims.insert(task, worker);
                }
                None => {
                    self.claims.remove(&task);
                }
            },
            Ok(Key::Import) => {
                self.imported.insert(bytes);
            }
            Ok(Key::Untracked) => {}
            Err(found) => {
                tracing::warn!(
                    "offsets topic: {}: ignoring a key that is no offset's: {found}",
                    place()
                );
            }
        }
    }
}

/// Reads an offset; JSON `null` is none.
fn stored_offset(bytes: &[u8]) -> Result<Option<SourceOffset>, String> {
    match json::parse(bytes) {
        Ok(Value::Null) => Ok(None),
        Ok(map @ Value::Map(_)) => {
            let offset = SourceOffset::Stored(map);
            offset
                .to_value()
                .map_err(|error: Error| error.to_string())?;
            Ok(Some(offset))
        }
        Ok(other) => Err(to_string(&other)),
        Err(error) => Err(error.to_string()),
    }
}
