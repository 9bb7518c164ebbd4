//! [`Ledger`]: all that the broker knows, as the writer has written it.
//!
//! It runs ahead of the disk by one commit. Readers see a log only through [`Log::publish`], after the commit.

mod append;
mod compaction;
mod load;
mod offsets;
mod retention;
mod sweep;
mod topics;
mod transactions;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Duration,
};

use redb::{StorageError, Table, WriteTransaction};

pub(super) use self::sweep::Effort;
use self::{sweep::Sweep, transactions::Transaction};
use super::{
    command::Reply,
    log::{Aborted, Extent, Log, LogId},
    rows::{CHUNKS, Committed, Counters, Key, LogRow, Row, STATE},
    session::Session,
    topic::{Catalog, Topic},
};

/// All that the broker knows, as the writer has written it.
#[derive(Debug)]
pub(super) struct Ledger {
    counters: Counters,
    topics: Catalog,
    logs: BTreeMap<LogId, Entry>,
    transactions: BTreeMap<connect_api::Str, Transaction>,
    committed: Committed,
    /// Deleted topics whose chunks are still there.
    garbage: BTreeSet<u32>,
    sweep: Sweep,
}

/// A log as the writer has written it.
#[derive(Debug)]
struct Entry {
    log: Arc<Log>,
    row: LogRow,
    /// The first offset of each open transaction.
    open: BTreeSet<i64>,
    aborted: Arc<Aborted>,
    /// When the first tombstone of the compacted part may go; found by compactions, so unknown before the first.
    tombstones_due: Option<i64>,
}

impl Entry {
    fn extent(&self) -> Extent {
        Extent {
            start: self.row.start,
            end: self.row.end,
            stable: self.open.first().copied().unwrap_or(self.row.end),
            aborted: Arc::clone(&self.aborted),
        }
    }
}

/// The tables of the database, inside a commit.
pub(super) struct Tables<'t> {
    chunks: Table<'t, u128, &'static [u8]>,
    state: Table<'t, &'static [u8], &'static [u8]>,
}

impl<'t> Tables<'t> {
    pub(super) fn open(transaction: &'t WriteTransaction) -> Result<Self, redb::TableError> {
        Ok(Self {
            chunks: transaction.open_table(CHUNKS)?,
            state: transaction.open_table(STATE)?,
        })
    }

    fn put(&mut self, row: &Row) -> Result<(), StorageError> {
        let (key, value) = row.encode();
        self.state.insert(&key[..], &value[..])?;
        Ok(())
    }

    fn remove(&mut self, key: Key<'_>) -> Result<(), StorageError> {
        self.state.remove(&key.encode()[..])?;
        Ok(())
    }
}

/// Tells a client what became of its command.
type Answer = Box<dyn FnOnce(connect_api::Result<()>) + Send>;

/// Whether somebody waits for a commit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Urgency {
    #[default]
    Later,
    Now,
}

/// What a commit will change, and who waits for it.
#[derive(Default)]
pub(super) struct Work {
    urgency: Urgency,
    /// How many bytes of records it has.
    written: usize,
    /// When a transaction that began in it is open for too long.
    deadline: Option<Duration>,
    answers: Vec<Answer>,
    /// Those whose records are lost if the commit fails.
    sessions: Vec<Arc<Session>>,
    logs: BTreeSet<LogId>,
    transactions: BTreeSet<connect_api::Str>,
    topics_changed: bool,
    deleted: Vec<Arc<Topic>>,
}

impl Work {
    /// Answers `value` once everything so far is durable.
    fn answer<T: Send + 'static>(&mut self, reply: Reply<T>, value: T) {
        self.urgency = Urgency::Now;
        self.answers.push(Box::new(move |durable| {
            drop(reply.send(durable.map(|()| value)));
        }));
    }

    /// Answers `value` at once, unless it rests on something that is not durable yet.
    fn answer_read<T: Send + 'static>(&mut self, reply: Reply<T>, value: T) {
        if self.answers.is_empty() && self.urgency == Urgency::Later {
            drop(reply.send(Ok(value)));
        } else {
            self.answer(reply, value);
        }
    }

    /// Makes everything so far durable, and answers then; at once if that is the case.
    pub(super) fn settle(&mut self, reply: Reply<()>) {
        if self.written > 0 {
            self.answer(reply, ());
        } else {
            self.answer_read(reply, ());
        }
    }

    pub(super) fn is_urgent(&self) -> bool {
        self.urgency == Urgency::Now
    }

    /// Returns how many bytes of records it has.
    pub(super) fn written(&self) -> usize {
        self.written
    }

    /// Returns when to look for transactions that are open for too long.
    pub(super) fn take_deadline(&mut self) -> Option<Duration> {
        self.deadline.take()
    }

    /// Tells everybody that their work is durable.
    pub(super) fn succeed(self) {
        for answer in self.answers {
            answer(Ok(()));
        }
    }

    /// Tells everybody that nothing is known, and finishes their producers.
    pub(super) fn fail(self, error: impl Fn() -> connect_api::Error) {
        for session in self.sessions {
            session.finish();
        }
        for answer in self.answers {
            answer(Err(error()));
        }
    }
}

impl Ledger {
    /// Writes the rows that changed; nothing may be applied after it.
    pub(super) fn finish(
        &mut self,
        tables: &mut Tables<'_>,
        work: &Work,
    ) -> Result<(), StorageError> {
        for id in &work.logs {
            if let Some(entry) = self.logs.get(id) {
                tables.put(&Row::Log(*id, entry.row))?;
            }
        }
        for id in &work.transactions {
            if let Some(transaction) = self.transactions.get_mut(id) {
                transaction.store(id, tables)?;
            }
        }
        Ok(())
    }

    /// Shows readers what is durable now, and returns the topics if they changed.
    pub(super) fn publish(&self, work: &mut Work) -> Option<Catalog> {
        for id in &work.logs {
            if let Some(entry) = self.logs.get(id) {
                entry.log.publish(entry.extent());
            }
        }
        for topic in work.deleted.drain(..) {
            topic.delete();
        }
        work.topics_changed.then(|| self.topics.clone())
    }

    /// Returns whether readers will see anything new.
    pub(super) fn touches_logs(work: &Work) -> bool {
        !work.logs.is_empty()
    }

    /// Finishes the transactional producers: what they have open may be lost, now or when they go on.
    pub(super) fn abandon(&self) {
        for transaction in self.transactions.values() {
            transaction.abandon();
        }
    }

    /// Returns when the next transaction is open for too long.
    fn deadline(&self) -> Option<Duration> {
        self.transactions
            .values()
            .filter_map(Transaction::deadline)
            .min()
    }
}
