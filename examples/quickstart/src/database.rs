//! [`Database`]: the tables of the example, and what is asked of them.

use std::path::Path;

use connect_api::{Classify, Error, Offsets, Result, TopicPartition, Value};
use rusqlite::{Connection, OptionalExtension, params};

use crate::access_log::status;

const TABLES: &str = "
    PRAGMA journal_mode = WAL;
    CREATE TABLE IF NOT EXISTS requests (id INTEGER PRIMARY KEY, status TEXT NOT NULL, line TEXT NOT NULL);
    CREATE TABLE IF NOT EXISTS counts (status TEXT PRIMARY KEY, requests INTEGER NOT NULL);
    CREATE TABLE IF NOT EXISTS offsets (partition TEXT PRIMARY KEY, next INTEGER NOT NULL);";

/// A SQLite database with requests, their counts by status, and the offsets of the topic they came from.
#[derive(Debug)]
pub(crate) struct Database(Connection);

impl Database {
    /// Opens the file, and makes it and its tables if they are missing.
    pub(crate) fn open(path: &Path) -> Result<Self> {
        let opening = || format!("opening the database {}", path.display());
        let database = Connection::open(path).unavailable(&opening())?;
        database.execute_batch(TABLES).unavailable(&opening())?;
        Ok(Self(database))
    }

    /// Begins to change rows and offsets together.
    pub(crate) fn begin(&mut self) -> Result<Transaction<'_>> {
        let begun = self.0.transaction().unavailable("beginning")?;
        Ok(Transaction(begun))
    }

    /// Returns where reading goes on; 0 where nothing is stored, so that the database alone decides.
    pub(crate) fn next_offsets(&self, partitions: &[TopicPartition]) -> Result<Offsets> {
        let of = |of: &TopicPartition| Ok((of.clone(), next_offset(&self.0, of)?));
        partitions.iter().map(of).collect()
    }

    /// Returns the number of requests by status, the most frequent first.
    pub(crate) fn counts(&self) -> Result<Vec<(String, i64)>> {
        let read = || {
            let counts = "SELECT status, requests FROM counts ORDER BY requests DESC";
            let mut counts = self.0.prepare_cached(counts)?;
            let rows = counts.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
            rows.collect::<rusqlite::Result<_>>()
        };
        read().unavailable("reading the counts")
    }
}

/// Changes that become visible together.
pub(crate) struct Transaction<'a>(rusqlite::Transaction<'a>);

impl Transaction<'_> {
    /// Stores where reading goes on, unless somebody else stored meanwhile.
    pub(crate) fn move_offsets(&self, expected: &Offsets, next: &Offsets) -> Result<()> {
        for (of, next) in next {
            let (expected, found) = (expected.get(of), next_offset(&self.0, of)?);
            if expected != Some(&found) {
                return Err(Error::fenced(format!(
                    "{of}: expected offset {expected:?}, found {found}"
                )));
            }
            let store = "INSERT OR REPLACE INTO offsets VALUES (?, ?)";
            let stored = self.0.execute(store, params![of.to_string(), next]);
            stored.unavailable("storing an offset")?;
        }
        Ok(())
    }

    /// Appends a line, and counts it.
    pub(crate) fn insert(&self, line: &Value) -> Result<()> {
        let Some(line) = line.as_str() else {
            return Err(Error::rejected(format!(
                "expected a line of text, found {line:?}"
            )));
        };
        let insert = || {
            let request = "INSERT INTO requests (status, line) VALUES (?, ?)";
            self.0
                .prepare_cached(request)?
                .execute([status(line), line])?;
            let count = "INSERT INTO counts VALUES (?, 1) ON CONFLICT DO UPDATE SET requests = requests + 1";
            self.0.prepare_cached(count)?.execute([status(line)])
        };
        insert().unavailable("inserting a request").map(drop)
    }

    /// Makes the changes durable.
    pub(crate) fn commit(self) -> Result<()> {
        self.0.commit().unavailable("committing")
    }
}

fn next_offset(database: &Connection, of: &TopicPartition) -> Result<i64> {
    let select = "SELECT next FROM offsets WHERE partition = ?";
    let row = database.query_row(select, [of.to_string()], |row| row.get(0));
    let next = row.optional().unavailable("reading an offset")?;
    Ok(next.unwrap_or(0))
}
