//! Reading records of a log from the database.

use std::sync::Arc;

use bytes::Bytes;
use connect_api::Result;
use redb::{ReadTransaction, TableError};

use super::{
    super::{ConsumedRecord, Isolation},
    chunk::{Author, Header, decode},
    log::{Extent, Log},
    rows::{CHUNKS, base_of, chunk_key},
    store::Store,
};

/// What was read of a log.
#[derive(Debug)]
pub(super) struct Block {
    pub(super) records: Vec<ConsumedRecord>,
    /// Where reading goes on.
    pub(super) next: i64,
    /// How many bytes were looked at.
    pub(super) bytes: usize,
}

/// Reads about `most` bytes of records from offset `from` on, at least one chunk.
pub(super) fn fetch(
    store: &Store,
    transaction: &ReadTransaction,
    (log, isolation): (&Arc<Log>, Isolation),
    (from, most): (i64, usize),
) -> Result<Block> {
    let extent = log.extent();
    let limit = extent.limit(isolation);
    let mut block = Block {
        records: Vec::new(),
        next: limit.max(from),
        bytes: 0,
    };
    let failed = |error: redb::StorageError| {
        store.failed(&format!("reading partition {}", log.partition), error)
    };
    let chunks = match transaction.open_table(CHUNKS) {
        Ok(chunks) => chunks,
        // Nothing was ever written.
        Err(TableError::TableDoesNotExist(_)) => return Ok(block),
        Err(error) => return Err(store.failed("reading", error)),
    };
    let first = chunk_key(log.id, 0);
    let from_key = chunk_key(log.id, from);
    let before = chunks.range(first..=from_key).map_err(failed)?.next_back();
    let start = match before.transpose().map_err(failed)? {
        Some((key, _)) => key.value(),
        None => from_key,
    };
    for entry in chunks
        .range(start..chunk_key(log.id, limit))
        .map_err(failed)?
    {
        let (key, value) = entry.map_err(failed)?;
        let base = base_of(key.value());
        let value = value.value();
        let damaged = || {
            store.damaged(format_args!(
                "the chunk at offset {base} of partition {}",
                log.partition
            ))
        };
        let header = Header::of(value).ok_or_else(damaged)?;
        let end = base + i64::from(header.span);
        if end <= from || is_aborted(&header, base, (&extent, isolation)) {
            continue;
        }
        if block.bytes > 0 && block.bytes + value.len() > most {
            block.next = base;
            break;
        }
        block.bytes += value.len();
        let bytes = Bytes::copy_from_slice(value);
        decode(&bytes, base, from, &mut block.records).ok_or_else(damaged)?;
    }
    Ok(block)
}

fn is_aborted(header: &Header, base: i64, (extent, isolation): (&Extent, Isolation)) -> bool {
    let Author::Transaction(producer) = header.author else {
        return false;
    };
    if isolation == Isolation::ReadUncommitted {
        return false;
    }
    // Transactions of several producers overlap, those of one do not.
    let mut before = extent.aborted.range(..=base).rev();
    before.any(|(_, (end, aborted))| *aborted == producer && base < *end)
}
