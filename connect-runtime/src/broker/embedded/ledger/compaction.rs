//! [`Compaction`]: keeping only the last record of each key.
//!
//! Two passes over the log, up to the last stable offset at the start. The first finds the last offset of each key in
//! what was written since the last compaction; the second rewrites the whole log without what newer records replace.
//! Aborted records go, small chunks are merged, offsets stay. A tombstone that survived a compaction goes with a later
//! one, `delete.retention.ms` after it, so that readers had that long to see it.

use std::{collections::HashMap, ops::Range, sync::Arc, time::Duration};

use bytes::Bytes;
use redb::{ReadableTable, StorageError};

use super::{
    super::{
        super::ConsumedRecord,
        chunk::{Author, Encoder, Header, TARGET, decode},
        log::{Aborted, LogId},
        rows::{base_of, chunk_key},
    },
    Entry, Ledger, Tables, Urgency, Work,
    sweep::{Effort, Progress, STEP},
};

/// How many bytes of keys are remembered; what lies behind them waits for the next compaction.
const MOST_KEYS: usize = 32 * 1024 * 1024;

/// What an entry of the map takes besides its key.
const OVERHEAD: usize = 64;

/// The compaction of one log, between two steps.
#[derive(Debug)]
pub(super) struct Compaction {
    log: LogId,
    aborted: Arc<Aborted>,
    /// The last offset of each key in the part that is new. Only looked up, so its order does not matter.
    last: HashMap<Bytes, i64>,
    key_bytes: usize,
    pass: Pass,
    /// The part of the log that is not read yet.
    rest: Range<i64>,
    start: i64,
    /// How many bytes were found in the part that is new.
    new: u64,
    now: i64,
    /// When tombstones that are met now may go.
    horizon: i64,
    /// When the first tombstone that is left may go.
    due: Option<i64>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Pass {
    Find,
    Rewrite,
}

/// A chunk as it was read.
struct Stored {
    base: i64,
    bytes: usize,
    header: Header,
    records: Vec<ConsumedRecord>,
}

impl Entry {
    /// Returns whether a compaction is worth it.
    pub(super) fn is_dirty(&self, effort: Effort, wall: Duration) -> bool {
        const LEAST: u64 = 16 * 1024;
        let row = &self.row;
        let due = self.tombstones_due.is_some_and(|due| due <= millis(wall));
        due || match effort {
            Effort::All => row.dirty > 0,
            Effort::Usual => row.dirty >= LEAST && row.dirty * 2 >= row.bytes,
        }
    }
}

impl Compaction {
    pub(super) fn of(log: LogId, entry: &Entry, (tombstones, wall): (Duration, Duration)) -> Self {
        let extent = entry.extent();
        Self {
            log,
            aborted: extent.aborted,
            last: HashMap::new(),
            key_bytes: 0,
            pass: Pass::Find,
            rest: entry.row.clean.max(extent.start)..extent.stable,
            start: extent.start,
            new: 0,
            now: millis(wall),
            // 0 would mean that it is not decided.
            horizon: millis(wall.saturating_add(tombstones)).max(1),
            due: None,
        }
    }

    fn find(&mut self, stored: &Stored) {
        for record in &stored.records {
            let Some(key) = &record.key else { continue };
            match self.last.get_mut(key) {
                Some(last) => *last = record.offset,
                None => {
                    self.key_bytes += key.len() + OVERHEAD;
                    // Copied, so that it does not keep the whole chunk.
                    self.last.insert(Bytes::copy_from_slice(key), record.offset);
                }
            }
        }
    }

    fn is_kept(&self, record: &ConsumedRecord, header: &Header) -> bool {
        let Some(key) = &record.key else { return true };
        let is_over = header.horizon != 0 && header.horizon <= self.now;
        let replaced = self.last.get(key).is_some_and(|last| *last > record.offset);
        !replaced && (record.value.is_some() || !is_over)
    }

    fn is_aborted(&self, base: i64, header: &Header) -> bool {
        super::super::fetch::is_aborted(header, base, &self.aborted)
    }
}

impl Ledger {
    /// Goes on with a compaction.
    pub(super) fn compact(
        &mut self,
        tables: &mut Tables<'_>,
        work: &mut Work,
        compaction: &mut Compaction,
    ) -> Result<Progress, StorageError> {
        let Some(entry) = self.logs.get_mut(&compaction.log) else {
            return Ok(Progress::Done);
        };
        let Some(stored) = read(tables, compaction)? else {
            tracing::error!(partition = %entry.log.partition, "a damaged chunk stops compaction");
            return Ok(Progress::Done);
        };
        if compaction.pass == Pass::Find {
            for stored in &stored {
                compaction.new += stored.bytes as u64;
                if !compaction.is_aborted(stored.base, &stored.header) {
                    compaction.find(stored);
                }
            }
            if compaction.rest.is_empty() || compaction.key_bytes >= MOST_KEYS {
                compaction.pass = Pass::Rewrite;
                compaction.rest = compaction.start..compaction.rest.start;
            }
            return Ok(Progress::More);
        }
        work.logs.insert(compaction.log);
        work.urgency = Urgency::Now;
        rewrite(tables, entry, (compaction, stored))?;
        if !compaction.rest.is_empty() {
            return Ok(Progress::More);
        }
        let end = compaction.rest.end;
        entry.row.clean = end;
        entry.row.dirty = entry.row.dirty.saturating_sub(compaction.new);
        entry.tombstones_due = compaction.due;
        entry.forget_aborted(tables, end)?;
        Ok(Progress::Done)
    }
}

/// Reads the next chunks; `None` if one is damaged.
fn read(
    tables: &Tables<'_>,
    compaction: &mut Compaction,
) -> Result<Option<Vec<Stored>>, StorageError> {
    let (id, rest) = (compaction.log, &mut compaction.rest);
    let (mut chunks, mut bytes) = (Vec::new(), 0);
    // A chunk that begins before `rest` was read already.
    for found in tables
        .chunks
        .range(chunk_key(id, rest.start)..chunk_key(id, rest.end))?
    {
        let (key, value) = found?;
        let base = base_of(key.value());
        let value = Bytes::copy_from_slice(value.value());
        let mut records = Vec::new();
        let Some(header) = decode(&value, base, 0, &mut records) else {
            return Ok(None);
        };
        bytes += value.len();
        rest.start = base + i64::from(header.span);
        chunks.push(Stored {
            base,
            bytes: value.len(),
            header,
            records,
        });
        if bytes >= STEP {
            return Ok(Some(chunks));
        }
    }
    rest.start = rest.end;
    Ok(Some(chunks))
}

/// Writes chunks again without what is replaced, merged where they are small.
fn rewrite(
    tables: &mut Tables<'_>,
    entry: &mut Entry,
    (compaction, stored): (&mut Compaction, Vec<Stored>),
) -> Result<(), StorageError> {
    let mut run: Option<Run> = None;
    for stored in stored {
        let aborted = compaction.is_aborted(stored.base, &stored.header);
        let kept =
            |record: &&ConsumedRecord| !aborted && compaction.is_kept(record, &stored.header);
        let kept: Vec<&ConsumedRecord> = stored.records.iter().filter(kept).collect();
        let tombstones = kept.iter().any(|record| record.value.is_none());
        let horizon = match (tombstones, stored.header.horizon) {
            (false, _) => 0,
            (true, 0) => compaction.horizon,
            (true, decided) => decided,
        };
        if horizon != 0 {
            compaction.due = Some(compaction.due.map_or(horizon, |due| due.min(horizon)));
        }
        let is_same = kept.len() == stored.records.len() && horizon == stored.header.horizon;
        if is_same && stored.bytes >= TARGET / 2 {
            put(tables, entry, run.take())?;
            continue;
        }
        tables.chunks.remove(chunk_key(entry.log.id, stored.base))?;
        entry.row.bytes = entry.row.bytes.saturating_sub(stored.bytes as u64);
        if kept.is_empty() {
            continue;
        }
        if run.as_ref().is_some_and(|run| !run.has_room(&stored)) {
            put(tables, entry, run.take())?;
        }
        let run = run.get_or_insert_with(|| Run::at(stored.base));
        for record in kept {
            run.keep(record);
        }
        run.horizon = run.horizon.max(horizon);
    }
    put(tables, entry, run)
}

/// Kept records that go into one chunk.
struct Run {
    base: i64,
    encoder: Encoder,
    horizon: i64,
}

impl Run {
    fn at(base: i64) -> Self {
        Self {
            base,
            encoder: Encoder::with_capacity(TARGET),
            horizon: 0,
        }
    }

    /// Chunks of a run may lie far apart, if much was removed between them.
    fn has_room(&self, stored: &Stored) -> bool {
        const FARTHEST: i64 = 1 << 30;
        self.encoder.len() + stored.bytes <= TARGET && stored.base - self.base < FARTHEST
    }

    fn keep(&mut self, record: &ConsumedRecord) {
        let delta = u32::try_from(record.offset - self.base);
        self.encoder
            .keep(delta.expect("a run is no longer than that"), record);
    }
}

fn put(tables: &mut Tables<'_>, entry: &mut Entry, run: Option<Run>) -> Result<(), StorageError> {
    let Some(run) = run else { return Ok(()) };
    let chunk = run.encoder.finish(Author::Plain, run.horizon);
    entry.row.bytes += chunk.bytes.len() as u64;
    let key = chunk_key(entry.log.id, run.base);
    tables.chunks.insert(key, &chunk.bytes[..])?;
    Ok(())
}

fn millis(wall: Duration) -> i64 {
    i64::try_from(wall.as_millis()).unwrap_or(i64::MAX)
}
