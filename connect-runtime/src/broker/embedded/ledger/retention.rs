//! Retention: removing chunks that are too old, or too many.

use std::{sync::Arc, time::Duration};

use redb::{ReadableTable, StorageError};

use super::{
    super::{
        chunk::Header,
        log::LogId,
        rows::{Key, base_of, chunk_key},
        settings::Settings,
    },
    Entry, Ledger, Tables, Urgency, Work,
    sweep::{Progress, STEP},
};

impl Ledger {
    /// Removes some chunks from the start of a log.
    ///
    /// Nothing above the last stable offset goes: readers of committed records would miss it.
    pub(super) fn retain(
        &mut self,
        tables: &mut Tables<'_>,
        work: &mut Work,
        (id, wall): (LogId, Duration),
    ) -> Result<Progress, StorageError> {
        let Some(entry) = self.logs.get_mut(&id) else {
            return Ok(Progress::Done);
        };
        let Some(topic) = self.topics.get(&entry.log.partition.topic) else {
            return Ok(Progress::Done);
        };
        let (mut removed, mut progress) = (0, Progress::Done);
        let stable = entry.extent().stable;
        let mut gone = Vec::new();
        // Chunks that cannot be read: how old they are nobody knows, so they go with the next one that can be.
        let mut unread = Vec::new();
        for found in tables
            .chunks
            .range(chunk_key(id, 0)..chunk_key(id, stable))?
        {
            let (key, value) = found?;
            unread.push((key.value(), value.value().len()));
            let Some(header) = Header::of(value.value()) else {
                continue;
            };
            let end = base_of(key.value()) + i64::from(header.span);
            let bytes = unread.iter().map(|(_, bytes)| bytes).sum();
            if end > stable || !entry.is_over(&topic.settings, (header.newest, bytes, wall)) {
                break;
            }
            entry.row.start = end;
            for (key, bytes) in unread.drain(..) {
                gone.push(key);
                entry.row.bytes = entry.row.bytes.saturating_sub(bytes as u64);
                if base_of(key) >= entry.row.clean {
                    entry.row.dirty = entry.row.dirty.saturating_sub(bytes as u64);
                }
            }
            removed += bytes;
            if removed >= STEP {
                progress = Progress::More;
                break;
            }
        }
        if gone.is_empty() {
            return Ok(Progress::Done);
        }
        for key in gone {
            tables.chunks.remove(key)?;
        }
        let start = entry.row.start;
        entry.forget_aborted(tables, start)?;
        work.logs.insert(id);
        work.urgency = Urgency::Now;
        Ok(progress)
    }
}

impl Entry {
    /// Returns whether the oldest chunk goes.
    fn is_over(&self, settings: &Settings, (newest, bytes, wall): (i64, usize, Duration)) -> bool {
        let age = i128::try_from(wall.as_millis()).unwrap_or(i128::MAX) - i128::from(newest);
        let is_old = |limit: Duration| age > limit.as_millis().cast_signed();
        let rest = self.row.bytes.saturating_sub(bytes as u64);
        settings.retention.is_some_and(is_old)
            || settings.retention_bytes.is_some_and(|limit| rest >= limit)
    }

    /// Forgets aborted transactions whose records are gone: those that end at `end` or before.
    pub(super) fn forget_aborted(
        &mut self,
        tables: &mut Tables<'_>,
        end: i64,
    ) -> Result<(), StorageError> {
        let aborted = self.aborted.iter();
        let gone: Vec<(u64, i64)> = aborted
            .filter(|(_, last)| **last <= end)
            .map(|(key, _)| *key)
            .collect();
        for key in gone {
            tables.remove(Key::Aborted(self.log.id, key.1))?;
            Arc::make_mut(&mut self.aborted).remove(&key);
        }
        Ok(())
    }
}
