//! A sink that keeps rows and offsets in one SQLite transaction: exactly once.

use std::path::PathBuf;

use connect_api::{
    Classify, Error, FlushReason, Flushed, Offsets, Result, SinkBatch, SinkConnector, SinkContext,
    SinkGuarantees, SinkTask, TopicPartition, async_trait,
};
use rusqlite::{Connection, OptionalExtension, Transaction, params};

use crate::access_log::status;

const TABLES: &str = "
    PRAGMA journal_mode = WAL;
    CREATE TABLE IF NOT EXISTS requests (id INTEGER PRIMARY KEY, status TEXT NOT NULL, line TEXT NOT NULL);
    CREATE TABLE IF NOT EXISTS counts (status TEXT PRIMARY KEY, requests INTEGER NOT NULL);
    CREATE TABLE IF NOT EXISTS offsets (partition TEXT PRIMARY KEY, next INTEGER NOT NULL);";

/// Opens tasks that write requests and their counts by status.
#[derive(Debug)]
pub(crate) struct RequestSink {
    pub(crate) database: PathBuf,
}

#[async_trait]
impl SinkConnector for RequestSink {
    async fn open(&self, _cx: SinkContext) -> Result<Box<dyn SinkTask>> {
        let database = Connection::open(&self.database).unavailable("opening the database")?;
        database
            .execute_batch(TABLES)
            .unavailable("creating tables")?;
        Ok(Box::new(RequestTask {
            database,
            stored: Offsets::new(),
        }))
    }

    fn guarantees(&self) -> SinkGuarantees {
        SinkGuarantees::StoresOffsets
    }
}

/// Writes to one database; `stored` is what it expects to find there.
#[derive(Debug)]
struct RequestTask {
    database: Connection,
    stored: Offsets,
}

#[async_trait]
impl SinkTask for RequestTask {
    async fn open(&mut self, partitions: &[TopicPartition]) -> Result<Offsets> {
        let mut stored = Offsets::new();
        for partition in partitions {
            let next = next_offset(&self.database, partition)?;
            stored.extend(next.map(|next| (partition.clone(), next)));
        }
        self.stored.extend(stored.clone());
        Ok(stored)
    }

    async fn put(&mut self, batch: &SinkBatch) -> Result<()> {
        // SQLite answers within the call; a driver that may take long belongs in `cx.blocking`.
        let transaction = self.database.transaction().unavailable("beginning")?;
        for (partition, next) in batch.next_offsets() {
            compare_and_set(
                &transaction,
                partition,
                self.stored.get(partition).copied(),
                *next,
            )?;
        }
        for record in batch.records() {
            let line = record.record.value.value.as_str().unwrap_or_default();
            insert(&transaction, line).unavailable("inserting a request")?;
        }
        transaction.commit().unavailable("committing")?;
        self.stored.extend(batch.next_offsets().clone());
        Ok(())
    }

    async fn flush(&mut self, _why: FlushReason) -> Result<Flushed> {
        Ok(Flushed::All)
    }

    async fn close(&mut self, partitions: &[TopicPartition]) -> Result<()> {
        self.stored
            .retain(|partition, _| !partitions.contains(partition));
        Ok(())
    }
}

fn insert(transaction: &Transaction<'_>, line: &str) -> rusqlite::Result<()> {
    let status = status(line);
    transaction
        .prepare_cached("INSERT INTO requests (status, line) VALUES (?, ?)")?
        .execute([status, line])?;
    let count =
        "INSERT INTO counts VALUES (?, 1) ON CONFLICT DO UPDATE SET requests = requests + 1";
    transaction.prepare_cached(count)?.execute([status])?;
    Ok(())
}

fn next_offset(database: &Connection, partition: &TopicPartition) -> Result<Option<i64>> {
    let select = "SELECT next FROM offsets WHERE partition = ?";
    let row = database.query_row(select, [partition.to_string()], |row| row.get(0));
    row.optional().unavailable("reading an offset")
}

/// Stores where reading goes on, unless somebody else stored meanwhile.
fn compare_and_set(
    at: &Transaction<'_>,
    partition: &TopicPartition,
    expected: Option<i64>,
    next: i64,
) -> Result<()> {
    let found = next_offset(at, partition)?;
    if found != expected {
        return Err(Error::fenced(format!(
            "{partition}: expected offset {expected:?}, found {found:?}"
        )));
    }
    let store = "INSERT OR REPLACE INTO offsets VALUES (?, ?)";
    at.execute(store, params![partition.to_string(), next])
        .unavailable("storing an offset")
        .map(|_| ())
}
