//! Reading the ledger from the database.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use connect_api::{Result, Str, TopicPartition};
use redb::ReadableTable;

use super::{
    super::{
        log::{Extent, Log, LogId},
        rows::{Counters, FORMAT, LogRow, Row, TopicRow, TransactionRow},
        settings::Settings,
        store::Store,
        topic::{Catalog, Topic},
    },
    Entry, Ledger, Tables, Transaction,
};

/// The rows of a database, sorted by kind.
#[derive(Default)]
struct Rows {
    counters: Option<Counters>,
    topics: BTreeMap<Str, TopicRow>,
    logs: BTreeMap<LogId, LogRow>,
    transactions: BTreeMap<Str, TransactionRow>,
    aborted: Vec<(LogId, i64, i64, u64)>,
    committed: super::Committed,
    garbage: BTreeSet<u32>,
}

impl Ledger {
    /// Reads the ledger. Topics of `known` that are still there keep their logs, so that readers stay connected.
    pub(in super::super) fn load(
        store: &Store,
        tables: &mut Tables<'_>,
        known: &Catalog,
    ) -> Result<Self> {
        let rows = Rows::read(store, tables)?;
        let counters = match rows.counters {
            Some(counters) if counters.format == FORMAT => counters,
            Some(counters) => {
                return Err(store.damaged(format_args!("format {}", counters.format)));
            }
            None => {
                let counters = Counters {
                    format: FORMAT,
                    topics: 1,
                    producers: 1,
                };
                tables
                    .put(&Row::Counters(counters))
                    .map_err(|error| store.failed("writing", error))?;
                counters
            }
        };
        let mut ledger = Self {
            counters,
            topics: Catalog::new(),
            logs: BTreeMap::new(),
            transactions: BTreeMap::new(),
            committed: rows.committed,
            garbage: rows.garbage,
            sweep: super::Sweep::default(),
        };
        for (name, row) in rows.topics {
            ledger.add_topic((name, row), &rows.logs, known)?;
        }
        for (log, first, end, producer) in rows.aborted {
            if let Some(entry) = ledger.logs.get_mut(&log) {
                Arc::make_mut(&mut entry.aborted).insert((producer, first), end);
            }
        }
        for (id, row) in rows.transactions {
            let transaction = Transaction::loaded(row);
            for (log, first) in &transaction.row().logs {
                ledger
                    .logs
                    .get_mut(log)
                    .ok_or_else(|| store.damaged(format_args!("transactional id `{id}`")))?
                    .open
                    .insert(*first);
            }
            ledger.transactions.insert(id, transaction);
        }
        Ok(ledger)
    }

    fn add_topic(
        &mut self,
        (name, row): (Str, TopicRow),
        logs: &BTreeMap<LogId, LogRow>,
        known: &Catalog,
    ) -> Result<()> {
        let settings = Settings::of(&name, &row.configs)?;
        let topic = match known.get(&name).filter(|topic| topic.id == row.id) {
            Some(topic) => Arc::clone(topic),
            None => {
                let new_log = |number: u32| {
                    let partition = i32::try_from(number).expect("created from an i32");
                    let at = TopicPartition::new(name.clone(), partition);
                    Arc::new(Log::new(LogId::new(row.id, number), at, Extent::default()))
                };
                let logs = (0..row.partitions).map(new_log).collect();
                let settings = (settings, row.configs);
                Arc::new(Topic::new(name.clone(), row.id, settings, logs))
            }
        };
        for log in &topic.logs {
            let row = logs.get(&log.id).copied().unwrap_or_default();
            self.logs.insert(log.id, Entry::new(log, row));
        }
        self.topics.insert(name, topic);
        Ok(())
    }

    /// Shows readers all that was loaded, and returns the topics.
    pub(in super::super) fn publish_all(&self) -> Catalog {
        for entry in self.logs.values() {
            entry.log.publish(entry.extent());
        }
        self.topics.clone()
    }
}

impl Rows {
    fn read(store: &Store, tables: &Tables<'_>) -> Result<Self> {
        let mut rows = Self::default();
        let failed = |error| store.failed("reading", error);
        for entry in tables.state.iter().map_err(failed)? {
            let (key, value) = entry.map_err(failed)?;
            let row = Row::decode(key.value(), value.value())
                .ok_or_else(|| store.damaged("a row of the table `state`"))?;
            rows.add(row);
        }
        Ok(rows)
    }

    fn add(&mut self, row: Row) {
        match row {
            Row::Counters(counters) => self.counters = Some(counters),
            Row::Topic(name, row) => {
                self.topics.insert(name, row);
            }
            Row::Log(id, row) => {
                self.logs.insert(id, row);
            }
            Row::Transaction(id, row) => {
                self.transactions.insert(id, row);
            }
            Row::Aborted(log, first, end, producer) => {
                self.aborted.push((log, first, end, producer));
            }
            Row::Committed(group, at, offset) => {
                self.committed.entry(group).or_default().insert(at, offset);
            }
            Row::Garbage(topic) => {
                self.garbage.insert(topic);
            }
        }
    }
}
