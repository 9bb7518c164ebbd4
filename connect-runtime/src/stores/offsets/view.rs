//! [`Offsets`]: what keys and values add up to.

use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;
use connect_api::{Error, Result, SourceOffset, SourcePartition, Str, Value, json::to_string};
use uuid::Uuid;

use super::{
    committed::Form,
    key::{self, Key},
};
use crate::{
    TaskId,
    broker::ConsumedRecord,
    stores::{json, log::View},
};

/// What the keys and values of the offsets topic, or of a file, add up to.
#[derive(Debug, Default)]
pub(super) struct Offsets {
    pub(super) connectors: BTreeMap<Str, BTreeMap<SourcePartition, Vec<Form>>>,
    pub(super) claims: BTreeMap<TaskId, Uuid>,
    /// The keys of the files that were imported.
    pub(super) imported: BTreeSet<Bytes>,
}

impl Offsets {
    /// Returns what is stored for `connector`.
    pub(super) fn of(&self, connector: &str) -> BTreeMap<SourcePartition, Vec<Form>> {
        self.connectors.get(connector).cloned().unwrap_or_default()
    }

    /// Takes what is stored at `place`; a key that is no offset's is ignored, and said.
    pub(super) fn note(
        &mut self,
        place: impl Fn() -> String,
        timestamp: i64,
        key: Bytes,
        value: Option<&[u8]>,
    ) {
        match Key::parse(&key) {
            Ok(Key::Offset {
                connector,
                partition,
            }) => {
                let stored = value.map(|value| {
                    stored_offset(value).map_err(|found| {
                        format!(
                            "{}: expected an offset as a JSON object, found {found}",
                            place()
                        )
                    })
                });
                let form = Form {
                    key,
                    timestamp,
                    offset: stored.transpose().map(Option::flatten),
                };
                let partitions = self.connectors.entry(connector).or_default();
                form.join(partitions.entry(partition).or_default());
            }
            Ok(Key::Claim(task)) => match value.and_then(key::claimant) {
                Some(worker) => {
                    self.claims.insert(task, worker);
                }
                None => {
                    self.claims.remove(&task);
                }
            },
            Ok(Key::Import) => {
                self.imported.insert(key);
            }
            Ok(Key::Untracked) => {}
            Err(found) => {
                tracing::warn!(
                    "stored offsets: {}: ignoring a key that is no offset's: {found}",
                    place()
                );
            }
        }
    }
}

impl View for Offsets {
    fn apply(&mut self, partition: i32, record: ConsumedRecord) {
        let place = || format!("partition {partition} offset {}", record.offset);
        // Copied: it stays long after the block that it was fetched in.
        let key = Bytes::copy_from_slice(record.key.as_deref().unwrap_or_default());
        self.note(place, record.timestamp, key, record.value.as_deref());
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
