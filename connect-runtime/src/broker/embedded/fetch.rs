//! Reading records of a log from the database.

use std::sync::Arc;

use bytes::Bytes;
use connect_api::{Error, Result, TopicPartition};
use redb::{ReadOnlyTable, ReadTransaction, TableError};

use super::{
    super::{ConsumedRecord, Isolation},
    chunk::{Author, Header, decode},
    log::{Aborted, Log},
    rows::{CHUNKS, Key, LogRow, STATE, base_of, chunk_key},
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

/// What is to be read of a log.
///
/// It is taken before the database is: what was removed from the database since then is still known here as aborted.
#[derive(Debug)]
pub(super) struct Span {
    pub(super) log: Arc<Log>,
    pub(super) from: i64,
    /// Nothing from here on is read.
    limit: i64,
    /// `None`: records of aborted transactions are read too.
    aborted: Option<Arc<Aborted>>,
}

impl Span {
    /// Plans to read `log` from `from` on; `None` if there is nothing.
    ///
    /// # Errors
    ///
    /// `Fatal`: the log starts later.
    pub(super) fn of(log: &Arc<Log>, from: i64, isolation: Isolation) -> Result<Option<Self>> {
        let extent = log.extent();
        if from < extent.start {
            return Err(outside(&log.partition, from, (extent.start, extent.end)));
        }
        let limit = extent.limit(isolation);
        let aborted = match isolation {
            Isolation::ReadCommitted => Some(extent.aborted),
            Isolation::ReadUncommitted => None,
        };
        Ok((from < limit).then(|| Self {
            log: Arc::clone(log),
            from,
            limit,
            aborted,
        }))
    }
}

/// Says that a position lies outside the log.
pub(super) fn outside(at: &TopicPartition, offset: i64, (start, end): (i64, i64)) -> Error {
    Error::fatal(format!(
        "partition {at}: offset {offset} lies outside the log, which has {start} to {end}"
    ))
}

/// The tables of the database, to read from.
pub(super) struct Tables {
    chunks: ReadOnlyTable<u128, &'static [u8]>,
    state: ReadOnlyTable<&'static [u8], &'static [u8]>,
}

impl Tables {
    pub(super) fn open(transaction: &ReadTransaction) -> Result<Self, TableError> {
        Ok(Self {
            chunks: transaction.open_table(CHUNKS)?,
            state: transaction.open_table(STATE)?,
        })
    }

    /// Refuses to read what retention has removed.
    fn check_start(&self, store: &Store, span: &Span) -> Result<()> {
        let partition = &span.log.partition;
        let failed = |error| store.failed(&format!("reading partition {partition}"), error);
        let key = Key::Log(span.log.id).encode();
        let Some(row) = self.state.get(&key[..]).map_err(failed)? else {
            return Ok(());
        };
        let row = LogRow::decode(row.value())
            .ok_or_else(|| store.damaged(format_args!("the row of partition {partition}")))?;
        if span.from < row.start {
            return Err(outside(partition, span.from, (row.start, row.end)));
        }
        Ok(())
    }
}

/// Reads about `most` bytes of records, at least one chunk.
pub(super) fn fetch(store: &Store, tables: &Tables, span: &Span, most: usize) -> Result<Block> {
    tables.check_start(store, span)?;
    let (log, chunks) = (&span.log, &tables.chunks);
    let failed = |error| store.failed(&format!("reading partition {}", log.partition), error);
    let mut block = Block {
        records: Vec::new(),
        next: span.limit,
        bytes: 0,
    };
    let (first, from) = (chunk_key(log.id, 0), chunk_key(log.id, span.from));
    let before = chunks.range(first..=from).map_err(failed)?.next_back();
    let start = match before.transpose().map_err(failed)? {
        Some((key, _)) => key.value(),
        None => from,
    };
    let limit = chunk_key(log.id, span.limit);
    for entry in chunks.range(start..limit).map_err(failed)? {
        let (key, value) = entry.map_err(failed)?;
        let (base, value) = (base_of(key.value()), value.value());
        let damaged = || {
            let partition = &log.partition;
            store.damaged(format_args!(
                "the chunk at offset {base} of partition {partition}"
            ))
        };
        let header = Header::of(value).ok_or_else(damaged)?;
        let is_aborted = |aborted| is_aborted(&header, base, aborted);
        let is_before = base + i64::from(header.span) <= span.from;
        if is_before || span.aborted.as_deref().is_some_and(is_aborted) {
            continue;
        }
        if block.bytes > 0 && block.bytes + value.len() > most {
            block.next = base;
            break;
        }
        block.bytes += value.len();
        let bytes = Bytes::copy_from_slice(value);
        decode(&bytes, base, span.from, &mut block.records).ok_or_else(damaged)?;
        // Compaction may have merged what lies below the limit with what lies above it since the read was planned.
        let is_above = |record: &mut ConsumedRecord| record.offset >= span.limit;
        while block.records.pop_if(is_above).is_some() {}
    }
    Ok(block)
}

/// Returns whether the transaction that wrote a chunk was aborted.
pub(super) fn is_aborted(header: &Header, base: i64, aborted: &Aborted) -> bool {
    let Author::Transaction(producer) = header.author else {
        return false;
    };
    let before = aborted.range((producer, i64::MIN)..=(producer, base));
    before.last().is_some_and(|(_, end)| base < *end)
}

#[cfg(test)]
mod tests {
    use super::{
        super::{
            super::ProducerRecord,
            chunk::Encoder,
            log::{Extent, LogId},
        },
        *,
    };

    /// Compaction merges chunks also across what was the last stable offset when the read was planned.
    #[test]
    fn records_above_the_limit_are_left_to_the_next_read() {
        let store = Store::memory().unwrap();
        let mut encoder = Encoder::with_capacity(100);
        for _ in 0..4 {
            encoder.push(0, &ProducerRecord::new("t", "x"));
        }
        let chunk = encoder.finish(Author::Plain, 0);
        let log = Arc::new(Log::new(
            LogId::new(1, 0),
            TopicPartition::new("t", 0),
            Extent::default(),
        ));
        let writing = store.write().unwrap();
        writing
            .open_table(CHUNKS)
            .unwrap()
            .insert(chunk_key(log.id, 0), &chunk.bytes[..])
            .unwrap();
        writing.open_table(STATE).unwrap();
        writing.commit().unwrap();
        let read = |from, stable| {
            log.publish(Extent {
                end: 4,
                stable,
                ..Extent::default()
            });
            let span = Span::of(&log, from, Isolation::ReadCommitted).unwrap();
            let block = store.read(|transaction| {
                let tables = Tables::open(transaction).unwrap();
                fetch(&store, &tables, &span.unwrap(), 1000)
            });
            let block = block.unwrap();
            let offsets: Vec<i64> = block.records.iter().map(|record| record.offset).collect();
            (offsets, block.next)
        };
        assert_eq!(read(0, 3), (vec![0, 1, 2], 3));
        assert_eq!(read(3, 4), (vec![3], 4));
    }
}
