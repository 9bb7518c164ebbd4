//! [`Committed`]: the stored offsets of one connector.

use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
};

use bytes::Bytes;
use connect_api::{Error, Result, SourceOffset, SourcePartition, Str, json::to_string};

use super::key::offset_key;

/// A key and its value, as they are stored; `None` removes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) key: Bytes,
    pub(crate) value: Option<Bytes>,
}

/// What is stored under one key; a partition has several if its fields were written in several orders.
#[derive(Clone, Debug)]
pub(super) struct Form {
    pub(super) key: Bytes,
    pub(super) timestamp: i64,
    /// `None` is a tombstone; an error says where and what it was instead.
    pub(super) offset: Result<Option<SourceOffset>, String>,
}

impl Form {
    /// Replaces the older record of the same key; the newest form comes last.
    pub(super) fn join(self, forms: &mut Vec<Self>) {
        forms.retain(|form| form.key != self.key);
        // Other forms may lie in other partitions, where only the time says what is newer.
        let at = forms.partition_point(|form| form.timestamp <= self.timestamp);
        forms.insert(at, self);
    }
}

/// The stored offsets of one connector, and how to store the next ones.
#[derive(Debug)]
pub(crate) struct Committed {
    connector: Str,
    offsets: BTreeMap<SourcePartition, SourceOffset>,
    /// The keys that still have an offset and are not the newest form of their partition.
    outdated: BTreeMap<SourcePartition, Vec<Bytes>>,
    /// Keys in use. A partition keeps the bytes of its first record, whatever order its fields have later.
    keys: Mutex<BTreeMap<SourcePartition, Bytes>>,
}

impl Committed {
    pub(super) fn new(
        connector: &str,
        place: &str,
        forms: BTreeMap<SourcePartition, Vec<Form>>,
    ) -> Result<Self> {
        let mut keys = BTreeMap::new();
        let mut offsets = BTreeMap::new();
        let mut outdated = BTreeMap::new();
        for (partition, mut forms) in forms {
            let Some(Form { key, offset, .. }) = forms.pop() else {
                continue;
            };
            keys.insert(partition.clone(), key);
            let stored = offset.map_err(|problem| {
                Error::fatal(problem).context(format!("{place}: connector `{connector}`"))
            })?;
            let live = forms
                .into_iter()
                .filter(|form| !matches!(form.offset, Ok(None)));
            let live: Vec<Bytes> = live.map(|form| form.key).collect();
            if !live.is_empty() {
                outdated.insert(partition.clone(), live);
            }
            if let Some(offset) = stored {
                offsets.insert(partition, offset);
            }
        }
        Ok(Self {
            connector: connector.into(),
            offsets,
            outdated,
            keys: Mutex::new(keys),
        })
    }

    /// Returns the offsets that were stored.
    pub(crate) fn offsets(&self) -> &BTreeMap<SourcePartition, SourceOffset> {
        &self.offsets
    }

    /// Returns the partitions of which something is stored; some of it may be outdated.
    pub(super) fn partitions(&self) -> impl Iterator<Item = &SourcePartition> {
        self.offsets.keys().chain(self.outdated.keys())
    }

    /// Takes from `copy` what is not here, as offsets and as keys.
    pub(super) fn fall_back_on(&mut self, copy: &Self) {
        for (partition, offset) in &copy.offsets {
            self.offsets
                .entry(partition.clone())
                .or_insert_with(|| offset.clone());
        }
        let mut keys = self.keys.lock().unwrap_or_else(PoisonError::into_inner);
        let theirs = copy.keys.lock().unwrap_or_else(PoisonError::into_inner);
        for (partition, key) in &*theirs {
            keys.entry(partition.clone()).or_insert_with(|| key.clone());
        }
    }

    /// Builds what stores `moved`, one entry per partition.
    ///
    /// # Errors
    ///
    /// `Fatal`: an offset is not a flat map.
    pub(crate) fn entries(
        &self,
        moved: &BTreeMap<SourcePartition, SourceOffset>,
    ) -> Result<Vec<Entry>> {
        moved
            .iter()
            .map(|(partition, offset)| self.entry(partition, offset))
            .collect()
    }

    /// Builds what stores or removes offsets; nothing stays under the other forms of a removed partition.
    pub(super) fn alterations(
        &self,
        offsets: &BTreeMap<SourcePartition, Option<SourceOffset>>,
    ) -> Result<Vec<Entry>> {
        let mut entries = Vec::with_capacity(offsets.len());
        for (partition, offset) in offsets {
            match offset {
                Some(offset) => entries.push(self.entry(partition, offset)?),
                None => entries.push(tombstone(self.key(partition))),
            }
            let outdated = self.outdated.get(partition).into_iter().flatten();
            entries.extend(outdated.map(|key| tombstone(key.clone())));
        }
        Ok(entries)
    }

    fn entry(&self, partition: &SourcePartition, offset: &SourceOffset) -> Result<Entry> {
        let offset = offset.to_value().map_err(|error| {
            error.context(format!(
                "connector `{}`: source partition {partition}",
                self.connector
            ))
        })?;
        Ok(Entry {
            key: self.key(partition),
            value: Some(to_string(&offset).into()),
        })
    }

    fn key(&self, partition: &SourcePartition) -> Bytes {
        let mut keys = self.keys.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(key) = keys.get(partition) {
            return key.clone();
        }
        let key = offset_key(&self.connector, partition);
        keys.insert(partition.clone(), key.clone());
        key
    }
}

fn tombstone(key: Bytes) -> Entry {
    Entry { key, value: None }
}
